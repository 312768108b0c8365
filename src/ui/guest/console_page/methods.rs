//! What the console page does.

use std::time::Duration;

use gettextrs::gettext;
use relm4::{
    ComponentSender, adw,
    adw::prelude::*,
    gtk::{self, gdk, gio, glib},
};

use super::{
    Abilities, ConsoleCmd, ConsoleInput, ConsoleOutput, ConsolePage, Question, Shown, Source,
    keyring,
    words::{self, Offer},
};
use crate::{
    backend::{BackendError, ConsoleEndpoint, NoConsole},
    console::{Console, ConsoleError, ConsoleEvent, ConsoleOptions, Scaling, Sharing},
    i18n::gettext_f,
    model::{PictureQuality, Secret},
    settings,
    ui::{
        error::{self, UserMessage},
        guest::view::GuestView,
    },
};

/// A server that hangs up is tried again this often: a guest that restarts is
/// there again soon, and what never answers is told.
const TRIES: u32 = 5;

impl ConsolePage {
    pub(super) fn guest_changed(&mut self, view: GuestView, sender: &ComponentSender<Self>) {
        let before = std::mem::replace(&mut self.view, view);
        if let Some(notice) = words::inactive(&self.view) {
            // A host that is lost does not take an open screen along.
            let lost = self.view.host != crate::model::HostState::Ready;
            if !(lost && self.shown == Shown::Screen) {
                self.drop_console();
                self.tries = 0;
                self.shown = Shown::Notice(notice);
            }
            return;
        }
        let started = !before.is_active();
        let screen_changed = before.details.as_ref().map(|details| &details.graphics)
            != self.view.details.as_ref().map(|details| &details.graphics)
            && before.details.is_some();
        let nothing_shown = matches!(self.shown, Shown::Notice(_));
        if started || (screen_changed && nothing_shown) {
            if self.shown == Shown::Screen && self.console.is_some() {
                return;
            }
            self.tries = 0;
            self.refused &= !started;
            self.connect(sender);
        }
    }

    /// Looks for a way to the guest's screen.
    pub(super) fn connect(&mut self, sender: &ComponentSender<Self>) {
        if !self.is_active() {
            return;
        }
        self.drop_console();
        self.asked = false;
        self.shown = Shown::Connecting;
        let (source, number) = (self.source.clone(), self.number);
        sender
            .oneshot_command(async move { ConsoleCmd::Endpoint(number, source.endpoint().await) });
    }

    pub(super) fn way_found(
        &mut self,
        found: Result<Result<ConsoleEndpoint, NoConsole>, BackendError>,
        sender: &ComponentSender<Self>,
    ) {
        let endpoint = match found {
            Ok(Ok(endpoint)) if self.refused => endpoint.without_password(),
            Ok(Ok(endpoint)) => endpoint,
            Ok(Err(NoConsole::NotRunning)) => {
                // The list says that it runs: it is on its way up or down.
                self.again(sender, words::no_console(&NoConsole::NotRunning));
                return;
            }
            Ok(Err(why)) => {
                self.shown = Shown::Notice(words::no_console(&why));
                return;
            }
            Err(failed) => {
                self.again(sender, words::failed(error::describe(&failed)));
                return;
            }
        };
        let options = ConsoleOptions {
            local: self.is_local(),
            scaling: self.scaling,
            chord: self.chord.clone(),
            sharing: self.clipboard_sharing(),
        };
        let (input, number) = (sender.input_sender().clone(), self.number);
        let console = Console::open(endpoint, options, move |event| {
            input.emit(ConsoleInput::Event(number, event));
        });
        let label = gettext_f("Screen of {guest}", &[("guest", &self.title())]);
        console.screen().update_property(&[gtk::accessible::Property::Label(&label)]);
        console.set_view_only(self.view_only);
        console.set_quality(self.quality);
        self.frame.set_child(Some(console.screen()));
        self.share_with(&console, sender);
        self.console = Some(console);
    }

    fn clipboard_sharing(&self) -> Sharing {
        match self.settings.clipboard_sharing() {
            settings::Sharing::Focused => Sharing::Focused,
            settings::Sharing::Always => Sharing::Always,
            settings::Sharing::Never => Sharing::Never,
        }
    }

    /// The user has chosen otherwise while the screen is open.
    pub(super) fn clipboard_chosen(&self) {
        if let Some(console) = &self.console {
            console.set_sharing(self.clipboard_sharing());
        }
    }

    /// Tells of such a choice as long as the page is there.
    pub(super) fn watch_choices(&self, sender: &ComponentSender<Self>) {
        let Some(store) = self.settings.store() else { return };
        let (page, input) = (self.frame.clone(), sender.input_sender().clone());
        let changed = glib::closure_local!(
            #[watch]
            page,
            move |_: gio::Settings, _: String| {
                let _ = page;
                drop(input.send(ConsoleInput::ClipboardChosen));
            }
        );
        store.connect_closure("changed::clipboard-sharing", false, changed);
    }

