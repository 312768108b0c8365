//! Deleting guests: each with its disks, which stay unless they are ticked.

use std::{cell::RefCell, rc::Rc};

use gettextrs::gettext;
use relm4::{
    adw,
    adw::prelude::*,
    gtk::{self, glib},
};

use super::{
    Target,
    delete_plan::{kept_because, losses, verb},
};
use crate::{
    backend::{BackendError, DeletePlan, DeletePlanDisk, DeleteRequest, Operation, Result},
    i18n::{gettext_f, ngettext_f},
    model::JobEnd,
    ui::error,
};

/// A guest in the dialog.
struct Guest {
    target: Target,
    group: adw::PreferencesGroup,
    /// The disks that can be ticked, by path.
    offered: Vec<(String, gtk::CheckButton)>,
    /// Whether it is known what deleting it touches.
    ready: bool,
}

struct Dialog {
    window: adw::Dialog,
    button: gtk::Button,
    guests: RefCell<Vec<Guest>>,
    waiting: std::cell::Cell<usize>,
}

/// Shows what would be deleted and deletes what was agreed to. `failed` is
/// told what could not be done after the dialog has closed.
pub(crate) fn delete(
    parent: &impl IsA<gtk::Widget>,
    targets: Vec<Target>,
    failed: impl Fn(BackendError) + Clone + 'static,
) {
    let page = adw::PreferencesPage::new();
    page.set_description(&gettext(
        "Disks stay on the host unless you tick them. Deleting cannot be undone.",
    ));
    let several = targets.len() > 1;
    let mut guests = Vec::new();
    for target in targets {
        let group = adw::PreferencesGroup::new();
        if several {
            group.set_title(&glib::markup_escape_text(&target.name));
        }
        page.add(&group);
        guests.push(Guest { target, group, offered: Vec::new(), ready: false });
    }
    let this = Rc::new(build(&page, guests));
    for place in 0..this.guests.borrow().len() {
        let this = Rc::clone(&this);
        relm4::spawn_local(async move { this.read(place).await });
    }
    this.button.connect_clicked(glib::clone!(
        #[strong]
        this,
        move |_| {
            this.run(&failed);
            this.window.close();
        }
    ));
    // The button's handler holds the dialog: let go when it closes.
    this.window.connect_closed(glib::clone!(
        #[weak]
        this,
        move |_| this.guests.borrow_mut().clear()
    ));
    this.show_verb();
    this.window.present(Some(parent));
}

fn build(page: &adw::PreferencesPage, guests: Vec<Guest>) -> Dialog {
    let count = u32::try_from(guests.len()).unwrap_or(u32::MAX);
    let first = guests.first().map(|guest| guest.target.name.clone()).unwrap_or_default();
    let number = count.to_string();
    let title = ngettext_f(
        "Delete “{guest}”?",
        "Delete {n} Guests?",
        count,
        &[("guest", &first), ("n", &number)],
    );
    let cancel = gtk::Button::with_label(&gettext("Cancel"));
    let header = adw::HeaderBar::builder()
        .show_start_title_buttons(false)
        .show_end_title_buttons(false)
        .build();
    header.pack_start(&cancel);
    let button = gtk::Button::builder()
        .label("")
        .css_classes(["pill", "destructive-action"])
        .margin_start(12)
        .margin_end(12)
        .halign(gtk::Align::Center)
        .margin_top(12)
        .margin_bottom(18)
        .build();
    // What it says may be long, and the window narrow.
    if let Some(label) = button.child().and_downcast::<gtk::Label>() {
        label.set_wrap(true);
        label.set_justify(gtk::Justification::Center);
    }
    let view = adw::ToolbarView::builder().content(page).build();
    view.add_top_bar(&header);
    view.add_bottom_bar(&button);
    let dialog = adw::Dialog::builder()
        .title(title)
        .content_width(520)
        .content_height(if guests.len() > 1 { 600 } else { 480 })
        .child(&view)
        .focus_widget(&cancel)
        .build();
    cancel.connect_clicked(glib::clone!(
        #[weak]
        dialog,
        move |_| {
            dialog.close();
        }
    ));
    let waiting = std::cell::Cell::new(guests.len());
    Dialog { window: dialog, button, guests: RefCell::new(guests), waiting }
}

