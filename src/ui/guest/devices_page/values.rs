//! What libvirt's words for values mean. Names that people know as they are
//! (models, cache modes, formats) have none here.

use gettextrs::{gettext, pgettext};

/// Words for values.
type Table = [(&'static str, fn() -> String)];

/// A value of the field in words; nothing for those that name themselves.
#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn word(field: &str, value: &str) -> Option<String> {
    let table: &Table = match field {
        "cpu.mode" => &[
            ("host-passthrough", || gettext("The host’s own")),
            ("host-model", || gettext("Like the host’s")),
            ("maximum", || gettext("All that is possible")),
            ("custom", || gettext("A chosen model")),
        ],
        "cpu.check" => {
            &[("none", none_feminine), ("partial", || gettext("Partial")), ("full", full)]
        }
        "cpu.cache" => &[
            ("emulate", || gettext("Emulated")),
            ("passthrough", || gettext("The host’s own")),
            ("disable", none),
        ],
        "cpu_feature.policy" => &[
            ("require", || gettext("Required")),
            ("optional", || gettext("If the host has it")),
            ("force", || gettext("In any case")),
            ("disable", || pgettext("a value", "Off")),
            ("forbid", || gettext("Forbidden")),
        ],
        "memory.source" => &[
            ("anonymous", || gettext("Memory of its own")),
            ("file", || gettext("A file")),
            ("memfd", || gettext("Memory to share (memfd)")),
        ],
        "memory.access" => &[("shared", || gettext("Shared")), ("private", || gettext("Private"))],
        "memory.allocation" => {
            &[("immediate", || gettext("At start")), ("ondemand", || gettext("When needed"))]
        }
        "hyperv.mode" => {
            &[("custom", || gettext("One by one")), ("passthrough", || gettext("All of the host"))]
        }
        "clock.offset" => &[
            ("utc", || gettext("UTC")),
            ("localtime", || gettext("The host’s local time")),
            ("timezone", || gettext("A time zone")),
            ("variable", || gettext("What the guest set")),
        ],
        "clock.rtc" | "clock.pit" | "clock.armvtimer" => &[
            ("delay", || gettext("Come late")),
            ("catchup", || gettext("Come faster")),
            ("merge", || gettext("Are merged")),
            ("discard", || gettext("Are left out")),
        ],
        "on.poweroff" | "on.reboot" | "on.crash" => &[
            ("destroy", || gettext("Switch off")),
            ("restart", || gettext("Restart")),
            ("preserve", || gettext("Keep as it is")),
            ("rename-restart", || gettext("Restart with a new name")),
            ("coredump-destroy", || gettext("Save memory, switch off")),
            ("coredump-restart", || gettext("Save memory, restart")),
        ],
        "on.lockfailure" => &[
            ("poweroff", || gettext("Switch off")),
            ("restart", || gettext("Restart")),
            ("pause", || gettext("Pause")),
            ("ignore", || gettext("Ignore")),
        ],
        "boot.smbios" => &[
            ("emulate", || gettext("Those of the emulator")),
            ("host", || gettext("Those of the host")),
            ("sysinfo", || gettext("Those in the XML")),
        ],
        "machine.ioapic" | "interface.driver" => &[
            ("kvm", || "KVM".to_owned()),
            ("qemu", || "QEMU".to_owned()),
            ("vhost", || gettext("The host’s kernel")),
        ],
        "machine.msrs" => &[("ignore", || gettext("Ignore")), ("fault", || gettext("Refuse"))],
        "shmem.role" => &[("master", || gettext("Yes")), ("peer", || gettext("No"))],
        "security.type" => &[
            ("sev", || "AMD SEV".to_owned()),
            ("sev-snp", || "AMD SEV-SNP".to_owned()),
            ("tdx", || "Intel TDX".to_owned()),
            ("s390-pv", || "IBM Secure Execution".to_owned()),
        ],
        "vcpu_sched.scheduler" | "iothread_sched.scheduler" | "tuning.emulator_scheduler" => &[
            ("batch", || gettext("For long work")),
            ("idle", || gettext("When nobody else runs")),
            ("fifo", || gettext("Real time, first come")),
            ("rr", || gettext("Real time, in turn")),
        ],
        "seclabel.type" => &[
            ("dynamic", || gettext("A label that libvirt makes")),
            ("static", || gettext("A label of your own")),
            ("none", || gettext("Not kept apart")),
        ],
        "cache_tune.type" => &[
            ("both", || gettext("Instructions and data")),
            ("code", || gettext("Instructions")),
            ("data", || gettext("Data")),
        ],
        "tuning.numa_mode" | "mem_node.mode" => &[
            ("strict", || gettext("From these only")),
            ("preferred", || gettext("From these first")),
            ("interleave", || gettext("From all in turn")),
            ("restrictive", || gettext("As the host allows")),
        ],
        "disk.bus" | "input.bus" => BUSES,
        "disk.cache" => &[("none", none_feminine)],
        "memballoon.model" | "machine.aia" => &[("none", none)],
        "disk.discard" => &[("ignore", || gettext("Kept")), ("unmap", || gettext("Given back"))],
        "disk.detect_zeroes" => &[
            ("off", || gettext("Written")),
            ("on", || gettext("Take no space")),
            ("unmap", || gettext("Give space back")),
        ],
        "disk.error_policy" => &[
            ("stop", || gettext("Pause the guest")),
            ("report", || gettext("Tell the guest")),
            ("ignore", || gettext("Ignore")),
            ("enospace", || gettext("Pause if full, else tell")),
        ],
        "interface.type" => &[
            ("network", || gettext("Virtual network")),
            ("bridge", || gettext("Bridge")),
            ("user", || gettext("User-mode network")),
            ("direct", || gettext("Host interface")),
        ],
        "interface.mode" => &[
            ("bridge", || gettext("Bridge")),
            ("vepa", || "VEPA".to_owned()),
            ("private", || gettext("Private")),
            ("passthrough", || gettext("For this guest only")),
        ],
        "interface.link" => &[("up", || gettext("Plugged in")), ("down", || gettext("Unplugged"))],
        "graphics.type" | "audio.type" | "redirdev.type" | "smartcard.type" => &[
            ("vnc", || "VNC".to_owned()),
            ("spice", || "SPICE".to_owned()),
            ("spicevmc", || "SPICE".to_owned()),
            ("none", || gettext("Nowhere")),
            ("pulseaudio", || "PulseAudio".to_owned()),
            ("pipewire", || "PipeWire".to_owned()),
            ("file", || gettext("A file")),
            ("alsa", || "ALSA".to_owned()),
            ("dbus", || "D-Bus".to_owned()),
            ("jack", || "JACK".to_owned()),
            ("sdl", || "SDL".to_owned()),
            ("oss", || "OSS".to_owned()),
        ],
        "graphics.listen_type" => &[
            ("address", || gettext("At an address")),
            ("none", || gettext("On no network")),
            ("network", || gettext("At a virtual network")),
            ("socket", || gettext("At a socket")),
        ],
        "input.type" => &[
            ("tablet", || gettext("Tablet")),
            ("mouse", || gettext("Mouse")),
            ("keyboard", || gettext("Keyboard")),
        ],
        "serial.type" | "parallel.type" | "console.type" | "channel.type" => &[
            ("pty", || gettext("A terminal (pty)")),
            ("file", || gettext("A file")),
            ("unix", || gettext("A socket")),
            ("tcp", || "TCP".to_owned()),
            ("udp", || "UDP".to_owned()),
            ("dev", || gettext("A device")),
            ("null", || gettext("Nowhere")),
            ("spicevmc", || "SPICE".to_owned()),
            ("spiceport", || gettext("A port of SPICE")),
            ("qemu-vdagent", || gettext("QEMU’s own agent")),
        ],
        "console.target" => {
            &[("serial", || gettext("Serial port")), ("virtio", || "VirtIO".to_owned())]
        }
        "serial.mode" | "parallel.mode" | "console.mode" | "channel.mode" => &[
            ("bind", || gettext("Waits for others")),
            ("connect", || gettext("Goes to the other")),
        ],
        "serial.protocol" | "parallel.protocol" | "console.protocol" | "channel.protocol" => &[
            ("raw", || gettext("As it is")),
            ("telnet", || "Telnet".to_owned()),
            ("telnets", || gettext("Telnet over TLS")),
            ("tls", || "TLS".to_owned()),
        ],
        "interface.trunk" => &[("yes", || gettext("Yes"))],
        "graphics.image_compression" => &[
            ("auto_glz", || gettext("Automatic (GLZ)")),
            ("auto_lz", || gettext("Automatic (LZ)")),
            ("quic", || "QUIC".to_owned()),
            ("glz", || "GLZ".to_owned()),
            ("lz", || "LZ".to_owned()),
            ("off", || pgettext("a value", "Off")),
        ],
        "graphics.jpeg_compression" | "graphics.zlib_compression" => &[
            ("auto", || gettext("Over slow links")),
            ("never", || gettext("Never")),
            ("always", || gettext("Always")),
        ],
        "graphics.streaming" => &[
            ("filter", || gettext("What moves fast")),
            ("all", || gettext("Everything that changes")),
            ("off", || gettext("Nothing")),
        ],
        "machine.hpt" => &[
            ("enabled", || gettext("If the guest can")),
            ("disabled", || gettext("Never")),
            ("required", || gettext("Required")),
        ],
        "machine.cfpc" | "machine.sbbc" | "machine.ibs" => &[
            ("broken", || gettext("Not protected")),
            ("workaround", || gettext("Protected by the system")),
            ("fixed", || gettext("Protected by the processor")),
            ("fixed-ibs", || gettext("Protected (serialised)")),
            ("fixed-ccd", || gettext("Protected (cache off)")),
            ("fixed-na", || gettext("Not concerned")),
        ],
        "channel.mouse" | "graphics.mouse" => {
            &[("client", || gettext("The console")), ("server", || gettext("The guest"))]
        }
        "filesystem.driver" => &[("path", || "9p".to_owned())],
        "filesystem.accessmode" => &[
            ("passthrough", || gettext("As on the host")),
            ("mapped", || gettext("Kept beside the files")),
            ("squash", || gettext("As far as allowed")),
        ],
        "hostdev.startup" => &[
            ("mandatory", || gettext("Do not start")),
            ("requisite", || gettext("Migrate only")),
            ("optional", || gettext("Start without it")),
        ],
        "smartcard.mode" => &[
            ("passthrough", || gettext("The viewer’s")),
            ("host", || gettext("The host’s")),
            ("host-certificates", || gettext("From certificates")),
        ],
        "tpm.backend" => {
            &[("emulator", || gettext("Emulated")), ("passthrough", || gettext("The host’s own"))]
        }
        "rng.backend" => &[
            ("random", || gettext("A device")),
            ("builtin", || gettext("QEMU’s own")),
            ("egd", || "EGD".to_owned()),
        ],
        "watchdog.action" => &[
            ("reset", || gettext("Reset")),
            ("shutdown", || gettext("Shut down")),
            ("poweroff", || gettext("Switch off")),
            ("pause", || gettext("Pause")),
            ("none", || gettext("Nothing")),
            ("dump", || gettext("Save memory")),
            ("inject-nmi", || gettext("Interrupt (NMI)")),
        ],
        _ => &[],
    };
    table.iter().find(|(word, _)| *word == value).map(|(_, name)| name())
}

/// Names of buses, which no language translates but one.
const BUSES: &Table = &[
    ("virtio", || "VirtIO".to_owned()),
    ("sata", || "SATA".to_owned()),
    ("scsi", || "SCSI".to_owned()),
    ("usb", || "USB".to_owned()),
    ("ide", || "IDE".to_owned()),
    ("ps2", || "PS/2".to_owned()),
    ("fdc", || gettext("Floppy controller")),
];

fn none() -> String {
    gettext("None")
}

fn none_feminine() -> String {
    // Translators: of feminine gender in many languages
    pgettext("no cache, no comparison", "None")
}

fn full() -> String {
    gettext("Complete")
}

#[cfg(test)]
mod tests {
    use super::word;
    use crate::model::hardware::{Kind, all_fields};

    /// Two values of a field that are called the same could not be told apart.
    #[test]
    fn values_have_names_of_their_own() {
        for field in all_fields() {
            let words: &[&str] = match field.kind {
                Kind::Choice(words) | Kind::OpenChoice(words) => words,
                _ => &[],
            };
            let mut names: Vec<String> = words
                .iter()
                .map(|value| word(field.id, value).unwrap_or_else(|| (*value).to_owned()))
                .collect();
            names.sort();
            let count = names.len();
            names.dedup();
            assert_eq!(names.len(), count, "{}", field.id);
        }
    }

    #[test]
    fn what_stands_for_the_default_is_no_value_in_words() {
        assert_eq!(word("graphics.type", "vnc").as_deref(), Some("VNC"));
        assert_eq!(word("disk.cache", "writeback"), None);
    }
}
