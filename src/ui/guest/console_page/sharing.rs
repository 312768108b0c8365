//! What the console shares besides screen and clipboard: sound, files, a
//! folder, USB devices, smart cards.

use std::{collections::HashSet, rc::Rc};

use ashpd::WindowIdentifier;
use gettextrs::gettext;
use relm4::{
    ComponentSender,
    adw::{self, prelude::*},
    gtk::{self, gdk, gio, glib},
};

use super::{
    ConsoleInput, ConsoleOutput, ConsolePage, cards, folder_dialog,
    transfers::{self, Outcome, Transfers},
    usb_dialog::{self, UsbDialog},
};
use crate::{
    console::{Ask, Cards, Console, Extras, FileStep, Folder, Obstacle, Sound, UsbFailure},
    i18n::gettext_f,
    ui::error,
};

/// The page's part of it.
#[derive(Debug, Default)]
pub(super) struct Sharing {
    pub(super) transfers: Transfers,
    muted: bool,
    record: bool,
    pub(super) cards: bool,
    /// The name of the shared folder.
    folder: Option<String>,
    pub(super) extras: Extras,
    usb: Option<Rc<UsbDialog>>,
    /// The USB devices that were asked about, or connected unasked.
    met: HashSet<u32>,
    /// What the desktop calls our window, for as long as its question may be open.
    asks_for: Option<WindowIdentifier>,
}

/// What can be shared now, for the menu.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub(crate) struct Shareable {
    /// Whether the protocol knows any of it.
    pub(crate) known: bool,
    /// Whether the guest has sound, and whether it can be played.
    pub(crate) sound: Option<bool>,
    /// Whether the guest could record.
    pub(crate) record: bool,
    /// Whether the guest takes files.
    pub(crate) files: bool,
    /// The folder.
    pub(crate) folder: Folder,
    /// Whether the guest has USB redirectors.
    pub(crate) usb: bool,
    /// Whether the guest has a smart card reader, and whether it can be used.
    pub(crate) cards: Option<bool>,
    /// Whether smart cards are to be shared.
    pub(crate) cards_shared: bool,
}

/// What the user asks for.
#[derive(Debug)]
pub(crate) enum ShareInput {
    /// No sound, or sound again.
    Mute(bool),
    /// The guest may record, or no longer.
    Record(bool),
    /// Files are to be chosen.
    ChooseFiles,
    /// These files are to be sent.
    Send(Vec<gio::File>),
    /// This one can be: name and size.
    SendOne(gio::File, String, u64),
    /// Sending is to stop.
    StopSending,
    /// A folder is to be chosen, or no longer shared.
    Folder,
    /// This folder is to be shared, to be read only or not.
    Share(String, bool),
    /// The list of USB devices is to be shown.
    ShowUsb,
    /// A USB device is to go to the guest, or back.
    Usb { id: u32, connect: bool },
    /// A USB device is to go to the guest; the desktop's question is this window's.
    UsbFor { id: u32, window: Option<WindowIdentifier> },
    /// Devices of this kind are always for this guest, or no longer.
    UsbAlways { kind: String, always: bool },
    /// A disc image is to go to the guest.
    UsbDisc(String),
    /// The guest may use the smart cards, or no longer.
    Cards(bool),
}

impl Sharing {
    pub(super) fn is_muted(&self) -> bool {
        self.muted
    }

    /// Where messages are seen while the list of USB devices is open.
    fn usb_messages(&self) -> Option<&adw::ToastOverlay> {
        self.usb.as_ref()?.messages()
    }

    pub(super) fn shareable(&self) -> Shareable {
        let extras = &self.extras;
        Shareable {
            known: extras.known,
            sound: match extras.sound {
                Sound::Absent => None,
                Sound::Expected | Sound::Played => Some(true),
                Sound::Unplayable(_) => Some(false),
            },
            record: extras.records,
            files: extras.files,
            folder: extras.folder,
            usb: extras.usb.channels > 0,
            cards: match extras.cards {
                Cards::Absent => None,
                Cards::Unsupported => Some(false),
                _ => Some(true),
            },
            cards_shared: self.cards,
        }
    }

