//! The tags of one or more guests, chosen among those that the host knows.

mod choices;
mod widgets;

use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
    sync::Arc,
};

use gettextrs::gettext;
use relm4::{
    adw,
    adw::prelude::*,
    gtk::{self, glib},
};

use self::{
    choices::{Choices, Has},
    widgets::{TagRow, Widgets},
};
use super::Target;
use crate::{
    backend::{BackendError, DomainSubscription},
    i18n::{gettext_f, ngettext_f},
    model::{
        DomainDetails,
        tags::{MAX_LENGTH, MAX_TAGS, TagProblem, fold, tag},
    },
    ui::error,
};

struct Dialog {
    targets: Vec<Target>,
    widgets: Widgets,
    choices: RefCell<Option<Choices>>,
    rows: RefCell<Vec<TagRow>>,
    saving: Cell<bool>,
    /// Keep every guest's definition coming: their tags are suggested.
    subscriptions: Vec<DomainSubscription>,
    readers: RefCell<Vec<glib::JoinHandle<()>>>,
}

impl Drop for Dialog {
    fn drop(&mut self) {
        self.readers.borrow_mut().drain(..).for_each(|reader| reader.abort());
    }
}

/// Lets the tags of `targets` be chosen. A refusal shows in the dialog, which
/// stays open.
pub(crate) fn tags(parent: &impl IsA<gtk::Widget>, targets: Vec<Target>) {
    let mut handles = Vec::new();
    for target in &targets {
        if !handles.iter().any(|(id, _)| *id == target.handle.id()) {
            handles.push((target.handle.id(), target.handle.clone()));
        }
    }
    let subscriptions = handles.iter().map(|(_, handle)| handle.subscribe()).collect();
    let this = Rc::new(Dialog {
        widgets: Widgets::new(&title(&targets)),
        targets,
        choices: RefCell::new(None),
        rows: RefCell::default(),
        saving: Cell::new(false),
        subscriptions,
        readers: RefCell::default(),
    });
    this.connect();
    for (subscription, (_, handle)) in this.subscriptions.iter().zip(&handles) {
        let mut changes = handle.inventory();
        subscription.show(changes.borrow().domains.keys().copied().collect(), false);
        let weak = Rc::downgrade(&this);
        this.readers.borrow_mut().push(relm4::spawn_local(async move {
            changes.mark_changed();
            while changes.changed().await.is_ok() {
                let Some(this) = weak.upgrade() else { return };
                changes.mark_unchanged();
                this.read();
            }
        }));
    }
    this.sync();
    this.widgets.dialog.present(Some(parent));
    // All other references are weak: this one ends with the dialog.
    let dialog = this.widgets.dialog.clone();
    let kept = RefCell::new(Some(this));
    dialog.connect_closed(move |_| drop(kept.take()));
}

fn title(targets: &[Target]) -> String {
    let count = u32::try_from(targets.len()).unwrap_or(u32::MAX);
    let (number, first) = (count.to_string(), targets.first().map_or("", |target| &target.name));
    ngettext_f(
        "Tags of “{guest}”",
        "Tags of {n} Guests",
        count,
        &[("guest", first), ("n", &number)],
    )
}

impl Dialog {
    fn connect(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        let on = move |act: fn(&Rc<Self>)| {
            let weak: Weak<Self> = weak.clone();
            move || {
                if let Some(this) = weak.upgrade() {
                    act(&this);
                }
            }
        };
        let Widgets { entry, add, save, list, .. } = &self.widgets;
        let typed = on(|this| {
            this.widgets.list.invalidate_filter();
            this.sync();
        });
        entry.connect_changed(move |_| typed());
        let entered = on(|this| {
            // Enter adds what is written, and ends where nothing is.
            if this.typed().is_empty() { this.save() } else { this.add_typed() }
        });
        entry.connect_entry_activated(move |_| entered());
        let added = on(Self::add_typed);
        add.connect_clicked(move |_| added());
        let saved = on(Self::save);
        save.connect_clicked(move |_| saved());
        let weak = Rc::downgrade(self);
        list.set_filter_func(move |row| {
            let typed = weak.upgrade().map(|this| this.typed()).unwrap_or_default();
            row.downcast_ref::<adw::ActionRow>().is_none_or(|row| fits(&row.title(), &typed))
        });
    }

    fn typed(&self) -> String {
        self.widgets.entry.text().trim().to_owned()
    }

    /// What is known of all guests, once it is known of those to change.
    fn details(&self) -> Option<Vec<Arc<DomainDetails>>> {
        let known = |target: &Target| {
            let inventory = target.handle.inventory();
            let inventory = inventory.borrow();
            match inventory.details.get(&target.id) {
                Some(details) => Some(Some(Arc::clone(details))),
                // One that is gone has no tags to wait for.
                None if inventory.domains.contains_key(&target.id) => None,
                None => Some(None),
            }
        };
        let details: Option<Vec<_>> = self.targets.iter().map(known).collect();
        Some(details?.into_iter().flatten().collect())
    }

    /// Takes what the hosts have told by now.
    fn read(self: &Rc<Self>) {
        if self.choices.borrow().is_none() {
            let Some(details) = self.details() else { return };
            let of_each = details.iter().map(|details| details.tags.clone()).collect();
            self.choices.replace(Some(Choices::new(of_each)));
        }
        for target in &self.targets {
            let inventory = target.handle.inventory();
            let inventory = inventory.borrow();
            if let Some(choices) = &mut *self.choices.borrow_mut() {
                for details in inventory.details.values() {
                    details.tags.iter().for_each(|tag| choices.suggest(tag));
                }
            }
        }
        self.list_tags();
        self.sync();
    }

