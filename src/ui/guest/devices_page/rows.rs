//! A row for each field: its name, its value, where it stands.

use std::{
    cell::{Cell, OnceCell},
    rc::Rc,
};

use gettextrs::{gettext, pgettext};
use relm4::{
    Sender, adw,
    adw::prelude::*,
    gtk::{self},
};

use super::{
    DevicesInput, Of,
    draft::{Draft, Standing},
    hints, labels,
    new_disk::ImageUse,
    offers::Offers,
    part_words,
    topics::Topic,
    values, words,
};
use crate::{
    i18n::gettext_f,
    model::{
        hardware::{self, Applies, Device, Field, FieldError, Kind, Rule},
        units::{MIB, parse_bytes},
    },
    ui::{
        widgets::drop_down,
        words::{exact_size, size},
    },
};

/// A field's row.
#[derive(Debug)]
pub(super) struct FieldRow {
    pub(super) field: &'static Field,
    row: adw::ActionRow,
    /// "Take This Change Back", once there was one to take back.
    revert: OnceCell<gtk::Button>,
    input: Sender<DevicesInput>,
    value: gtk::Widget,
    /// What can be chosen, besides the default.
    words: Vec<String>,
    /// Set while the value is shown, not typed.
    quiet: Rc<Cell<bool>>,
    /// The part of the guest that the field is of.
    pub(super) part: Option<Device>,
}

impl FieldRow {
    /// The row of `field` with its present value. A change is told as
    /// [`DevicesInput::Change`].
    pub(super) fn new(
        field: &'static Field,
        draft: &Draft,
        device: Option<&Device>,
        offers: &Offers,
        input: &Sender<DevicesInput>,
    ) -> Self {
        let part = device.filter(|device| device.kind.is_part()).cloned();
        let of: Of = part.as_ref().map(|part| part.identity.clone());
        let of_part = part.as_ref().and_then(|part| part_words::field(field.id, part));
        let label = of_part.unwrap_or_else(|| labels::field(field.id));
        let row = adw::ActionRow::builder().title(&label).use_markup(false).build();
        row.set_subtitle_lines(4);
        let present = draft.value(device, field);
        let quiet = Rc::new(Cell::new(false));
        let words = words_of(field, device, present.as_deref(), draft, offers);
        let value = value_widget(field, of, present.as_deref(), &words, &quiet, input);
        let (revert, input) = (OnceCell::new(), input.clone());
        let this = Self { field, row, revert, input, value, words, quiet, part };
        this.put_value();
        if field.id == "disk.source" {
            this.row.add_suffix(&choose_button(&this.input));
        }
        this.show(draft, offers, device);
        this
    }

    /// Offers other words to choose from, where the host has others.
    pub(super) fn offer(
        &mut self,
        draft: &Draft,
        device: Option<&Device>,
        offers: &Offers,
        input: &Sender<DevicesInput>,
    ) {
        if !matches!(self.field.kind, Kind::OpenChoice(_)) {
            return;
        }
        let present = draft.value(device, self.field);
        let words = words_of(self.field, device, present.as_deref(), draft, offers);
        if words == self.words {
            return;
        }
        self.words = words;
        let is_used = self.value.state_flags().contains(gtk::StateFlags::FOCUS_WITHIN);
        self.row.remove(&self.value);
        let present = present.as_deref();
        self.value = value_widget(self.field, None, present, &self.words, &self.quiet, input);
        self.put_value();
        if is_used {
            self.value.grab_focus();
        }
        self.show(draft, offers, device);
    }

    /// Puts the widget with the value where it belongs.
    fn put_value(&self) {
        self.value.set_valign(gtk::Align::Center);
        self.row.add_suffix(&self.value);
        self.row.set_activatable_widget(Some(&self.value));
        // The row has made its title the name, which comes before a label.
        self.value.reset_relation(gtk::AccessibleRelation::LabelledBy);
        self.value.update_property(&[gtk::accessible::Property::Label(&self.spoken())]);
    }

