//! What operating systems there are, how their media are recognised, and what
//! they need and support: the libosinfo database, read straight from its files.
//!
//! ```no_run
//! use posada::model::{iso, osinfo::{self, OsDatabase}};
//!
//! let paths = osinfo::default_paths(|name| std::env::var_os(name));
//! let db = OsDatabase::load(&paths, "es");
//! let mut file = std::fs::File::open("debian.iso").unwrap();
//! let info = iso::read(&mut file).unwrap();
//! let best = db.identify(&info).into_iter().next();
//! let os = best.as_ref().map_or_else(|| db.unknown(), |m| &m.os);
//! let profile = db.profile(os, "x86_64");
//! println!("{} wants {:?}", profile.name, profile.recommended.memory);
//! ```
//!
//! Loading reads about a thousand files and takes a tenth of a second: do it
//! once, in a thread. A missing database gives the "Unknown" entry alone, a
//! broken file is skipped, a pattern that does not compile never matches.

mod date;
mod entry;
mod identify;
mod parse;
mod pattern;
mod profile;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, HashMap},
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

pub use date::Date;
pub use entry::{Firmware, Media, Os, ReleaseStatus, ResourceSet, Resources};
pub use identify::OsMatch;
pub use pattern::Pattern;
pub use profile::{OsProfile, devices};

/// The id of the entry for what is not known.
pub const UNKNOWN_ID: &str = "http://libosinfo.org/unknown";

/// No database file is larger; one that is, is no database file.
const MAX_FILE: u64 = 4 * 1024 * 1024;

/// Where the database is, the weakest first: the system's, the machine's own,
/// the user's. `env` gives environment variables: `OSINFO_SYSTEM_DIR`,
/// `OSINFO_LOCAL_DIR` and `OSINFO_USER_DIR` replace the usual places, as they
/// do for libosinfo itself.
#[must_use]
pub fn default_paths(env: impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    let var = |name: &str| env(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let config = || var("XDG_CONFIG_HOME").or_else(|| var("HOME").map(|h| h.join(".config")));
    let mut paths = vec![
        var("OSINFO_SYSTEM_DIR").unwrap_or_else(|| "/usr/share/osinfo".into()),
        var("OSINFO_LOCAL_DIR").unwrap_or_else(|| "/etc/osinfo".into()),
    ];
    paths.extend(var("OSINFO_USER_DIR").or_else(|| config().map(|c| c.join("osinfo"))));
    paths
}

/// All operating systems that the database knows.
#[derive(Clone, Debug)]
pub struct OsDatabase {
    /// The newest first.
    entries: Vec<Arc<Os>>,
    by_id: HashMap<String, usize>,
    unknown: Arc<Os>,
}

impl OsDatabase {
    /// Reads the database from `paths`, later ones over earlier ones; names in
    /// `language` (`es`, `pt_BR.UTF-8`) where there are any.
    #[must_use]
    pub fn load(paths: &[PathBuf], language: &str) -> Self {
        let mut files = BTreeMap::new();
        for base in paths {
            // A file at the same place in a later folder replaces the earlier.
            collect(&base.join("os"), &mut PathBuf::new(), 0, &mut files);
        }
        let files: Vec<PathBuf> = files.into_values().collect();
        let languages = parse::Languages::new(language);
        let halves = files.split_at(files.len() / 2);
        let read = |files: &[PathBuf]| -> Vec<Os> {
            files
                .iter()
                .filter_map(|f| read_file(f).ok())
                .flat_map(|t| parse::file(&t, &languages))
                .collect()
        };
        // Two threads halve the time, and more would wait for the same disk.
        let (mut all, rest) = std::thread::scope(|scope| {
            let second = scope.spawn(|| read(halves.1));
            (read(halves.0), second.join().unwrap_or_default())
        });
        all.extend(rest);
        Self::from_entries(all)
    }

    /// A database of these entries; those with the same id become one.
    #[must_use]
    pub fn from_entries(all: Vec<Os>) -> Self {
        let mut merged: BTreeMap<String, Os> = BTreeMap::new();
        for os in all.into_iter().filter(|os| !os.id.is_empty()) {
            match merged.get_mut(&os.id) {
                Some(existing) => merge(existing, os),
                None => {
                    merged.insert(os.id.clone(), os);
                }
            }
        }
        let unknown = merged.remove(UNKNOWN_ID).unwrap_or_else(Os::unknown);
        let mut entries: Vec<Arc<Os>> = merged.into_values().map(Arc::new).collect();
        // Newest first; what has no date is a rolling release (always new) or old.
        let age = |os: &Os| match (os.release_date, os.status) {
            (Some(date), _) => (1, Some(date)),
            (None, ReleaseStatus::Released) => (0, None),
            (None, _) => (2, None),
        };
        entries.sort_by(|a, b| age(b).cmp(&age(a)).then_with(|| a.name.cmp(&b.name)));
        let by_id = entries.iter().enumerate().map(|(i, os)| (os.id.clone(), i)).collect();
        Self { entries, by_id, unknown: Arc::new(unknown) }
    }

    /// All but "Unknown", the newest first.
    #[must_use]
    pub fn all(&self) -> &[Arc<Os>] {
        &self.entries
    }

    /// The entry for what is not known.
    #[must_use]
    pub fn unknown(&self) -> &Arc<Os> {
        &self.unknown
    }

    /// Entries that stand for a kind of system, "Unknown" last.
    #[must_use]
    pub fn generic(&self) -> Vec<Arc<Os>> {
        let generic = self.entries.iter().filter(|os| os.is_generic()).cloned();
        generic.chain([Arc::clone(&self.unknown)]).collect()
    }

    /// The entry with this id.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<&Arc<Os>> {
        if id == UNKNOWN_ID {
            return Some(&self.unknown);
        }
        self.by_id.get(id).map(|&index| &self.entries[index])
    }

    /// The entry with this short id (`debian13`).
    #[must_use]
    pub fn by_short_id(&self, short_id: &str) -> Option<&Arc<Os>> {
        let has = |os: &&Arc<Os>| os.short_ids.iter().any(|s| s == short_id);
        self.entries.iter().chain([&self.unknown]).find(has)
    }

    /// Entries in which every word of `text` occurs, in name, short id, version,
    /// vendor or nickname. Whole short ids and names that begin with the text
    /// come first, then the newest; no text gives all.
    #[must_use]
    pub fn search(&self, text: &str) -> Vec<Arc<Os>> {
        let text = text.trim().to_lowercase();
        let words: Vec<&str> = text.split_whitespace().collect();
        let rank = |os: &Os| {
            let name = os.name.to_lowercase();
            let haystack = [
                name.as_str(),
                &os.name_english.to_lowercase(),
                &os.short_ids.join(" ").to_lowercase(),
                &os.vendor.as_deref().unwrap_or_default().to_lowercase(),
                &os.codename.as_deref().unwrap_or_default().to_lowercase(),
            ]
            .join("\n");
            if !words.iter().all(|word| haystack.contains(word)) {
                return None;
            }
            let exact = os.short_ids.contains(&text) || name == text;
            Some(if exact {
                0
            } else if name.starts_with(&text) {
                1
            } else {
                2
            })
        };
        let candidates = self.entries.iter().chain([&self.unknown]);
        let mut found: Vec<_> =
            candidates.filter_map(|os| rank(os).map(|r| (r, Arc::clone(os)))).collect();
        found.sort_by_key(|(rank, _)| *rank);
        found.into_iter().map(|(_, os)| os).collect()
    }
}