    /// Makes a row for each tag that has none yet.
    fn list_tags(self: &Rc<Self>) {
        let choices = self.choices.borrow();
        let Some(choices) = &*choices else { return };
        for (at, choice) in choices.iter().enumerate() {
            let mut rows = self.rows.borrow_mut();
            if rows.get(at).is_some_and(|row| row.tag == choice.tag) {
                continue;
            }
            let hint = match choice.has {
                Has::Some(count) => {
                    let (count, all) = (count.to_string(), self.targets.len().to_string());
                    // Translators: below a tag: {n} of the {all} selected guests have it
                    gettext_f("On {n} of {all} guests", &[("n", &count), ("all", &all)])
                }
                Has::All | Has::None => String::new(),
            };
            let row = TagRow::new(&choice.tag, &hint);
            row.show(choice);
            self.widgets.list.insert(&row.row, i32::try_from(at).unwrap_or(i32::MAX));
            let (weak, tag) = (Rc::downgrade(self), choice.tag.clone());
            row.check.connect_toggled(move |check| {
                if let Some(this) = weak.upgrade() {
                    check.set_inconsistent(false);
                    if let Some(choices) = &mut *this.choices.borrow_mut() {
                        choices.choose(&tag, check.is_active());
                    }
                    this.sync();
                }
            });
            rows.insert(at, row);
        }
    }

    /// Ticks the tag that is written, or adds it. Returns whether that could
    /// be done; what cannot is said.
    fn take_typed(self: &Rc<Self>) -> bool {
        let typed = self.typed();
        if typed.is_empty() {
            return true;
        }
        if self.problem().is_some() {
            return false;
        }
        let known = match &mut *self.choices.borrow_mut() {
            Some(choices) => choices.add(&typed),
            None => return false,
        };
        self.list_tags();
        let check = {
            let rows = self.rows.borrow();
            rows.iter().find(|row| row.tag == known).map(|row| row.check.clone())
        };
        if let Some(check) = check {
            check.set_inconsistent(false);
            check.set_active(true);
        }
        true
    }

    fn add_typed(self: &Rc<Self>) {
        if self.take_typed() {
            self.widgets.entry.set_text("");
            self.sync();
        }
    }

    /// What speaks against the text in the entry, or against all that is chosen.
    fn problem(&self) -> Option<TagProblem> {
        let typed = self.typed();
        let choices = self.choices.borrow();
        if !typed.is_empty()
            && let Err(problem) = tag(&typed)
        {
            return Some(problem);
        }
        let most = choices.as_ref().map_or(0, |choices| choices.most(&typed));
        (most > MAX_TAGS).then_some(TagProblem::TooMany)
    }

    /// Shows what can be done now.
    fn sync(&self) {
        let problem = self.problem();
        self.widgets.say(&problem.map(words).unwrap_or_default());
        let typed = !self.typed().is_empty();
        let choices = self.choices.borrow();
        let changed = choices.as_ref().is_some_and(|choices| !choices.change().is_empty());
        let ready = choices.is_some() && problem.is_none() && !self.saving.get();
        self.widgets.add.set_sensitive(ready && typed);
        self.widgets.save.set_sensitive(ready && (typed || changed));
        let typed = self.typed();
        let fitting = |choices: &Choices| choices.iter().any(|choice| fits(&choice.tag, &typed));
        self.widgets.list.set_visible(choices.as_ref().is_some_and(fitting));
    }

    fn save(self: &Rc<Self>) {
        if self.saving.get() || !self.take_typed() {
            return;
        }
        let change = self.choices.borrow().as_ref().map(Choices::change).unwrap_or_default();
        if change.is_empty() {
            return;
        }
        self.saving.set(true);
        self.sync();
        let weak = Rc::downgrade(self);
        let work: Vec<_> = self
            .targets
            .iter()
            .map(|target| {
                let (handle, id, change) = (target.handle.clone(), target.id, change.clone());
                relm4::spawn(async move { handle.change_tags(id, change).await })
            })
            .collect();
        relm4::spawn_local(async move {
            let mut errors = Vec::new();
            for one in work {
                // A task that panicked has been reported by the panic itself.
                if let Ok(Err(error)) = one.await {
                    errors.push(error);
                }
            }
            let Some(this) = weak.upgrade() else { return };
            this.saving.set(false);
            if errors.is_empty() {
                this.widgets.dialog.close();
            } else {
                this.widgets.complain(&complaint(&errors));
                this.sync();
            }
        });
    }
}

/// Whether a tag is listed while this is written.
fn fits(tag: &str, typed: &str) -> bool {
    fold(tag).contains(&fold(typed))
}

fn complaint(errors: &[BackendError]) -> String {
    let first = errors.first().map(error::describe);
    first.map(|message| format!("{}: {}", message.title, message.body)).unwrap_or_default()
}

fn words(problem: TagProblem) -> String {
    let number = |number: usize| number.to_string();
    match problem {
        TagProblem::Character(_) => gettext("A tag cannot have invisible characters in it"),
        TagProblem::TooLong => {
            gettext_f("A tag can have {n} characters at most", &[("n", &number(MAX_LENGTH))])
        }
        TagProblem::TooMany => {
            gettext_f("A guest can have {n} tags at most", &[("n", &number(MAX_TAGS))])
        }
        _ => String::new(),
    }
}
