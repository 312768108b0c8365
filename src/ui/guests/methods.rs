//! What the list does.

use std::{rc::Rc, sync::Arc, time::Duration};

use gettextrs::gettext;
use relm4::{ComponentSender, adw, adw::prelude::*, gtk::gio};

use super::{
    GuestsCmd, GuestsPage, Scope,
    actions::{Targets, sync},
    entry::Entry,
    filter::{SortBy, StateGroup, sort},
    hosts::{Beyond, Host},
    menu,
    row::{RowStyle, RowWidth},
};
use crate::{
    i18n::ngettext_f,
    model::{ConnectionId, GuestRef, HostState, osinfo::OsDatabase},
    ui::os_database::os_database,
};

/// Rows that scroll by quickly are not asked about.
const LOOK_AFTER: Duration = Duration::from_millis(100);

/// What the page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PageState {
    List,
    Empty,
    NoMatch,
    Waiting,
    NotConnected,
}

impl PageState {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Empty => "empty",
            Self::NoMatch => "no-match",
            Self::Waiting => "waiting",
            Self::NotConnected => "not-connected",
        }
    }
}

impl GuestsPage {
    /// Takes the user's hosts as they are now.
    pub(super) fn follow_hosts(&mut self, sender: &ComponentSender<Self>) {
        let scope = self.scope;
        let mut wanted = self.context.hosts();
        wanted.retain(|entry| match scope {
            Scope::All => true,
            Scope::Host(id) => entry.id == id,
        });
        let mut old = std::mem::take(&mut self.hosts);
        for entry in &wanted {
            if let Some(place) = old.iter().position(|host| host.id() == entry.id) {
                let mut host = old.swap_remove(place);
                host.rename(&entry.name);
                self.hosts.push(host);
            } else if let Some(handle) = self.context.handle(entry.id) {
                self.hosts.push(Host::new(entry, handle, sender.command_sender()));
            }
        }
        self.arrange();
        self.refresh_all();
    }

    /// The page can be seen from now on, or no longer.
    pub(super) fn set_shown(&mut self, shown: bool) {
        if std::mem::replace(&mut self.shown, shown) == shown {
            return;
        }
        if shown {
            self.arrange();
            self.refresh_all();
        }
        self.look_around();
    }

    fn refresh_all(&mut self) {
        let names = &self.os_names;
        for host in &mut self.hosts {
            host.refresh(|id| names.name(id));
        }
        self.list_again();
    }

    pub(super) fn inventory_changed(&mut self, id: ConnectionId, sender: &ComponentSender<Self>) {
        if !self.shown {
            return;
        }
        let names = &self.os_names;
        let host = self.hosts.iter_mut().find(|host| host.id() == id);
        if host.is_some_and(|host| host.refresh(|id| names.name(id))) {
            self.list_again();
            self.look_around();
        } else {
            self.state = self.page_state();
            self.sync_actions();
        }
        // Only now: the list comes first, and hosts without a named system
        // need no names.
        if self.os_names.take_wish() {
            sender.oneshot_command(async { GuestsCmd::Systems(os_database().await) });
        }
    }

    /// Takes the names of operating systems.
    pub(super) fn name_systems(&mut self, systems: Arc<OsDatabase>) {
        self.os_names.set(systems);
        for host in &mut self.hosts {
            host.forget_rows();
        }
        self.refresh_all();
    }

    pub(super) fn stats_changed(&mut self, id: ConnectionId) {
        if !self.shown {
            return;
        }
        let Some(host) = self.host(id) else { return };
        for (domain, load) in &host.stats().guests {
            self.list.set_load(GuestRef { connection: id, domain: *domain }, load);
        }
        if self.sort.by_load() {
            self.list_again();
        }
    }

    /// Filters and sorts what is known and shows it.
    pub(super) fn list_again(&mut self) {
        let all = self.hosts.iter().flat_map(|host| &host.entries);
        let mut entries: Vec<_> =
            all.filter(|entry| self.filter.matches(entry)).map(Rc::clone).collect();
        let hosts = &self.hosts;
        let load = |guest: GuestRef| {
            hosts.iter().find(|host| host.id() == guest.connection)?.load(guest.domain)
        };
        sort(&mut entries, self.sort, |entry| load(entry.guest));
        self.list.show(&entries, load);
        let all = self.hosts.iter().map(|host| host.entries.len()).sum();
        self.count = count_text(entries.len(), all);
        self.state = self.page_state();
        self.offer_tags();
        // Guests that are no longer listed are no longer selected either, of
        // which the selection model says nothing.
        self.sync_actions();
    }

    fn page_state(&self) -> PageState {
        let states = || self.hosts.iter().map(|host| &host.inventory.state);
        if self.list.len() > 0 {
            PageState::List
        } else if self.hosts.iter().any(|host| !host.entries.is_empty()) {
            PageState::NoMatch
        } else if states().any(|state| *state == HostState::Ready) {
            PageState::Empty
        } else if states().any(|state| *state == HostState::Connecting) {
            PageState::Waiting
        } else {
            PageState::NotConnected
        }
    }

    /// Tells the hosts soon which rows are in view.
    pub(super) fn look_soon(&mut self, sender: &ComponentSender<Self>) {
        if !std::mem::replace(&mut self.looking, true) {
            sender.oneshot_command(async {
                relm4::tokio::time::sleep(LOOK_AFTER).await;
                GuestsCmd::LookAround
            });
        }
    }

