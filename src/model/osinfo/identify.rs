//! Which operating system an ISO is of.

use std::{cmp::Reverse, sync::Arc};

use super::{Media, Os, OsDatabase, Pattern, ReleaseStatus};
use crate::model::iso::IsoInfo;

/// An operating system whose medium an ISO may be.
#[derive(Clone, Debug, PartialEq)]
pub struct OsMatch {
    /// The operating system.
    pub os: Arc<Os>,
    /// Whether the database knows this very medium. Otherwise it is one of a
    /// version that the database does not have, or not the released media of,
    /// and `os` is that version or the nearest there is.
    pub exact: bool,
    /// The architecture of the medium; nothing where it says none.
    pub arch: Option<String>,
    /// The name of the edition, where the medium is of one.
    pub variant: Option<String>,
    /// Whether a system can be used from it without installing.
    pub live: bool,
    /// Whether it can install.
    pub installer: bool,
    /// How often the installer restarts before it is done.
    pub installer_reboots: u32,
}

impl Media {
    pub(super) fn is_recognisable(&self) -> bool {
        self.patterns().any(|(pattern, _)| pattern.is_some())
    }

    fn patterns(&self) -> impl Iterator<Item = (Option<&Pattern>, usize)> {
        [&self.volume_id, &self.system_id, &self.publisher_id, &self.application_id]
            .into_iter()
            .enumerate()
            .map(|(index, pattern)| (pattern.as_ref(), index))
    }

    fn matches(&self, iso: &IsoInfo) -> bool {
        let texts = [&iso.volume_id, &iso.system_id, &iso.publisher_id, &iso.application_id];
        self.volume_size.is_none_or(|size| size == iso.volume_size)
            && self.patterns().all(|(p, i)| p.is_none_or(|p| p.matches(texts[i])))
    }

    /// How much a match says: what is given exactly says more.
    fn weight(&self) -> (bool, usize) {
        let length = self.patterns().map(|(p, _)| p.map_or(0, |p| p.as_str().len())).sum();
        (self.volume_size.is_some(), length)
    }
}

impl OsDatabase {
    /// The operating systems whose media look like this, the likeliest first:
    /// one entry per system and architecture. Several are normal (a point
    /// release and its derivative share their names), none is too.
    ///
    /// Entries for any architecture and rolling releases match loosely, so they
    /// come after all others; among equals the more specific pattern wins, then
    /// the released system over the announced one, then the newer.
    #[must_use]
    pub fn identify(&self, iso: &IsoInfo) -> Vec<OsMatch> {
        let mut found: Vec<(&Media, &Arc<Os>)> = self
            .all()
            .iter()
            .flat_map(|os| os.media.iter().map(move |media| (media, os)))
            .filter(|(media, _)| media.matches(iso))
            .collect();
        if found.is_empty() {
            return self.identify_newer(iso);
        }
        found.sort_by_key(|(media, os)| {
            let loose = media.arch == "all" || os.status == ReleaseStatus::Rolling;
            let unreleased = os.status != ReleaseStatus::Released;
            (loose, Reverse(media.weight()), unreleased, Reverse(os.release_date))
        });
        let mut matches: Vec<OsMatch> = Vec::new();
        for (media, os) in found {
            let found = media.found(os, os, true);
            if !matches.iter().any(|m| m.os.id == os.id && m.arch == found.arch) {
                matches.push(found);
            }
        }
        matches
    }

    /// For media that are newer than the database: the names of media hardly
    /// change between versions, so the patterns of the versions that are known
    /// are tried with another number in the version's place. (A distribution
    /// ships the database as it was before its own release: Debian 13's does
    /// not know Debian 13's media.)
    fn identify_newer(&self, iso: &IsoInfo) -> Vec<OsMatch> {
        let mut matches: Vec<OsMatch> = Vec::new();
        for sibling in self.all().iter().filter(|os| os.release_date.is_some()) {
            let (Some(version), Some(distro)) = (&sibling.version, &sibling.distro) else {
                continue;
            };
            for media in &sibling.media {
                let any = media.volume_id.as_ref().and_then(|p| p.for_any_version(version));
                let Some(number) = any.as_ref().and_then(|p| p.capture(&iso.volume_id)) else {
                    continue;
                };
                let same = |os: &&Arc<Os>| {
                    os.distro.as_ref() == Some(distro) && os.vendor == sibling.vendor
                };
                let known = self.all().iter().filter(same);
                let exact = known.clone().find(|os| os.version.as_deref() == Some(number));
                let newest = || known.clone().find(|os| os.release_date.is_some());
                let Some(os) = exact.or_else(newest) else { continue };
                let found = media.found(os, sibling, false);
                if !matches.iter().any(|m| m.os.id == os.id && m.arch == found.arch) {
                    matches.push(found);
                }
            }
        }
        matches
    }
}

impl Media {
    /// A match of this medium, which is listed under `listed`, as one of `os`.
    fn found(&self, os: &Arc<Os>, listed: &Os, exact: bool) -> OsMatch {
        let variant = match self.variants.as_slice() {
            [one] if exact => {
                listed.variants.iter().find(|(id, _)| id == one).map(|(_, name)| name.clone())
            }
            _ => None,
        };
        OsMatch {
            os: Arc::clone(os),
            exact,
            arch: (self.arch != "all").then(|| self.arch.clone()),
            variant: variant.filter(|name| !name.is_empty() && *name != os.name),
            live: self.live,
            installer: self.installer,
            installer_reboots: self.installer_reboots,
        }
    }
}