    /// Its name for those who do not see whose it is: no other row of the page
    /// has the same.
    fn spoken(&self) -> String {
        let of = match &self.part {
            Some(part) => part_words::is_folded(part.kind).then(|| part_words::title(part)),
            None => Topic::of(self.field).filter(|topic| topic.is_alike()).map(Topic::title),
        };
        let label = self.row.title();
        match of {
            // Translators: what a field is of, and its name
            Some(of) => gettext_f("{part}: {field}", &[("part", &of), ("field", &label)]),
            None => label.into(),
        }
    }

    /// Shows or hides "Take This Change Back".
    fn offer_revert(&self, possible: bool) {
        if possible || self.revert.get().is_some() {
            self.revert.get_or_init(|| self.put_revert()).set_visible(possible);
        }
    }

    fn put_revert(&self) -> gtk::Button {
        let revert = take_back(&self.spoken());
        let (out, row) = (self.input.clone(), self.row.downgrade());
        let ((of, _), field) = (self.name(), self.field);
        revert.connect_clicked(move |_| {
            // The keyboard stays in the row when the button goes.
            if let Some(value) = row.upgrade().and_then(|row| row.activatable_widget()) {
                value.grab_focus();
            }
            out.emit(DevicesInput::Revert(of.clone(), field));
        });
        // Before the value, which is there already.
        if let Some(suffixes) = self.value.parent() {
            revert.insert_before(&suffixes, Some(&self.value));
        }
        revert
    }

    pub(super) fn widget(&self) -> &adw::ActionRow {
        &self.row
    }

    /// What it is called among the mistakes.
    pub(super) fn name(&self) -> (Of, &'static str) {
        (self.part.as_ref().map(|part| part.identity.clone()), self.field.id)
    }

    /// Says where the field stands now, and whether its value could be shown: it
    /// may be none of the words.
    pub(super) fn show(&self, draft: &Draft, offers: &Offers, device: Option<&Device>) -> bool {
        let device = self.part.as_ref().or(device);
        self.row.remove_css_class("error");
        // Nothing goes from under who is at it: the keyboard would be nowhere.
        let is_used = self.row.get_visible()
            && self.row.state_flags().contains(gtk::StateFlags::FOCUS_WITHIN);
        self.row.set_visible(is_used || draft.is_shown(device, self.field));
        let standing = draft.standing(device, self.field);
        self.offer_revert(draft.can_revert(device, self.field));
        let follows = self.follow(draft.value(device, self.field).as_deref(), false);
        let changes = device.is_none_or(|device| device.can_change(self.field));
        self.value.set_sensitive(changes);
        let text = if changes {
            self.standing_text(&standing, draft, offers)
        } else {
            gettext("Part of the machine: it cannot be another one")
        };
        self.row.set_subtitle(&text);
        self.value.update_property(&[gtk::accessible::Property::Description(
            &self.row.subtitle().unwrap_or_default(),
        )]);
        follows
    }

    /// Shows the value in place of what is typed.
    pub(super) fn take_back(&self, draft: &Draft, device: Option<&Device>) {
        let device = self.part.as_ref().or(device);
        self.follow(draft.value(device, self.field).as_deref(), true);
    }

    /// Shows a value that changed because another field did; what is being typed
    /// only goes if it is `overruled`.
    fn follow(&self, value: Option<&str>, overruled: bool) -> bool {
        self.quiet.set(true);
        let mut follows = true;
        if let Some(entry) = self.value.downcast_ref::<gtk::Entry>() {
            let typing = entry.state_flags().contains(gtk::StateFlags::FOCUS_WITHIN);
            let text = written(self.field.kind, value);
            if (overruled || !typing) && entry.text() != text {
                entry.set_text(&text);
            }
        } else if let Some(list) = self.value.downcast_ref::<gtk::DropDown>() {
            match place_of(self.field, &self.words, value) {
                Some(place) if place != list.selected() => list.set_selected(place),
                Some(_) => {}
                None => follows = false,
            }
        } else if let Some(switch) = self.value.downcast_ref::<gtk::Switch>() {
            switch.set_active(value.is_some());
        }
        self.quiet.set(false);
        follows
    }

    /// Says why the typed value cannot be.
    pub(super) fn refuse(&self, error: &FieldError) {
        self.row.add_css_class("error");
        let text = match (error, self.field.kind) {
            (FieldError::NotANumber, Kind::Size { .. }) => {
                gettext("Type an amount such as 512 MiB or 4 GiB")
            }
            _ => words::mistake(error),
        };
        self.row.set_subtitle(&text);
        self.value.update_property(&[gtk::accessible::Property::Description(&text)]);
        self.offer_revert(true);
    }