    /// Tells the hosts which rows are in view; none while the page is hidden.
    pub(super) fn look_around(&mut self) {
        let guests = if self.shown { self.list.in_view() } else { Vec::new() };
        let beyond = Beyond {
            definitions: self.shown && (self.filter.searches() || self.filters.is_open()),
            load: self.shown && self.sort.by_load(),
        };
        for host in &mut self.hosts {
            host.look(&guests, beyond);
        }
    }

    /// Gives the rows the form that the page's width allows.
    pub(super) fn arrange(&mut self) {
        let breakpoint = self.root.current_breakpoint().and_then(|point| point.condition());
        let width = match breakpoint.as_ref().map(adw::BreakpointCondition::to_str) {
            None => RowWidth::Wide,
            Some(condition) if condition.contains("600") => RowWidth::Narrow,
            Some(_) => RowWidth::Medium,
        };
        let with_host = self.scope == Scope::All && self.hosts.len() > 1;
        self.list.set_style(RowStyle { width, with_host, selecting: self.selecting });
        self.sync_actions();
    }

    pub(super) fn toggle_state(&mut self, name: &str) {
        let Some(state) = StateGroup::ALL.into_iter().find(|state| state.name() == name) else {
            return;
        };
        if !self.filter.states.remove(&state) {
            self.filter.states.insert(state);
        }
        self.list_again();
    }

    pub(super) fn toggle_tag(&mut self, tag: &str) {
        self.filter.toggle_tag(tag);
        self.list_again();
        self.look_around();
    }

    /// Reads all guests' tags while there is a choice among them to make.
    pub(super) fn set_choosing(&mut self, choosing: bool) {
        if choosing {
            self.offer_tags();
        }
        self.look_around();
    }

    fn offer_tags(&self) {
        if self.filters.is_open() {
            let entries = self.hosts.iter().flat_map(|host| &host.entries);
            self.filters.offer_tags(&self.actions, self.filter.tag_choices(entries));
        }
    }

    pub(super) fn sort_by(&mut self, name: &str) {
        if let Some(sort) = SortBy::from_name(name) {
            self.sort = sort;
            self.list_again();
            self.look_around();
        }
    }

    pub(super) fn clear_filters(&mut self) {
        self.filter.clear_choices();
        for state in StateGroup::ALL {
            let action = self.actions.lookup_action(&format!("show-{}", state.name()));
            if let Some(action) = action.and_downcast::<gio::SimpleAction>() {
                action.set_state(&false.to_variant());
            }
        }
        self.search.set_text("");
        self.filter.search("");
        self.list_again();
        self.look_around();
    }

    pub(super) fn set_selecting(&mut self, on: bool) {
        self.selecting = on;
        if !on {
            self.list.selection.unselect_all();
        }
        self.arrange();
    }

    /// The selected guests with what is known of them.
    pub(super) fn targets(&self) -> Targets {
        let known = |guest: GuestRef| {
            let host = self.host(guest.connection)?;
            Some((Arc::clone(&host.inventory), guest.domain))
        };
        Targets(self.list.selected().into_iter().filter_map(known).collect())
    }

    pub(super) fn host(&self, id: ConnectionId) -> Option<&Host> {
        self.hosts.iter().find(|host| host.id() == id)
    }

    pub(super) fn entry(&self, guest: GuestRef) -> Option<&Rc<Entry>> {
        let entries = &self.host(guest.connection)?.entries;
        let place = entries.binary_search_by_key(&guest.domain, |entry| entry.guest.domain);
        entries.get(place.ok()?)
    }

    /// Enables what can be done with the selected guests.
    pub(super) fn sync_actions(&mut self) {
        let targets = self.targets();
        sync(&self.actions, &targets);
        let selected = self.list.selected();
        let name = match selected[..] {
            [guest] => self.entry(guest).map(|entry| entry.label().to_owned()),
            _ => None,
        };
        let narrow = self.list.style().width == RowWidth::Narrow;
        self.bar.show(&targets, name.as_deref(), self.selecting, narrow);
    }

    pub(super) fn open_menu(&self, place: Option<(f64, f64)>) {
        let targets = self.targets();
        let place = place.or_else(|| self.list.focused_place());
        if let Some(place) = place
            && !targets.0.is_empty()
        {
            menu::open(&self.list.view, place, &targets);
        }
    }
}

/// How many guests are listed, of how many; nothing where there are none.
fn count_text(listed: usize, all: usize) -> String {
    let count = u32::try_from(all).unwrap_or(u32::MAX);
    let (listed_text, all_text) = (grouped(listed), grouped(all));
    let args = [("n", all_text.as_str()), ("listed", listed_text.as_str())];
    match (listed, all) {
        (_, 0) => String::new(),
        _ if listed == all => ngettext_f("{n} guest", "{n} guests", count, &args),
        _ => ngettext_f("{listed} of {n} guest", "{listed} of {n} guests", count, &args),
    }
}

/// A number with its thousands apart.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    // Translators: what stands between thousands in a number, such as 1,000
    let separator = gettext(",");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push_str(&separator);
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::count_text;

    #[test]
    fn guests_are_counted_in_words() {
        assert_eq!(count_text(0, 0), "");
        assert_eq!(count_text(1, 1), "1 guest");
        assert_eq!(count_text(1000, 1000), "1,000 guests");
        assert_eq!(count_text(12, 1_234_567), "12 of 1,234,567 guests");
    }
}
