//! What a text console's page does.

use std::time::Duration;

use gettextrs::gettext;
use relm4::{
    ComponentSender, adw,
    adw::prelude::*,
    gtk::{self, glib},
};

use super::{
    Shown, TextCmd, TextInput, TextOutput, TextPage,
    words::{self, Notice, Offer},
};
use crate::{
    backend::{BackendError, NoTextConsole, TextConsole, TextConsoleEnd},
    console::TextLook,
    i18n::gettext_f,
    settings::Settings,
    ui::{error, guest::view::GuestView},
};

/// A console that ends is tried again this often: the guest that restarts is
/// there again soon.
const TRIES: u32 = 5;

/// How terminals look now.
pub(super) fn look(settings: &Settings) -> TextLook {
    let style = adw::StyleManager::default();
    TextLook {
        dark: style.is_dark(),
        font: style.monospace_font_name().into(),
        scrollback: settings.scrollback(),
    }
}

impl TextPage {
    pub(super) fn guest_changed(&mut self, view: GuestView, sender: &ComponentSender<Self>) {
        let before = std::mem::replace(&mut self.view, view);
        if let Some(notice) = words::inactive(&self.view) {
            // The end of the stream tells of a host that is only slow to answer.
            self.disconnect();
            self.shown = Shown::Notice(notice);
            return;
        }
        let ports = |view: &GuestView| view.details.as_ref().map(|it| it.text_ports.clone());
        let changed = ports(&before) != ports(&self.view) && matches!(self.shown, Shown::Notice(_));
        if !before.is_active() || changed {
            self.tries = 0;
            self.connect(false, sender);
        }
    }

    /// Opens the console if the guest runs.
    pub(super) fn start(&mut self, sender: &ComponentSender<Self>) {
        match words::inactive(&self.view) {
            Some(notice) => self.shown = Shown::Notice(notice),
            None => self.connect(false, sender),
        }
    }

    fn connect(&mut self, force: bool, sender: &ComponentSender<Self>) {
        self.disconnect();
        self.shown = Shown::Connecting;
        let (handle, id, port, number) = (self.handle.clone(), self.id, self.port, self.number);
        sender.oneshot_command(async move {
            TextCmd::Opened(number, handle.text_console(id, port, force).await)
        });
    }

    fn disconnect(&mut self) {
        self.number += 1;
        self.stuck = false;
        self.screen.disconnect();
    }

    pub(super) fn opened(
        &mut self,
        opened: Result<Result<TextConsole, NoTextConsole>, BackendError>,
        sender: &ComponentSender<Self>,
    ) {
        match opened {
            Ok(Ok(console)) => {
                let (input, number) = (sender.input_sender().clone(), self.number);
                let told = input.clone();
                self.screen.connect(
                    console,
                    move |stuck| told.emit(TextInput::Stuck(number, stuck)),
                    move |end| input.emit(TextInput::Ended(number, end)),
                );
                self.shown = Shown::Open;
                self.opened_at = std::time::Instant::now();
                let input = sender.input_sender().clone();
                // Once the terminal is the page's visible child.
                glib::idle_add_local_once(move || input.emit(TextInput::Focus));
            }
            // The list says that it runs: it is on its way up or down.
            Ok(Err(why @ NoTextConsole::NotRunning)) => self.again(words::no_console(&why), sender),
            Ok(Err(why)) => self.shown = Shown::Notice(words::no_console(&why)),
            Err(failed) => self.again(words::failed(error::describe(&failed)), sender),
        }
    }

    pub(super) fn ended(&mut self, end: &TextConsoleEnd, sender: &ComponentSender<Self>) {
        // Not for ever with something that ends as soon as it is open.
        if self.opened_at.elapsed() > Duration::from_secs(10) {
            self.tries = 0;
        }
        self.again(words::ended(end), sender);
    }

    /// Tries again after a moment, or says `notice` after too many tries.
    fn again(&mut self, notice: Notice, sender: &ComponentSender<Self>) {
        self.disconnect();
        if !self.view.is_active() {
            return;
        }
        self.tries += 1;
        if self.tries > TRIES {
            self.shown = Shown::Notice(notice);
            return;
        }
        self.shown = Shown::Connecting;
        let (input, number) = (sender.input_sender().clone(), self.number);
        let wait = Duration::from_millis(300 * u64::from(self.tries));
        glib::timeout_add_local_once(wait, move || input.emit(TextInput::Retry(number)));
    }

    pub(super) fn retry(&mut self, sender: &ComponentSender<Self>) {
        if self.view.is_active() {
            self.connect(false, sender);
        }
    }

    pub(super) fn take_over(&mut self, sender: &ComponentSender<Self>) {
        self.tries = 0;
        self.connect(true, sender);
    }

