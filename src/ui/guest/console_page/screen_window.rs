//! The window of one of a guest's further screens.

use gettextrs::gettext;
use relm4::{
    Sender, adw,
    adw::prelude::*,
    gtk::{self, gio, glib},
};

use super::{
    ConsoleInput, ScreenInput,
    words::{self, Held},
};
use crate::{
    console::{Scaling, Screen},
    i18n::gettext_f,
    settings::{GuestScreen, Settings},
    ui::{
        guest::menus,
        widgets::{NamedItems, place},
    },
};

/// What a window is made from.
pub(super) struct ScreenInit<'a> {
    pub(super) number: u32,
    /// The guest's name.
    pub(super) title: &'a str,
    /// Whether the guest draws it beside its other screens.
    pub(super) shared: bool,
    /// How the keys are called that give the keyboard back.
    pub(super) chord: &'a str,
    pub(super) scaling: Scaling,
    pub(super) settings: &'a Settings,
    /// What its place is kept under.
    pub(super) place: Option<GuestScreen>,
    pub(super) input: &'a Sender<ConsoleInput>,
}

/// The window. It goes when this is dropped.
#[derive(Debug)]
pub(super) struct ScreenWindow {
    window: adw::ApplicationWindow,
    stack: gtk::Stack,
    frame: gtk::ScrolledWindow,
    hint: gtk::Label,
    shared: bool,
    chord: String,
    settings: Settings,
    place: Option<GuestScreen>,
}

/// What a screen is called: people count from one.
pub(in crate::ui::guest) fn name(number: u32) -> String {
    // Translators: one of the monitors of a guest
    gettext_f("Screen {number}", &[("number", &(number + 1).to_string())])
}

impl ScreenWindow {
    /// A window without a screen, not yet shown.
    pub(super) fn new(init: &ScreenInit<'_>) -> Self {
        let (number, settings) = (init.number, init.settings.clone());
        let frame = gtk::ScrolledWindow::builder().css_classes(["guest-screen"]).build();
        let stack = gtk::Stack::builder().vexpand(true).build();
        let off = adw::StatusPage::builder()
            .icon_name("video-display-symbolic")
            .title(gettext("Screen Off"))
            .description(gettext("The guest has not turned this screen on. Turn it on in its settings, or start it with a system that does."))
            .build();
        stack.add_named(&off, Some("off"));
        stack.add_named(&frame, Some("screen"));
        let hint = gtk::Label::builder()
            .wrap(true)
            .justify(gtk::Justification::Center)
            .css_classes(["caption", "console-hint"])
            .visible(false)
            .build();
        let content = gtk::Box::new(gtk::Orientation::Vertical, 0);
        content.append(&stack);
        content.append(&hint);
        let view = adw::ToolbarView::builder().content(&content).build();
        let toasts = adw::ToastOverlay::new();
        toasts.set_child(Some(&view));
        let window = adw::ApplicationWindow::builder()
            .title(format!("{} – {}", init.title, name(number)))
            .default_width(960)
            .default_height(720)
            .width_request(360)
            .height_request(294)
            .content(&toasts)
            .build();
        view.add_top_bar(&header(init));
        window.insert_action_group("console", Some(&actions(&window, init)));
        window.add_controller(shortcuts());
        let leave = menus::leave_fullscreen_hint(init.chord);
        window.connect_fullscreened_notify(glib::clone!(
            #[weak]
            view,
            #[weak]
            toasts,
            #[weak]
            hint,
            move |window| {
                view.set_reveal_top_bars(!window.is_fullscreen());
                hint.set_visible(!window.is_fullscreen());
                if window.is_fullscreen() {
                    toasts.add_toast(adw::Toast::new(&leave));
                }
            }
        ));
        let input = init.input.clone();
        window.connect_close_request(move |_| {
            input.emit(ConsoleInput::Screen(ScreenInput::Show(number, false)));
            glib::Propagation::Stop
        });
        let (chord, place, shared) = (init.chord.to_owned(), init.place, init.shared);
        if let Some(screen) = place {
            place::restore(&settings, screen, &window);
            let settings = settings.clone();
            // Kept while it has a place, however the program ends.
            window.connect_is_active_notify(move |window| {
                if !window.is_active() && window.is_mapped() {
                    place::keep(&settings, screen, window);
                }
            });
        }
        relm4::main_application().add_window(&window);
        Self { window, stack, frame, hint, shared, chord, settings, place }
    }

    /// Its size in the pixels of the user's screen.
    pub(super) fn size(&self) -> (u32, u32) {
        let (width, height) = self.window.default_size();
        let scale = u32::try_from(self.window.scale_factor()).unwrap_or(1);
        let edge = |edge: i32| u32::try_from(edge).unwrap_or(0).saturating_mul(scale);
        (edge(width), edge(height))
    }