impl Dialog {
    /// Finds out what deleting the guest at `place` touches and shows it.
    async fn read(self: Rc<Self>, place: usize) {
        let target = self.guests.borrow().get(place).map(|guest| guest.target.clone());
        let Some(target) = target else { return };
        let plan = target.handle.delete_plan(target.id).await;
        self.waiting.set(self.waiting.get().saturating_sub(1));
        self.show_plan(place, plan);
        self.show_verb();
    }

    fn show_plan(self: &Rc<Self>, place: usize, plan: Result<DeletePlan>) {
        let mut guests = self.guests.borrow_mut();
        let Some(guest) = guests.get_mut(place) else { return };
        match plan {
            Ok(plan) => {
                guest.ready = true;
                guest.group.set_description(Some(&losses(&plan)));
                for disk in &plan.disks {
                    let row = self.disk_row(disk, &mut guest.offered);
                    guest.group.add(&row);
                }
                if plan.disks.is_empty() {
                    guest.group.add(&adw::ActionRow::builder().title(gettext("No disks")).build());
                }
            }
            Err(failed) => {
                let row = adw::ActionRow::builder()
                    .title(gettext("This guest cannot be deleted now"))
                    .subtitle(error::describe(&failed).body)
                    .use_markup(false)
                    .build();
                row.add_prefix(&gtk::Image::from_icon_name("dialog-warning-symbolic"));
                guest.group.add(&row);
            }
        }
    }

    /// A row for `disk`, with a tick where it can be deleted.
    fn disk_row(
        self: &Rc<Self>,
        disk: &DeletePlanDisk,
        offered: &mut Vec<(String, gtk::CheckButton)>,
    ) -> adw::ActionRow {
        let title = match disk.size {
            Some(size) => {
                let size = glib::format_size_full(size, glib::FormatSizeFlags::IEC_UNITS);
                // Translators: a disk's name in the guest and its size
                gettext_f("{disk} ({size})", &[("disk", &disk.target), ("size", &size)])
            }
            None => disk.target.clone(),
        };
        let kept = kept_because(disk);
        let subtitle = match &kept {
            Some(reason) => format!("{}\n{reason}", disk.path),
            None => disk.path.clone(),
        };
        let row = adw::ActionRow::builder()
            .use_markup(false)
            .title(&title)
            .subtitle(subtitle)
            .subtitle_lines(4)
            .build();
        if kept.is_some() {
            let icon = gtk::Image::from_icon_name("changes-prevent-symbolic");
            icon.add_css_class("dimmed");
            row.add_prefix(&icon);
            return row;
        }
        let tick = gtk::CheckButton::new();
        row.add_prefix(&tick);
        row.set_activatable_widget(Some(&tick));
        tick.connect_toggled(glib::clone!(
            #[weak(rename_to = this)]
            self,
            move |_| this.show_verb()
        ));
        offered.push((disk.path.clone(), tick));
        row
    }

    fn show_verb(&self) {
        let guests = self.guests.borrow();
        let ready = guests.iter().filter(|guest| guest.ready);
        let disks = ready.clone().map(|guest| guest.ticked().count()).sum();
        let waiting = self.waiting.get() > 0;
        let count = if waiting { guests.len() } else { ready.count() };
        self.button.set_label(&verb(count.max(1), disks));
        self.button.set_sensitive(!waiting && count > 0);
        let why = waiting.then(|| gettext("Reading what the guest uses…"));
        self.button.set_tooltip_text(why.as_deref());
    }

    /// Deletes what was agreed to, each guest as a job.
    fn run(&self, failed: &(impl Fn(BackendError) + Clone + 'static)) {
        for guest in self.guests.borrow().iter().filter(|guest| guest.ready) {
            let request = DeleteRequest { disks: guest.ticked().cloned().collect() };
            let (target, failed) = (guest.target.clone(), failed.clone());
            relm4::spawn_local(async move {
                if let Err(error) = finish(&target, request).await {
                    failed(error);
                }
            });
        }
    }
}

impl Guest {
    fn ticked(&self) -> impl Iterator<Item = &String> {
        self.offered.iter().filter(|(_, tick)| tick.is_active()).map(|(path, _)| path)
    }
}

/// Runs the job to its end.
async fn finish(target: &Target, request: DeleteRequest) -> Result<()> {
    let job = target.handle.delete(target.id, request).await?;
    match job.ended().await {
        JobEnd::Failed(failure) => {
            Err(BackendError { operation: Operation::Delete, object: target.name.clone(), failure })
        }
        JobEnd::Finished | JobEnd::Cancelled => Ok(()),
    }
}
