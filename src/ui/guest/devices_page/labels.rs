//! The labels of fields.

use gettextrs::gettext;

/// The label of a field; its id for one that has none, which a test finds.
#[expect(clippy::too_many_lines, reason = "a table")]
pub(in crate::ui) fn field(id: &str) -> String {
    match id {
        "cpu.current" => gettext("Processors plugged in"),
        "cpu.maximum" => gettext("Maximum processors"),
        "cpu.mode" => gettext("Kind of processor"),
        "cpu.check" => gettext("Comparison at start"),
        "cpu.migratable" => gettext("Only features that can move"),
        "cpu.sockets" => gettext("Sockets"),
        "cpu.dies" => gettext("Dies per socket"),
        "cpu.cores" => gettext("Cores"),
        "cpu.threads" => gettext("Threads per core"),
        "cpu.cache" => gettext("Processor cache"),
        "memory.current" => gettext("Current memory"),
        "memory.maximum" | "numa_node.memory" => gettext("Memory"),
        "memory.hotplug" => gettext("Maximum memory with modules"),
        "memory.slots" => gettext("Places for modules"),
        "memory.source" => gettext("Taken from"),
        "memory.access" => gettext("Access"),
        "memory.allocation" => gettext("Allocated"),
        "memory.hugepages" => gettext("Huge pages"),
        "memory.hugepage_size" => gettext("Size of huge pages"),
        "memory.locked" => gettext("Never swapped out"),
        "memory.nosharepages" => gettext("Never merged"),
        "memory.discard" => gettext("Discarded at the end"),
        "boot.menu" => gettext("Boot menu"),
        "boot.menu_timeout" => gettext("Menu waits (ms)"),
        "boot.kernel" => gettext("Kernel"),
        "boot.initrd" => gettext("Initial file system"),
        "boot.cmdline" => gettext("Kernel arguments"),
        "boot.dtb" => gettext("Device tree"),
        "machine.type" => gettext("Machine type"),
        "boot.smbios" => gettext("Maker and serial number"),
        "machine.emulator" => gettext("Emulator"),
        "machine.genid" => gettext("Generation number"),
        "machine.pmu" => gettext("Performance counters"),
        "machine.vmcoreinfo" => gettext("Information for dumps"),
        "machine.ps2" => gettext("PS/2 controller"),
        "machine.ioapic" => gettext("I/O APIC emulated by"),
        "machine.msrs" => gettext("Unknown registers"),
        "machine.async_teardown" => gettext("Memory freed after the end"),
        "machine.gic" => gettext("GIC version"),
        "machine.hint_dedicated" => gettext("Processors of its own"),
        "machine.poll_control" => gettext("Control of active waiting"),
        "hyperv.emsr_bitmap" => gettext("Nested register access"),
        "hyperv.xmm_input" => gettext("Calls by XMM registers"),
        "on.lockfailure" => gettext("When it loses its locks"),
        "tuning.global_period" => gettext("Quota period of the guest (µs)"),
        "tuning.global_quota" => gettext("Quota of the guest (µs)"),
        "tuning.emulator_period" => gettext("Quota period of the emulator (µs)"),
        "tuning.emulator_quota" => gettext("Quota of the emulator (µs)"),
        "tuning.iothread_period" => gettext("Quota period of disk threads (µs)"),
        "tuning.iothread_quota" => gettext("Quota of disk threads (µs)"),
        "tuning.memory_swap" => gettext("Maximum memory with swap"),
        "disk.namespace" => gettext("NVMe namespace"),
        "interface.driver" => gettext("Packets moved by"),
        "interface.isolated" => gettext("Isolated from other guests"),
        "memory_device.requested" => gettext("Size wanted"),
        "shmem.role" => gettext("Moves with the guest"),
        "lease.lockspace" => gettext("Lock space"),
        "lease.key" => gettext("Key"),
        "lease.offset" => gettext("Place in the file (bytes)"),
        "machine.acpi" => gettext("ACPI"),
        "machine.apic" => gettext("APIC"),
        "machine.pae" => gettext("PAE"),
        "machine.smm" => gettext("System management mode"),
        "machine.vmport" => gettext("VMware port"),
        "machine.kvm_hidden" => gettext("Hide KVM"),
        "hyperv.mode" => gettext("Features for Windows"),
        "hyperv.relaxed" => gettext("Relaxed timers"),
        "hyperv.vapic" => gettext("Virtual APIC"),
        "hyperv.spinlocks" => gettext("Spinlocks"),
        "hyperv.spinlock_retries" => gettext("Spinlock retries"),
        "hyperv.vpindex" => gettext("Processor numbers"),
        "hyperv.runtime" => gettext("Running times"),
        "hyperv.synic" => gettext("Synthetic interrupts"),
        "hyperv.stimer" => gettext("Synthetic timers"),
        "hyperv.reset" => gettext("Reset"),
        "hyperv.frequencies" => gettext("Frequencies"),
        "hyperv.reenlightenment" => gettext("Notice of moves"),
        "hyperv.tlbflush" => gettext("Address cache flush"),
        "hyperv.ipi" => gettext("Interrupts between processors"),
        "hyperv.evmcs" | "machine.nested_hv" => gettext("Nested guests"),
        "hyperv.avic" => gettext("Hardware interrupts"),
        "clock.offset" => gettext("Clock shows"),
        "clock.timezone" => gettext("Time zone"),
        "clock.rtc" => gettext("Missed ticks of the clock"),
        "clock.pit" => gettext("Missed ticks of the timer"),
        "clock.hpet" => gettext("HPET timer"),
        "clock.hypervclock" => gettext("Hyper-V clock"),
        "clock.kvmclock" => gettext("KVM clock"),
        "power.suspend_to_mem" => gettext("Sleep"),
        "power.suspend_to_disk" => gettext("Hibernation"),
        "security.type" => gettext("Encrypted memory"),
        "security.policy" => gettext("Policy of the encryption"),
        "security.kernel_hashes" => gettext("Measure the kernel"),
        "keywrap.aes" => gettext("AES keys of the processor"),
        "keywrap.dea" => gettext("DEA keys of the processor"),
        "tuning.partition" => gettext("Group of guests"),
        "on.poweroff" => gettext("When it switches off"),
        "on.reboot" => gettext("When it restarts"),
        "on.crash" => gettext("When it crashes"),
        "tuning.shares" => gettext("Processor weight"),
        "tuning.cpuset" | "vcpu_pin.cpus" | "iothread_pin.cpus" => gettext("Host processors"),
        "tuning.period" => gettext("Quota period (µs)"),
        "tuning.quota" => gettext("Quota (µs)"),
        "tuning.emulatorpin" => gettext("Host processors of the emulator"),
        "tuning.iothreads" => gettext("Disk threads"),
        "tuning.numa_mode" | "mem_node.mode" => gettext("Host memory nodes: how"),
        "tuning.numa_nodes" | "mem_node.nodes" => gettext("Host memory nodes"),
        "tuning.memory_hard" => gettext("Maximum host memory"),
        "tuning.memory_soft" => gettext("Maximum host memory when short"),
        "tuning.io_weight" => gettext("Disk weight"),
        "disk.source" => gettext("Image or medium"),
        "disk.bus" => gettext("Bus"),
        "disk.format" => gettext("Format"),
        "disk.cache" => gettext("Cache"),
        "disk.io" => gettext("Input and output"),
        "disk.discard" => gettext("Freed space"),
        "disk.detect_zeroes" => gettext("Written zeroes"),
        "disk.iothread" | "controller.iothread" => gettext("Disk thread"),
        "disk.error_policy" => gettext("When writing fails"),
        "disk.copy_on_read" => gettext("Copy on read"),
        "disk.readonly" | "filesystem.readonly" => gettext("Read-only"),
        "disk.shareable" => gettext("Shared by several guests"),
        "disk.removable" => gettext("Removable"),
        "disk.serial" | "system.serial" | "board.serial" | "case.serial" => {
            gettext("Serial number")
        }
        "disk.boot" | "interface.boot" | "hostdev.boot" => gettext("Place in the boot order"),
        "disk.read_bytes" | "block_device.read_bytes" | "throttle_group.read_bytes" => {
            gettext("Maximum bytes read per second")
        }
        "disk.write_bytes" | "block_device.write_bytes" | "throttle_group.write_bytes" => {
            gettext("Maximum bytes written per second")
        }
        "disk.read_iops" | "block_device.read_iops" | "throttle_group.read_iops" => {
            gettext("Maximum reads per second")
        }
        "disk.write_iops" | "block_device.write_iops" | "throttle_group.write_iops" => {
            gettext("Maximum writes per second")
        }
        "disk.total_bytes_max" | "throttle_group.total_bytes_max" => {
            gettext("Bytes per second in a burst")
        }
        "disk.read_bytes_max" | "throttle_group.read_bytes_max" => {
            gettext("Bytes read per second in a burst")
        }
        "disk.write_bytes_max" | "throttle_group.write_bytes_max" => {
            gettext("Bytes written per second in a burst")
        }
        "disk.total_iops_max" | "throttle_group.total_iops_max" => {
            gettext("Reads and writes per second in a burst")
        }
        "disk.read_iops_max" | "throttle_group.read_iops_max" => {
            gettext("Reads per second in a burst")
        }
        "disk.write_iops_max" | "throttle_group.write_iops_max" => {
            gettext("Writes per second in a burst")
        }
        "disk.total_bytes_length" | "throttle_group.total_bytes_length" => {
            gettext("Length of a burst of bytes (s)")
        }
        "disk.read_bytes_length" | "throttle_group.read_bytes_length" => {
            gettext("Length of a burst of bytes read (s)")
        }
        "disk.write_bytes_length" | "throttle_group.write_bytes_length" => {
            gettext("Length of a burst of bytes written (s)")
        }
        "disk.total_iops_length" | "throttle_group.total_iops_length" => {
            gettext("Length of a burst of reads and writes (s)")
        }
        "disk.read_iops_length" | "throttle_group.read_iops_length" => {
            gettext("Length of a burst of reads (s)")
        }
        "disk.write_iops_length" | "throttle_group.write_iops_length" => {
            gettext("Length of a burst of writes (s)")
        }
        "disk.io_size" | "throttle_group.io_size" => gettext("Bytes that count as one operation"),
        "disk.limit_group" => gettext("Name of shared limits"),
        "disk.ioeventfd" | "interface.ioeventfd" | "controller.ioeventfd" => {
            gettext("Requests taken in the background (ioeventfd)")
        }
        "disk.event_idx" | "interface.event_idx" => gettext("Fewer interrupts (event_idx)"),
        "disk.iommu" | "interface.iommu" | "controller.iommu" => {
            gettext("Through the guest’s IOMMU")
        }
        "disk.ats" | "interface.ats" | "controller.ats" => {
            gettext("Address translation by the device (ATS)")
        }
        "disk.packed" | "interface.packed" | "controller.packed" => gettext("Packed queues"),
        "interface.inbound_peak" => gettext("Received at most, KiB per second"),
        "interface.inbound_burst" => gettext("Received at that speed (KiB)"),
        "interface.inbound_floor" => gettext("Received in any case, KiB per second"),
        "interface.outbound_peak" => gettext("Sent at most, KiB per second"),
        "interface.outbound_burst" => gettext("Sent at that speed (KiB)"),
        "interface.vlans" => gettext("VLAN tags"),
        "interface.trunk" => gettext("The guest sees the tags (trunk)"),
        "serial.mode" | "parallel.mode" | "console.mode" | "channel.mode" => gettext("Connection"),
        "graphics.image_compression" => gettext("Compression of pictures"),
        "graphics.jpeg_compression" => gettext("Lossy compression (JPEG)"),
        "graphics.zlib_compression" => gettext("Compression over slow links (zlib)"),
        "graphics.playback_compression" => gettext("Compression of sound"),
        "graphics.streaming" => gettext("Sent as video"),
        "graphics.file_transfer" => gettext("Files dropped on the console"),
        "machine.tb_cache" => gettext("Memory for translated code"),
        "machine.ras" => gettext("Memory errors told (RAS)"),
        "machine.aia" => gettext("Interrupt controller (AIA)"),
        "machine.hpt" => gettext("Growing page table (HPT)"),
        "machine.htm" => gettext("Transactional memory (HTM)"),
        "machine.ccf_assist" => gettext("Count cache flushed by itself"),
        "machine.cfpc" => gettext("Cache flush on privilege change"),
        "machine.sbbc" => gettext("Speculation past bounds checks"),
        "machine.ibs" => gettext("Speculation of indirect branches"),
        "clock.tsc" => gettext("Processor counter (TSC, Hz)"),
        "clock.armvtimer" => gettext("Missed ticks of the ARM timer"),
        "disk.rotation" => gettext("Turns per minute"),
        "disk.queues" | "interface.queues" | "controller.queues" | "crypto.queues" => {
            gettext("Queues")
        }
        "interface.type" => gettext("Connected to"),
        "interface.network" => gettext("Virtual network"),
        "interface.bridge" => gettext("Bridge"),
        "interface.device" => gettext("Host interface"),
        "interface.mode" => gettext("Sharing"),
        "interface.portgroup" => gettext("Port group"),
        "interface.mac" => gettext("MAC address"),
        "interface.link" => gettext("Cable"),
        "interface.mtu" => gettext("Longest packet (MTU)"),
        "interface.inbound" => gettext("Received, KiB per second"),
        "interface.outbound" => gettext("Sent, KiB per second"),
        "interface.filter" => gettext("Packet filter"),
        "graphics.type" | "serial.protocol" | "parallel.protocol" | "console.protocol"
        | "channel.protocol" => gettext("Protocol"),
        "graphics.port" | "serial.service" | "parallel.service" | "console.service"
        | "channel.service" => gettext("Port"),
        "graphics.autoport" => gettext("Port chosen by libvirt"),
        "graphics.listen_type" => gettext("Listens"),
        "graphics.listen" | "serial.host" | "parallel.host" | "console.host" | "channel.host" => {
            gettext("Address")
        }
        "graphics.password" => gettext("Password"),
        "graphics.keymap" => gettext("Keyboard layout"),
        "graphics.gl" => gettext("OpenGL"),
        "graphics.rendernode" => gettext("Host graphics card"),
        "video.vram" => gettext("Memory (KiB)"),
        "video.heads" => gettext("Screens"),
        "video.accel3d" => gettext("3D acceleration"),
        "video.blob" => gettext("Pictures without copying"),
        "audio.type" => gettext("Sound goes to"),
        "input.type" | "redirdev.type" | "smartcard.type" | "serial.type" | "parallel.type"
        | "console.type" | "channel.type" => gettext("Type"),
        "input.bus" => gettext("Plugged into"),
        "serial.path" | "parallel.path" | "console.path" | "channel.path" | "pstore.path"
        | "lease.path" => gettext("Path"),
        "serial.log" => gettext("Log file"),
        "serial.append" => gettext("Append to the file"),
        "console.target" => gettext("Guest sees"),
        "channel.name" => gettext("Name"),
        "channel.clipboard" | "graphics.clipboard" => gettext("Shared clipboard"),
        "channel.mouse" | "graphics.mouse" => gettext("Pointer moved by"),
        "controller.ports" => gettext("Ports"),
        "filesystem.driver" => gettext("Driver"),
        "filesystem.source" => gettext("Folder of the host"),
        "filesystem.target" => gettext("Name in the guest"),
        "filesystem.accessmode" => gettext("Ownership"),
        "hostdev.managed" => gettext("Managed by libvirt"),
        "hostdev.startup" => gettext("When it is missing"),
        "hostdev.rom_bar" => gettext("ROM visible"),
        "hostdev.rom_file" => gettext("ROM file"),
        "smartcard.mode" => gettext("Card"),
        "tpm.backend" | "rng.backend" => gettext("Source"),
        "tpm.version" | "bios.version" | "system.version" | "board.version" | "case.version" => {
            gettext("Version")
        }
        "tpm.device" | "rng.source" => gettext("Host device"),
        "rng.bytes" => gettext("Maximum bytes per period"),
        "rng.period" => gettext("Period (ms)"),
        "watchdog.action" => gettext("When the guest hangs"),
        "memballoon.autodeflate" => gettext("Deflate when short"),
        "memballoon.free_page_reporting" => gettext("Give free memory back"),
        "memballoon.period" => gettext("Statistics every (s)"),
        "memory_device.size" | "shmem.size" | "pstore.size" | "cache_tune.size" => gettext("Size"),
        "memory_device.node" => gettext("NUMA node"),
        "vsock.auto" => gettext("Number chosen by libvirt"),
        "vsock.cid" => gettext("Number"),
        "iommu.intremap" => gettext("Interrupt remapping"),
        "iommu.caching" => gettext("Caching mode"),
        "cpu.model" | "interface.model" | "video.model" | "sound.model" | "controller.model"
        | "tpm.model" | "rng.model" | "watchdog.model" | "panic.model" | "memballoon.model"
        | "iommu.model" | "shmem.model" => gettext("Model"),
        "vcpu.enabled" => gettext("Plugged in at the start"),
        "vcpu.hotpluggable" => gettext("Can come and go"),
        "vcpu.order" => gettext("Plugged in as number"),
        "oem_string.text" => gettext("Text"),
        "fw_cfg.value" => gettext("Value"),
        "fw_cfg.file" => gettext("Value from a file"),
        "seclabel.type" => gettext("Kind of isolation"),
        "seclabel.label" => gettext("Label"),
        "seclabel.baselabel" => gettext("Made from the label"),
        "seclabel.relabel" => gettext("Label its files, too"),
        "vcpu_sched.vcpus" | "cache_tune.vcpus" | "memory_tune.vcpus" => {
            gettext("For the guest’s processors")
        }
        "vcpu_sched.scheduler" | "iothread_sched.scheduler" => gettext("Scheduler"),
        "vcpu_sched.priority" | "iothread_sched.priority" => gettext("Priority"),
        "iothread_sched.threads" => gettext("For disk threads"),
        "iothread.pool_min" => gettext("Fewest helper threads"),
        "iothread.pool_max" => gettext("Maximum helper threads"),
        "iothread.poll_max" => gettext("Waits actively for at most (ns)"),
        "iothread.poll_grow" => gettext("Waiting grows by factor"),
        "iothread.poll_shrink" => gettext("Waiting shrinks by factor"),
        "block_device.weight" => gettext("Weight"),
        "disk.total_bytes" | "throttle_group.total_bytes" => gettext("Maximum bytes per second"),
        "disk.total_iops" | "throttle_group.total_iops" => {
            gettext("Maximum reads and writes per second")
        }
        "cache_tune.level" => gettext("Level of the cache"),
        "cache_tune.id" => gettext("Number of the cache"),
        "cache_tune.type" => gettext("For"),
        "memory_tune.id" => gettext("Host memory node"),
        "memory_tune.bandwidth" => gettext("Bandwidth (%)"),
        "tuning.emulator_scheduler" => gettext("Scheduler of the emulator"),
        "tuning.emulator_priority" => gettext("Priority of the emulator"),
        "tuning.pool_min" => gettext("Fewest helper threads of the emulator"),
        "tuning.pool_max" => gettext("Maximum helper threads of the emulator"),
        "disk.throttle" => gettext("Limits shared with"),
        "graphics.audio" => gettext("Sound from output number"),
        "bios.vendor" | "system.manufacturer" | "board.manufacturer" | "case.manufacturer" => {
            gettext("Maker")
        }
        "bios.date" => gettext("Date (month/day/year)"),
        "bios.release" => gettext("Release"),
        "system.product" | "board.product" => gettext("Product"),
        "system.sku" | "case.sku" => gettext("Stock number (SKU)"),
        "system.family" => gettext("Family"),
        "board.asset" | "case.asset" => gettext("Asset tag"),
        "board.location" => gettext("Place in the case"),
        "perf.cmt" => gettext("Cache in use (CMT)"),
        "perf.mbmt" => gettext("Memory bandwidth (MBMT)"),
        "perf.mbml" => gettext("Memory bandwidth of its node (MBML)"),
        "perf.cpu_cycles" => gettext("Processor cycles"),
        "perf.instructions" => gettext("Instructions"),
        "perf.cache_references" => gettext("Cache accesses"),
        "perf.cache_misses" => gettext("Cache misses"),
        "perf.branch_instructions" => gettext("Branches"),
        "perf.branch_misses" => gettext("Branch misses"),
        "perf.bus_cycles" => gettext("Bus cycles"),
        "perf.stalled_cycles_frontend" => gettext("Cycles waiting for instructions"),
        "perf.stalled_cycles_backend" => gettext("Cycles waiting for data"),
        "perf.ref_cpu_cycles" => gettext("Reference cycles"),
        "perf.cpu_clock" => gettext("Processor clock"),
        "perf.task_clock" => gettext("Running time"),
        "perf.page_faults" => gettext("Page faults"),
        "perf.context_switches" => gettext("Context switches"),
        "perf.cpu_migrations" => gettext("Moves between processors"),
        "perf.page_faults_min" => gettext("Minor page faults"),
        "perf.page_faults_maj" => gettext("Major page faults"),
        "perf.alignment_faults" => gettext("Alignment faults"),
        "perf.emulation_faults" => gettext("Emulated instructions"),
        "cpu_feature.policy" => gettext("Policy"),
        "numa_node.cpus" => gettext("Processors"),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::model::hardware;

    #[test]
    fn every_field_has_a_label() {
        for field in hardware::all_fields() {
            assert_ne!(super::field(field.id), field.id);
        }
    }
}
