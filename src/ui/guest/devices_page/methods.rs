//! Behaviour of the hardware page.

use gettextrs::gettext;
use relm4::{
    ComponentSender, adw,
    adw::prelude::*,
    gtk::{self, glib},
};

use super::{
    DevicesInput, DevicesPage, Of,
    draft::{Draft, Entry},
    names,
    offers::{Offers, Platform},
    page::Page,
};
use crate::{
    backend::{BackendError, NewVolume},
    i18n::ngettext_f,
    model::{
        ScreenProtocol,
        hardware::{Device, DeviceKind, Field, Firmware, NewDevice, Section},
        xml::XmlError,
    },
    ui::{
        error::{self, UserMessage},
        guest::view::GuestView,
        widgets::keep_focus,
    },
};

/// Below this width there is room for the list or the page.
const NARROW: &str = "max-width: 640sp";

/// Makes the split view one pane wide where there is no room for two.
pub(super) fn add_breakpoint(root: &adw::BreakpointBin, split: &adw::NavigationSplitView) {
    let Ok(condition) = adw::BreakpointCondition::parse(NARROW) else {
        tracing::error!("the hardware page cannot adapt to its width");
        return;
    };
    let breakpoint = adw::Breakpoint::new(condition);
    breakpoint.add_setter(split, "collapsed", Some(&true.to_value()));
    root.add_breakpoint(breakpoint);
    keep_focus(root);
}

/// After what the main loop has to do meanwhile, but before the next frame; if
/// there is something to see, after it.
fn go_on_later(page: &Page, sender: &ComponentSender<DevicesPage>) {
    let input = sender.input_sender().clone();
    let after = glib::Priority::DEFAULT_IDLE;
    let when = if page.is_seen() { after } else { glib::Priority::HIGH_IDLE };
    glib::idle_add_local_full(when, move || {
        input.emit(DevicesInput::GoOn);
        glib::ControlFlow::Break
    });
}

impl DevicesPage {
    pub(super) fn edited(&self) -> bool {
        self.draft.as_ref().is_some_and(Draft::is_edited)
    }

    pub(super) fn title(&self) -> String {
        let listed = self.list.name(&self.chosen);
        // An edited device may be another one than those listed.
        let edited = || Some(names::name(self.draft.as_ref()?, &self.device()?));
        listed.or_else(edited).unwrap_or_else(|| gettext("Hardware"))
    }

    /// What more there is to say of the device that is shown.
    pub(super) fn subtitle(&self) -> String {
        let details = || Some(names::details(self.draft.as_ref()?, &self.device()?));
        details().unwrap_or_default()
    }

    pub(super) fn waits(&self) -> bool {
        self.draft.as_ref().is_some_and(Draft::waits_for_restart)
    }

    /// The device that is shown.
    pub(super) fn device(&self) -> Option<Device> {
        match &self.chosen {
            Entry::Device(identity) => self.draft.as_ref()?.device(identity),
            _ => None,
        }
    }

    pub(super) fn removable(&self) -> bool {
        !self.busy && self.device().is_some_and(|device| device.is_removable())
    }

    pub(super) fn problem_text(&self) -> String {
        self.problem.as_ref().map(|message| message.body.clone()).unwrap_or_default()
    }

    pub(super) fn changes_text(&self) -> String {
        let count = self.draft.as_ref().map_or(0, Draft::changes);
        if count == 0 {
            return gettext("No changes");
        }
        let n = u32::try_from(count).unwrap_or(u32::MAX);
        ngettext_f("{n} change", "{n} changes", n, &[("n", &count.to_string())])
    }

    pub(super) fn guest_changed(&mut self, view: GuestView, sender: &ComponentSender<Self>) {
        let changed = view.details != self.view.details || view.summary != self.view.summary;
        self.view = view;
        if changed && self.shown && !self.busy {
            self.read(sender);
        }
    }