    pub(super) fn offer(&mut self, sender: &ComponentSender<Self>) {
        match self.shown.notice().offer {
            Some(Offer::Act(action)) => drop(sender.output(TextOutput::Act(action))),
            Some(Offer::Restart) => drop(sender.output(TextOutput::Restart)),
            Some(Offer::Reconnect) => {
                self.tries = 0;
                self.retry(sender);
            }
            Some(Offer::TakeOver) => self.ask_to_take_over(sender),
            None => {}
        }
    }

    fn ask_to_take_over(&self, sender: &ComponentSender<Self>) {
        let name = words::name(self.port);
        let heading = gettext_f("Take Over “{console}”?", &[("console", &name)]);
        let body = gettext(
            "The other viewer is disconnected from this console, even in the middle of something. The guest itself goes on.",
        );
        let dialog = adw::AlertDialog::new(Some(&heading), Some(&body));
        dialog.add_responses(&[("cancel", &gettext("Cancel")), ("take", &gettext("Take Over"))]);
        dialog.set_response_appearance("take", adw::ResponseAppearance::Destructive);
        dialog.set_default_response(Some("cancel"));
        dialog.set_close_response("cancel");
        let (input, parent) = (sender.input_sender().clone(), self.screen.widget().clone());
        relm4::spawn_local(async move {
            if dialog.choose_future(parent.root().as_ref()).await == "take" {
                input.emit(TextInput::TakeOver);
            }
        });
    }

    pub(super) fn details(&self) {
        let notice = self.shown.notice();
        let dialog = adw::AlertDialog::new(Some(&notice.title), Some(&notice.detail));
        dialog.add_response("close", &gettext("Close"));
        dialog.present(self.screen.widget().root().as_ref());
    }

    /// Gives the keyboard to the guest, if its console can be seen. One that
    /// somebody else had may be free by now.
    pub(super) fn focus(&mut self, sender: &ComponentSender<Self>) {
        let in_use = self.shown.notice().offer == Some(Offer::TakeOver);
        if in_use && self.screen.widget().is_mapped() {
            self.retry(sender);
        } else if self.shown == Shown::Open && self.screen.widget().is_mapped() && !self.searching {
            self.screen.widget().grab_focus();
        }
    }

    pub(super) fn search(&mut self, text: &str) {
        self.screen.set_search(text);
        self.found = text.is_empty() || self.screen.find(true);
    }

    pub(super) fn next(&mut self, above: bool) {
        self.found = self.screen.find(above);
    }

    pub(super) fn search_ended(&mut self) {
        self.searching = false;
        self.found = true;
        self.screen.set_search("");
        self.screen.widget().grab_focus();
    }

    /// The banner above the terminal: what the page would say without one.
    pub(super) fn banner(&self) -> Option<Notice> {
        self.screen.is_used().then(|| self.shown.notice()).filter(|it| !it.title.is_empty())
    }

    pub(super) fn child(&self) -> &'static str {
        match &self.shown {
            Shown::Open => "terminal",
            _ if self.screen.is_used() => "terminal",
            Shown::Connecting => "connecting",
            Shown::Notice(_) => "notice",
        }
    }

    /// How the window gets the keyboard back.
    pub(super) fn hint(&self) -> String {
        match self.shown {
            Shown::Open if self.view_only => gettext("View only: nothing is sent to the guest"),
            Shown::Open if self.stuck => gettext(
                "The guest does not read what is sent to it. Nothing more is sent until it does",
            ),
            Shown::Open => gettext_f(
                // Translators: {keys} is a combination such as "Ctrl+Alt"
                "All keys go to the guest. Press {keys} to leave the console",
                &[("keys", &self.chord_label)],
            ),
            Shown::Connecting => gettext("Connecting…"),
            Shown::Notice(_) => self.shown.notice().title,
        }
    }

    pub(super) fn watch_look(&self, sender: &ComponentSender<Self>) {
        let style = adw::StyleManager::default();
        let mut watched = Vec::new();
        let input = sender.input_sender().clone();
        watched.push(style.connect_dark_notify(move |_| drop(input.send(TextInput::Look))));
        let input = sender.input_sender().clone();
        let font = style.connect_monospace_font_name_notify(move |_| {
            drop(input.send(TextInput::Look));
        });
        watched.push(font);
        let input = sender.input_sender().clone();
        let store = self.settings.store().cloned();
        let lines = store.as_ref().map(|store| {
            store.connect_changed(Some("text-scrollback"), move |_, _| {
                drop(input.send(TextInput::Look));
            })
        });
        // They outlive the page otherwise.
        let forget = std::cell::Cell::new(Some((watched, lines)));
        self.screen.widget().connect_destroy(move |_: &gtk::Widget| {
            if let Some((watched, lines)) = forget.take() {
                for id in watched {
                    style.disconnect(id);
                }
                if let (Some(store), Some(id)) = (&store, lines) {
                    store.disconnect(id);
                }
            }
        });
    }
}
