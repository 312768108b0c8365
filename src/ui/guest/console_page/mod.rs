//! The guest's screen, or why there is nothing to see and what helps.

mod additions;
mod cards;
mod check;
mod check_dialog;
mod check_words;
mod folder_dialog;
mod hands;
mod messages;
mod methods;
mod screen_window;
mod screens;
mod sharing;
mod source;
mod transfers;
mod trust;
mod usb_dialog;
mod words;

use gettextrs::gettext;
use relm4::{
    Component, ComponentParts, ComponentSender, adw,
    adw::prelude::*,
    gtk::{self},
};

pub(super) use check::CheckInput;
pub(super) use messages::{Abilities, ConsoleCmd, ConsoleInit, ConsoleInput, ConsoleOutput};
pub(super) use screen_window::name as screen_name;
pub(super) use screens::{ScreenInput, ScreensNow};
pub(super) use sharing::{ShareInput, Shareable};
pub(super) use source::Source;

use self::{screens::Further, sharing::Sharing, trust::Question, words::Notice};
use super::{chords_dialog, keyring, view::GuestView};
use crate::{
    console::{Console, ReleaseChord, Scaling, can_hold_pointer},
    model::{PictureQuality, Secret},
    settings::Settings,
};

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Shown {
    /// A connection is on its way.
    Connecting,
    /// The guest's screen.
    Screen,
    /// The question for a password; `again` if the last one was wrong.
    Password { again: bool },
    /// The question whether the server is to be trusted.
    Trust(Question),
    /// Why there is nothing to see.
    Notice(Notice),
}

impl Shown {
    fn name(&self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Screen => "screen",
            Self::Password { .. } => "password",
            Self::Trust(_) => "trust",
            Self::Notice(_) => "notice",
        }
    }

    fn notice(&self) -> Notice {
        if let Self::Notice(notice) = self { notice.clone() } else { Notice::default() }
    }
}

/// The console page.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about the page")]
pub(super) struct ConsolePage {
    source: Source,
    chord: ReleaseChord,
    chord_label: String,
    scaling: Scaling,
    settings: Settings,
    view: GuestView,
    shown: Shown,
    console: Option<Console>,
    /// Counts the consoles, so that an event of an old one is told apart.
    number: u64,
    /// Tries since the last screen was seen.
    tries: u32,
    /// A password from the keyring that is being tried.
    from_keyring: bool,
    /// A password to keep once it has proved right.
    to_keep: Option<Secret>,
    /// Whether this connection's server has asked for a password.
    asked: bool,
    /// Whether the last password was wrong, that of the definition included.
    refused: bool,
    grabbed: bool,
    /// Whether it was told that the desktop keeps its shortcuts.
    shortcuts_told: bool,
    absolute: bool,
    fullscreen: bool,
    /// Nothing is sent to the guest.
    view_only: bool,
    /// The server does not answer what the user does.
    silent: bool,
    /// How the pictures are to be sent.
    quality: PictureQuality,
    /// A text is being typed.
    typing: bool,
    /// Whether the guest has copied something.
    text: bool,
    abilities: Abilities,
    sharing: Sharing,
    check: Option<check::Check>,
    further: Further,
    frame: gtk::ScrolledWindow,
    stop_sending: gtk::Button,
    /// The page that asks whether the server is to be trusted.
    trust: adw::Bin,
    /// Whether the server wants a user name too.
    wants_user: bool,
    user: adw::EntryRow,
    password: adw::PasswordEntryRow,
}

#[relm4::component(pub(super))]
impl Component for ConsolePage {
    type Init = ConsoleInit;
    type Input = ConsoleInput;
    type Output = ConsoleOutput;
    type CommandOutput = ConsoleCmd;