    /// Takes the definitions that were read. What the user has changed is
    /// never lost for it.
    pub(super) fn take(
        &mut self,
        read: Result<Box<Draft>, XmlError>,
        sender: &ComponentSender<Self>,
    ) {
        self.busy = false;
        let read = match read {
            Ok(read) => read,
            Err(error) => return self.cannot(&error),
        };
        if self.draft.as_ref().is_some_and(Draft::is_applied) {
            self.tell_lost(&read);
        } else if self.edited() {
            self.overtaken = !self.draft.as_ref().is_some_and(|draft| draft.is_of(read.base()));
            return;
        }
        self.overtaken = false;
        // Who is about to use the page is not disturbed for nothing.
        if self.draft.as_ref().is_some_and(|draft| draft.is_as(&read)) {
            return;
        }
        let known = self.draft.take().map(|draft| draft.known).unwrap_or_default();
        let mut read = *read;
        read.known = known;
        self.draft = Some(read);
        self.show_all(sender);
        self.learn(sender);
    }

    /// Marks in the list what has changes.
    pub(super) fn mark(&self) {
        if let Some(draft) = &self.draft {
            self.list.mark(draft);
        }
    }

    /// Shows list and page anew.
    pub(super) fn show_all(&mut self, sender: &ComponentSender<Self>) {
        let Some(draft) = &self.draft else { return };
        let listed = match &self.chosen {
            Entry::Device(identity) => draft.device(identity).is_some(),
            Entry::Gone(identity) => {
                draft.removed().iter().any(|device| device.identity == *identity)
            }
            Entry::Section(_) | Entry::Xml => true,
        };
        if !listed {
            self.chosen = Entry::Section(Section::Cpu);
        }
        self.list.show(draft, &self.chosen);
        self.show_page(sender);
    }

    /// Makes the page of what is chosen anew.
    pub(super) fn show_page(&mut self, sender: &ComponentSender<Self>) {
        if let Some(draft) = &self.draft {
            let is_there = self.id.is_some();
            let input = sender.input_sender();
            if self.page.show(&self.chosen, draft, &self.offers, is_there, input) {
                go_on_later(&self.page, sender);
            }
        }
        self.read_size(sender);
    }

    /// Makes more of the page that is shown.
    pub(super) fn go_on(&mut self, sender: &ComponentSender<Self>) {
        if let Some(draft) = &self.draft
            && self.page.go_on(draft, &self.offers, sender.input_sender())
        {
            go_on_later(&self.page, sender);
        }
    }

    /// Takes what the host offers to such a guest. Who is about to use the page
    /// is not disturbed for nothing.
    pub(super) fn take_offers(
        &mut self,
        platform: &Platform,
        offers: Offers,
        sender: &ComponentSender<Self>,
    ) {
        // The guest may have got another machine meanwhile.
        if self.asked_for.as_ref() != Some(platform) || offers == self.offers {
            return;
        }
        let before = std::mem::replace(&mut self.offers, offers);
        let device = self.device();
        let kind = device.as_ref().map(|device| device.kind);
        if self.offers.make_another(&before, &self.chosen, kind) {
            self.show_page(sender);
        } else if let Some(draft) = &self.draft {
            self.page.offer(draft, &self.offers, device.as_ref(), sender.input_sender());
        }
    }

    pub(super) fn choose(&mut self, entry: Entry, sender: &ComponentSender<Self>) {
        if self.chosen != entry {
            self.chosen = entry;
            self.show_page(sender);
        }
    }

    /// What a field is of: the part with this identity, or what is shown.
    fn owner(&self, of: Option<&str>) -> Option<Device> {
        match of {
            Some(identity) => self.draft.as_ref()?.device(identity),
            None => self.device(),
        }
    }

    pub(super) fn change(
        &mut self,
        of: &Of,
        field: &'static Field,
        value: Option<&str>,
        sender: &ComponentSender<Self>,
    ) {
        let device = self.owner(of.as_deref());
        let Some(draft) = &mut self.draft else { return };
        let possible = value.map_or(Ok(()), |value| self.offers.check(field, value));
        let done = possible.and_then(|()| draft.set(device.as_ref(), field, value));
        self.page.judge(of, field, done.as_ref().err());
        if of.is_none() && done.is_ok() {
            self.follow(device.as_ref());
        }
        // There are more or fewer of them now.
        let followers: &[DeviceKind] = match field.id {
            "cpu.maximum" | "cpu.sockets" | "cpu.dies" | "cpu.cores" | "cpu.threads" => {
                &[DeviceKind::Vcpu]
            }
            "tuning.iothreads" => {
                &[DeviceKind::Iothread, DeviceKind::IothreadPin, DeviceKind::IothreadSched]
            }
            _ => &[],
        };
        for kind in followers {
            self.refill(*kind, sender);
        }
        let device = self.device();
        if let Some(draft) = &self.draft {
            self.page.refresh(draft, &self.offers, device.as_ref());
        }
    }

