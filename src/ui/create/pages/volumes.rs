//! The lists of the first page: recent files, and images in the host's pools.

use std::{cell::RefCell, path::PathBuf};

use gettextrs::gettext;
use relm4::{
    adw::{self, prelude::*},
    gtk,
};

use super::{Sender, fields::Radio, group};
use crate::{
    i18n::ngettext_f,
    model::VolumeSummary,
    ui::{
        create::{
            Create, CreateInput,
            draft::{Method, Source},
            helpers,
        },
        widgets::leave_with_escape,
    },
};

/// How many volumes are listed at once; a search finds the others.
const SHOWN: usize = 40;

/// Files that were used lately.
#[derive(Debug)]
pub(super) struct FileList {
    /// The widget.
    pub(super) group: adw::PreferencesGroup,
    sender: Sender,
    /// Never shown; in the rows' group so that none of them may be chosen.
    none: gtk::CheckButton,
    rows: RefCell<Vec<(PathBuf, Radio)>>,
}

impl FileList {
    /// An empty list.
    pub(super) fn new(sender: &Sender) -> Self {
        let group = group(&gettext("Recent"), "");
        Self {
            group,
            sender: sender.clone(),
            none: gtk::CheckButton::new(),
            rows: RefCell::default(),
        }
    }

    /// Shows `files` with the `chosen` one marked.
    pub(super) fn show(&self, files: &[PathBuf], chosen: Option<&Source>) {
        self.group.set_visible(!files.is_empty());
        let mut rows = self.rows.borrow_mut();
        if !rows.iter().map(|(file, ..)| file).eq(files) {
            for (_, radio) in rows.drain(..) {
                self.group.remove(&radio.row);
            }
            for file in files {
                let source = Source::File(file.clone());
                let (name, place) = (source.name(), helpers::place(&source));
                let tx = self.sender.clone();
                let radio = Radio::new(&name, &place, Some(&self.none), move || {
                    tx.emit(CreateInput::FileChosen(source.file().map(PathBuf::from)));
                });
                self.group.add(&radio.row);
                rows.push((file.clone(), radio));
            }
        }
        for (file, radio) in rows.iter() {
            radio.show(chosen.and_then(Source::file) == Some(file.as_path()));
        }
    }
}

/// Images in the host's pools, searchable.
#[derive(Debug)]
pub(super) struct VolumeList {
    /// The widget.
    pub(super) group: adw::PreferencesGroup,
    search: gtk::SearchEntry,
    more: gtk::Label,
    sender: Sender,
    /// Never shown; in the rows' group so that none of them may be chosen.
    none: gtk::CheckButton,
    shown: RefCell<Vec<VolumeRow>>,
}

#[derive(Debug)]
struct VolumeRow {
    pool: String,
    volume: VolumeSummary,
    radio: Radio,
}

impl VolumeList {
    /// An empty list.
    pub(super) fn new(sender: &Sender) -> Self {
        let group = group(&gettext("In the Host’s Pools"), "");
        let search = gtk::SearchEntry::builder()
            .placeholder_text(gettext("Search images"))
            .width_chars(12)
            .valign(gtk::Align::Center)
            .build();
        search.update_property(&[gtk::accessible::Property::Label(&gettext("Search images"))]);
        let tx = sender.clone();
        search.connect_search_changed(move |search| {
            tx.emit(CreateInput::VolumeSearchChanged(search.text().into()));
        });
        leave_with_escape(&search);
        group.set_header_suffix(Some(&search));
        let more = gtk::Label::builder()
            .wrap(true)
            .xalign(0.0)
            .margin_top(6)
            .visible(false)
            .css_classes(["dim-label", "caption"])
            .build();
        group.add(&more);
        Self {
            group,
            search,
            more,
            sender: sender.clone(),
            none: gtk::CheckButton::new(),
            shown: RefCell::default(),
        }
    }

    /// Shows what the model has for the chosen way.
    pub(super) fn show(&self, model: &Create) {
        let method = model.draft.method;
        let all = model.volumes_for(method);
        self.search.set_visible(all.len() > 5);
        let found = helpers::search_volumes(&all, &model.volume_search);
        self.group.set_visible(method != Method::Nothing && !all.is_empty());
        let hidden = found.len().saturating_sub(SHOWN);
        self.more.set_visible(hidden > 0 || found.is_empty());
        if found.is_empty() {
            self.more.set_label(&gettext("No image has this in its name"));
        } else {
            let count = u32::try_from(hidden).unwrap_or(u32::MAX);
            self.more.set_label(&ngettext_f(
                "{count} more image: search to see it",
                "{count} more images: search to see them",
                count,
                &[("count", &count.to_string())],
            ));
        }
        let wanted = &found[..found.len().min(SHOWN)];
        let mut shown = self.shown.borrow_mut();
        let same = shown.len() == wanted.len()
            && shown
                .iter()
                .zip(wanted)
                .all(|(row, entry)| row.volume == entry.volume && row.pool == entry.pool);
        if !same {
            for old in shown.drain(..) {
                self.group.remove(&old.radio.row);
            }
            for entry in wanted {
                shown.push(self.row(&entry.pool, &entry.volume));
            }
        }
        let chosen = model.draft.source();
        for row in shown.iter() {
            let active = matches!(chosen, Some(Source::Volume { volume, .. }) if volume.path == row.volume.path);
            row.radio.show(active);
        }
    }

    fn row(&self, pool: &str, volume: &VolumeSummary) -> VolumeRow {
        let source = Source::Volume { pool: pool.to_owned(), volume: volume.clone() };
        let (name, place) = (source.name(), helpers::place(&source));
        let tx = self.sender.clone();
        let radio = Radio::new(&name, &place, Some(&self.none), move || {
            tx.emit(CreateInput::VolumeChosen(source.clone()));
        });
        self.group.add(&radio.row);
        VolumeRow { pool: pool.to_owned(), volume: volume.clone(), radio }
    }
}
