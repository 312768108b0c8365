//! What the user has chosen so far, and what follows from it. Pure: no
//! widgets, no host.

use std::path::{Path, PathBuf};

use crate::model::{FileAccess, NetworkChoice, PoolId, ScreenProtocol, VolumeSummary};

/// A page of the assistant, in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Page {
    /// What to begin with.
    #[default]
    Source,
    /// The operating system.
    System,
    /// Memory, processors, disk.
    Resources,
    /// Name, network, summary.
    Review,
    /// Firmware, machine and the like.
    Advanced,
    /// The definition, to look at or to edit.
    Xml,
    /// The work.
    Progress,
}

impl Page {
    /// Its name in the navigation view.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::System => "system",
            Self::Resources => "resources",
            Self::Review => "review",
            Self::Advanced => "advanced",
            Self::Xml => "xml",
            Self::Progress => "progress",
        }
    }

    /// The page of this name.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        [
            Self::Source,
            Self::System,
            Self::Resources,
            Self::Review,
            Self::Advanced,
            Self::Xml,
            Self::Progress,
        ]
        .into_iter()
        .find(|page| page.tag() == tag)
    }
}

/// What the guest begins with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// An installation medium.
    #[default]
    Iso,
    /// A disk with something on it.
    Image,
    /// Nothing.
    Nothing,
}

/// Where an image is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file of this computer.
    File(PathBuf),
    /// A volume of the host.
    Volume {
        /// The pool's name.
        pool: String,
        /// The volume.
        volume: VolumeSummary,
    },
}

impl Source {
    /// Its name without the folder, fit to be shown.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => {
                let name = path.file_name().unwrap_or(path.as_os_str());
                visible(&name.to_string_lossy())
            }
            Self::Volume { volume, .. } => visible(&volume.name),
        }
    }

    /// The file, where it is one of this computer.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Volume { .. } => None,
        }
    }
}

/// What is known of the hypervisor's way to a file of this computer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Access {
    /// There is no file to ask about.
    #[default]
    NoFile,
    /// Being found out.
    Checking,
    /// Found out.
    Known(FileAccess),
    /// The name cannot stand in a definition: not UTF-8, or control characters.
    BadName,
}

/// What to do about a file that the hypervisor cannot open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AccessChoice {
    /// Copy it into a pool.
    #[default]
    Copy,
    /// Make the guest on the user's own session instead.
    Session,
    /// Try it as it is.
    Anyway,
}

/// How an existing disk image is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ImageUse {
    /// Where it is.
    #[default]
    InPlace,
    /// As a copy in a pool.
    Copy,
}

/// The disk of a new guest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DiskKind {
    /// A new volume.
    #[default]
    New,
    /// A volume that exists.
    Volume,
    /// None.
    None,
}

/// How a guest starts up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum FirmwareChoice {
    /// What fits the operating system.
    #[default]
    Auto,
    /// BIOS.
    Bios,
    /// UEFI without Secure Boot.
    Uefi,
    /// UEFI with Secure Boot.
    SecureBoot,
}

/// A value that follows a recommendation until the user sets it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Proposed<T> {
    /// The value.
    pub value: T,
    /// Whether the user set it.
    pub by_user: bool,
}

impl<T> Proposed<T> {
    /// Takes a recommendation, unless the user has decided.
    pub(super) fn propose(&mut self, value: T) {
        if !self.by_user {
            self.value = value;
        }
    }

    /// Takes the user's value.
    pub(super) fn set(&mut self, value: T) {
        self.value = value;
        self.by_user = true;
    }
}

