//! The list of guests in a real window, on libvirt's test driver.

mod bench;

use std::{
    cell::{Cell, RefCell},
    time::{Duration, Instant},
};

use relm4::{
    adw,
    adw::prelude::*,
    gtk::{self, gdk, gio, glib},
};

use self::bench::{Bench, answer};
use crate::{
    model::{DomainAction, DomainId, HostState},
    ui::testing::{descendants, press, run, wait_until as until},
};

fn guest(bench: &Bench, name: &str) -> DomainId {
    let inventory = bench.handle().inventory();
    let inventory = inventory.borrow();
    let found = inventory.domains.values().find(|guest| guest.name == name);
    found.expect("the guest is known").id
}

#[test]
fn what_happens_elsewhere_shows_and_the_selection_stays() {
    run(|| {
        let bench = Bench::open(&["mail", "web10", "web9"]);
        bench.until_shown("3 guests");
        assert_eq!(bench.labels_of_rows(), ["mail", "web9", "web10"]);
        bench.select("web10");
        let (handle, id) = (bench.handle(), guest(&bench, "web10"));
        answer(async move { handle.act(id, DomainAction::Pause).await }).expect("it pauses");
        bench.until_shown("Paused");
        assert_eq!(bench.selected(), ["web10"]);
        let (handle, id) = (bench.handle(), guest(&bench, "mail"));
        answer(async move { handle.act(id, DomainAction::ForceOff).await }).expect("it stops");
        bench.until_shown("Off");
        assert_eq!(bench.selected(), ["web10"]);
    });
}

#[test]
fn actions_follow_the_selection_and_do_what_they_say() {
    run(|| {
        let bench = Bench::open(&["mail", "web"]);
        bench.until_shown("2 guests");
        assert!(!bench.enabled("pause"), "nothing is selected");
        bench.select("web");
        until("pause is offered", || bench.enabled("pause"));
        for name in ["resume", "start", "drop-saved-state", "rename"] {
            assert!(!bench.enabled(name), "{name} of a running guest");
        }
        for name in ["open", "shut-down", "reset", "force-off", "save", "describe", "delete"] {
            assert!(bench.enabled(name), "{name} of a running guest");
        }
        bench.activate("pause");
        until("it is paused", || bench.enabled("resume") && !bench.enabled("pause"));
        bench.activate("resume");
        until("it runs again", || bench.enabled("pause"));
        bench.activate("shut-down");
        until("it is off", || bench.enabled("start") && bench.enabled("rename"));
        assert!(!bench.enabled("pause"));
        bench.activate("autostart");
        bench.until_shown("Autostart");
        bench.activate("start");
        until("it runs", || bench.enabled("pause"));
    });
}

#[test]
fn search_and_state_filters_narrow_the_list() {
    run(|| {
        let bench = Bench::open(&["mail", "web1", "web2"]);
        bench.until_shown("3 guests");
        let search: gtk::SearchEntry = bench.find(|_| true);
        search.set_text("WEB");
        bench.until_shown("2 of 3 guests");
        assert_eq!(bench.labels_of_rows(), ["web1", "web2"]);
        search.set_text("web nothing");
        bench.until_shown("No Guest Found");
        let all: gtk::Button = bench.find(|button: &gtk::Button| {
            button.label().is_some_and(|label| label == "Show All Guests")
        });
        all.emit_clicked();
        bench.until_shown("3 guests");
        assert_eq!(search.text(), "");
        bench.activate("show-off");
        bench.until_shown("0 of 3 guests");
        let (handle, id) = (bench.handle(), guest(&bench, "web2"));
        answer(async move { handle.act(id, DomainAction::ForceOff).await }).expect("it stops");
        bench.until_shown("1 of 3 guests");
        assert_eq!(bench.labels_of_rows(), ["web2"]);
    });
}

