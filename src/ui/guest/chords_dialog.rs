//! The user's own key combinations: pressed or named, kept, removed.

use std::{cell::RefCell, collections::BTreeSet, rc::Rc};

use gettextrs::gettext;
use relm4::{
    adw::{self, prelude::*},
    gtk::{self, gdk, glib},
};

use crate::{
    console::{Chord, ChordError},
    i18n::gettext_f,
    settings::Settings,
};

/// The dialog's widgets.
struct Dialog {
    settings: Settings,
    shell: adw::Dialog,
    entry: adw::EntryRow,
    problem: gtk::Label,
    press: gtk::ToggleButton,
    group: adw::PreferencesGroup,
    rows: RefCell<Vec<adw::ActionRow>>,
    /// The keys that are down, and all that were down with them.
    pressed: RefCell<(BTreeSet<u32>, Vec<u32>)>,
}

/// Opens it.
pub(super) fn present(settings: &Settings, parent: &impl IsA<gtk::Widget>) {
    let press = gtk::ToggleButton::builder()
        .label(gettext("Press Keys"))
        .tooltip_text(gettext("The next keys that are pressed together become the combination"))
        .valign(gtk::Align::Center)
        .build();
    let entry =
        adw::EntryRow::builder().title(gettext("Names of keys, such as Ctrl+Alt+Home")).build();
    entry.add_suffix(&press);
    let add = adw::ButtonRow::builder().title(gettext("Add Combination")).build();
    let problem = gtk::Label::builder()
        .wrap(true)
        .xalign(0.0)
        .visible(false)
        .margin_top(6)
        .css_classes(["error", "caption"])
        .build();
    let new = adw::PreferencesGroup::builder()
        .title(gettext("New Combination"))
        .description(gettext(
            "Press the keys, or write their names where your desktop takes them for itself.",
        ))
        .build();
    new.add(&entry);
    new.add(&add);
    new.add(&problem);
    let group = adw::PreferencesGroup::new();
    let page = adw::PreferencesPage::new();
    page.add(&new);
    page.add(&group);
    let view = adw::ToolbarView::new();
    view.add_top_bar(&adw::HeaderBar::new());
    view.set_content(Some(&page));
    let dialog = adw::Dialog::builder()
        .title(gettext("Key Combinations"))
        .content_width(480)
        .content_height(480)
        .child(&view)
        .build();
    let this = Rc::new(Dialog {
        settings: settings.clone(),
        shell: dialog,
        entry,
        problem,
        press,
        group,
        rows: RefCell::default(),
        pressed: RefCell::default(),
    });
    this.fill();
    let keep = Rc::downgrade(&this);
    let act = move || {
        if let Some(this) = keep.upgrade() {
            this.add();
        }
    };
    let also = act.clone();
    this.entry.connect_entry_activated(move |_| act());
    add.connect_activated(move |_| also());
    let told = Rc::downgrade(&this);
    this.entry.connect_changed(move |_| {
        if let Some(this) = told.upgrade() {
            this.tell(None);
        }
    });
    let pressing = Rc::downgrade(&this);
    this.press.connect_toggled(move |button| {
        if let Some(this) = pressing.upgrade() {
            this.listen(button.is_active());
        }
    });
    this.watch_keys();
    let end = RefCell::new(Some(Rc::clone(&this)));
    this.shell.connect_closed(move |_| {
        if let Some(this) = end.take() {
            this.listen(false);
        }
    });
    this.shell.present(Some(parent));
}