    pub(super) fn happened(&mut self, event: ConsoleEvent, sender: &ComponentSender<Self>) {
        match event {
            ConsoleEvent::Connected => {
                self.tries = 0;
                self.refused = false;
                self.shown = Shown::Screen;
                self.keep_password();
                self.await_screens(sender);
                let input = sender.input_sender().clone();
                // Once the screen is the page's visible child.
                glib::idle_add_local_once(move || input.emit(ConsoleInput::Focus));
            }
            ConsoleEvent::NeedPassword { user } => {
                self.wants_user = user;
                self.asked = true;
                self.from_keyring = true;
                let key = self.key();
                let (input, number) = (sender.input_sender().clone(), self.number);
                relm4::spawn_local(async move {
                    let secret = keyring::look_up(&key).await;
                    input.emit(ConsoleInput::Kept(number, secret));
                });
            }
            // The abilities are told after every event.
            ConsoleEvent::Abilities => {}
            ConsoleEvent::Resized { screen, .. } => self.screen_resized(screen),
            ConsoleEvent::Screens => self.screens_changed(sender),
            ConsoleEvent::Silent(silent) => self.silent = silent,
            ConsoleEvent::Extras => self.extras_changed(sender),
            ConsoleEvent::File(id, step) => self.file_went(id, step, sender),
            ConsoleEvent::UsbFailed(name, why) => self.usb_failed(&name, why, sender),
            ConsoleEvent::Grabbed(grabbed) => self.set_grabbed(grabbed),
            ConsoleEvent::ShortcutsKept => self.shortcuts_kept(sender),
            ConsoleEvent::AbsolutePointer(absolute) => {
                self.absolute = absolute;
                self.sync_hints();
            }
            ConsoleEvent::GuestClipboard(text) => self.text = text,
            ConsoleEvent::ClipboardCopied => {
                let said = gettext("Guest’s clipboard copied");
                let _ = sender.output(ConsoleOutput::Say(said));
            }
            ConsoleEvent::Closed => self.again(sender, words::broken(&ConsoleError::Closed)),
            ConsoleEvent::Failed(error) => self.failed(&error, sender),
        }
    }

    fn failed(&mut self, error: &ConsoleError, sender: &ComponentSender<Self>) {
        if let Some(question) = Question::of(error) {
            return self.ask_to_trust(question, sender);
        }
        match error {
            ConsoleError::AuthenticationFailed(_) => {
                if std::mem::take(&mut self.from_keyring) {
                    keyring::forget(&self.key());
                }
                self.to_keep = None;
                if self.refused && !self.asked {
                    // It refuses whoever comes.
                    self.drop_console();
                    self.shown = Shown::Notice(words::broken(error));
                    return;
                }
                self.refused = true;
                // The server hangs up on a wrong password; the next connection
                // asks for the right one.
                self.connect(sender);
            }
            // Just started servers hang up or are not there yet.
            ConsoleError::Closed | ConsoleError::Unreachable(_) => {
                self.again(sender, words::broken(error));
            }
            _ => {
                self.drop_console();
                self.shown = Shown::Notice(words::broken(error));
            }
        }
    }

