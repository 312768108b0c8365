//! Every field that can change while a guest runs, on a guest that runs: what
//! "Apply" asks for is in the running definition at once, and in no other place
//! of it; it is taken back as well. What this host refuses changes nothing of
//! the running guest and waits for its next start.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use posada::{
    backend::{Modification, XmlKind},
    model::{
        DomainId, Failure,
        hardware::{self, Difference, Field, LiveEdit, all_fields},
        xml::Document,
    },
};

use crate::{
    common::{self, wait_for},
    fields::first,
    host::{Host, PATIENCE, id},
};

const RUNNING: &str = include_str!("../guests/running.xml");

/// What to make of a field.
enum Trial {
    /// It changes at once and is taken back at once.
    BothWays,
    /// It changes at once; the way back needs a system in the guest.
    Forth,
    /// It depends on the host's kernel, or on its services.
    IfPossible,
}
use Trial::{BothWays, Forth, IfPossible};

/// A field, whose device has this identity, and a value.
const TRIALS: &[(&str, &str, &str, Trial)] = &[
    ("vcpu:3", "vcpu.enabled", "yes", Forth),
    ("", "cpu.current", "4", Forth),
    ("", "memory.current", "134217728", BothWays),
    ("", "tuning.iothreads", "3", BothWays),
    ("iothread:1", "iothread.pool_min", "2", Forth),
    ("iothread:1", "iothread.pool_max", "8", Forth),
    ("iothread:1", "iothread.poll_max", "1000", Forth),
    ("iothread:1", "iothread.poll_grow", "2", Forth),
    ("iothread:1", "iothread.poll_shrink", "3", Forth),
    ("disk:vda", "disk.read_bytes", "1000000", BothWays),
    ("disk:vda", "disk.write_bytes", "1000000", BothWays),
    ("disk:vda", "disk.read_iops", "1000", BothWays),
    ("disk:vda", "disk.write_iops", "1000", BothWays),
    ("disk:vda", "disk.total_bytes", "1000000", BothWays),
    ("disk:vda", "disk.total_iops", "1000", BothWays),
    ("disk:vda", "disk.total_bytes_max", "2000000", BothWays),
    ("disk:vda", "disk.total_bytes_length", "3", BothWays),
    ("disk:vda", "disk.total_iops_max", "2000000", BothWays),
    ("disk:vda", "disk.total_iops_length", "3", BothWays),
    ("disk:vda", "disk.read_bytes_max", "2000000", BothWays),
    ("disk:vda", "disk.read_bytes_length", "3", BothWays),
    ("disk:vda", "disk.read_iops_max", "2000000", BothWays),
    ("disk:vda", "disk.read_iops_length", "3", BothWays),
    ("disk:vda", "disk.write_bytes_max", "2000000", BothWays),
    ("disk:vda", "disk.write_bytes_length", "3", BothWays),
    ("disk:vda", "disk.write_iops_max", "2000000", BothWays),
    ("disk:vda", "disk.write_iops_length", "3", BothWays),
    ("disk:vda", "disk.io_size", "4096", BothWays),
    ("disk:vda", "disk.limit_group", "together", BothWays),
    ("disk:sda", "disk.source", "@FOLDER@/another.iso", BothWays),
    ("memballoon", "memballoon.period", "5", BothWays),
    ("interface:52:54:00:0f:0f:0f", "interface.link", "down", BothWays),
    ("interface:52:54:00:0f:0f:0f", "interface.network", "@OTHER@", BothWays),
    ("interface:52:54:00:0f:0f:0f", "interface.filter", "no-mac-spoofing", IfPossible),
    ("interface:52:54:00:0f:0f:0f", "interface.inbound", "1000", IfPossible),
    ("interface:52:54:00:0f:0f:0f", "interface.outbound", "1000", IfPossible),
    ("interface:52:54:00:0f:0f:0f", "interface.inbound_peak", "2000", IfPossible),
    ("interface:52:54:00:0f:0f:0f", "interface.inbound_burst", "2000", IfPossible),
    ("interface:52:54:00:0f:0f:0f", "interface.inbound_floor", "500", IfPossible),
    ("interface:52:54:00:0f:0f:0f", "interface.outbound_peak", "2000", IfPossible),
    ("interface:52:54:00:0f:0f:0f", "interface.outbound_burst", "2000", IfPossible),
    ("interface:52:54:00:0f:0f:0f", "interface.vlans", "42", IfPossible),
    ("interface:52:54:00:0f:0f:0f", "interface.trunk", "yes", IfPossible),
    ("graphics:vnc", "graphics.password", "s3cret", Forth),
    ("", "tuning.emulatorpin", "0", Forth),
    ("vcpu_pin:0", "vcpu_pin.cpus", "0", Forth),
    ("iothread_pin:1", "iothread_pin.cpus", "0", Forth),
    ("", "tuning.shares", "512", IfPossible),
    ("", "tuning.period", "50000", IfPossible),
    ("", "tuning.quota", "20000", IfPossible),
    ("", "tuning.emulator_period", "50000", IfPossible),
    ("", "tuning.emulator_quota", "20000", IfPossible),
    ("", "tuning.iothread_period", "50000", IfPossible),
    ("", "tuning.iothread_quota", "20000", IfPossible),
    ("", "tuning.global_period", "50000", IfPossible),
    ("", "tuning.global_quota", "20000", IfPossible),
    ("", "tuning.memory_hard", "4294967296", IfPossible),
    ("", "tuning.memory_soft", "2147483648", IfPossible),
    ("", "tuning.memory_swap", "8589934592", IfPossible),
    ("", "tuning.numa_nodes", "0", IfPossible),
    ("", "tuning.io_weight", "200", IfPossible),
    ("block_device:@FOLDER@/host-disk", "block_device.weight", "300", IfPossible),
    ("block_device:@FOLDER@/host-disk", "block_device.read_bytes", "1000000", IfPossible),
    ("block_device:@FOLDER@/host-disk", "block_device.write_bytes", "1000000", IfPossible),
    ("block_device:@FOLDER@/host-disk", "block_device.read_iops", "1000", IfPossible),
    ("block_device:@FOLDER@/host-disk", "block_device.write_iops", "1000", IfPossible),
];