impl Dialog {
    /// Takes the keys that are pressed while that is on, before anybody else.
    fn watch_keys(self: &Rc<Self>) {
        let keys = gtk::EventControllerKey::new();
        keys.set_propagation_phase(gtk::PropagationPhase::Capture);
        let weak = Rc::downgrade(self);
        keys.connect_key_pressed(move |_, _, code, _| {
            let Some(this) = weak.upgrade().filter(|this| this.press.is_active()) else {
                return glib::Propagation::Proceed;
            };
            let (down, all) = &mut *this.pressed.borrow_mut();
            if down.insert(code) {
                all.push(code);
            }
            glib::Propagation::Stop
        });
        let weak = Rc::downgrade(self);
        keys.connect_key_released(move |_, _, code, _| {
            let Some(this) = weak.upgrade().filter(|this| this.press.is_active()) else { return };
            let mut pressed = this.pressed.borrow_mut();
            pressed.0.remove(&code);
            if pressed.0.is_empty() && !pressed.1.is_empty() {
                let all = std::mem::take(&mut pressed.1);
                drop(pressed);
                this.took(&all);
            }
        });
        self.shell.add_controller(keys);
    }

    /// The keys were let go of.
    fn took(&self, codes: &[u32]) {
        self.press.set_active(false);
        match Chord::of_hardware(codes) {
            Some(chord) => self.entry.set_text(&chord.to_string()),
            None => self.tell(Some(&gettext("These keys cannot be kept together"))),
        }
        self.entry.grab_focus();
    }

    fn listen(&self, on: bool) {
        self.pressed.take();
        let surface = self.shell.native().and_then(|native| native.surface());
        let Some(toplevel) = surface.and_downcast::<gdk::Toplevel>() else { return };
        if on {
            toplevel.inhibit_system_shortcuts(None::<&gdk::Event>);
            // Space and Enter are keys like others now.
            self.press.grab_focus();
        } else {
            toplevel.restore_system_shortcuts();
        }
    }

    fn tell(&self, problem: Option<&str>) {
        self.problem.set_visible(problem.is_some());
        self.problem.set_label(problem.unwrap_or_default());
        if let Some(problem) = problem {
            self.entry.add_css_class("error");
            self.problem.announce(problem, gtk::AccessibleAnnouncementPriority::Medium);
        } else {
            self.entry.remove_css_class("error");
        }
    }

    fn add(self: &Rc<Self>) {
        let chord = match self.entry.text().parse::<Chord>() {
            Ok(chord) => chord.to_string(),
            Err(error) => return self.tell(Some(&words(&error))),
        };
        let mut all = self.settings.key_chords();
        if !all.contains(&chord) {
            all.push(chord);
        }
        if self.settings.set_key_chords(&all) {
            self.entry.set_text("");
            self.fill();
        } else {
            self.tell(Some(&gettext("There are as many combinations as can be kept. Remove one")));
        }
    }

    fn fill(self: &Rc<Self>) {
        for row in self.rows.take() {
            self.group.remove(&row);
        }
        let all = self.settings.key_chords();
        let none = gettext("Those that are kept are in the menu of every screen.");
        self.group.set_description(all.is_empty().then_some(none.as_str()));
        for chord in all {
            let row = adw::ActionRow::builder().title(&chord).use_markup(false).build();
            let label = gettext_f("Remove {keys}", &[("keys", &chord)]);
            let remove = gtk::Button::builder()
                .icon_name("user-trash-symbolic")
                .tooltip_text(&label)
                .valign(gtk::Align::Center)
                .css_classes(["flat"])
                .build();
            remove.update_property(&[gtk::accessible::Property::Label(&label)]);
            let weak = Rc::downgrade(self);
            remove.connect_clicked(move |_| {
                let Some(this) = weak.upgrade() else { return };
                let mut all = this.settings.key_chords();
                all.retain(|other| *other != chord);
                this.settings.set_key_chords(&all);
                this.fill();
                this.entry.grab_focus();
            });
            row.add_suffix(&remove);
            self.group.add(&row);
            self.rows.borrow_mut().push(row);
        }
    }
}

fn words(error: &ChordError) -> String {
    match error {
        ChordError::Empty => gettext("Write the names of keys, with + between them"),
        ChordError::TooMany => gettext("These are more keys than can be pressed together"),
        ChordError::Unknown(name) => gettext_f(
            "There is no key “{name}”. Names are such as Ctrl, Alt, Shift, Super, AltGr, F5, Home, PageUp, Esc, A or 1",
            &[("name", name)],
        ),
    }
}