/// What the user has chosen so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Draft {
    /// What the guest begins with.
    pub method: Method,
    /// The installation medium.
    pub iso: Option<Source>,
    /// The existing disk.
    pub image: Option<Source>,
    /// How the existing disk is used.
    pub image_use: Proposed<ImageUse>,
    /// Whether the hypervisor can open the chosen file.
    pub access: Access,
    /// What to do where it cannot.
    pub access_choice: AccessChoice,
    /// The pool that a copied file goes to; nothing is the default one.
    pub copy_pool: Option<PoolId>,
    /// The operating system's libosinfo id; nothing is unknown.
    pub os: Proposed<Option<String>>,
    /// Memory in MiB.
    pub memory: Proposed<u64>,
    /// Processors.
    pub cpus: Proposed<u64>,
    /// The disk.
    pub disk: DiskKind,
    /// Size of a new disk in GiB.
    pub disk_size: Proposed<u64>,
    /// The pool of a new disk; nothing is the default one.
    pub disk_pool: Option<PoolId>,
    /// Whether a new disk is qcow2 (grows as it fills) and not raw.
    pub disk_raw: bool,
    /// The volume to use as a disk.
    pub disk_volume: Option<VolumeSummary>,
    /// The guest's name.
    pub name: Proposed<String>,
    /// Where its interface goes.
    pub network: Proposed<Option<NetworkChoice>>,
    /// `kvm`, `qemu`…; nothing is the best the host has.
    pub virt_type: Option<String>,
    /// The architecture; nothing is the host's own.
    pub arch: Option<String>,
    /// The machine type; nothing is what fits.
    pub machine: Option<String>,
    /// How it starts up.
    pub firmware: FirmwareChoice,
    /// What its screen speaks; nothing is the best the host has.
    pub screen: Option<ScreenProtocol>,
    /// Whether the definition is shown for editing before the first start.
    pub customise: bool,
}

impl Draft {
    /// The chosen medium or image.
    #[must_use]
    pub(super) fn source(&self) -> Option<&Source> {
        match self.method {
            Method::Iso => self.iso.as_ref(),
            Method::Image => self.image.as_ref(),
            Method::Nothing => None,
        }
    }

    /// Puts `source` where the chosen way needs it.
    pub(super) fn set_source(&mut self, source: Option<Source>) {
        match self.method {
            Method::Iso => self.iso = source,
            Method::Image => self.image = source,
            Method::Nothing => {}
        }
    }

    /// What the Source page does when it is left.
    #[must_use]
    pub(super) fn source_step(&self) -> SourceStep {
        let Some(source) = self.source() else {
            return match self.method {
                Method::Nothing => SourceStep::GoOn,
                _ => SourceStep::Missing,
            };
        };
        if source.file().is_none() {
            return SourceStep::GoOn;
        }
        let imports = self.method == Method::Image;
        match (&self.access, self.access_choice) {
            (Access::Checking, _) => SourceStep::Wait,
            // A disk image is copied together with the other volumes when the
            // guest is made, so that a failure takes the copy back.
            _ if imports && self.copies_image() => SourceStep::GoOn,
            (Access::BadName | Access::Known(FileAccess::Remote), _)
            | (Access::Known(FileAccess::Denied { .. }), AccessChoice::Copy) => SourceStep::Copy,
            (Access::Known(FileAccess::Denied { .. }), AccessChoice::Session) => {
                SourceStep::UseSession
            }
            _ => SourceStep::GoOn,
        }
    }

    /// Whether the disk image is copied into a pool: by choice, or because
    /// there is no other way.
    #[must_use]
    pub(super) fn copies_image(&self) -> bool {
        let Some(Source::File(_)) = self.image else { return false };
        match &self.access {
            Access::BadName | Access::Known(FileAccess::Remote) => true,
            Access::Known(FileAccess::Denied { .. }) => self.access_choice == AccessChoice::Copy,
            _ => self.image_use.value == ImageUse::Copy,
        }
    }

    /// Whether a copy is made in a pool, of medium or disk image.
    #[must_use]
    pub(super) fn copies(&self) -> bool {
        self.source_step() == SourceStep::Copy
            || self.method == Method::Image && self.copies_image()
    }

