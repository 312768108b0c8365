//! The first page's behaviour: choosing an image, looking into it, whether
//! the host can open it.

use std::path::{Path, PathBuf};

use gettextrs::gettext;
use relm4::{
    ComponentSender,
    adw::{self, prelude::*},
    gtk::{self, gio},
};

use super::{
    Create, CreateCmd, CreateInput,
    draft::{Access, Method, Source},
    helpers,
    inspect::{self, InspectError, Inspection},
};
use crate::{backend::BackendError, model::disk_image::FileKind};

/// How many recent files are offered.
const RECENT: usize = 5;
/// Endings of images, for the file dialog and the recent files.
const DISK_ENDINGS: [&str; 9] =
    ["qcow2", "qcow", "raw", "img", "vmdk", "vdi", "vhd", "vhdx", "qed"];

/// What is known of the chosen image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Medium {
    /// Nothing is chosen.
    #[default]
    None,
    /// Being looked into; the number tells the newest question.
    Looking(u64),
    /// What it is.
    Found(Inspection),
    /// A file that could not be looked into.
    Failed(InspectError),
    /// A volume that could not be looked into.
    Unread(BackendError),
}

impl Create {
    /// Takes a chosen source: looks into it and asks whether it can be used.
    pub(super) fn take_source(&mut self, source: Source, sender: &ComponentSender<Self>) {
        if self.draft.source() == Some(&source) {
            return;
        }
        if let Some(path) = source.file() {
            remember(path);
        }
        self.draft.set_source(Some(source));
        self.problem = None;
        self.look_into_source(sender);
        self.check_access(sender);
    }

    /// Takes a file that says itself what it is: looks first, decides then.
    pub(super) fn take_dropped(path: &Path, sender: &ComponentSender<Self>) {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        sender.spawn_oneshot_command(move || {
            let found = inspect::file(&path);
            CreateCmd::DroppedLookedInto(path, found)
        });
    }

    /// Puts a dropped file where it belongs.
    pub(super) fn dropped_looked_into(
        &mut self,
        path: PathBuf,
        found: &Result<Inspection, InspectError>,
        sender: &ComponentSender<Self>,
    ) {
        let method = match found {
            Ok(Inspection { kind: FileKind::Iso(_), .. }) => Method::Iso,
            Ok(Inspection { kind: FileKind::Disk(_), .. }) => Method::Image,
            _ if helpers::is_iso_name(&path) => Method::Iso,
            Ok(_) => Method::Image,
            Err(_) => self.draft.method,
        };
        self.draft.method = if method == Method::Nothing { Method::Iso } else { method };
        self.take_source(Source::File(path), sender);
    }

    /// Looks into the chosen source, in the background.
    pub(super) fn look_into_source(&mut self, sender: &ComponentSender<Self>) {
        self.looks += 1;
        let question = self.looks;
        match self.draft.source().cloned() {
            None => {
                self.medium = Medium::None;
                self.propose();
            }
            Some(Source::File(path)) => {
                self.medium = Medium::Looking(question);
                sender.spawn_oneshot_command(move || {
                    CreateCmd::FileLookedInto(question, inspect::file(&path))
                });
            }
            Some(Source::Volume { volume, .. }) => {
                let Some(host) = &self.host else { return };
                self.medium = Medium::Looking(question);
                let handle = host.handle.clone();
                sender.oneshot_command(async move {
                    let head = handle.read_volume(volume.path, 0, inspect::START).await;
                    let found = head.map(|head| inspect::start(&head, volume.capacity));
                    CreateCmd::VolumeLookedInto(question, found)
                });
            }
        }
    }

    /// Asks whether the hypervisor can open the chosen file.
    pub(super) fn check_access(&mut self, sender: &ComponentSender<Self>) {
        self.draft.access = Access::NoFile;
        self.medium_readable = false;
        if let Some(Source::Volume { volume, .. }) = self.draft.source()
            && let Some(host) = self.host.as_ref().filter(|host| host.facts.local)
        {
            // Not a question of whether it works, but of whether libvirt has to
            // make the hypervisor's user its owner.
            let path = PathBuf::from(&volume.path);
            let (id, handle) = (host.entry.id, host.handle.clone());
            sender.oneshot_command(async move {
                let access = handle.file_access(path.clone()).await;
                CreateCmd::VolumeAccessKnown(id, path, access)
            });
        }
        let Some(path) = self.draft.source().and_then(Source::file).map(Path::to_owned) else {
            return;
        };
        if !helpers::can_be_written(&path) {
            self.draft.access = Access::BadName;
            return;
        }
        self.draft.access = Access::Checking;
        let Some(host) = &self.host else { return };
        let (id, handle) = (host.entry.id, host.handle.clone());
        sender.oneshot_command(async move {
            let access = handle.file_access(path.clone()).await;
            CreateCmd::AccessKnown(id, path, access)
        });
    }

