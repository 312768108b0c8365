//! The page's wiring: actions, shortcuts, sizes, drops.

use relm4::{
    ComponentSender, adw,
    adw::prelude::*,
    gtk::{self, gdk, gio, glib},
};

use super::{
    GuestAction, GuestsInput, GuestsPage,
    actions::group,
    filter::{SortBy, StateGroup},
    item::GuestItem,
    row::GuestRow,
};
use crate::{
    model::GuestChange,
    ui::{thumbnail::Hover, widgets::keep_focus},
};

/// The page's actions: those on guests, and those of the view menu.
pub(super) fn action_group(sender: &ComponentSender<GuestsPage>) -> gio::SimpleActionGroup {
    let input = sender.input_sender().clone();
    let group = group(move |action| input.emit(GuestsInput::Act(action)));
    for state in StateGroup::ALL {
        let name = format!("show-{}", state.name());
        let action = gio::SimpleAction::new_stateful(&name, None, &false.to_variant());
        let input = sender.input_sender().clone();
        action.connect_activate(move |action, _| {
            let on = action.state().and_then(|state| state.get::<bool>()).unwrap_or_default();
            action.set_state(&(!on).to_variant());
            input.emit(GuestsInput::ToggleState(state.name()));
        });
        group.add_action(&action);
    }
    let initial = SortBy::default().name().to_variant();
    let sort = gio::SimpleAction::new_stateful("sort", Some(glib::VariantTy::STRING), &initial);
    let input = sender.input_sender().clone();
    sort.connect_activate(move |action, target| {
        if let Some(target) = target {
            action.set_state(target);
            input.emit(GuestsInput::SortBy(target.get::<String>().unwrap_or_default()));
        }
    });
    group.add_action(&sort);
    group
}

impl GuestsPage {
    /// Connects the widgets that the view does not.
    pub(super) fn set_up(&mut self, sender: &ComponentSender<Self>) {
        let emit = |message: fn() -> GuestsInput| {
            let input = sender.input_sender().clone();
            move || input.emit(message())
        };
        let changed = emit(|| GuestsInput::SelectionChanged);
        self.list.selection.connect_selection_changed(move |_, _, _| changed());

        self.watch_visibility(sender);
        let moved = emit(|| GuestsInput::ViewChanged);
        self.list.view.connect_vadjustment_notify(move |view| {
            let Some(adjustment) = view.vadjustment() else { return };
            let (scrolled, resized) = (moved.clone(), moved.clone());
            adjustment.connect_value_changed(move |_| scrolled());
            adjustment.connect_changed(move |_| resized());
        });

        for (condition, _) in BREAKPOINTS {
            let Ok(condition) = adw::BreakpointCondition::parse(condition) else { continue };
            self.root.add_breakpoint(adw::Breakpoint::new(condition));
        }
        keep_focus(&self.root);
        let resized = emit(|| GuestsInput::Resized);
        self.root.connect_current_breakpoint_notify(move |_| resized());

        self.search.set_key_capture_widget(Some(&self.list.view));
        let more = sender.input_sender().clone();
        let view = self.list.view.clone();
        self.bar.more.connect_clicked(move |button| {
            let place = button.compute_point(&view, &gtk::graphene::Point::zero());
            let place = place.map(|place| (f64::from(place.x()), f64::from(place.y())));
            more.emit(GuestsInput::Menu(place));
        });
        let input = sender.input_sender().clone();
        self.bar.all.connect_clicked(move |_| input.emit(GuestsInput::SelectAll));
        self.set_up_pictures();
        self.set_up_keys(sender);
        self.set_up_drop(sender);
    }

    /// Follows whether anybody can see the page: it may be on another page of
    /// the window, or the window minimised or covered.
    fn watch_visibility(&self, sender: &ComponentSender<Self>) {
        let input = sender.input_sender().clone();
        self.root.connect_map(glib::clone!(
            #[strong]
            input,
            move |page| {
                input.emit(GuestsInput::Shown(true));
                let Some(window) = page.root().and_downcast::<gtk::Window>() else { return };
                let suspended = window.connect_suspended_notify(glib::clone!(
                    #[strong]
                    input,
                    move |window| input.emit(GuestsInput::Shown(!window.is_suspended()))
                ));
                let active = window.connect_is_active_notify(glib::clone!(
                    #[strong]
                    input,
                    move |window| {
                        if window.is_active() {
                            input.emit(GuestsInput::Returned);
                        }
                    }
                ));
                let handlers = std::cell::Cell::new(vec![suspended, active]);
                let unmap = std::rc::Rc::new(std::cell::Cell::new(None));
                let own = std::rc::Rc::clone(&unmap);
                unmap.set(Some(page.connect_unmap(move |page| {
                    handlers.take().into_iter().for_each(|handler| window.disconnect(handler));
                    if let Some(own) = own.take() {
                        page.disconnect(own);
                    }
                })));
            }
        ));
        self.root.connect_unmap(move |_| input.emit(GuestsInput::Shown(false)));
    }