    /// A new name of the device that is shown is its new identity.
    fn follow(&mut self, device: Option<&Device>) {
        let (Some(draft), Some(device)) = (&self.draft, device) else { return };
        if let Some(now) = draft.in_place_of(device) {
            self.chosen = Entry::Device(now.identity);
        }
    }

    pub(super) fn revert(
        &mut self,
        of: Option<&str>,
        field: &'static Field,
        sender: &ComponentSender<Self>,
    ) {
        let device = self.owner(of);
        if let Some(draft) = &mut self.draft {
            draft.revert(device.as_ref(), field);
        }
        if of.is_none() {
            self.follow(device.as_ref());
        }
        let device = self.device();
        let Some(draft) = &self.draft else { return };
        self.page.take_back(of, field, draft, device.as_ref());
        // A part may be gone.
        if of.is_some() || !self.page.refresh(draft, &self.offers, device.as_ref()) {
            self.show_page(sender);
        }
    }

    pub(super) fn restore(&mut self, identity: String, sender: &ComponentSender<Self>) {
        let Some(draft) = &mut self.draft else { return };
        if let Err(error) = draft.restore(&identity) {
            return self.cannot(&error);
        }
        self.chosen = Entry::Device(identity);
        self.show_all(sender);
    }

    pub(super) fn set_firmware(
        &mut self,
        firmware: Option<Firmware>,
        sender: &ComponentSender<Self>,
    ) {
        self.edit(sender, |draft| draft.set_firmware(firmware));
    }

    pub(super) fn change_screen(&mut self, to: ScreenProtocol, sender: &ComponentSender<Self>) {
        let video = self.offers.domain.as_ref().map(|domain| domain.video.clone());
        self.add_with(sender, |draft| draft.change_screen(to, &video.unwrap_or_default()));
    }

    pub(super) fn add(&mut self, new: &NewDevice, sender: &ComponentSender<Self>) {
        self.add_with(sender, |draft| draft.add(new));
    }

    pub(super) fn add_disk(
        &mut self,
        path: String,
        image: NewVolume,
        sender: &ComponentSender<Self>,
    ) {
        self.add_with(sender, |draft| draft.add_disk(path, image));
    }

    pub(super) fn add_with(
        &mut self,
        sender: &ComponentSender<Self>,
        add: impl FnOnce(&mut Draft) -> Result<Device, XmlError>,
    ) {
        let Some(draft) = &mut self.draft else { return };
        match add(draft) {
            Ok(device) => {
                self.chosen = Entry::Device(device.identity);
                self.show_all(sender);
            }
            Err(error) => self.cannot(&error),
        }
    }

    pub(super) fn edit(
        &mut self,
        sender: &ComponentSender<Self>,
        edit: impl FnOnce(&mut Draft) -> Result<(), XmlError>,
    ) {
        let Some(draft) = &mut self.draft else { return };
        if let Err(error) = edit(draft) {
            self.cannot(&error);
        }
        self.show_page(sender);
    }

    pub(super) fn discard(&mut self, sender: &ComponentSender<Self>) {
        if let Some(draft) = &mut self.draft {
            draft.discard();
        }
        self.problem = None;
        self.overtaken = false;
        self.show_all(sender);
        self.read(sender);
    }

    pub(super) fn failed(&mut self, failed: &BackendError) {
        self.busy = false;
        self.problem = Some(error::describe(failed));
    }

    pub(super) fn cannot(&mut self, error: &XmlError) {
        self.problem = Some(UserMessage {
            title: gettext("This Cannot Be Changed Here"),
            body: gettext("The definition cannot be changed in this way; it can be under XML"),
            detail: error.to_string(),
        });
    }

    pub(super) fn show_details(&self, root: &impl IsA<gtk::Widget>) {
        let Some(message) = &self.problem else { return };
        let dialog = adw::AlertDialog::new(Some(&message.title), Some(&message.detail));
        dialog.add_response("close", &gettext("Close"));
        dialog.present(Some(root));
    }
}
