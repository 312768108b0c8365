//! A row for each field: its name, its value, where it stands.

use std::{cell::Cell, rc::Rc};

use gettextrs::gettext;
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
    values, words,
};
use crate::{
    i18n::gettext_f,
    model::{
        hardware::{Applies, Device, Field, FieldError, Kind, Rule},
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
    revert: gtk::Button,
    value: gtk::Widget,
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
        let label = match &part {
            Some(part) => words::part_field(field.id, part),
            None => labels::field(field.id),
        };
        let row = adw::ActionRow::builder().title(&label).use_markup(false).build();
        row.set_subtitle_lines(4);
        let revert = gtk::Button::builder()
            .icon_name("edit-undo-symbolic")
            .valign(gtk::Align::Center)
            .css_classes(["flat"])
            .tooltip_text(gettext("Take This Change Back"))
            .visible(false)
            .build();
        let name = gettext_f("Take back: {field}", &[("field", &label)]);
        revert.update_property(&[gtk::accessible::Property::Label(&name)]);
        let (out, back) = (input.clone(), of.clone());
        revert.connect_clicked(move |_| out.emit(DevicesInput::Revert(back.clone(), field)));
        row.add_suffix(&revert);
        let present = draft.value(device, field);
        let quiet = Rc::new(Cell::new(false));
        let value = value_widget(field, of, present.as_deref(), offers, &quiet, input);
        let this = Self { field, row, revert, value, quiet, part };
        this.put_value();
        if field.id == "disk.source" {
            this.row.add_suffix(&choose_button(input));
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
        let (Kind::OpenChoice(table), Some(list)) =
            (self.field.kind, self.value.downcast_ref::<gtk::DropDown>())
        else {
            return;
        };
        let present = draft.value(device, self.field);
        let words = offers.words(self.field, table, present.as_deref());
        let first = u32::from(!self.field.is_required());
        let items = (first..list.model().map_or(0, |words| words.n_items())).filter_map(|place| {
            list.model()?.item(place).and_downcast::<gtk::StringObject>().map(|word| word.string())
        });
        if items.eq(words.iter().map(|word| shown(self.field, word))) {
            return;
        }
        self.row.remove(&self.value);
        self.value = choice(self.field, None, words, present.as_deref(), input);
        self.put_value();
        self.show(draft, offers, device);
    }

    /// Puts the widget with the value where it belongs.
    fn put_value(&self) {
        self.value.set_valign(gtk::Align::Center);
        self.value.update_property(&[gtk::accessible::Property::Label(&self.row.title())]);
        self.row.add_suffix(&self.value);
        self.row.set_activatable_widget(Some(&self.value));
    }

    pub(super) fn widget(&self) -> &adw::ActionRow {
        &self.row
    }

    /// What it is called among the mistakes.
    pub(super) fn name(&self) -> (Of, &'static str) {
        (self.part.as_ref().map(|part| part.identity.clone()), self.field.id)
    }

    /// Says where the field stands now.
    pub(super) fn show(&self, draft: &Draft, offers: &Offers, device: Option<&Device>) {
        let device = self.part.as_ref().or(device);
        self.row.remove_css_class("error");
        self.row.set_visible(draft.is_shown(device, self.field));
        let standing = draft.standing(device, self.field);
        self.revert.set_visible(standing == Standing::Edited);
        self.follow(draft.value(device, self.field).as_deref());
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
    }

    /// Shows a value that changed because another field did.
    fn follow(&self, value: Option<&str>) {
        let Some(entry) = self.value.downcast_ref::<gtk::Entry>() else { return };
        let typing = entry.state_flags().contains(gtk::StateFlags::FOCUS_WITHIN);
        let text = written(self.field.kind, value);
        if !typing && entry.text() != text {
            self.quiet.set(true);
            entry.set_text(&text);
            self.quiet.set(false);
        }
    }

    /// Says why the typed value cannot be.
    pub(super) fn refuse(&self, error: &FieldError) {
        self.row.add_css_class("error");
        let text = words::mistake(error);
        self.row.set_subtitle(&text);
        self.value.update_property(&[gtk::accessible::Property::Description(&text)]);
        self.revert.set_visible(true);
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
        Kind::Switch { on, .. } if value == on => gettext("On"),
        Kind::Switch { off, .. } if value == off => gettext("Off"),
        _ => values::word(field.id, value).unwrap_or_else(|| value.to_owned()),
    }
}

fn value_widget(
    field: &'static Field,
    of: Of,
    present: Option<&str>,
    offers: &Offers,
    quiet: &Rc<Cell<bool>>,
    input: &Sender<DevicesInput>,
) -> gtk::Widget {
    match field.kind {
        Kind::Flag => flag(field, of, present, input),
        Kind::Switch { on, off } => {
            let words = vec![on.to_owned(), off.to_owned()];
            choice(field, of, words, present, input)
        }
        Kind::Choice(table) => {
            let words = table.iter().map(|word| (*word).to_owned()).collect();
            choice(field, of, words, present, input)
        }
        Kind::OpenChoice(table) => {
            let words = offers.words(field, table, present);
            choice(field, of, words, present, input)
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
    input: &Sender<DevicesInput>,
) -> gtk::Widget {
    let switch = gtk::Switch::builder().active(present.is_some()).build();
    let out = input.clone();
    switch.connect_active_notify(move |switch| {
        let value = switch.is_active().then(|| "yes".to_owned());
        out.emit(DevicesInput::Change(of.clone(), field, value));
    });
    switch.upcast()
}

/// The default and the words, with the present one chosen.
fn choice(
    field: &'static Field,
    of: Of,
    mut words: Vec<String>,
    present: Option<&str>,
    input: &Sender<DevicesInput>,
) -> gtk::Widget {
    if let Some(present) = present
        && words.iter().all(|word| word != present)
    {
        words.push(present.to_owned());
    }
    let optional = !field.is_required();
    let mut names: Vec<String> = words.iter().map(|word| shown(field, word)).collect();
    if optional {
        names.insert(0, default());
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let list = drop_down(&names);
    let place = present.and_then(|present| words.iter().position(|word| word == present));
    let first = usize::from(optional);
    let place = place.map_or(0, |place| place + first);
    list.set_selected(u32::try_from(place).unwrap_or(0));
    let out = input.clone();
    list.connect_selected_notify(move |list| {
        let at = list.selected() as usize;
        let value = at.checked_sub(first).and_then(|at| words.get(at).cloned());
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
    let width = if matches!(field.kind, Kind::Text(_)) { 24 } else { 14 };
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
