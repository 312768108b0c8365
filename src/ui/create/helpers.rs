//! Pure functions of the assistant: texts, lists, names.

use std::path::Path;

use gettextrs::gettext;

use super::draft::{Method, Source, visible};
use crate::{
    i18n::gettext_f,
    model::{JobPhase, Progress, VolumeSummary},
    ui::words::size,
};

/// A volume with the name of its pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct VolumeEntry {
    /// The pool's name.
    pub(super) pool: String,
    /// The volume.
    pub(super) volume: VolumeSummary,
}

/// Where an image is, in one line.
pub(super) fn place(source: &Source) -> String {
    match source {
        Source::File(path) => {
            let folder = path.parent().unwrap_or(Path::new("/"));
            visible(&folder.to_string_lossy())
        }
        Source::Volume { pool, volume } => gettext_f(
            // Translators: an image file on the host, by pool and size.
            "Pool “{pool}”, {size}",
            &[("pool", &visible(pool)), ("size", &size(volume.capacity.max(volume.allocation)))],
        ),
    }
}

/// How far something is, from 0.0 to 1.0; nothing where that is not known.
pub(super) fn fraction(progress: &Progress) -> Option<f64> {
    let total = progress.total.filter(|total| *total > 0)?;
    #[allow(clippy::cast_precision_loss)]
    let fraction = progress.done.min(total) as f64 / total as f64;
    Some(fraction)
}

/// "12 MiB of 640 MiB", or what is known of it.
pub(super) fn bytes_done(progress: &Progress) -> String {
    match progress.total {
        Some(total) => gettext_f(
            // Translators: how much of a file is copied.
            "{done} of {total}",
            &[("done", &size(progress.done)), ("total", &size(total))],
        ),
        None => size(progress.done),
    }
}

/// What a job is doing.
pub(super) fn phase(progress: &Progress) -> String {
    match progress.phase {
        JobPhase::Preparing => gettext("Preparing"),
        JobPhase::Allocating => gettext("Making the disk"),
        JobPhase::Copying => {
            let text = gettext("Copying the disk image");
            format!("{text}\n{}", bytes_done(progress))
        }
        JobPhase::Defining => gettext("Defining the guest"),
        JobPhase::ShuttingDown | JobPhase::Starting => gettext("Starting the guest"),
        JobPhase::Saving => gettext("Saving"),
        JobPhase::Removing => gettext("Removing"),
        JobPhase::CleaningUp => gettext("Taking back what was made"),
    }
}

/// What a disk format means.
pub(super) fn format_hint(raw: bool) -> String {
    if raw {
        gettext("As large as the disk from the start, a little faster")
    } else {
        gettext("Grows as the guest writes, can be snapshotted")
    }
}

/// Whether a volume can be what `method` begins with.
pub(super) fn fits(method: Method, volume: &VolumeSummary) -> bool {
    let name = volume.name.to_lowercase();
    let format = volume.format.as_deref().unwrap_or_default();
    // A pool calls a medium "iso" or, before it has looked into it, "raw".
    let medium = format == "iso" || has_ending(&name, &["iso", "udf"]);
    match method {
        Method::Iso => medium || has_ending(&name, &["img"]) && format == "raw",
        Method::Image => !medium && format != "dir",
        Method::Nothing => false,
    }
}

fn has_ending(name: &str, endings: &[&str]) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| endings.contains(&ending))
}

/// Whether a file looks like an installation medium by its name.
pub(super) fn is_iso_name(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("iso"))
}

/// The volumes that have every word of `search` in their name or pool.
pub(super) fn search_volumes<'a>(all: &'a [VolumeEntry], search: &str) -> Vec<&'a VolumeEntry> {
    let words: Vec<String> = search.split_whitespace().map(str::to_lowercase).collect();
    all.iter()
        .filter(|entry| {
            let text = format!("{} {}", entry.volume.name, entry.pool).to_lowercase();
            words.iter().all(|word| text.contains(word))
        })
        .collect()
}