    view! {
        gtk::Box {
            set_orientation: gtk::Orientation::Vertical,

            adw::Banner {
                set_title: &words::movements_only(can_hold_pointer()),
                set_button_label: Some(&gettext("Add Tablet")),
                connect_button_clicked => ConsoleInput::AddTablet,
                #[watch]
                set_revealed: model.wants_tablet(),
                // A folded banner would still be read out.
                #[watch]
                set_visible: model.wants_tablet(),
            },

            adw::Banner {
                set_title: &gettext("Typing the clipboard into the guest…"),
                set_button_label: Some(&gettext("Stop")),
                connect_button_clicked => ConsoleInput::StopTyping,
                #[watch]
                set_revealed: model.typing,
                #[watch]
                set_visible: model.typing,
            },

            adw::Banner {
                set_title: &gettext("The guest’s graphics server does not answer. The screen goes on as soon as it does."),
                #[watch]
                set_revealed: model.silent,
                #[watch]
                set_visible: model.silent,
            },

            gtk::Stack {
                set_vexpand: true,
                set_hhomogeneous: false,
                set_vhomogeneous: false,
                add_named[Some("connecting")] = &adw::StatusPage {
                    set_paintable: Some(&adw::SpinnerPaintable::new(None::<&gtk::Widget>)),
                    set_title: &gettext("Connecting…"),
                },

                #[local_ref]
                add_named[Some("screen")] = frame -> gtk::ScrolledWindow {
                    add_css_class: "guest-screen",
                },

                add_named[Some("password")] = &adw::StatusPage {
                    set_icon_name: Some("dialog-password-symbolic"),
                    set_title: &gettext("Password Needed"),
                    #[watch]
                    set_description: Some(&if matches!(model.shown, Shown::Password { again: true }) {
                        gettext("The password was not accepted.")
                    } else {
                        gettext("The guest’s screen is protected by a password.")
                    }),
                    adw::Clamp {
                        set_maximum_size: 360,
                        gtk::Box {
                            set_orientation: gtk::Orientation::Vertical,
                            set_spacing: 24,
                            gtk::ListBox {
                                add_css_class: "boxed-list",
                                set_selection_mode: gtk::SelectionMode::None,
                                #[local_ref]
                                user -> adw::EntryRow {
                                    set_title: &gettext("User Name"),
                                    #[watch]
                                    set_visible: model.wants_user,
                                },
                                #[local_ref]
                                password -> adw::PasswordEntryRow {
                                    set_title: &gettext("Password"),
                                    connect_entry_activated[sender, remember] => move |entry| {
                                        sender.input(given(entry, &remember));
                                    },
                                },
                                #[name = "remember"]
                                adw::SwitchRow {
                                    set_title: &gettext("Remember Password"),
                                    set_subtitle: &gettext("In your keyring"),
                                },
                            },
                            gtk::Button {
                                set_label: &gettext("Connect"),
                                set_halign: gtk::Align::Center,
                                set_css_classes: &["pill", "suggested-action"],
                                connect_clicked[sender, password, remember] => move |_| {
                                    sender.input(given(&password, &remember));
                                },
                            },
                        },
                    },
                },

                #[local_ref]
                add_named[Some("trust")] = trust -> adw::Bin {},

                add_named[Some("notice")] = &adw::StatusPage {
                    #[watch]
                    set_icon_name: Some(model.shown.notice().icon),
                    #[watch]
                    set_title: &model.shown.notice().title,
                    #[watch]
                    set_description: Some(&gtk::glib::markup_escape_text(&model.shown.notice().body)),
                    gtk::Box {
                        set_orientation: gtk::Orientation::Vertical,
                        set_spacing: 12,
                        set_halign: gtk::Align::Center,
                        gtk::Button {
                            set_css_classes: &["pill", "suggested-action"],
                            #[watch]
                            set_visible: model.shown.notice().offer.is_some(),
                            #[watch]
                            set_label: &model.shown.notice().offer.map(|offer| offer.label(model.view.restores())).unwrap_or_default(),
                            connect_clicked => ConsoleInput::Offer,
                        },
                        gtk::Button {
                            set_css_classes: &["pill"],
                            set_label: &gettext("Details"),
                            #[watch]
                            set_visible: !model.shown.notice().detail.is_empty(),
                            connect_clicked => ConsoleInput::Details,
                        },
                    },
                },

                // After the children: it names one of them.
                #[watch]
                set_visible_child_name: model.shown.name(),
            },

            gtk::Box {
                add_css_class: "toolbar",
                set_spacing: 12,
                #[watch]
                set_visible: model.sharing.transfers.is_active(),
                gtk::Box {
                    set_orientation: gtk::Orientation::Vertical,
                    set_spacing: 6,
                    set_hexpand: true,
                    set_valign: gtk::Align::Center,
                    gtk::Label {
                        set_xalign: 0.0,
                        set_ellipsize: gtk::pango::EllipsizeMode::Middle,
                        set_css_classes: &["caption", "numeric"],
                        #[watch]
                        set_label: &model.sharing.transfers.label(),
                    },
                    gtk::ProgressBar {
                        update_property: &[gtk::accessible::Property::Label(&gettext("Sending to the guest"))],
                        #[watch]
                        set_fraction: model.sharing.transfers.fraction(),
                    },
                },
                #[local_ref]
                stop_sending -> gtk::Button {
                    set_label: &gettext("Stop Sending"),
                    #[watch]
                    set_sensitive: !model.sharing.transfers.is_stopping(),
                    set_valign: gtk::Align::Center,
                    connect_clicked => ConsoleInput::Share(ShareInput::StopSending),
                },
            },

            // Not in the header bar, where it would be cut off.
            gtk::Box {
                #[watch]
                set_css_classes: if model.grabbed { &["caption", "console-hint", "grabbed"] } else { &["caption", "console-hint"] },
                #[watch]
                set_visible: model.shown == Shown::Screen && !model.fullscreen,
                gtk::Label {
                    set_hexpand: true,
                    set_wrap: true,
                    set_justify: gtk::Justification::Center,
                    #[watch]
                    set_label: &model.hint(),
                },
                // For who has no hand for the keys, or a screen reader that takes them.
                gtk::Button {
                    set_label: &gettext("Release"),
                    set_valign: gtk::Align::Center,
                    set_focusable: false,
                    set_focus_on_click: false,
                    set_css_classes: &["flat", "caption"],
                    #[watch]
                    set_visible: model.grabbed,
                    connect_clicked => ConsoleInput::Release,
                },
            },
        }
    }