    fn standing_text(&self, standing: &Standing, draft: &Draft, offers: &Offers) -> String {
        match standing {
            Standing::Settled => hints::hint(self.field, draft, offers),
            Standing::Edited if self.field.applies == Applies::NextStart => {
                gettext("Changed; applies at the next start")
            }
            Standing::Edited => gettext("Changed; applies at once where the hypervisor can"),
            Standing::Pending(now) => {
                let now = now.as_deref().map_or_else(default, |now| shown(self.field, now));
                // Translators: a running guest still has this value
                gettext_f("Until the next start: {value}", &[("value", &now)])
            }
        }
    }
}

fn default() -> String {
    // Translators: the value is left to the hypervisor
    gettext("Default")
}

/// A value as people read it.
fn shown(field: &Field, value: &str) -> String {
    match field.kind {
        Kind::Size { .. } => value.parse().map_or_else(|_| value.to_owned(), size),
        Kind::Text(Rule::Password) => "••••".to_owned(),
        Kind::Switch { on, .. } if value == on => pgettext("a value", "On"),
        Kind::Switch { off, .. } if value == off => pgettext("a value", "Off"),
        _ => values::word(field.id, value).unwrap_or_else(|| value.to_owned()),
    }
}

/// A group of one row, whose button does something.
pub(super) fn button_group(
    title: &str,
    subtitle: &str,
    button: &gtk::Button,
) -> adw::PreferencesGroup {
    let row = adw::ActionRow::builder()
        .title(title)
        .subtitle(subtitle)
        .activatable_widget(button)
        .build();
    row.add_suffix(button);
    let group = adw::PreferencesGroup::new();
    group.add(&row);
    group
}

/// The button that takes the change of what has this label back.
pub(super) fn take_back(label: &str) -> gtk::Button {
    let button = gtk::Button::builder()
        .icon_name("edit-undo-symbolic")
        .valign(gtk::Align::Center)
        .css_classes(["flat"])
        .tooltip_text(gettext("Take This Change Back"))
        .build();
    let name = gettext_f("Take back: {field}", &[("field", label)]);
    button.update_property(&[gtk::accessible::Property::Label(&name)]);
    button
}

/// What can be chosen for a field, besides the default; the present value is
/// among it.
fn words_of(
    field: &Field,
    device: Option<&Device>,
    present: Option<&str>,
    draft: &Draft,
    offers: &Offers,
) -> Vec<String> {
    let listed = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let mut words: Vec<String> = match field.kind {
        Kind::Switch { on, off } => listed(&[on, off]),
        Kind::Choice(table) => listed(table),
        Kind::OpenChoice(table) => match draft.words(field) {
            Some(words) => words,
            None => offers.words(field, table, present),
        },
        _ => Vec::new(),
    };
    words.retain(|word| hardware::can_have(field, device, word));
    if let Some(present) = present
        && words.iter().all(|word| word != present)
    {
        words.push(present.to_owned());
    }
    words
}

fn value_widget(
    field: &'static Field,
    of: Of,
    present: Option<&str>,
    words: &[String],
    quiet: &Rc<Cell<bool>>,
    input: &Sender<DevicesInput>,
) -> gtk::Widget {
    match field.kind {
        Kind::Flag => flag(field, of, present, quiet, input),
        Kind::Switch { .. } | Kind::Choice(_) | Kind::OpenChoice(_) => {
            choice(field, of, words, present, quiet, input)
        }
        Kind::Number { .. } | Kind::Size { .. } | Kind::Text(_) => {
            entry(field, of, present, quiet, input)
        }
    }
}

fn choose_button(input: &Sender<DevicesInput>) -> gtk::Button {
    let name = gettext("Choose an Image");
    let button = gtk::Button::builder()
        .icon_name("folder-open-symbolic")
        .valign(gtk::Align::Center)
        .css_classes(["flat"])
        .tooltip_text(&name)
        .build();
    button.update_property(&[gtk::accessible::Property::Label(&name)]);
    let out = input.clone();
    button.connect_clicked(move |_| out.emit(DevicesInput::AskForImage(ImageUse::Shown)));
    button
}