/// Fields that no guest can have here, or that come with another one.
const ELSEWHERE: &[(&str, &str)] = &[
    ("interface.type", "comes with its source, below"),
    ("interface.bridge", "the same"),
    ("interface.device", "the same; it needs an interface of the host to give away"),
    ("interface.mode", "the same"),
    ("memory_device.requested", "only a module of the kind virtio-mem has it"),
];

struct Bench {
    host: Host,
    id: DomainId,
}

impl Bench {
    fn read(&self, kind: XmlKind) -> Document {
        let xml = self.host.wait(self.host.handle.domain_xml(self.id, kind)).unwrap();
        Document::parse(&xml).unwrap()
    }

    /// As "Apply" does it. Answers what was refused while the guest runs.
    fn apply(&self, of: &str, edits: &[(&Field, Option<String>)]) -> Result<(), Failure> {
        let base = self.read(XmlKind::InactiveSecure);
        let mut wanted = base.clone();
        for (field, value) in edits {
            let device = hardware::find(&wanted, of);
            hardware::edit(&mut wanted, device.as_ref(), field, value.as_deref()).unwrap();
        }
        let live = hardware::live_changes(&self.read(XmlKind::Live), &base, &wanted).unwrap();
        let live: Vec<LiveEdit> = live.into_iter().map(|(edit, _)| edit).collect();
        let definition = Some((base.to_string(), wanted.to_string()));
        let modification = Modification { definition, volumes: Vec::new(), live };
        let answers = self.host.wait(self.host.handle.modify(self.id, modification)).unwrap();
        answers.into_iter().collect()
    }

    /// The fields in which the running guest differs from what it was.
    fn changed(&self, before: &Document) -> BTreeSet<&'static str> {
        let ids = hardware::differences(before, &self.read(XmlKind::Live)).into_iter();
        ids.map(|found| match found {
            Difference::Field { field, .. } => field.id,
            other => panic!("{other:?}"),
        })
        .collect()
    }

    fn waits(&self, field: &Field) -> bool {
        let waiting =
            hardware::waiting(&self.read(XmlKind::Live), &self.read(XmlKind::InactiveSecure));
        waiting
            .iter()
            .any(|found| matches!(found, Difference::Field { field: of, .. } if of.id == field.id))
    }
}