#[test]
fn an_empty_host_offers_to_create_a_guest_and_nothing_else() {
    run(|| {
        let bench = Bench::open(&[]);
        bench.until_shown("No Guests Yet");
        let create: gtk::Button = bench.find(|button: &gtk::Button| {
            button.label().is_some_and(|label| label == "Create Guest")
        });
        create.emit_clicked();
        until("the assistant is asked for", || {
            bench.outputs().iter().any(|output| output.starts_with("CreateGuest"))
        });
    });
}

#[test]
fn only_the_guests_in_view_are_read_and_none_while_hidden() {
    run(|| {
        let names: Vec<String> = (0..300).map(|n| format!("g{n:03}")).collect();
        let bench = Bench::open(&names.iter().map(String::as_str).collect::<Vec<_>>());
        bench.until_shown("300 guests");
        bench.handle().set_stats_interval(Duration::from_millis(50));
        let stats = bench.handle().stats();
        until("their load is read", || stats.borrow().guests.len() >= 5);
        let inventory = bench.handle().inventory();
        until("their definitions are read", || inventory.borrow().details.len() >= 5);
        assert!(inventory.borrow().details.len() < 60, "{}", inventory.borrow().details.len());
        assert!(stats.borrow().guests.len() < 60, "{}", stats.borrow().guests.len());
        bench.window().set_visible(false);
        // Ten times the interval without news.
        let last = Cell::new(Instant::now());
        let news = RefCell::new(stats);
        let fresh = || {
            let fresh = news.borrow().has_changed().unwrap();
            news.borrow_mut().mark_unchanged();
            fresh
        };
        until("nobody's load is read", || {
            if fresh() {
                last.set(Instant::now());
            }
            last.get().elapsed() > Duration::from_millis(500)
        });
        bench.window().set_visible(true);
        until("it is read again", fresh);
    });
}

#[test]
fn thirty_guests_that_change_at_once_all_show_it() {
    run(|| {
        let names: Vec<String> = (0..30).map(|n| format!("g{n:03}")).collect();
        let bench = Bench::open(&names.iter().map(String::as_str).collect::<Vec<_>>());
        bench.until_shown("30 guests");
        let selection = bench.selection();
        selection.select_all();
        until("all are selected", || bench.enabled("shut-down"));
        bench.activate("shut-down");
        bench.activate("show-off");
        bench.until_shown("30 guests");
        assert_eq!(selection.selection().size(), 30, "the selection stays");
        until("none runs", || !bench.enabled("shut-down"));
    });
}

#[test]
fn forcing_off_asks_once_by_name_and_can_be_cancelled() {
    run(|| {
        let bench = Bench::open(&["mail", "web"]);
        bench.until_shown("2 guests");
        bench.select("web");
        until("it is offered", || bench.enabled("force-off"));
        bench.activate("force-off");
        let dialog: adw::AlertDialog = bench.question();
        assert_eq!(dialog.heading().unwrap(), "Force Off “web”?");
        assert_eq!(dialog.response_label("do"), "Force Off");
        assert_eq!(dialog.default_response().unwrap(), "cancel");
        dialog.close();
        until("it is gone", || bench.dialog::<adw::AlertDialog>().is_none());
        assert!(bench.enabled("pause"), "it still runs");
        bench.activate("force-off");
        let dialog: adw::AlertDialog = bench.question();
        press(&dialog, "Force Off");
        until("it is off", || bench.enabled("start"));
    });
}

#[test]
fn deleting_keeps_the_disks_that_are_not_ticked() {
    run(|| {
        let bench = Bench::open(&["mail", "web"]);
        bench.until_shown("2 guests");
        bench.select("web");
        until("it is offered", || bench.enabled("delete"));
        bench.activate("delete");
        let dialog: adw::Dialog = bench.question();
        assert_eq!(dialog.title(), "Delete “web”?");
        let in_dialog = || descendants(&dialog);
        let button = |text: &str| {
            let found = in_dialog().into_iter().filter_map(|w| w.downcast::<gtk::Button>().ok());
            found.into_iter().find(|button| button.label().is_some_and(|label| label == text))
        };
        until("the disks are known", || {
            button("Delete Guest, Keep Disks").is_some_and(|button| button.is_sensitive())
        });
        let ticks: Vec<gtk::CheckButton> =
            in_dialog().into_iter().filter_map(|w| w.downcast().ok()).collect();
        assert_eq!(ticks.len(), 1, "its own disk can be ticked");
        assert!(!ticks[0].is_active(), "nothing is ticked by itself");
        ticks[0].set_active(true);
        assert!(button("Delete Guest and 1 Disk").is_some());
        ticks[0].set_active(false);
        button("Delete Guest, Keep Disks").expect("says what it does").emit_clicked();
        bench.until_shown("1 guest");
        let volumes = bench.volumes();
        assert!(volumes.contains(&"web.qcow2".to_owned()), "{volumes:?}");
    });
}

