//! Names for new guests and their volumes.

use crate::model::{osinfo::OsProfile, validate};

/// A free name for a guest: the system's short id (`debian13`), with the
/// architecture if it is not the host's (`debian13-aarch64`), with a number if
/// it is taken (`debian13-2`). For a system that is not known, `hint` (a file's
/// name, say) gives the name.
#[must_use]
pub fn propose(os: &OsProfile, host_arch: &str, hint: Option<&str>, taken: &[String]) -> String {
    let known = (!os.is_unknown() && !os.short_id.is_empty()).then(|| os.short_id.clone());
    let mut base = known.or_else(|| hint.and_then(from_file)).unwrap_or_else(|| "guest".to_owned());
    if !os.arch.is_empty() && os.arch != host_arch {
        base = format!("{base}-{}", os.arch);
    }
    unique(&base, "", taken)
}

/// A free name for a guest's disk in a pool: `<guest>.qcow2`, numbered if taken.
#[must_use]
pub fn propose_volume(guest: &str, format: &str, taken: &[String]) -> String {
    let extension = if format == "raw" { "img" } else { format };
    let base = if validate::volume_name(guest).is_ok() { guest } else { "disk" };
    unique(base, &format!(".{extension}"), taken)
}

fn unique(base: &str, extension: &str, taken: &[String]) -> String {
    let is_free = |name: &String| !taken.contains(name);
    let first = format!("{base}{extension}");
    if is_free(&first) {
        return first;
    }
    // One more number than there are names is enough to find a free one.
    (2..taken.len() + 3).map(|n| format!("{base}-{n}{extension}")).find(is_free).unwrap_or(first)
}

/// A plain name from a file's: without folder and extension, and without what
/// a shell or a URI would trip over.
fn from_file(file: &str) -> Option<String> {
    let name = file.rsplit('/').next()?;
    let stem = name.rsplit_once('.').map_or(
        name,
        |(stem, extension)| {
            if extension.len() <= 5 { stem } else { name }
        },
    );
    let mut out = String::new();
    for c in stem.chars().take(48) {
        if c.is_alphanumeric() || matches!(c, '.' | '_') {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    let out = out.trim_matches(['-', '.']).to_owned();
    (!out.is_empty()).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::{propose, propose_volume};
    use crate::model::osinfo::OsProfile;

    fn os(short_id: &str, arch: &str) -> OsProfile {
        OsProfile {
            id: format!("http://example.org/{short_id}"),
            short_id: short_id.to_owned(),
            arch: arch.to_owned(),
            ..OsProfile::default()
        }
    }

    #[test]
    fn names_are_short_and_free() {
        let taken = ["debian13".to_owned(), "debian13-2".to_owned()];
        assert_eq!(propose(&os("debian13", "x86_64"), "x86_64", None, &[]), "debian13");
        assert_eq!(propose(&os("debian13", "x86_64"), "x86_64", None, &taken), "debian13-3");
        assert_eq!(propose(&os("debian13", "aarch64"), "x86_64", None, &taken), "debian13-aarch64");
    }

    #[test]
    fn an_unknown_system_is_named_after_its_file() {
        let unknown = OsProfile::default();
        let name = |hint| propose(&unknown, "x86_64", Some(hint), &[]);
        assert_eq!(name("/srv/Grub <rescue> & more.iso"), "Grub-rescue-more");
        assert_eq!(name("ñandú 漢字.iso"), "ñandú-漢字");
        assert_eq!(name("...iso"), "guest");
        assert_eq!(name("memtest86+.iso"), "memtest86");
        assert_eq!(propose(&unknown, "x86_64", None, &[]), "guest");
    }

    #[test]
    fn volumes_are_named_after_their_guest() {
        let taken = ["a.qcow2".to_owned()];
        assert_eq!(propose_volume("a", "qcow2", &taken), "a-2.qcow2");
        assert_eq!(propose_volume("a", "raw", &taken), "a.img");
    }
}
