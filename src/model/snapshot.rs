//! Whether a guest can be kept as it is in a snapshot inside its own disks.

use crate::model::xml::{Document, Element};

/// Why a guest can have no such snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoSnapshot {
    /// It has no disk that it can write, so nothing could hold the snapshot.
    NoDisk,
    /// The image of the disk with this target is in a format that holds none.
    Format(String),
    /// The disk with this target is left out of snapshots by its definition.
    LeftOut(String),
    /// The settings of its UEFI firmware are in a file that holds none.
    Firmware,
}

/// What speaks against a snapshot inside the disks of the guest that is defined,
/// or runs, as `doc` says.
#[must_use]
pub fn no_snapshot(doc: &Document) -> Option<NoSnapshot> {
    let disks = doc.select("devices/disk");
    let mut written = disks.iter().filter(|disk| is_written(disk)).peekable();
    if written.peek().is_none() {
        return Some(NoSnapshot::NoDisk);
    }
    let against = written.find_map(|disk| {
        let name = disk.child("target").and_then(|target| target.attr("dev")).unwrap_or_default();
        let format = disk.child("driver").and_then(|driver| driver.attr("type"));
        if disk.attr("snapshot").is_some_and(|kind| kind != "internal") {
            return Some(NoSnapshot::LeftOut(name));
        }
        (format.as_deref() != Some("qcow2")).then_some(NoSnapshot::Format(name))
    });
    against.or_else(|| firmware_holds_none(doc).then_some(NoSnapshot::Firmware))
}

fn is_written(disk: &Element<'_>) -> bool {
    let takes_media = matches!(disk.attr("device").as_deref(), Some("cdrom" | "floppy"));
    !takes_media && disk.child("readonly").is_none()
}

fn firmware_holds_none(doc: &Document) -> bool {
    let flash = doc.get("os/loader/@type").as_deref() == Some("pflash");
    let uefi = flash || doc.get("os/@firmware").as_deref() == Some("efi");
    let keeps = doc.get("os/loader/@stateless").as_deref() != Some("yes");
    uefi && keeps && doc.get("os/nvram/@format").as_deref() != Some("qcow2")
}

#[cfg(test)]
mod tests {
    use super::{NoSnapshot, no_snapshot};
    use crate::model::xml::Document;

    fn of(os: &str, disks: &str) -> Option<NoSnapshot> {
        let text = format!("<domain><os>{os}</os><devices>{disks}</devices></domain>");
        no_snapshot(&Document::parse(&text).unwrap())
    }

    const QCOW2: &str = "<disk><driver type='qcow2'/><target dev='vda'/></disk>";
    const CD: &str = "<disk device='cdrom'><driver type='raw'/><target dev='sda'/></disk>";

    #[test]
    fn each_disk_that_is_written_must_hold_it() {
        assert_eq!(of("", &format!("{QCOW2}{CD}")), None);
        assert_eq!(of("", CD), Some(NoSnapshot::NoDisk));
        let raw = "<disk><driver type='raw'/><target dev='vdb'/></disk>";
        let format = Some(NoSnapshot::Format("vdb".to_owned()));
        assert_eq!(of("", &format!("{QCOW2}{raw}")), format);
        let read_only = raw.replace("<target", "<readonly/><target");
        assert_eq!(of("", &format!("{QCOW2}{read_only}")), None);
        let left_out = QCOW2.replace("<disk>", "<disk snapshot='no'>");
        assert_eq!(of("", &left_out), Some(NoSnapshot::LeftOut("vda".to_owned())));
    }

    #[test]
    fn so_must_the_settings_of_the_firmware() {
        let loader = "<loader type='pflash'>/x</loader>";
        assert_eq!(of(loader, QCOW2), Some(NoSnapshot::Firmware));
        assert_eq!(of(&format!("{loader}<nvram format='qcow2'>/y</nvram>"), QCOW2), None);
        assert_eq!(of("<loader type='rom'>/x</loader>", QCOW2), None);
        let stateless = loader.replace("pflash'", "pflash' stateless='yes'");
        assert_eq!(of(&stateless, QCOW2), None);
    }
}
