//! The window's menus: what can be sent, how the screen is shown, the power.

use gettextrs::gettext;
use relm4::{
    Sender,
    gtk::{self, gio, glib, prelude::*},
};

use super::{
    GuestWindowInput,
    console_page::{Abilities, CheckInput, ConsoleInput, ScreensNow, Shareable},
    quality_menu, screens_menu, sharing_menu,
    view::GuestView,
};
use crate::{
    console::{Chord, ClipboardSupport, GuestKey, Scaling},
    i18n::gettext_f,
    model::{DomainAction, PictureQuality},
    settings::Settings,
    ui::{widgets::update_menu, words},
};

/// What an action without a parameter sends.
type MakeMessage = fn() -> ConsoleInput;

/// The keys of the "Send Keys" menu, by the target of its action.
fn keys(name: &str) -> Option<Vec<GuestKey>> {
    let control_alt = |key| Some(vec![GuestKey::CTRL, GuestKey::ALT, key]);
    let function = |text: &str| text.parse().ok().and_then(GuestKey::function);
    if let Some(chord) = name.strip_prefix(OWN) {
        return chord.parse::<Chord>().ok().map(|chord| chord.keys());
    }
    match name {
        "delete" => control_alt(GuestKey::DELETE),
        "backspace" => control_alt(GuestKey::BACKSPACE),
        "tasks" => Some(vec![GuestKey::CTRL, GuestKey::SHIFT, GuestKey::ESCAPE]),
        "switch" => Some(vec![GuestKey::ALT, GuestKey::TAB]),
        "super" => Some(vec![GuestKey::SUPER]),
        "print" => Some(vec![GuestKey::PRINT]),
        _ => match name.split_once('-')? {
            ("f", number) => Some(vec![function(number)?]),
            ("console", number) => control_alt(function(number)?),
            _ => None,
        },
    }
}

/// What the target of a combination of the user's own starts with.
const OWN: &str = "own:";

/// Lists the user's own combinations, and again whenever they change.
fn own_chords(settings: &Settings) -> gio::Menu {
    let list = |settings: &Settings| {
        let menu = gio::Menu::new();
        for chord in settings.key_chords() {
            let item = gio::MenuItem::new(Some(&chord), None);
            let target = format!("{OWN}{chord}").to_variant();
            item.set_action_and_target_value(Some("console.keys"), Some(&target));
            menu.append_item(&item);
        }
        menu.append(Some(&gettext("Custom Combination…")), Some("console.chords"));
        menu
    };
    let menu = list(settings);
    if let Some(store) = settings.store() {
        let settings = settings.clone();
        let changed = glib::closure_local!(
            #[watch]
            menu,
            move |_: gio::Settings, _: String| update_menu(menu, &list(&settings))
        );
        store.connect_closure("changed::key-chords", false, changed);
    }
    menu
}

/// The "Send Keys" menu.
pub(super) fn keys_menu(settings: &Settings) -> gio::Menu {
    let item = |label: &str, target: &str| {
        let item = gio::MenuItem::new(Some(label), None);
        item.set_action_and_target_value(Some("console.keys"), Some(&target.to_variant()));
        item
    };
    let combined = gio::Menu::new();
    for (label, target) in [
        // Translators: as the keys are labelled
        (gettext("Ctrl+Alt+Delete"), "delete"),
        (gettext("Ctrl+Alt+Backspace"), "backspace"),
        (gettext("Ctrl+Shift+Esc"), "tasks"),
        (gettext("Alt+Tab"), "switch"),
    ] {
        combined.append_item(&item(&label, target));
    }
    let single = gio::Menu::new();
    // Translators: the key with the logo of the system
    single.append_item(&item(&gettext("Super"), "super"));
    single.append_item(&item(&gettext("Print Screen"), "print"));
    let functions = gio::Menu::new();
    let consoles = gio::Menu::new();
    for number in 1..=12 {
        functions.append_item(&item(&format!("F{number}"), &format!("f-{number}")));
        consoles.append_item(&item(&format!("Ctrl+Alt+F{number}"), &format!("console-{number}")));
    }
    let more = gio::Menu::new();
    more.append_submenu(Some(&gettext("Function Keys")), &functions);
    // Translators: Ctrl+Alt+F1 and so on, which switch between text consoles
    more.append_submenu(Some(&gettext("Text Consoles")), &consoles);
    let menu = gio::Menu::new();
    menu.append_section(None, &combined);
    menu.append_section(None, &own_chords(settings));
    menu.append_section(None, &single);
    menu.append_section(None, &more);
    menu
}

/// Whose window a menu is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MenuOf {
    /// A guest's, which can be changed.
    Guest,
    /// A server's, which can only be seen.
    Server,
}