    /// Whether the user must choose what to do about the file.
    #[must_use]
    pub(super) fn access_is_a_problem(&self) -> bool {
        self.source().is_some_and(|source| source.file().is_some())
            && matches!(
                self.access,
                Access::BadName | Access::Known(FileAccess::Denied { .. } | FileAccess::Remote)
            )
    }
}

/// What the Source page does when it is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SourceStep {
    /// Nothing is chosen.
    Missing,
    /// An answer is still to come.
    Wait,
    /// Copy the file into a pool first.
    Copy,
    /// Change to the user's session first.
    UseSession,
    /// Show the next page.
    GoOn,
}

/// `text` on one line: what cannot be seen becomes a mark that can.
#[must_use]
pub(super) fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_file(access: Access) -> Draft {
        Draft { iso: Some(Source::File("/home/inn/boot.iso".into())), access, ..Draft::default() }
    }

    fn denied() -> Access {
        Access::Known(FileAccess::Denied { at: "/home/inn".into(), user: "qemu".into() })
    }

    #[test]
    fn nothing_chosen_stops_only_where_something_is_needed() {
        let mut draft = Draft::default();
        assert_eq!(draft.source_step(), SourceStep::Missing);
        draft.method = Method::Image;
        assert_eq!(draft.source_step(), SourceStep::Missing);
        draft.method = Method::Nothing;
        assert_eq!(draft.source_step(), SourceStep::GoOn);
    }

    #[test]
    fn a_file_that_cannot_be_opened_is_dealt_with_as_chosen() {
        let mut draft = with_file(denied());
        assert_eq!(draft.source_step(), SourceStep::Copy);
        draft.access_choice = AccessChoice::Session;
        assert_eq!(draft.source_step(), SourceStep::UseSession);
        draft.access_choice = AccessChoice::Anyway;
        assert_eq!(draft.source_step(), SourceStep::GoOn);
    }

    #[test]
    fn a_name_that_cannot_be_written_down_is_always_copied() {
        let mut draft = with_file(Access::BadName);
        draft.access_choice = AccessChoice::Anyway;
        assert_eq!(draft.source_step(), SourceStep::Copy);
        let mut draft = with_file(Access::Known(FileAccess::Remote));
        draft.access_choice = AccessChoice::Session;
        assert_eq!(draft.source_step(), SourceStep::Copy);
    }

    #[test]
    fn an_unknown_answer_does_not_block() {
        assert_eq!(with_file(Access::Known(FileAccess::Unknown)).source_step(), SourceStep::GoOn);
        assert_eq!(with_file(Access::Known(FileAccess::Readable)).source_step(), SourceStep::GoOn);
        assert_eq!(with_file(Access::Checking).source_step(), SourceStep::Wait);
    }

    #[test]
    fn a_disk_image_is_copied_when_the_guest_is_made() {
        let mut draft = Draft {
            method: Method::Image,
            image: Some(Source::File("/home/inn/disk.qcow2".into())),
            access: denied(),
            ..Draft::default()
        };
        assert!(draft.copies_image());
        assert_eq!(draft.source_step(), SourceStep::GoOn);
        draft.access = Access::Known(FileAccess::Readable);
        assert!(!draft.copies_image());
        draft.image_use.set(ImageUse::Copy);
        assert!(draft.copies_image());
    }

    #[test]
    fn a_recommendation_does_not_replace_what_the_user_set() {
        let mut memory = Proposed::default();
        memory.propose(1024);
        assert_eq!(memory.value, 1024);
        memory.set(4096);
        memory.propose(2048);
        assert_eq!(memory.value, 4096);
    }

    #[test]
    fn hostile_names_stay_on_one_line() {
        assert_eq!(visible("a\nb\u{7}c & <d>"), "a\u{fffd}b\u{fffd}c & <d>");
    }

    #[test]
    fn every_page_is_found_by_its_tag() {
        for page in [Page::Source, Page::System, Page::Resources, Page::Review, Page::Progress] {
            assert_eq!(Page::from_tag(page.tag()), Some(page));
        }
        assert_eq!(Page::from_tag("elsewhere"), None);
    }
}