#[expect(clippy::unnecessary_wraps, reason = "nothing leaves a field to libvirt")]
fn said(value: &str) -> Option<String> {
    Some(value.to_owned())
}

fn field(id: &str) -> &'static Field {
    all_fields().find(|field| field.id == id).unwrap()
}

/// What else changes with a field of a running guest.
fn comes_along(id: &str, other: &str) -> bool {
    match id {
        "vcpu.enabled" | "cpu.current" => other == "cpu.current" || other.starts_with("vcpu."),
        "tuning.numa_nodes" => other == "tuning.numa_mode",
        // libvirt keeps both ends of a range.
        "iothread.pool_min" => other == "iothread.pool_max",
        "disk.source" => other == "disk.format",
        "interface.network" => other == "interface.bridge",
        _ => false,
    }
}

fn bench() -> Option<(Bench, common::Guest, Networks)> {
    let host = Host::connect(common::system()?);
    let networks = Networks::new(&host.libvirt);
    let disk = host.libvirt.disk("running", "16M");
    let iso = host.libvirt.folder.join("another.iso");
    fs::copy(common::rescue_iso(), &iso).unwrap();
    host_disk(&host.libvirt.folder.join("host-disk"));
    let xml =
        RUNNING.replace("@DISK@", &disk.to_string_lossy()).replace("@NETWORK@", &networks.names[0]);
    let guest = host.libvirt.define_text("running", &xml);
    host.libvirt.virsh(&["start", &guest.name]);
    Some((Bench { id: id(&guest), host }, guest, networks))
}

/// Gives a disk of the host another name: the world of the tests has no `/dev` of
/// the host's. Where there is none to name, libvirt says so.
fn host_disk(path: &Path) {
    let disks = fs::read_dir("/sys/block").into_iter().flatten().flatten();
    let number = disks.filter_map(|disk| fs::read_to_string(disk.path().join("dev")).ok());
    if let Some((major, minor)) = number.min().as_deref().and_then(|at| at.trim().split_once(':')) {
        let _ = Command::new("mknod").arg(path).args(["b", major, minor]).output();
    }
}

/// Two virtual networks that lead nowhere.
struct Networks {
    libvirt: common::Libvirt,
    names: [String; 2],
}

impl Networks {
    fn new(libvirt: &common::Libvirt) -> Self {
        let names = [common::unique("here"), common::unique("there")];
        for name in &names {
            let file = libvirt.folder.join(format!("{name}.xml"));
            let xml = format!("<network><name>{name}</name></network>");
            fs::write(&file, xml).unwrap();
            libvirt.virsh(&["net-create", &file.to_string_lossy()]);
        }
        Self { libvirt: libvirt.clone(), names }
    }
}

impl Drop for Networks {
    fn drop(&mut self) {
        for name in &self.names {
            let _ = self.libvirt.try_virsh(&["net-destroy", name]);
        }
    }
}