    /// Shows the screen of the guest that the pointer rests on.
    fn set_up_pictures(&self) {
        let hover = Hover::new(self.context.clone());
        self.list.view.set_has_tooltip(true);
        self.list.view.connect_query_tooltip(move |view, x, y, by_keyboard, tooltip| {
            let below = if by_keyboard {
                view.focus_child().and_then(|item| item.first_child())
            } else {
                view.pick(f64::from(x), f64::from(y), gtk::PickFlags::DEFAULT)
            };
            let row = below.and_then(|widget| match widget.downcast::<GuestRow>() {
                Ok(row) => Some(row),
                Err(widget) => widget.ancestor(GuestRow::static_type()).and_downcast(),
            });
            let position = row.and_then(|row| row.position());
            let item = position.and_then(|at| view.model()?.item(at)).and_downcast::<GuestItem>();
            let Some(entry) = item.and_then(|item| item.entry()) else { return false };
            entry.summary.state.is_active() && hover.show(entry.guest, entry.label(), tooltip)
        });
    }

    fn set_up_keys(&self, sender: &ComponentSender<Self>) {
        let search = self.search.clone();
        let find = gtk::CallbackAction::new(move |_, _| {
            search.grab_focus();
            glib::Propagation::Stop
        });
        let everywhere = gtk::ShortcutController::new();
        everywhere.set_scope(gtk::ShortcutScope::Managed);
        everywhere.add_shortcut(shortcut("<Control>f", find.upcast()));
        self.root.add_controller(everywhere);

        let in_list = gtk::ShortcutController::new();
        let input = sender.input_sender().clone();
        let menu = gtk::CallbackAction::new(move |_, _| {
            input.emit(GuestsInput::Menu(None));
            glib::Propagation::Stop
        });
        in_list.add_shortcut(shortcut("Menu|<Shift>F10", menu.upcast()));
        // Not named actions: those say nothing while they are disabled.
        for (keys, change) in
            [("F2", GuestChange::Rename), ("Delete|KP_Delete", GuestChange::Delete)]
        {
            let input = sender.input_sender().clone();
            let asked = gtk::CallbackAction::new(move |_, _| {
                input.emit(GuestsInput::Asked(GuestAction::Change(change)));
                glib::Propagation::Stop
            });
            in_list.add_shortcut(shortcut(keys, asked.upcast()));
        }
        let (input, selection) = (sender.input_sender().clone(), self.list.selection.clone());
        let escape = gtk::CallbackAction::new(move |_, _| {
            selection.unselect_all();
            input.emit(GuestsInput::SelectionMode(false));
            glib::Propagation::Stop
        });
        let on_page = gtk::ShortcutController::new();
        let input = sender.input_sender().clone();
        let all = gtk::CallbackAction::new(move |_, _| {
            input.emit(GuestsInput::SelectAll);
            glib::Propagation::Stop
        });
        on_page.add_shortcut(shortcut("<Control>a", all.upcast()));
        on_page.add_shortcut(shortcut("Escape", escape.upcast()));
        self.root.add_controller(on_page);
        self.list.view.add_controller(in_list);
        let view = self.list.view.clone();
        self.search.connect_stop_search(move |entry| {
            entry.set_text("");
            view.grab_focus();
        });
    }

    /// Takes one dropped file for the assistant, which finds out what it is.
    fn set_up_drop(&self, sender: &ComponentSender<Self>) {
        let target = gtk::DropTarget::new(gdk::FileList::static_type(), gdk::DragAction::COPY);
        let input = sender.input_sender().clone();
        target.connect_drop(move |_, value, _, _| {
            let files = value.get::<gdk::FileList>().map(|list| list.files()).unwrap_or_default();
            let Some(path) = files.first().and_then(gio::prelude::FileExt::path) else {
                return false;
            };
            input.emit(GuestsInput::Create(Some(path)));
            true
        });
        self.root.add_controller(target);
    }
}

/// Room for a page, and whether that is narrow.
pub(super) const BREAKPOINTS: [(&str, bool); 2] =
    [("max-width: 820px", false), ("max-width: 600px", true)];

fn shortcut(trigger: &str, action: gtk::ShortcutAction) -> gtk::Shortcut {
    gtk::Shortcut::new(gtk::ShortcutTrigger::parse_string(trigger), Some(action))
}