    fn init(
        init: Self::Init,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let guest = init.source.guest();
        let mut model = Self {
            quality: guest.map(|(_, id)| init.settings.guest_quality(id)).unwrap_or_default(),
            source: init.source,
            chord: init.chord.0,
            chord_label: init.chord.1,
            scaling: init.scaling,
            settings: init.settings,
            view: GuestView::default(),
            shown: Shown::Connecting,
            console: None,
            number: 0,
            tries: 0,
            from_keyring: false,
            to_keep: None,
            asked: false,
            refused: false,
            grabbed: false,
            shortcuts_told: false,
            absolute: true,
            fullscreen: false,
            view_only: false,
            silent: false,
            typing: false,
            text: false,
            abilities: Abilities::default(),
            sharing: Sharing::default(),
            check: None,
            further: Further::default(),
            frame: gtk::ScrolledWindow::new(),
            stop_sending: gtk::Button::new(),
            trust: adw::Bin::new(),
            wants_user: false,
            user: adw::EntryRow::new(),
            password: adw::PasswordEntryRow::new(),
        };
        let frame = &model.frame;
        let stop_sending = &model.stop_sending;
        let trust = &model.trust;
        let user = &model.user;
        let password = &model.password;
        let widgets = view_output!();
        model.watch_choices(&sender);
        if matches!(model.source, Source::Server(_)) {
            model.connect(&sender);
        }
        ComponentParts { model, widgets }
    }

    fn update(&mut self, input: Self::Input, sender: ComponentSender<Self>, _root: &Self::Root) {
        match input {
            ConsoleInput::Guest(view) => {
                self.guest_changed(*view, &sender);
                self.read_again(&sender);
            }
            ConsoleInput::Event(number, event) if number == self.number => {
                self.happened(event, &sender);
            }
            ConsoleInput::Retry(number) if number == self.number => self.connect(&sender),
            ConsoleInput::Kept(number, secret) if number == self.number => {
                self.keyring_answered(secret);
            }
            ConsoleInput::Event(..) | ConsoleInput::Retry(_) | ConsoleInput::Kept(..) => {}
            ConsoleInput::Offer => self.offer(&sender),
            ConsoleInput::Consent => self.consent(&sender),
            ConsoleInput::Details => self.details(),
            ConsoleInput::Password(secret, keep) => self.password_entered(secret, keep),
            ConsoleInput::Scaling(scaling) => self.set_scaling(scaling),
            ConsoleInput::Keys(keys) => self.send_keys(&keys),
            ConsoleInput::Chords => chords_dialog::present(&self.settings, &self.frame),
            ConsoleInput::TypeText => self.type_text(&sender),
            ConsoleInput::Type(keys) => self.type_keys(keys, &sender),
            ConsoleInput::Typed(number) => self.typing &= number != self.number,
            ConsoleInput::StopTyping => self.stop_typing(),
            ConsoleInput::ViewOnly(view_only) => self.set_view_only(view_only, &sender),
            ConsoleInput::ClipboardChosen => self.clipboard_chosen(),
            ConsoleInput::Quality(quality) => self.set_quality(quality),
            ConsoleInput::Screenshot => self.screenshot(&sender),
            ConsoleInput::CopyText => self.copy_text(),
            ConsoleInput::PasteText => self.paste_text(&sender),
            ConsoleInput::Release => self.release(),
            ConsoleInput::Focus => self.focus(),
            ConsoleInput::Fullscreen(fullscreen) => self.fullscreen = fullscreen,
            ConsoleInput::AddTablet => self.add_tablet(&sender),
            ConsoleInput::Share(input) => self.share(input, &sender),
            ConsoleInput::Check(input) => self.check(input, &sender),
            ConsoleInput::Screen(input) => self.screen(input, &sender),
        }
        self.tell_abilities(&sender);
        self.look_at_check(&sender);
    }

    fn update_cmd(
        &mut self,
        result: Self::CommandOutput,
        sender: ComponentSender<Self>,
        _root: &Self::Root,
    ) {
        match result {
            ConsoleCmd::Endpoint(number, found) if number == self.number => {
                self.way_found(found, &sender);
            }
            ConsoleCmd::Endpoint(..) => {}
            ConsoleCmd::Trusted(kept) => self.trusted(kept, &sender),
            ConsoleCmd::GraphicsAdded(done) => self.graphics_added(done, &sender),
            ConsoleCmd::TabletAdded(done) => Self::tablet_added(done, &sender),
            ConsoleCmd::Check(done) => self.check_done(done, &sender),
        }
    }
}

fn given(entry: &adw::PasswordEntryRow, remember: &adw::SwitchRow) -> ConsoleInput {
    let secret = Secret::new(entry.text().to_string());
    entry.set_text("");
    ConsoleInput::Password(secret, remember.is_active())
}