    /// What the user should not forget, for the line below the screen.
    pub(super) fn reminder(&self) -> String {
        let folder = self.folder.as_ref().map(|name| match self.extras.folder {
            Folder::Shared => {
                gettext_f("The guest sees the folder “{folder}”", &[("folder", name)])
            }
            _ => gettext_f(
                "The folder “{folder}” waits for spice-webdavd in the guest",
                &[("folder", name)],
            ),
        });
        let record = self.record.then(|| gettext("The guest may use the microphone"));
        let cards = match &self.extras.cards {
            Cards::Shared(reader) => Some(cards::reminder(reader.as_ref())),
            _ => None,
        };
        [Some(String::new()), folder, record, cards]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join("\n")
    }
}

impl ConsolePage {
    /// A new console: what the user has allowed holds for it too.
    pub(super) fn share_with(&mut self, console: &Console, sender: &ComponentSender<Self>) {
        // A server may tell of none.
        self.sharing.extras = console.extras();
        if self.sharing.muted {
            console.ask(Ask::Mute(true));
        }
        if let Some((_, id)) = self.source.guest() {
            self.sharing.cards = self.settings.guest_cards(id);
        }
        let drop = gtk::DropTarget::new(gdk::FileList::static_type(), gdk::DragAction::COPY);
        let input = sender.input_sender().clone();
        drop.connect_drop(move |_, value, _, _| {
            let files = value.get::<gdk::FileList>().map(|list| list.files()).unwrap_or_default();
            let some = !files.is_empty();
            input.emit(ConsoleInput::Share(ShareInput::Send(files)));
            some
        });
        console.screen().add_controller(drop);
    }

    /// The console is gone.
    pub(super) fn share_no_more(&mut self) {
        let sharing = &mut self.sharing;
        sharing.transfers.clear();
        sharing.folder = None;
        sharing.extras = Extras::default();
        sharing.met.clear();
        if let Some(usb) = &sharing.usb {
            usb.update(&sharing.extras.usb, &[]);
        }
    }

    pub(super) fn ask(&self, ask: Ask) {
        if let Some(console) = &self.console {
            console.ask(ask);
        }
    }

    pub(super) fn extras_changed(&mut self, sender: &ComponentSender<Self>) {
        let Some(console) = &self.console else { return };
        let before = std::mem::replace(&mut self.sharing.extras, console.extras());
        let allowed = self.sharing.record && !self.view_only;
        if allowed && self.sharing.extras.records && !before.records {
            console.ask(Ask::Record(true));
        }
        self.cards_changed(&before.cards, sender);
        if self.sharing.extras.folder == Folder::Possible && before.folder != Folder::Possible {
            self.sharing.folder = None;
        }
        if let Some(usb) = &self.sharing.usb {
            usb.update(&self.sharing.extras.usb, &self.always());
        }
        self.meet_devices(sender);
    }

    fn always(&self) -> Vec<String> {
        self.source.guest().map(|(_, id)| self.settings.guest_usb(id)).unwrap_or_default()
    }

    /// Connects what is always for this guest, and asks about what has just
    /// been plugged in.
    pub(super) fn meet_devices(&mut self, sender: &ComponentSender<Self>) {
        if self.view_only {
            return;
        }
        let always = self.always();
        let keeps = self.source.guest().is_some();
        let usb = &self.sharing.extras.usb;
        let free = |device: &&crate::console::UsbDevice| {
            usb.free > 0 && !device.connected && device.obstacle == Obstacle::None
        };
        for device in usb.devices.iter().filter(free) {
            let wanted = always.contains(&device.kind);
            if !(wanted || device.fresh) || !self.sharing.met.insert(device.id) {
                continue;
            }
            let (id, kind) = (device.id, device.kind.clone());
            let input = sender.input_sender().clone();
            if wanted {
                input.emit(ConsoleInput::Share(ShareInput::Usb { id, connect: true }));
                continue;
            }
            let (device, parent, guest) = (device.clone(), self.frame.clone(), self.title());
            relm4::spawn_local(async move {
                let (connect, always) = usb_dialog::ask(&parent, &device, &guest, keeps).await;
                if connect && always {
                    input.emit(ConsoleInput::Share(ShareInput::UsbAlways { kind, always }));
                }
                if connect {
                    input.emit(ConsoleInput::Share(ShareInput::Usb { id, connect }));
                }
            });
        }
    }

