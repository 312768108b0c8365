//! What the parts of a guest are called: what a group of them is about, each of
//! them, and what is asked to add one.

use gettextrs::gettext;

use crate::{
    i18n::gettext_f,
    model::hardware::{Device, DeviceKind, Section},
};

/// The kinds whose parts stand on a page, in their order.
pub(super) fn on_page(section: Section) -> &'static [DeviceKind] {
    match section {
        Section::Cpu => &[DeviceKind::CpuFeature, DeviceKind::Vcpu],
        Section::Memory => &[DeviceKind::NumaNode],
        Section::Boot => &[DeviceKind::OemString, DeviceKind::FwCfg],
        Section::Machine => &[DeviceKind::SecLabel],
        Section::Tuning => &[
            DeviceKind::VcpuPin,
            DeviceKind::VcpuSched,
            DeviceKind::Iothread,
            DeviceKind::IothreadPin,
            DeviceKind::IothreadSched,
            DeviceKind::BlockDevice,
            DeviceKind::ThrottleGroup,
            DeviceKind::CacheTune,
            DeviceKind::MemoryTune,
        ],
    }
}

/// Whether each part has a row of its own that holds those of its fields.
pub(super) fn is_folded(kind: DeviceKind) -> bool {
    !matches!(
        kind,
        DeviceKind::CpuFeature
            | DeviceKind::NumaNode
            | DeviceKind::MemNode
            | DeviceKind::OemString
            | DeviceKind::VcpuPin
            | DeviceKind::IothreadPin
    )
}

/// The heading of a group.
pub(super) fn heading(kind: DeviceKind) -> String {
    match kind {
        DeviceKind::CpuFeature => gettext("Features"),
        DeviceKind::Vcpu => gettext("Processors One by One"),
        DeviceKind::NumaNode | DeviceKind::MemNode => gettext("NUMA Nodes"),
        DeviceKind::OemString => gettext("Texts for the Guest"),
        DeviceKind::FwCfg => gettext("Values for the Firmware"),
        DeviceKind::SecLabel => gettext("Isolation From Other Guests"),
        DeviceKind::VcpuPin => gettext("Processor Pinning"),
        DeviceKind::VcpuSched => gettext("Processor Scheduling"),
        DeviceKind::Iothread => gettext("Disk Threads"),
        DeviceKind::IothreadPin => gettext("Disk Thread Pinning"),
        DeviceKind::IothreadSched => gettext("Disk Thread Scheduling"),
        DeviceKind::BlockDevice => gettext("Disks of the Host"),
        DeviceKind::ThrottleGroup => gettext("Limits for Several Disks"),
        DeviceKind::CacheTune => gettext("Shares of the Host’s Cache"),
        _ => gettext("Shares of Memory Bandwidth"),
    }
}

/// What one has to know of a group; possibly nothing.
pub(super) fn description(kind: DeviceKind, empty: bool) -> Option<String> {
    Some(match kind {
        DeviceKind::CpuFeature if empty => gettext("Those of the chosen processor, and no others."),
        DeviceKind::Vcpu => gettext(
            "Which are plugged in at the start and which can come and go; libvirt’s choice unless said.",
        ),
        DeviceKind::NumaNode => {
            gettext("Processors and memory are divided evenly when the number changes.")
        }
        DeviceKind::OemString => {
            gettext("The guest sees them where its maker and serial number are those in the XML.")
        }
        DeviceKind::FwCfg => gettext("The guest’s firmware and system read them by their names."),
        DeviceKind::SecLabel => gettext(
            "How the host keeps this guest apart from others; libvirt’s choice unless said.",
        ),
        DeviceKind::VcpuPin | DeviceKind::IothreadPin => {
            gettext("The host’s processors that each one may run on; all unless said.")
        }
        DeviceKind::BlockDevice => {
            gettext("The guest’s share of single disks of the host, whichever image is on them.")
        }
        DeviceKind::ThrottleGroup => gettext(
            "All disks of a group together keep to its limits. A disk’s page says its group.",
        ),
        DeviceKind::CacheTune | DeviceKind::MemoryTune => {
            gettext("Needs a host whose processor divides its cache (resctrl).")
        }
        _ => return None,
    })
}