/// The main menu, before there is a screen.
pub(super) fn main_menu(of: MenuOf, settings: &Settings) -> gio::Menu {
    let menu = gio::Menu::new();
    // A narrow header bar has no button for them.
    let keys = gio::Menu::new();
    keys.append_submenu(Some(&gettext("Send Keys")), &keys_menu(settings));
    let sharing = sharing_menu::menu(Shareable::default(), false);
    keys.append_submenu(Some(&gettext("Sound and Sharing")), &sharing);
    let screens = screens_menu::menu(ScreensNow::default(), false);
    keys.append_submenu(Some(&gettext("Screens")), &screens);
    keys.append_submenu(Some(&gettext("Picture Quality")), &quality_menu::menu(false));
    menu.append_section(None, &keys);
    update_main_menu(&menu, of, Abilities::default());
    menu
}

/// Adds the guest's consoles, for a narrow window.
pub(super) fn add_consoles(menu: &gio::Menu, consoles: &gio::Menu) {
    let Some(first) = menu.item_link(0, gio::MENU_LINK_SECTION) else { return };
    if let Ok(first) = first.downcast::<gio::Menu>() {
        first.append_submenu(Some(&gettext("Consoles")), consoles);
    }
}

/// A submenu of the first section: 1 is what is shared, 2 the screens,
/// 3 how they are sent.
fn submenu(menu: &gio::Menu, place: i32) -> Option<gio::Menu> {
    let first = menu.item_link(0, gio::MENU_LINK_SECTION)?;
    first.item_link(place, gio::MENU_LINK_SUBMENU)?.downcast().ok()
}

/// The main menu of a further screen's window.
pub(super) fn screen_menu() -> gio::Menu {
    let menu = gio::Menu::new();
    menu.append_section(Some(&gettext("Screen Size")), &scalings(&gettext("Resize Guest")));
    let screen = gio::Menu::new();
    screen.append(Some(&gettext("Full Screen")), Some("console.fullscreen"));
    screen.append(Some(&gettext("Save Screenshot…")), Some("console.screenshot"));
    menu.append_section(None, &screen);
    menu
}

/// The ways to fit a screen to its window.
fn scalings(resize: &str) -> gio::Menu {
    let menu = gio::Menu::new();
    let (fit, exact) = (gettext("Fit"), gettext("Original Size"));
    for (label, name) in [(&*fit, "fit"), (&*exact, "exact"), (resize, "resize")] {
        let item = gio::MenuItem::new(Some(label), None);
        item.set_action_and_target_value(Some("console.scaling"), Some(&name.to_variant()));
        menu.append_item(&item);
    }
    menu
}

/// Brings the main menu up to date; it says what the server can carry.
pub(super) fn update_main_menu(menu: &gio::Menu, of: MenuOf, abilities: Abilities) {
    let submenus = [
        sharing_menu::menu(abilities.share, abilities.open),
        screens_menu::menu(abilities.screens, abilities.open),
        quality_menu::menu(abilities.share.known),
    ];
    for (place, wanted) in (1..).zip(submenus) {
        if let Some(submenu) = submenu(menu, place) {
            update_menu(&submenu, &wanted);
        }
    }
    let wanted = gio::Menu::new();
    if let Some(first) = menu.item_link(0, gio::MENU_LINK_SECTION) {
        wanted.append_section(None, &first);
    }
    for (title, section) in sections(of, abilities) {
        wanted.append_section(title.as_deref(), &section);
    }
    update_menu(menu, &wanted);
}

/// The main menu's sections below the first, with their titles.
fn sections(of: MenuOf, abilities: Abilities) -> Vec<(Option<String>, gio::Menu)> {
    let resize = if abilities.open && !abilities.resize {
        gettext("Resize Guest (Not Offered)")
    } else {
        gettext("Resize Guest")
    };
    let screen = gio::Menu::new();
    screen.append(Some(&gettext("Full Screen")), Some("guest.fullscreen"));
    screen.append(Some(&gettext("View Only")), Some("console.view-only"));
    screen.append(Some(&gettext("Save Screenshot…")), Some("console.screenshot"));
    let clipboard = gio::Menu::new();
    let paste = match (abilities.open, abilities.clipboard) {
        (true, ClipboardSupport { unicode: false, .. }) => {
            gettext("Give Clipboard to Guest (Latin Letters Only)")
        }
        (true, ClipboardSupport { from_guest: false, .. }) => {
            gettext("Give Clipboard to Guest (No Agent)")
        }
        _ => gettext("Give Clipboard to Guest"),
    };
    let copy = match (abilities.open, abilities.text, abilities.clipboard.from_guest) {
        (true, false, true) => gettext("Copy Guest’s Clipboard (Empty)"),
        (true, false, false) if abilities.clipboard.unicode => {
            gettext("Copy Guest’s Clipboard (No Agent)")
        }
        (true, false, false) => gettext("Copy Guest’s Clipboard (Not Sent by Server)"),
        _ => gettext("Copy Guest’s Clipboard"),
    };
    clipboard.append(Some(&paste), Some("console.paste"));
    clipboard.append(Some(&copy), Some("console.copy"));
    clipboard.append(Some(&gettext("Type Clipboard as Keys")), Some("console.type"));
    let check = gio::Menu::new();
    check.append(Some(&gettext("Console Check…")), Some("console.check"));
    let mut sections = vec![
        (Some(gettext("Screen Size")), scalings(&resize)),
        (None, screen),
        (None, clipboard),
        (None, check),
    ];
    if of == MenuOf::Guest {
        let guest = gio::Menu::new();
        guest.append(Some(&gettext("Rename…")), Some("guest.rename"));
        guest.append(Some(&gettext("Title and Notes…")), Some("guest.describe"));
        guest.append(Some(&gettext("Tags…")), Some("guest.tag"));
        sections.push((None, guest));
    }
    sections
}