    /// Whether something is still to be found out about the chosen image.
    pub(super) fn is_checking(&self) -> bool {
        self.draft.source().is_some()
            && (matches!(self.medium, Medium::Looking(_))
                || self.draft.access == Access::Checking && self.host.is_some())
    }

    /// Drops what belongs to the host before.
    pub(super) fn forget_host_choices(&mut self) {
        if matches!(self.draft.iso, Some(Source::Volume { .. })) {
            self.draft.iso = None;
            self.medium = Medium::None;
        }
        if matches!(self.draft.image, Some(Source::Volume { .. })) {
            self.draft.image = None;
            self.medium = Medium::None;
        }
        self.draft.copy_pool = None;
        self.draft.disk_pool = None;
        self.draft.disk_volume = None;
        self.draft.network = super::draft::Proposed::default();
        self.draft.virt_type = None;
        self.draft.arch = None;
        self.draft.machine = None;
    }

    /// The recent files that can be what `method` begins with.
    pub(super) fn recent_for(&self, method: Method) -> Vec<PathBuf> {
        let ending = |path: &&PathBuf, wanted: &str| {
            path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(wanted))
        };
        let fits = |path: &&PathBuf| match method {
            Method::Iso => ending(path, "iso") || ending(path, "img"),
            Method::Image => !ending(path, "iso"),
            Method::Nothing => false,
        };
        self.recent.iter().filter(fits).take(RECENT).cloned().collect()
    }

    /// Opens the file dialog.
    pub(super) fn choose_file(&self, sender: &ComponentSender<Self>, root: &adw::Dialog) {
        let filters = gio::ListStore::new::<gtk::FileFilter>();
        let images = gtk::FileFilter::new();
        let endings: &[&str] = if self.draft.method == Method::Image {
            images.set_name(Some(&gettext("Disk images")));
            &DISK_ENDINGS
        } else {
            images.set_name(Some(&gettext("Installation images")));
            &["iso", "img"]
        };
        for ending in endings {
            images.add_suffix(ending);
        }
        let all = gtk::FileFilter::new();
        all.set_name(Some(&gettext("All files")));
        all.add_pattern("*");
        filters.append(&images);
        filters.append(&all);
        let dialog = gtk::FileDialog::builder()
            .title(gettext("Choose an Image"))
            .accept_label(gettext("Choose"))
            .modal(true)
            .filters(&filters)
            .default_filter(&images)
            .build();
        let window = root.root().and_downcast::<gtk::Window>();
        let tx = sender.input_sender().clone();
        dialog.open(window.as_ref(), gio::Cancellable::NONE, move |file| {
            tx.emit(CreateInput::FileChosen(file.ok().and_then(|file| file.path())));
        });
    }
}

/// Finds the files that the desktop remembers as used lately and that look
/// like images. Whether they are still there is asked in the background: one
/// may be on a network drive that does not answer.
pub(super) fn read_recent(sender: &ComponentSender<Create>) {
    let mut items = gtk::RecentManager::default().items();
    items.sort_by_key(|item| std::cmp::Reverse(item.modified().to_unix()));
    let paths: Vec<PathBuf> = items
        .iter()
        .filter_map(|item| gio::File::for_uri(&item.uri()).path())
        .filter(|path| {
            path.extension().and_then(|ending| ending.to_str()).is_some_and(|ending| {
                let ending = ending.to_ascii_lowercase();
                ending == "iso" || DISK_ENDINGS.contains(&ending.as_str())
            })
        })
        .take(4 * RECENT)
        .collect();
    sender.spawn_oneshot_command(move || {
        CreateCmd::Recent(paths.into_iter().filter(|path| path.is_file()).collect())
    });
}

/// Lets the desktop remember a file.
fn remember(path: &Path) {
    gtk::RecentManager::default().add_item(&gio::File::for_path(path).uri());
}