    /// Tries again after a moment, or says `notice` after too many tries.
    fn again(&mut self, sender: &ComponentSender<Self>, notice: words::Notice) {
        self.drop_console();
        if !self.is_active() {
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
        glib::timeout_add_local_once(wait, move || input.emit(ConsoleInput::Retry(number)));
    }

    pub(super) fn drop_console(&mut self) {
        self.number += 1;
        self.typing = false;
        self.silent = false;
        self.absolute = true;
        self.text = false;
        self.share_no_more();
        self.drop_screens();
        if let Some(console) = self.console.take() {
            console.close();
            self.frame.set_child(None::<&gtk::Widget>);
        }
        self.grabbed = false;
    }

    fn key(&self) -> keyring::Key {
        self.source.key()
    }

    fn is_active(&self) -> bool {
        matches!(self.source, Source::Server(_)) || self.view.is_active()
    }

    fn is_local(&self) -> bool {
        match &self.source {
            Source::Guest(..) => self.view.is_local(),
            Source::Server(viewer) => viewer.is_local(),
        }
    }

    pub(super) fn title(&self) -> String {
        match &self.source {
            Source::Guest(..) => self.view.title(),
            Source::Server(viewer) => viewer.name(),
        }
    }

    /// A name for files and the keyring.
    fn name(&self) -> String {
        match &self.source {
            Source::Guest(..) => self.view.name(),
            Source::Server(viewer) => viewer.name(),
        }
    }

    pub(super) fn keyring_answered(&mut self, secret: Option<Secret>) {
        let again = self.refused;
        match (secret, &self.console) {
            (Some(secret), Some(console)) if !again && !self.wants_user => {
                console.give_credentials(String::new(), secret);
            }
            _ => {
                self.from_keyring = false;
                self.shown = Shown::Password { again };
                if self.wants_user {
                    self.user.grab_focus();
                } else {
                    self.password.grab_focus();
                }
            }
        }
    }

    pub(super) fn password_entered(&mut self, secret: Secret, keep: bool) {
        if let Some(console) = &self.console {
            self.to_keep = keep.then(|| secret.clone());
            self.from_keyring = false;
            console.give_credentials(self.user.text().into(), secret);
            self.shown = Shown::Connecting;
        }
    }

    fn keep_password(&mut self) {
        let Some(secret) = self.to_keep.take() else { return };
        let (key, name) = (self.key(), self.name());
        relm4::spawn_local(async move {
            if let Err(error) = keyring::keep(&key, &name, &secret).await {
                tracing::warn!("the password could not be kept: {error}");
            }
        });
    }

    pub(super) fn offer(&mut self, sender: &ComponentSender<Self>) {
        let trust = matches!(self.shown, Shown::Trust(_)).then_some(Offer::Reconnect);
        match trust.or(self.shown.notice().offer) {
            Some(Offer::Act(action)) => {
                let _ = sender.output(ConsoleOutput::Act(action));
            }
            Some(Offer::Reconnect) => {
                self.tries = 0;
                self.connect(sender);
            }
            Some(Offer::AddGraphics) => self.add_graphics(sender),
            None => {}
        }
    }

    pub(super) fn details(&self) {
        let notice = self.shown.notice();
        let dialog = adw::AlertDialog::new(Some(&notice.title), Some(&notice.detail));
        dialog.add_response("close", &gettext("Close"));
        dialog.present(Some(&self.frame));
    }

    pub(super) fn set_scaling(&mut self, scaling: Scaling) {
        self.scaling = scaling;
        if let Some((_, id)) = self.source.guest() {
            self.settings.set_guest_scaling(id, scaling.into());
        }
        if let Some(console) = &self.console {
            console.screen().set_scaling(scaling);
        }
    }

    pub(super) fn set_quality(&mut self, quality: PictureQuality) {
        self.quality = quality;
        if let Some((_, id)) = self.source.guest() {
            self.settings.set_guest_quality(id, quality);
        }
        if let Some(console) = &self.console {
            console.set_quality(quality);
        }
    }

    /// Saves the screen as it is now to a file that the user names.
    pub(super) fn screenshot(&self, sender: &ComponentSender<Self>) {
        let Some(console) = &self.console else { return };
        let Some(picture) = console.picture() else { return };
        self.save_picture(picture, self.frame.root().and_downcast(), sender);
    }

    pub(super) fn save_picture(
        &self,
        picture: gdk::Texture,
        parent: Option<gtk::Window>,
        sender: &ComponentSender<Self>,
    ) {
        // Translators: part of a file's name
        let name = gettext_f("Screenshot of {guest}", &[("guest", &self.name())]);
        let now = glib::DateTime::now_local().ok();
        let time = now.and_then(|now| now.format("%Y-%m-%d %H-%M-%S").ok()).unwrap_or_default();
        let dialog = gtk::FileDialog::builder()
            .title(gettext("Save Screenshot"))
            .initial_name(format!("{} {time}.png", name.replace('/', "_")))
            .build();
        let output = sender.output_sender().clone();
        relm4::spawn_local(async move {
            let Ok(file) = dialog.save_future(parent.as_ref()).await else { return };
            let bytes = gio::spawn_blocking(move || picture.save_to_png_bytes()).await;
            let done = match bytes {
                Ok(bytes) => {
                    let flags = gio::FileCreateFlags::REPLACE_DESTINATION;
                    file.replace_contents_future(bytes.to_vec(), None, false, flags)
                        .await
                        .map(|_| ())
                        .map_err(|(_, error)| error.to_string())
                }
                Err(_) => Err(String::new()),
            };
            let said = match done {
                Ok(()) => ConsoleOutput::Say(gettext("Screenshot saved")),
                Err(detail) => ConsoleOutput::Failed(UserMessage {
                    title: gettext("The screenshot could not be saved"),
                    body: gettext("Check the folder and the free space there."),
                    detail,
                }),
            };
            let _ = output.send(said);
        });
    }

    pub(super) fn wants_tablet(&self) -> bool {
        self.shown == Shown::Screen && !self.fullscreen && self.lacks_tablet()
    }

    pub(super) fn tell_abilities(&mut self, sender: &ComponentSender<Self>) {
        let console = self.console.as_ref().filter(|_| self.shown == Shown::Screen);
        let now = console.map_or_else(Abilities::default, |console| Abilities {
            open: true,
            resize: console.can_resize(),
            clipboard: console.clipboard_support(),
            text: self.text,
            view_only: self.view_only,
            screens: self.further.now(),
            share: self.sharing.shareable(),
        });
        if now != self.abilities {
            self.abilities = now;
            let _ = sender.output(ConsoleOutput::Abilities(now));
        }
    }
}