/// The actions on the console.
pub(super) fn console_actions(
    scaling: Scaling,
    quality: PictureQuality,
    console: &Sender<ConsoleInput>,
) -> gio::SimpleActionGroup {
    let group = gio::SimpleActionGroup::new();
    let add = |action: gio::SimpleAction| {
        action.set_enabled(false);
        group.add_action(&action);
    };
    add(keys_action(console));
    let look = gio::SimpleAction::new_stateful("view-only", None, &false.to_variant());
    let emit = console.clone();
    look.connect_change_state(move |action, state| {
        if let Some(state) = state {
            action.set_state(state);
            emit.emit(ConsoleInput::ViewOnly(state.get() == Some(true)));
        }
    });
    group.add_action(&look);
    group.add_action(&quality_menu::action(quality, console));
    let simple: [(&str, MakeMessage); 4] = [
        ("screenshot", || ConsoleInput::Screenshot),
        ("copy", || ConsoleInput::CopyText),
        ("paste", || ConsoleInput::PasteText),
        ("type", || ConsoleInput::TypeText),
    ];
    for (name, message) in simple {
        let action = gio::SimpleAction::new(name, None);
        let emit = console.clone();
        action.connect_activate(move |_, _| emit.emit(message()));
        add(action);
    }
    let check = gio::SimpleAction::new("check", None);
    let emit = console.clone();
    check.connect_activate(move |_, _| emit.emit(ConsoleInput::Check(CheckInput::Show)));
    group.add_action(&check);
    let chords = gio::SimpleAction::new("chords", None);
    let emit = console.clone();
    chords.connect_activate(move |_, _| emit.emit(ConsoleInput::Chords));
    group.add_action(&chords);
    sharing_menu::add_actions(&group, console);
    screens_menu::add_actions(&group, console);
    group.add_action(&scaling_action(scaling, console, ConsoleInput::Scaling));
    group
}

/// Sends the keys of the "Send Keys" menu.
pub(super) fn keys_action(console: &Sender<ConsoleInput>) -> gio::SimpleAction {
    let emit = console.clone();
    let send = gio::SimpleAction::new("keys", Some(glib::VariantTy::STRING));
    send.connect_activate(move |_, target| {
        let name = target.and_then(glib::Variant::str).and_then(keys);
        if let Some(keys) = name {
            emit.emit(ConsoleInput::Keys(keys));
        }
    });
    send
}

/// Chooses how a screen fits its window.
pub(super) fn scaling_action(
    scaling: Scaling,
    console: &Sender<ConsoleInput>,
    message: impl Fn(Scaling) -> ConsoleInput + 'static,
) -> gio::SimpleAction {
    let state = scaling_name(scaling).to_variant();
    let fit = gio::SimpleAction::new_stateful("scaling", Some(glib::VariantTy::STRING), &state);
    let emit = console.clone();
    fit.connect_activate(move |action, target| {
        let Some(target) = target else { return };
        action.set_state(target);
        emit.emit(message(match target.str() {
            Some("exact") => Scaling::Original,
            Some("resize") => Scaling::ResizeGuest,
            _ => Scaling::Fit,
        }));
    });
    fit
}

fn scaling_name(scaling: Scaling) -> &'static str {
    match scaling {
        Scaling::Fit => "fit",
        Scaling::Original => "exact",
        Scaling::ResizeGuest => "resize",
    }
}