    /// Nothing more is sent: no files, no sound of the microphone, no answer of a
    /// smart card. A folder that
    /// is shared and devices that are connected stay, since the guest may be
    /// writing on them; the line below the screen and the list say so.
    pub(super) fn keep_back(&mut self, back: bool, sender: &ComponentSender<Self>) {
        if self.sharing.record {
            self.ask(Ask::Record(!back));
        }
        if self.sharing.cards {
            self.ask(Ask::Cards(!back));
        }
        if back {
            self.share(ShareInput::StopSending, sender);
        } else {
            self.meet_devices(sender);
        }
    }

    pub(super) fn file_went(&mut self, id: u32, step: FileStep, sender: &ComponentSender<Self>) {
        let output = match self.sharing.transfers.step(id, step) {
            Some(Outcome::Say(text)) => ConsoleOutput::Say(text),
            Some(Outcome::Failed(message)) => ConsoleOutput::Failed(message),
            None => return,
        };
        self.leave_stop_button();
        let _ = sender.output(output);
    }

    /// Takes the keyboard from the button that goes away. GTK would give it to the
    /// message that comes, which stays for as long as it has it.
    fn leave_stop_button(&self) {
        if let Some(console) = &self.console
            && self.stop_sending.is_focus()
        {
            console.screen().grab_focus();
        }
    }

    pub(super) fn usb_failed(&self, name: &str, why: UsbFailure, sender: &ComponentSender<Self>) {
        let message = usb_dialog::failure(name, why);
        match self.sharing.usb_messages() {
            Some(messages) => error::toast(messages, &message),
            None => drop(sender.output(ConsoleOutput::Failed(message))),
        }
    }

    pub(super) fn share(&mut self, input: ShareInput, sender: &ComponentSender<Self>) {
        match input {
            ShareInput::Mute(mute) => {
                self.sharing.muted = mute;
                self.ask(Ask::Mute(mute));
            }
            ShareInput::Record(record) => {
                self.sharing.record = record;
                self.ask(Ask::Record(record));
            }
            ShareInput::ChooseFiles => self.choose_files(sender),
            ShareInput::Send(_)
            | ShareInput::SendOne(..)
            | ShareInput::Share(..)
            | ShareInput::Usb { connect: true, .. }
            | ShareInput::UsbDisc(_)
                if self.view_only =>
            {
                if let Some(usb) = &self.sharing.usb {
                    usb.update(&self.sharing.extras.usb, &self.always());
                }
                let said = gettext("View only: nothing is sent to the guest");
                match self.sharing.usb_messages() {
                    Some(messages) => error::say(messages, &said),
                    None => drop(sender.output(ConsoleOutput::Say(said))),
                }
            }
            ShareInput::Send(files) => files.into_iter().for_each(|file| look_at(file, sender)),
            ShareInput::SendOne(file, name, size) => self.send(&file, name, size, sender),
            ShareInput::StopSending => {
                self.leave_stop_button();
                for id in self.sharing.transfers.stop() {
                    self.ask(Ask::StopFile(id));
                }
            }
            ShareInput::Folder if self.sharing.folder.is_some() => {
                self.sharing.folder = None;
                self.ask(Ask::StopFolder);
            }
            ShareInput::Folder => {
                let (parent, input) = (self.frame.clone(), sender.input_sender().clone());
                relm4::spawn_local(async move {
                    if let Some((path, read_only)) = folder_dialog::ask(&parent).await {
                        input.emit(ConsoleInput::Share(ShareInput::Share(path, read_only)));
                    }
                });
            }
            ShareInput::Share(path, read_only) => {
                let name = path.rsplit('/').find(|part| !part.is_empty()).unwrap_or(&path);
                self.sharing.folder = Some(name.to_owned());
                self.ask(Ask::ShareFolder { path, read_only });
            }
            ShareInput::ShowUsb => {
                let keeps = self.source.guest().is_some();
                let usb = UsbDialog::new(sender.input_sender(), keeps);
                usb.update(&self.sharing.extras.usb, &self.always());
                usb.present(&self.frame);
                self.sharing.usb = Some(usb);
            }
            ShareInput::Usb { id, connect: true } if self.sharing.extras.usb.asks => {
                self.name_window(id, sender);
            }
            ShareInput::Usb { id, connect } => {
                self.ask(Ask::Usb { id, connect, window: String::new() });
            }
            ShareInput::UsbFor { id, window } => {
                let name = window.as_ref().map(ToString::to_string).unwrap_or_default();
                self.sharing.asks_for = window;
                self.ask(Ask::Usb { id, connect: true, window: name });
            }
            ShareInput::UsbAlways { kind, always } => {
                if let Some((_, id)) = self.source.guest() {
                    self.settings.set_guest_usb(id, &kind, always);
                }
            }
            ShareInput::UsbDisc(path) => self.ask(Ask::UsbDisc(path)),
            ShareInput::Cards(share) => self.share_cards(share),
        }
    }

