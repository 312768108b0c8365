//! What can be done with the terminal: its menu, and saving.

use gettextrs::gettext;
use relm4::{
    ComponentSender, Sender,
    gtk::{self, gio, glib, prelude::*},
};

use super::{TextAction, TextInput, TextOutput, TextPage, words};
use crate::{console::Zoom, i18n::gettext_f, ui::error::UserMessage};

/// The menu of the button and of the right mouse button.
pub(super) fn menu() -> gio::Menu {
    let section = |items: &[(String, &str)]| {
        let section = gio::Menu::new();
        for (label, action) in items {
            section.append(Some(label), Some(action));
        }
        section
    };
    let menu = gio::Menu::new();
    let clipboard = [
        (gettext("Copy"), "text.copy"),
        (gettext("Paste"), "text.paste"),
        (gettext("Select All"), "text.select-all"),
    ];
    let text = [
        (gettext("Search…"), "text.search"),
        (gettext("Save Text…"), "text.save"),
        (gettext("Clear"), "text.clear"),
        (gettext("Reset Terminal"), "text.reset"),
    ];
    let hands = [(gettext("View Only"), "text.view-only")];
    let size = [
        (gettext("Larger Letters"), "text.zoom::in"),
        (gettext("Smaller Letters"), "text.zoom::out"),
        (gettext("Usual Letters"), "text.zoom::normal"),
    ];
    for items in [&clipboard[..], &text[..], &hands[..], &size[..]] {
        menu.append_section(None, &section(items));
    }
    menu
}

/// The actions that the menu and the keys name.
pub(super) fn group(page: &Sender<TextInput>) -> gio::SimpleActionGroup {
    let group = gio::SimpleActionGroup::new();
    for (name, what) in [
        ("copy", TextAction::Copy),
        ("paste", TextAction::Paste),
        ("select-all", TextAction::SelectAll),
        ("search", TextAction::Search),
        ("save", TextAction::Save),
        ("clear", TextAction::Clear),
        ("reset", TextAction::Reset),
    ] {
        let action = gio::SimpleAction::new(name, None);
        let page = page.clone();
        action.connect_activate(move |_, _| page.emit(TextInput::Do(what)));
        group.add_action(&action);
    }
    let look = gio::SimpleAction::new_stateful("view-only", None, &false.to_variant());
    let emit = page.clone();
    look.connect_change_state(move |action, state| {
        let Some(on) = state.and_then(glib::Variant::get::<bool>) else { return };
        action.set_state(&on.to_variant());
        emit.emit(TextInput::Do(TextAction::ViewOnly(on)));
    });
    group.add_action(&look);
    let zoom = gio::SimpleAction::new("zoom", Some(glib::VariantTy::STRING));
    let page = page.clone();
    zoom.connect_activate(move |_, target| {
        let zoom = match target.and_then(glib::Variant::str) {
            Some("in") => Zoom::In,
            Some("out") => Zoom::Out,
            _ => Zoom::Normal,
        };
        page.emit(TextInput::Do(TextAction::Zoom(zoom)));
    });
    group.add_action(&zoom);
    group
}

impl TextPage {
    pub(super) fn act(&mut self, action: TextAction, sender: &ComponentSender<Self>) {
        match action {
            TextAction::Copy => self.screen.copy(),
            TextAction::Paste => self.screen.paste(),
            TextAction::SelectAll => self.screen.select_all(),
            TextAction::Search => self.searching = true,
            TextAction::Save => self.save(sender),
            TextAction::Clear => self.screen.clear(),
            TextAction::Reset => self.screen.reset(),
            TextAction::ViewOnly(on) => {
                self.view_only = on;
                self.screen.set_view_only(on);
            }
            TextAction::Zoom(zoom) => self.screen.zoom(zoom),
        }
    }

    /// Saves all text to a file that the user names.
    fn save(&self, sender: &ComponentSender<Self>) {
        let text = self.screen.contents();
        let parent = self.screen.widget().root().and_downcast::<gtk::Window>();
        let names = [("console", words::name(self.port)), ("guest", self.view.name())];
        let names = names.each_ref().map(|(key, value)| (*key, value.as_str()));
        // Translators: a file's name
        let name = gettext_f("{console} of {guest}", &names).replace('/', "_");
        let dialog = gtk::FileDialog::builder()
            .title(gettext("Save Text"))
            .initial_name(format!("{name}.txt"))
            .build();
        let output = sender.output_sender().clone();
        relm4::spawn_local(async move {
            let Ok(file) = dialog.save_future(parent.as_ref()).await else { return };
            let flags = gio::FileCreateFlags::REPLACE_DESTINATION;
            let saved = file.replace_contents_future(text, None, false, flags).await;
            let said = match saved {
                Ok(_) => TextOutput::Say(gettext("Text saved")),
                Err((_, error)) => TextOutput::Failed(UserMessage {
                    title: gettext("The text could not be saved"),
                    body: gettext("Check the folder and the free space there."),
                    detail: error.to_string(),
                }),
            };
            let _ = output.send(said);
        });
    }
}