/// A name for the copy of a file: no characters that a pool, a shell or a
/// definition could stumble over, and none that is `taken`.
pub(super) fn volume_name(file: &Path, taken: impl Fn(&str) -> bool) -> String {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
    let mut clean = String::new();
    for c in name.unwrap_or_default().chars() {
        let keep = c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+');
        let c = if keep && c != char::REPLACEMENT_CHARACTER { c } else { '-' };
        if c != '-' || !clean.ends_with('-') {
            clean.push(c);
        }
    }
    // A file name has at most 255 bytes; leave room for a number.
    while clean.len() > 200 {
        clean.remove(0);
    }
    let clean = clean.trim_matches(['-', '.']);
    let clean = if clean.is_empty() { "image" } else { clean };
    if !taken(clean) {
        return clean.to_owned();
    }
    let (stem, ending) = match clean.rsplit_once('.') {
        Some((stem, ending)) => (stem, format!(".{ending}")),
        None => (clean, String::new()),
    };
    let mut numbered = (2..=u32::MAX).map(|number| format!("{stem}-{number}{ending}"));
    numbered.find(|name| !taken(name)).unwrap_or_default()
}

/// Whether a path can stand in a definition.
pub(super) fn can_be_written(path: &Path) -> bool {
    path.to_str().is_some_and(|text| !text.chars().any(char::is_control))
}

#[cfg(test)]
mod tests {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt, path::PathBuf};

    use uuid::Uuid;

    use super::*;
    use crate::model::PoolId;

    fn volume(name: &str, format: Option<&str>) -> VolumeSummary {
        VolumeSummary {
            pool: PoolId(Uuid::nil()),
            name: name.to_owned(),
            path: format!("/pool/{name}"),
            format: format.map(str::to_owned),
            capacity: 1 << 20,
            allocation: 0,
        }
    }

    #[test]
    fn media_and_disks_are_told_apart() {
        assert!(fits(Method::Iso, &volume("debian.ISO", Some("raw"))));
        assert!(fits(Method::Iso, &volume("odd", Some("iso"))));
        assert!(fits(Method::Iso, &volume("stick.img", Some("raw"))));
        assert!(!fits(Method::Iso, &volume("web.qcow2", Some("qcow2"))));
        assert!(fits(Method::Image, &volume("web.qcow2", Some("qcow2"))));
        assert!(fits(Method::Image, &volume("plain", Some("raw"))));
        assert!(!fits(Method::Image, &volume("debian.iso", Some("raw"))));
        assert!(!fits(Method::Nothing, &volume("plain", Some("raw"))));
    }

    #[test]
    fn every_word_of_a_search_must_be_found() {
        let entry = |name: &str| VolumeEntry { pool: "Inn".into(), volume: volume(name, None) };
        let all = [entry("debian-13.iso"), entry("fedora.iso")];
        assert_eq!(search_volumes(&all, "").len(), 2);
        assert_eq!(search_volumes(&all, "inn DEB").len(), 1);
        assert!(search_volumes(&all, "deb fed").is_empty());
    }

    #[test]
    fn a_copy_gets_a_plain_name_that_is_free() {
        let free = |_: &str| false;
        assert_eq!(volume_name(Path::new("/a/disk.iso"), free), "disk.iso");
        assert_eq!(volume_name(Path::new("/a/my \"own\" & <b>\n.iso"), free), "my-own-b-.iso");
        assert_eq!(
            volume_name(Path::new("/a/Überraschung 日本.iso"), free),
            "Überraschung-日本.iso"
        );
        let bytes = PathBuf::from(OsStr::from_bytes(b"/a/x\xff\xfey.iso"));
        assert_eq!(volume_name(&bytes, free), "x-y.iso");
        assert_eq!(volume_name(Path::new("/a/ --- "), free), "image");
        let taken = |name: &str| name == "disk.iso" || name == "disk-2.iso";
        assert_eq!(volume_name(Path::new("/a/disk.iso"), taken), "disk-3.iso");
        let long = format!("/a/{}.iso", "日".repeat(300));
        let name = volume_name(Path::new(&long), free);
        assert!(
            name.len() <= 200
                && std::path::Path::new(&name).extension().is_some_and(|end| end == "iso"),
            "{name}"
        );
    }

    #[test]
    fn a_path_is_refused_only_where_it_cannot_be_written() {
        assert!(can_be_written(Path::new("/a/my \"own\" & <b> 'c' 日本.iso")));
        assert!(!can_be_written(Path::new("/a/two\nlines.iso")));
        assert!(!can_be_written(&PathBuf::from(OsStr::from_bytes(b"/a/x\xff.iso"))));
    }

    #[test]
    fn progress_without_a_total_has_no_fraction() {
        let mut progress = Progress { done: 5, total: None, phase: JobPhase::Copying };
        assert_eq!(fraction(&progress), None);
        progress.total = Some(0);
        assert_eq!(fraction(&progress), None);
        progress.total = Some(10);
        assert_eq!(fraction(&progress), Some(0.5));
        progress.done = 20;
        assert_eq!(fraction(&progress), Some(1.0));
    }
}