    /// Finds out what the desktop calls our window, so that its question whether
    /// a USB device may be used stands before it.
    fn name_window(&self, id: u32, sender: &ComponentSender<Self>) {
        let (native, input) = (self.frame.native(), sender.input_sender().clone());
        relm4::spawn_local(async move {
            let window = match native {
                Some(native) => WindowIdentifier::from_native(&native).await,
                None => None,
            };
            input.emit(ConsoleInput::Share(ShareInput::UsbFor { id, window }));
        });
    }

    fn choose_files(&self, sender: &ComponentSender<Self>) {
        let parent = self.frame.root().and_downcast::<gtk::Window>();
        let input = sender.input_sender().clone();
        relm4::spawn_local(async move {
            let dialog = gtk::FileDialog::builder()
                .title(gettext("Send Files to the Guest"))
                .accept_label(gettext("Send"))
                .build();
            if let Ok(files) = dialog.open_multiple_future(parent.as_ref()).await {
                let files = files.iter::<gio::File>().filter_map(Result::ok).collect();
                input.emit(ConsoleInput::Share(ShareInput::Send(files)));
            }
        });
    }

    fn send(&mut self, file: &gio::File, name: String, size: u64, sender: &ComponentSender<Self>) {
        if !self.sharing.extras.files {
            let message = transfers::not_sent(&name, &crate::console::FileProblem::NobodyThere);
            let _ = sender.output(ConsoleOutput::Failed(message));
            return;
        }
        let id = self.sharing.transfers.add(name, size);
        self.ask(Ask::SendFile { id, uri: file.uri().to_string() });
    }
}

/// Finds out what it is that is to be sent.
fn look_at(file: gio::File, sender: &ComponentSender<ConsolePage>) {
    let (input, output) = (sender.input_sender().clone(), sender.output_sender().clone());
    relm4::spawn_local(async move {
        let attributes = "standard::type,standard::size,standard::display-name";
        let (flags, priority) = (gio::FileQueryInfoFlags::NONE, glib::Priority::DEFAULT);
        let failure = match file.query_info_future(attributes, flags, priority).await {
            Ok(info) if info.file_type() == gio::FileType::Directory => {
                transfers::is_a_folder(&info.display_name())
            }
            Ok(info) => {
                let size = u64::try_from(info.size()).unwrap_or(0);
                let name = info.display_name().to_string();
                input.emit(ConsoleInput::Share(ShareInput::SendOne(file, name, size)));
                return;
            }
            Err(error) => {
                let name = file.basename().unwrap_or_default().display().to_string();
                let problem = crate::console::FileProblem::Unreadable(error.message().to_owned());
                transfers::not_sent(&name, &problem)
            }
        };
        let _ = output.send(ConsoleOutput::Failed(failure));
    });
}