/// Enables what the console can do now.
pub(super) fn sync_console_actions(group: &gio::SimpleActionGroup, abilities: Abilities) {
    let copy = abilities.open && abilities.text;
    let hands = abilities.open && !abilities.view_only;
    sharing_menu::sync(group, abilities.share, abilities.view_only);
    screens_menu::sync(group, abilities.screens);
    for (name, enabled) in [
        ("keys", hands),
        ("type", hands),
        ("screenshot", abilities.open),
        // Without Unicode it is a server that takes it for every guest.
        ("paste", hands && (!abilities.clipboard.unicode || abilities.clipboard.from_guest)),
        ("copy", copy),
    ] {
        enable(group, name, enabled);
    }
}

/// Enables an action, or no longer.
pub(super) fn enable(group: &gio::SimpleActionGroup, name: &str, enabled: bool) {
    if let Some(action) = group.lookup_action(name).and_downcast::<gio::SimpleAction>() {
        action.set_enabled(enabled);
    }
}

/// The actions beside "Shut Down", each with the reason if it cannot be done.
#[derive(Debug)]
pub(super) struct PowerMenu {
    pub(super) popover: gtk::Popover,
    items: Vec<(DomainAction, gtk::Button, gtk::Label)>,
}

impl PowerMenu {
    pub(super) fn new(window: &Sender<GuestWindowInput>) -> Self {
        let list = gtk::Box::new(gtk::Orientation::Vertical, 0);
        let popover = gtk::Popover::builder().child(&list).css_classes(["menu"]).build();
        let actions =
            [DomainAction::Reboot, DomainAction::Reset, DomainAction::ForceOff, DomainAction::Save];
        let items = actions.map(|action| {
            let label = words::action_label(action, false);
            let texts = gtk::Box::new(gtk::Orientation::Vertical, 0);
            texts.append(&gtk::Label::builder().label(&label).xalign(0.0).build());
            let why = gtk::Label::builder()
                .xalign(0.0)
                .wrap(true)
                .max_width_chars(30)
                .css_classes(["caption"])
                .build();
            texts.append(&why);
            let button = gtk::Button::builder()
                .child(&texts)
                .css_classes(["flat", "guest-menu-item"])
                .build();
            button.update_property(&[gtk::accessible::Property::Label(&label)]);
            let (emit, menu) = (window.clone(), popover.downgrade());
            button.connect_clicked(move |_| {
                if let Some(menu) = menu.upgrade() {
                    menu.popdown();
                }
                emit.emit(GuestWindowInput::Act(action));
            });
            list.append(&button);
            (action, button, why)
        });
        Self { popover, items: items.into() }
    }

    pub(super) fn sync(&self, view: &GuestView) {
        for (action, button, why) in &self.items {
            let reason = view.allowed(*action).err().map(words::reason).unwrap_or_default();
            button.set_sensitive(reason.is_empty());
            button.update_property(&[gtk::accessible::Property::Description(&reason)]);
            why.set_label(&reason);
            why.set_visible(!reason.is_empty());
        }
    }
}

/// How a chord of GDK key names is called: "Ctrl+Alt".
pub(super) fn chord_label(names: &[String]) -> String {
    let name = |name: &String| match name.as_str() {
        "Control_L" | "Control_R" => gettext("Ctrl"),
        "Alt_L" | "Alt_R" => gettext("Alt"),
        "Shift_L" | "Shift_R" => gettext("Shift"),
        // Translators: the key with the logo of the system
        "Super_L" | "Super_R" => gettext("Super"),
        other => other.to_owned(),
    };
    names.iter().map(name).collect::<Vec<_>>().join("+")
}

/// The hint on what leaves full screen, where no bar comes at the top edge.
pub(super) fn leave_fullscreen_hint(chord: &str) -> String {
    gettext_f("To leave full screen, press {keys}, then F11.", &[("keys", chord)])
}

/// The hint on what leaves full screen.
pub(super) fn fullscreen_hint(chord: &str) -> String {
    gettext_f(
        "Move the pointer to the top edge for the buttons. To leave, press {keys}, then F11.",
        &[("keys", chord)],
    )
}

#[cfg(test)]
mod tests {
    use super::{chord_label, keys};
    use crate::console::GuestKey;

    #[test]
    fn every_menu_target_has_keys() {
        for name in ["delete", "backspace", "tasks", "switch", "super", "print", "f-1", "f-12"] {
            assert!(keys(name).is_some(), "{name}");
        }
        let expected = GuestKey::function(3).map(|key| vec![GuestKey::CTRL, GuestKey::ALT, key]);
        assert_eq!(keys("console-3"), expected);
        assert_eq!(keys("own:Ctrl+F5").map(|keys| keys.len()), Some(2));
        assert_eq!(keys("own:Nope"), None);
        assert_eq!(keys("f-13"), None);
        assert_eq!(keys("nonsense"), None);
    }

    #[test]
    fn chords_read_as_on_the_keys() {
        let names = ["Control_L".to_owned(), "Alt_L".to_owned()];
        assert_eq!(chord_label(&names), "Ctrl+Alt");
    }
}
