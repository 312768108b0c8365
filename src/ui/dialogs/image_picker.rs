//! Choosing an image that the host has: a volume of its pools, or any path.

use std::rc::Rc;

use gettextrs::gettext;
use relm4::{
    adw,
    adw::prelude::*,
    gtk::{self, glib},
};

use crate::{
    backend::{BackendError, ConnectionHandle},
    i18n::gettext_f,
    model::VolumeSummary,
    ui::{
        error,
        widgets::{boxed_list, drop_down, leave_with_escape},
        words::size,
    },
};

/// So many rows are made at most; the search finds the others.
const SHOWN: usize = 100;
/// The formats of images that QEMU opens for writing.
const FORMATS: [&str; 6] = ["qcow2", "raw", "vmdk", "vdi", "vhdx", "qed"];

/// What the image is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A disk of any format.
    Disk,
    /// A medium for a drive, which is always raw.
    Medium,
}

/// The image chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Image {
    /// Its path on the host.
    pub(crate) path: String,
    /// libvirt's word for its format.
    pub(crate) format: String,
}

/// A volume and the name of its pool.
type Found = (String, VolumeSummary);

/// Asks for an image and tells the one chosen, if one is.
pub(crate) fn choose_image(
    parent: &impl IsA<gtk::Widget>,
    handle: ConnectionHandle,
    purpose: Purpose,
    chosen: impl Fn(Image) + 'static,
) {
    let dialog = adw::Dialog::builder()
        .title(match purpose {
            Purpose::Disk => gettext("Choose an Image"),
            Purpose::Medium => gettext("Choose a Medium"),
        })
        .content_width(480)
        .content_height(600)
        .build();
    let done: Rc<dyn Fn(Image)> = {
        let dialog = dialog.downgrade();
        Rc::new(move |image| {
            if let Some(dialog) = dialog.upgrade() {
                dialog.close();
            }
            chosen(image);
        })
    };
    let page = adw::PreferencesPage::new();
    let volumes = adw::PreferencesGroup::builder().title(gettext("In the Host’s Pools")).build();
    page.add(&volumes);
    page.add(&path_group(purpose, &done));
    let view = adw::ToolbarView::builder().content(&page).build();
    view.add_top_bar(&adw::HeaderBar::new());
    dialog.set_child(Some(&view));
    let status = adw::ActionRow::builder().title(gettext("Looking through the pools…")).build();
    volumes.add(&status);
    dialog.present(Some(parent));

    let dialog = dialog.downgrade();
    relm4::spawn_local(async move {
        let found = all_volumes(&handle).await;
        // Closed meanwhile.
        if dialog.upgrade().is_none() {
            return;
        }
        volumes.remove(&status);
        match found {
            Ok(mut found) => {
                found.retain(|(_, volume)| fits(purpose, volume));
                list(&volumes, found, purpose, &done);
            }
            Err(failed) => {
                let said = error::describe(&failed);
                let row = adw::ActionRow::builder().title(said.title).subtitle(said.body);
                volumes.add(&row.use_markup(false).build());
            }
        }
    });
}

async fn all_volumes(handle: &ConnectionHandle) -> Result<Vec<Found>, BackendError> {
    let mut found = Vec::new();
    for pool in handle.pools().await?.into_iter().filter(|pool| pool.active) {
        // One pool that cannot be read does not hide the others.
        match handle.volumes(pool.id).await {
            Ok(volumes) => {
                found.extend(volumes.into_iter().map(|volume| (pool.name.clone(), volume)));
            }
            Err(error) => tracing::warn!(%error, pool = pool.name, "a pool could not be read"),
        }
    }
    found.sort_by_key(|(_, volume)| volume.name.to_lowercase());
    Ok(found)
}

fn fits(purpose: Purpose, volume: &VolumeSummary) -> bool {
    let format = volume.format.as_deref();
    match purpose {
        Purpose::Medium => matches!(format, Some("iso" | "raw") | None),
        Purpose::Disk => !matches!(format, Some("iso" | "dir")),
    }
}