/// The button that adds one, for kinds that one adds.
pub(super) fn add_label(kind: DeviceKind) -> Option<String> {
    Some(match kind {
        DeviceKind::CpuFeature => gettext("Add Feature…"),
        DeviceKind::OemString => gettext("Add Text…"),
        DeviceKind::FwCfg => gettext("Add Value…"),
        DeviceKind::VcpuSched => gettext("Add Rule"),
        DeviceKind::IothreadSched => gettext("Add Thread Rule"),
        DeviceKind::BlockDevice => gettext("Add Disk…"),
        DeviceKind::ThrottleGroup => gettext("Add Group…"),
        DeviceKind::CacheTune => gettext("Add Cache Share"),
        DeviceKind::MemoryTune => gettext("Add Bandwidth Share"),
        _ => return None,
    })
}

/// Why none can be added now.
pub(super) fn why_no_more(kind: DeviceKind) -> String {
    match kind {
        DeviceKind::CpuFeature => gettext("Choose a kind of processor first"),
        DeviceKind::IothreadSched => gettext("There is no disk thread without a rule"),
        _ => gettext("There is no processor without one"),
    }
}

/// What is asked before one is added: the entry's title, and what it begins
/// with. Nothing for kinds that need no name.
pub(super) fn question(kind: DeviceKind) -> Option<(String, &'static str)> {
    Some(match kind {
        DeviceKind::OemString => (gettext("Text"), ""),
        DeviceKind::FwCfg => (gettext("Name, beginning with “opt/”"), "opt/"),
        DeviceKind::BlockDevice => (gettext("Path of the host’s disk"), "/dev/"),
        DeviceKind::ThrottleGroup => (gettext("Name of the group"), ""),
        _ => return None,
    })
}

/// What a part is called.
pub(super) fn title(part: &Device) -> String {
    let key = part.key();
    let number = [("number", key)];
    match (part.kind, key) {
        (DeviceKind::Vcpu | DeviceKind::VcpuPin, _) => gettext_f("Processor {number}", &number),
        (DeviceKind::Iothread | DeviceKind::IothreadPin, _) => {
            gettext_f("Disk thread {number}", &number)
        }
        (DeviceKind::OemString, _) => gettext_f("Text {number}", &number),
        (DeviceKind::VcpuSched, _) => gettext_f("Rule {number}", &number),
        (DeviceKind::IothreadSched, _) => gettext_f("Disk thread rule {number}", &number),
        (DeviceKind::CacheTune, _) => gettext_f("Cache share {number}", &number),
        (DeviceKind::MemoryTune, _) => gettext_f("Bandwidth share {number}", &number),
        (DeviceKind::SecLabel, "dac") => gettext("User and group (DAC)"),
        (DeviceKind::SecLabel, "selinux") => "SELinux".to_owned(),
        (DeviceKind::SecLabel, "apparmor") => "AppArmor".to_owned(),
        _ => key.to_owned(),
    }
}

/// What a field of a part is called; nothing where the part's own row says
/// whose it is.
pub(super) fn field(id: &str, part: &Device) -> Option<String> {
    let number = [("number", part.key())];
    Some(match id {
        "numa_node.cpus" => gettext_f("Node {number}: processors", &number),
        "numa_node.memory" => gettext_f("Node {number}: memory", &number),
        "mem_node.mode" => gettext_f("Node {number}: host memory nodes: how", &number),
        "mem_node.nodes" => gettext_f("Node {number}: host memory nodes", &number),
        _ if is_folded(part.kind) => return None,
        _ => title(part),
    })
}