#[test]
fn a_name_that_is_taken_is_refused_while_it_is_typed() {
    run(|| {
        let bench = Bench::open(&["mail", "web"]);
        bench.until_shown("2 guests");
        let (handle, id) = (bench.handle(), guest(&bench, "web"));
        answer(async move { handle.act(id, DomainAction::ForceOff).await }).expect("it stops");
        bench.select("web");
        until("it is offered", || bench.enabled("rename"));
        bench.activate("rename");
        let dialog: adw::AlertDialog = bench.question();
        let entry = descendants(&dialog)
            .into_iter()
            .find_map(|widget| widget.downcast::<adw::EntryRow>().ok())
            .expect("an entry");
        assert_eq!(entry.text(), "web");
        entry.set_text("mail");
        assert!(!dialog.is_response_enabled("rename"));
        assert!(entry.has_css_class("error"));
        entry.set_text("www");
        assert!(dialog.is_response_enabled("rename"));
        press(&dialog, "Rename");
        until("it has its new name", || bench.labels_of_rows() == ["mail", "www"]);
    });
}

#[test]
fn a_title_replaces_the_name_in_the_list() {
    run(|| {
        let bench = Bench::open(&["mail", "web"]);
        bench.until_shown("2 guests");
        bench.select("web");
        until("it is offered", || bench.enabled("describe"));
        bench.activate("describe");
        let dialog: adw::Dialog = bench.question();
        let in_dialog = || descendants(&dialog);
        let save = in_dialog()
            .into_iter()
            .filter_map(|widget| widget.downcast::<gtk::Button>().ok())
            .find(|button| button.label().is_some_and(|label| label == "Save"))
            .expect("a button");
        until("the definition is read", || save.is_sensitive());
        let title = in_dialog()
            .into_iter()
            .find_map(|widget| widget.downcast::<adw::EntryRow>().ok())
            .expect("an entry");
        title.set_text("A shop & more");
        save.emit_clicked();
        until("the title shows", || bench.labels_of_rows().contains(&"A shop & more".to_owned()));
        assert_eq!(bench.selected(), ["A shop & more"], "it is the same guest");
    });
}

#[test]
fn a_lost_host_is_greyed_and_offers_nothing() {
    run(|| {
        let bench = Bench::open(&["mail", "web"]);
        bench.until_shown("2 guests");
        bench.select("web");
        until("it is offered", || bench.enabled("pause"));
        bench.handle().disconnect();
        let inventory = bench.handle().inventory();
        until("it is disconnected", || inventory.borrow().state == HostState::Disconnected);
        until("nothing is offered", || !bench.enabled("pause") && !bench.enabled("delete"));
    });
}

#[test]
fn a_dropped_image_goes_to_the_assistant() {
    run(|| {
        let bench = Bench::open(&["mail"]);
        bench.until_shown("1 guest");
        let target = bench.drop_target();
        let file = gio::File::for_path("/isos/a name with spaces.iso");
        let value = gdk::FileList::from_array(&[file]).to_value();
        let boxed = glib::BoxedValue(value);
        let taken: bool = target.emit_by_name("drop", &[&boxed, &1.0f64, &1.0f64]);
        assert!(taken);
        until("the assistant is asked for", || {
            bench.outputs().iter().any(|output| output.contains("a name with spaces.iso"))
        });
    });
}