    /// Puts the screen into it.
    pub(super) fn set_screen(&self, screen: &Screen, label: &str) {
        screen.update_property(&[gtk::accessible::Property::Label(label)]);
        self.frame.set_child(Some(screen));
    }

    /// Brings it to the front.
    pub(super) fn present(&self) {
        self.window.present();
    }

    /// Whether the guest has the screen on.
    pub(super) fn set_on(&self, on: bool) {
        self.stack.set_visible_child_name(if on { "screen" } else { "off" });
        self.hint.set_visible(on && !self.window.is_fullscreen());
    }

    /// Says who has the keyboard.
    pub(super) fn set_hint(&self, grabbed: bool, absolute: bool, view_only: bool) {
        self.hint.set_css_classes(&["caption", "console-hint"]);
        if grabbed {
            self.hint.add_css_class("grabbed");
        }
        let pointer = self.frame.first_child_screen().is_some_and(|screen| screen.has_pointer());
        let held = Held::of(grabbed, absolute, pointer);
        let mut hint = if view_only { words::view_only() } else { words::hint(held, &self.chord) };
        if self.shared {
            hint = format!("{hint}\n{}", words::shared_screen());
        }
        self.hint.set_label(&hint);
    }

    pub(super) fn set_scaling(&self, scaling: Scaling) {
        if let Some(screen) = self.frame.first_child_screen() {
            screen.set_scaling(scaling);
        }
    }

    /// The screen's picture as it is.
    pub(super) fn picture(&self) -> Option<gtk::gdk::Texture> {
        self.frame.first_child_screen()?.picture()
    }

    /// For a dialog over it.
    pub(super) fn window(&self) -> gtk::Window {
        self.window.clone().upcast()
    }
}

impl Drop for ScreenWindow {
    fn drop(&mut self) {
        if let Some(screen) = self.place {
            place::keep(&self.settings, screen, &self.window);
        }
        self.window.destroy();
    }
}

/// Finds the screen in its frame.
trait Framed {
    fn first_child_screen(&self) -> Option<Screen>;
}

impl Framed for gtk::ScrolledWindow {
    fn first_child_screen(&self) -> Option<Screen> {
        let child = self.child()?;
        // What cannot scroll stands in a viewport.
        let child = child.downcast::<gtk::Viewport>().map_or_else(Some, |view| view.child())?;
        child.downcast().ok()
    }
}

fn header(init: &ScreenInit<'_>) -> adw::HeaderBar {
    let header = adw::HeaderBar::new();
    header.set_title_widget(Some(&adw::WindowTitle::new(init.title, &name(init.number))));
    let menu = gtk::MenuButton::builder()
        .icon_name("open-menu-symbolic")
        .primary(true)
        .tooltip_text(gettext("Main Menu"))
        .menu_model(&menus::screen_menu())
        .build();
    menu.update_property(&[gtk::accessible::Property::Label(&gettext("Main Menu"))]);
    menu.set_named_items(true);
    header.pack_end(&menu);
    let keys = gtk::MenuButton::builder()
        .icon_name("input-keyboard-symbolic")
        .tooltip_text(gettext("Send Keys"))
        .menu_model(&menus::keys_menu(init.settings))
        .build();
    keys.update_property(&[gtk::accessible::Property::Label(&gettext("Send Keys"))]);
    keys.set_named_items(true);
    header.pack_end(&keys);
    header
}

fn actions(window: &adw::ApplicationWindow, init: &ScreenInit<'_>) -> gio::SimpleActionGroup {
    let number = init.number;
    let group = gio::SimpleActionGroup::new();
    group.add_action(&menus::keys_action(init.input));
    group.add_action(&menus::scaling_action(init.scaling, init.input, move |scaling| {
        ConsoleInput::Screen(ScreenInput::Scaling(number, scaling))
    }));
    let screenshot = gio::SimpleAction::new("screenshot", None);
    let input = init.input.clone();
    screenshot.connect_activate(move |_, _| {
        input.emit(ConsoleInput::Screen(ScreenInput::Screenshot(number)));
    });
    group.add_action(&screenshot);
    let fullscreen = gio::SimpleAction::new("fullscreen", None);
    fullscreen.connect_activate(glib::clone!(
        #[weak]
        window,
        move |_, _| window.set_fullscreened(!window.is_fullscreen())
    ));
    group.add_action(&fullscreen);
    group
}

fn shortcuts() -> gtk::ShortcutController {
    let shortcuts = gtk::ShortcutController::new();
    shortcuts.set_scope(gtk::ShortcutScope::Managed);
    for (trigger, action) in
        [("F11", "action(console.fullscreen)"), ("<Control>w", "action(window.close)")]
    {
        let trigger = gtk::ShortcutTrigger::parse_string(trigger);
        let action = gtk::ShortcutAction::parse_string(action);
        shortcuts.add_shortcut(gtk::Shortcut::new(trigger, action));
    }
    shortcuts
}