#[test]
fn each_live_field_changes_the_running_guest_and_nothing_else() {
    let Some((bench, _guest, networks)) = bench() else { return };
    let folder = bench.host.libvirt.folder.to_string_lossy().into_owned();
    let counters: Vec<&Field> = all_fields().filter(|f| f.id.starts_with("perf.")).collect();
    let counters = counters.iter().map(|field| ("", field.id, "yes", &IfPossible));
    let trials = TRIALS.iter().map(|(of, id, value, trial)| (*of, *id, *value, trial));
    let mut known: BTreeSet<&str> = ELSEWHERE.iter().map(|(id, _)| *id).collect();
    let (mut problems, mut done) = (Vec::new(), BTreeSet::new());
    for (of, id, value, trial) in trials.chain(counters) {
        known.insert(id);
        let field = field(id);
        let of = &of.replace("@FOLDER@", &folder);
        let value = value.replace("@FOLDER@", &folder).replace("@OTHER@", &networks.names[1]);
        let before = bench.read(XmlKind::Live);
        let base = bench.read(XmlKind::InactiveSecure);
        let device = hardware::find(&base, of);
        // With what gives it a meaning.
        let mut edits = first(&base, field, device.as_ref());
        edits.push((field, value.clone()));
        let old: Vec<_> = edits
            .iter()
            .rev()
            .map(|(field, _)| (*field, hardware::get(&base, device.as_ref(), field)))
            .collect();
        let edits: Vec<_> = edits.into_iter().map(|(field, value)| (field, Some(value))).collect();
        let tried: Vec<&str> = edits.iter().map(|(field, _)| field.id).collect();
        if let Err(refusal) = bench.apply(of, &edits) {
            eprintln!("refused: {id} = {value}: {}", refusal.detail);
            if !matches!(trial, IfPossible) {
                problems.push(format!("{id} = {value}: {}", refusal.detail));
            }
            if bench.read(XmlKind::Live) != before {
                problems.push(format!("{id}: refused, and yet something changed"));
            }
            let kept = bench.read(XmlKind::InactiveSecure);
            let is = hardware::get(&kept, hardware::find(&kept, of).as_ref(), field);
            if is.as_deref() != Some(value.as_str()) || !bench.waits(field) {
                problems.push(format!("{id}: refused, and does not wait for the next start"));
            }
            let _ = bench.apply(of, &old);
            continue;
        }
        done.insert(id);
        if bench.waits(field) {
            problems.push(format!("{id} = {value} was not refused, and waits"));
        }
        let strange: Vec<_> = bench.changed(&before).into_iter().collect();
        let strange: Vec<_> = strange
            .into_iter()
            .filter(|other| !tried.contains(other) && !comes_along(id, other))
            .collect();
        if !strange.is_empty() {
            problems.push(format!("{id} = {value}: also changed {strange:?}"));
        }
        match bench.apply(of, &old) {
            Err(refusal) if matches!(trial, BothWays) => {
                problems.push(format!("{id}: not taken back: {}", refusal.detail));
            }
            Ok(()) if matches!(trial, BothWays) && bench.waits(field) => {
                problems.push(format!("{id}: taken back, and waits"));
            }
            _ => {}
        }
    }
    eprintln!("changed while the guest runs: {done:?}");
    for field in all_fields().filter(|field| field.can_be_live() && !known.contains(field.id)) {
        problems.push(format!("{} is tried by nobody", field.id));
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn limits_that_must_fit_each_other_change_together() {
    let Some((bench, _guest, _networks)) = bench() else { return };
    let (hard, swap) = (field("tuning.memory_hard"), field("tuning.memory_swap"));
    // Each way is refused if the one goes before the other.
    for (least, most) in [("2147483648", "3221225472"), ("4294967296", "8589934592")] {
        match bench.apply("", &[(hard, said(least)), (swap, said(most))]) {
            Ok(()) => assert!(!bench.waits(hard) && !bench.waits(swap)),
            Err(refusal) => assert!(!refusal.detail.contains("must be"), "{}", refusal.detail),
        }
    }
    let thread = "iothread:2";
    let (min, max) = (field("iothread.pool_min"), field("iothread.pool_max"));
    for (least, most) in [("70", "80"), ("2", "4")] {
        bench.apply(thread, &[(max, said(most)), (min, said(least))]).unwrap();
        assert!(!bench.waits(min) && !bench.waits(max));
    }
}

#[test]
fn a_running_guest_moves_to_a_bridge_of_the_host() {
    let Some((bench, _guest, networks)) = bench() else { return };
    let of = "interface:52:54:00:0f:0f:0f";
    let bridge = bench.host.libvirt.virsh(&["net-info", &networks.names[1]]);
    let bridge = bridge.lines().find_map(|line| line.strip_prefix("Bridge:")).unwrap().trim();
    let edits =
        [(field("interface.type"), said("bridge")), (field("interface.bridge"), said(bridge))];
    bench.apply(of, &edits).unwrap();
    let live = wait_for("the bridge", PATIENCE, || {
        let live = bench.read(XmlKind::Live);
        (live.get("devices/interface/source/@bridge")? == bridge).then_some(live)
    });
    assert_eq!(live.get("devices/interface/@type").as_deref(), Some("bridge"));
    assert!(!bench.waits(field("interface.type")) && !bench.waits(field("interface.bridge")));
}