fn list(
    group: &adw::PreferencesGroup,
    found: Vec<Found>,
    purpose: Purpose,
    done: &Rc<dyn Fn(Image)>,
) {
    if found.is_empty() {
        let none = gettext("The host’s pools have no such image");
        group.add(&adw::ActionRow::builder().title(none).build());
        return;
    }
    let shown = boxed_list::<gtk::Widget>(&[]);
    let fill = {
        let (shown, done) = (shown.clone(), done.clone());
        let found: Vec<(String, Found)> = found
            .into_iter()
            .map(|(pool, volume)| {
                (format!("{} {pool}", volume.name).to_lowercase(), (pool, volume))
            })
            .collect();
        move |search: &str| {
            shown.remove_all();
            let words: Vec<String> = search.split_whitespace().map(str::to_lowercase).collect();
            let matching = found
                .iter()
                .filter(|(text, _)| words.iter().all(|word| text.contains(word)))
                .take(SHOWN);
            for (_, (pool, volume)) in matching {
                shown.append(&volume_row(pool, volume, purpose, &done));
            }
        }
    };
    fill("");
    let search = gtk::SearchEntry::builder()
        .placeholder_text(gettext("Search images"))
        .valign(gtk::Align::Center)
        .width_chars(12)
        .build();
    search.update_property(&[gtk::accessible::Property::Label(&gettext("Search images"))]);
    leave_with_escape(&search);
    search.connect_search_changed(move |search| fill(&search.text()));
    group.set_header_suffix(Some(&search));
    group.add(&shown);
}

fn volume_row(
    pool: &str,
    volume: &VolumeSummary,
    purpose: Purpose,
    done: &Rc<dyn Fn(Image)>,
) -> adw::ActionRow {
    let large = size(volume.capacity.max(volume.allocation));
    let place = gettext_f("Pool “{pool}”, {size}", &[("pool", pool), ("size", &large)]);
    let row = adw::ActionRow::builder()
        .title(&volume.name)
        .subtitle(place)
        .use_markup(false)
        .activatable(true)
        .build();
    let image = Image {
        path: volume.path.clone(),
        format: match purpose {
            Purpose::Medium => "raw".to_owned(),
            Purpose::Disk => volume.format.clone().unwrap_or_else(|| "raw".to_owned()),
        },
    };
    let done = done.clone();
    row.connect_activated(move |_| done(image.clone()));
    row
}

/// A path that is typed. Its format is asked for too: who guesses it wrong, or
/// lets the hypervisor guess, hands the guest more than its disk.
fn path_group(purpose: Purpose, done: &Rc<dyn Fn(Image)>) -> adw::PreferencesGroup {
    let group = adw::PreferencesGroup::builder().title(gettext("Somewhere Else")).build();
    let path =
        adw::EntryRow::builder().title(gettext("Path on the host")).show_apply_button(true).build();
    group.add(&path);
    let formats = drop_down(&FORMATS);
    if purpose == Purpose::Disk {
        let label = gettext("Format");
        formats.set_valign(gtk::Align::Center);
        formats.update_property(&[gtk::accessible::Property::Label(&label)]);
        let row = adw::ActionRow::builder().title(label).activatable_widget(&formats).build();
        row.add_suffix(&formats);
        group.add(&row);
    }
    path.connect_changed(glib::clone!(
        #[weak]
        formats,
        move |path| {
            path.remove_css_class("error");
            formats.set_selected(usual_format(&path.text()));
        }
    ));
    let done = done.clone();
    path.connect_apply(move |row| {
        let path = row.text().trim().to_owned();
        if !path.starts_with('/') || path.contains(char::is_control) {
            row.add_css_class("error");
            let why = gettext("A path begins with “/”");
            let widget: &gtk::Widget = row.upcast_ref();
            widget.update_property(&[gtk::accessible::Property::Description(&why)]);
            row.set_tooltip_text(Some(&why));
            return;
        }
        let format = match purpose {
            Purpose::Medium => "raw",
            Purpose::Disk => FORMATS.get(formats.selected() as usize).copied().unwrap_or("raw"),
        };
        done(Image { path, format: format.to_owned() });
    });
    group
}

/// The place in [`FORMATS`] that a path's ending stands for.
fn usual_format(path: &str) -> u32 {
    let ending = path.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
    let format = match ending.as_deref() {
        _ if path.starts_with("/dev/") => "raw",
        Some("img" | "raw") => "raw",
        Some(ending) => ending,
        None => "qcow2",
    };
    FORMATS.iter().zip(0..).find(|(name, _)| **name == format).map_or(0, |(_, place)| place)
}

#[cfg(test)]
mod tests {
    use super::{FORMATS, usual_format};

    #[test]
    fn a_paths_ending_proposes_its_format() {
        let named = |path| FORMATS[usual_format(path) as usize];
        assert_eq!(named("/dev/sdb"), "raw");
        assert_eq!(named("/a/b.IMG"), "raw");
        assert_eq!(named("/a/b.vdi"), "vdi");
        assert_eq!(named("/a/b"), "qcow2");
        assert_eq!(named("/a/b.xyz"), "qcow2");
    }
}