/// The XML files under `base`/`relative`, by their relative place.
fn collect(
    base: &Path,
    relative: &mut PathBuf,
    depth: usize,
    files: &mut BTreeMap<PathBuf, PathBuf>,
) {
    // `os/<vendor>/<id>.xml` and `os/<vendor>/<id>.d/<more>.xml`.
    let Ok(listing) = fs::read_dir(base.join(&*relative)) else { return };
    for entry in listing.filter_map(Result::ok) {
        let path = entry.path();
        relative.push(entry.file_name());
        if path.extension().is_some_and(|e| e == "xml") {
            files.insert(relative.clone(), path);
        } else if depth < 2 && path.is_dir() {
            collect(base, relative, depth + 1, files);
        }
        relative.pop();
    }
}

fn read_file(path: &Path) -> io::Result<String> {
    let info = fs::metadata(path)?;
    // A pipe or device under that name would be waited for without end.
    if !info.is_file() || info.len() > MAX_FILE {
        return Err(io::ErrorKind::InvalidData.into());
    }
    fs::read_to_string(path)
}

/// Adds what a second file says of the same system.
fn merge(existing: &mut Os, more: Os) {
    let Os { name, name_english, media, devices, resources, firmware, variants, parents, .. } =
        more;
    if existing.name.is_empty() {
        (existing.name, existing.name_english) = (name, name_english);
    }
    existing.short_ids.extend(more.short_ids);
    existing.version = existing.version.take().or(more.version);
    existing.vendor = existing.vendor.take().or(more.vendor);
    existing.family = existing.family.take().or(more.family);
    existing.distro = existing.distro.take().or(more.distro);
    existing.codename = existing.codename.take().or(more.codename);
    existing.release_date = existing.release_date.or(more.release_date);
    existing.eol_date = existing.eol_date.or(more.eol_date);
    existing.media.extend(media);
    existing.devices.extend(devices);
    existing.resources.extend(resources);
    existing.firmware.extend(firmware);
    existing.variants.extend(variants);
    existing.parents.extend(parents);
}
