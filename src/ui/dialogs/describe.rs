//! A guest's title and notes.

use gettextrs::gettext;
use relm4::{
    adw,
    adw::prelude::*,
    gtk::{self, glib},
};

use super::Target;
use crate::{
    i18n::gettext_f,
    model::DomainDetails,
    ui::{error, widgets::dialog_header},
};

/// The dialog's widgets that matter.
struct Widgets {
    dialog: adw::Dialog,
    banner: adw::Banner,
    title: adw::EntryRow,
    notes: gtk::TextBuffer,
    save: gtk::Button,
}

/// Edits title and notes. A refusal shows in the dialog, which stays open.
pub(crate) fn describe(parent: &impl IsA<gtk::Widget>, target: Target) {
    let widgets = build(&target);
    let load = target.clone();
    relm4::spawn_local(glib::clone!(
        #[weak(rename_to = title)]
        widgets.title,
        #[weak(rename_to = notes)]
        widgets.notes,
        #[weak(rename_to = save)]
        widgets.save,
        async move {
            let Some(details) = definition(&load).await else { return };
            title.set_text(details.title.as_deref().unwrap_or_default());
            notes.set_text(details.notes.as_deref().unwrap_or_default());
            save.set_sensitive(true);
        }
    ));
    widgets.save.connect_clicked(glib::clone!(
        #[weak(rename_to = dialog)]
        widgets.dialog,
        #[weak(rename_to = banner)]
        widgets.banner,
        #[weak(rename_to = title)]
        widgets.title,
        #[weak(rename_to = notes)]
        widgets.notes,
        move |save| {
            save.set_sensitive(false);
            let text = notes.text(&notes.start_iter(), &notes.end_iter(), false).to_string();
            let (target, title) = (target.clone(), title.text().to_string());
            let (save, dialog, banner) = (save.clone(), dialog.clone(), banner.clone());
            relm4::spawn_local(async move {
                if let Err(failed) = target.handle.describe(target.id, title, text).await {
                    let message = error::describe(&failed);
                    banner.set_title(&message.body);
                    banner.set_visible(true);
                    banner.set_revealed(true);
                    save.set_sensitive(true);
                } else {
                    dialog.close();
                }
            });
        }
    ));
    widgets.dialog.present(Some(parent));
    widgets.title.grab_focus();
}

fn build(target: &Target) -> Widgets {
    let title = adw::EntryRow::builder().title(gettext("Title")).build();
    let notes = gtk::TextView::builder()
        .wrap_mode(gtk::WrapMode::WordChar)
        .top_margin(12)
        .bottom_margin(12)
        .left_margin(12)
        .right_margin(12)
        .accepts_tab(false)
        .build();
    notes.update_property(&[gtk::accessible::Property::Label(&gettext("Notes"))]);
    let title_group = adw::PreferencesGroup::builder()
        .description(gettext("The title is shown instead of the name."))
        .build();
    title_group.add(&title);
    let scrolled = gtk::ScrolledWindow::builder().child(&notes).min_content_height(140).build();
    let frame = gtk::Frame::builder().child(&scrolled).css_classes(["card"]).build();
    let notes_group = adw::PreferencesGroup::builder().title(gettext("Notes")).build();
    notes_group.add(&frame);
    let page = adw::PreferencesPage::new();
    page.add(&title_group);
    page.add(&notes_group);

    let save = gtk::Button::builder()
        .label(gettext("Save"))
        .css_classes(["suggested-action"])
        .sensitive(false)
        .build();
    let banner = adw::Banner::builder().visible(false).build();
    let view = adw::ToolbarView::builder().content(&page).build();
    let dialog = adw::Dialog::builder()
        .title(gettext_f("Title and Notes of “{guest}”", &[("guest", &target.name)]))
        .content_width(460)
        .content_height(440)
        .child(&view)
        .default_widget(&save)
        .build();
    view.add_top_bar(&dialog_header(&dialog, Some(&save)));
    view.add_top_bar(&banner);
    Widgets { dialog, banner, title, notes: notes.buffer(), save }
}

/// The guest's definition, read if nobody has shown it yet; nothing if the
/// guest or the host goes away meanwhile.
async fn definition(target: &Target) -> Option<std::sync::Arc<DomainDetails>> {
    let subscription = target.handle.subscribe();
    subscription.show(vec![target.id], false);
    let mut changes = target.handle.inventory();
    loop {
        let found = changes.borrow_and_update().details.get(&target.id).cloned();
        if found.is_some() {
            return found;
        }
        changes.changed().await.ok()?;
    }
}