fn flag(
    field: &'static Field,
    of: Of,
    present: Option<&str>,
    quiet: &Rc<Cell<bool>>,
    input: &Sender<DevicesInput>,
) -> gtk::Widget {
    let switch = gtk::Switch::builder().active(present.is_some()).build();
    let (out, quiet) = (input.clone(), quiet.clone());
    switch.connect_active_notify(move |switch| {
        if quiet.get() {
            return;
        }
        let value = switch.is_active().then(|| "yes".to_owned());
        out.emit(DevicesInput::Change(of.clone(), field, value));
    });
    switch.upcast()
}

/// Where a value stands in the list of the default and the words; nothing if it
/// is not among them.
fn place_of(field: &Field, words: &[String], value: Option<&str>) -> Option<u32> {
    let first = usize::from(!field.is_required());
    let place = match value {
        None => 0,
        Some(value) => words.iter().position(|word| word == value)? + first,
    };
    u32::try_from(place).ok()
}

/// The default and the words, with the present one chosen.
fn choice(
    field: &'static Field,
    of: Of,
    words: &[String],
    present: Option<&str>,
    quiet: &Rc<Cell<bool>>,
    input: &Sender<DevicesInput>,
) -> gtk::Widget {
    let optional = !field.is_required();
    let mut names: Vec<String> = words.iter().map(|word| shown(field, word)).collect();
    if optional {
        names.insert(0, default());
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let list = drop_down(&names);
    list.set_selected(place_of(field, words, present).unwrap_or(0));
    let (out, quiet, words) = (input.clone(), quiet.clone(), words.to_vec());
    list.connect_selected_notify(move |list| {
        if quiet.get() {
            return;
        }
        let at = list.selected() as usize;
        let value = at.checked_sub(usize::from(optional)).and_then(|at| words.get(at).cloned());
        out.emit(DevicesInput::Change(of.clone(), field, value));
    });
    list.upcast()
}

/// A value as it is typed.
fn written(kind: Kind, value: Option<&str>) -> String {
    value.map_or_else(String::new, |value| match kind {
        Kind::Size { .. } => value.parse().map_or_else(|_| value.to_owned(), exact_size),
        _ => value.to_owned(),
    })
}

fn entry(
    field: &'static Field,
    of: Of,
    present: Option<&str>,
    quiet: &Rc<Cell<bool>>,
    input: &Sender<DevicesInput>,
) -> gtk::Widget {
    // As wide as that where there is room.
    let width = match field.kind {
        Kind::Text(Rule::Path) => 40,
        Kind::Text(_) => 24,
        _ => 14,
    };
    let entry = gtk::Entry::builder().max_width_chars(width).build();
    entry.set_width_chars(width.min(14));
    entry.set_text(&written(field.kind, present));
    let nothing = match field.kind {
        _ if field.id == "graphics.port" => gettext("Automatic"),
        // Translators: in an empty field
        Kind::Text(_) => gettext("Not set"),
        _ => default(),
    };
    entry.set_placeholder_text(Some(&nothing).filter(|_| !field.is_required()).map(String::as_str));
    match field.kind {
        Kind::Text(Rule::Password) => {
            entry.set_visibility(false);
            entry.set_input_purpose(gtk::InputPurpose::Password);
        }
        Kind::Number { .. } => {
            entry.set_input_purpose(gtk::InputPurpose::Digits);
            EditableExt::set_alignment(&entry, 1.0);
        }
        Kind::Size { .. } => EditableExt::set_alignment(&entry, 1.0),
        _ => {}
    }
    let (out, quiet) = (input.clone(), quiet.clone());
    entry.connect_changed(move |entry| {
        if quiet.get() {
            return;
        }
        let value = read(field, &entry.text());
        out.emit(DevicesInput::Change(of.clone(), field, value));
    });
    entry.upcast()
}

/// What was typed into an entry.
fn read(field: &Field, text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| match field.kind {
        // What is no amount goes on as it is, to be refused with a reason.
        Kind::Size { .. } => {
            parse_bytes(text, MIB).map_or_else(|| text.to_owned(), |bytes| bytes.to_string())
        }
        _ => text.to_owned(),
    })
}
