use std::rc::Rc;

use relm4::{Component, ComponentController, Controller, adw, adw::prelude::*, gtk};

use super::{HostCommand, Manager, ManagerInit, ManagerInput};
use crate::{
    model::HostState,
    ui::{
        context::Context,
        testing::{context, find, press, run, shows, wait_until},
    },
};

fn open(context: &Context) -> (adw::ApplicationWindow, Controller<Manager>) {
    let window = adw::ApplicationWindow::builder().default_width(1000).default_height(700).build();
    let init = ManagerInit { context: context.clone(), window: window.clone() };
    let manager = Manager::builder().launch(init).detach();
    window.set_content(Some(manager.widget()));
    window.present();
    (window, manager)
}

/// A test host's file with one running guest, and its URI.
fn host_file(folder: &std::path::Path) -> (std::path::PathBuf, String) {
    let file = folder.join("host.xml");
    let uri = format!("test://{}", file.display());
    (file, uri)
}

const HOST: &str = "<node><domain type='test'><name>web</name><memory>65536</memory>\
    <os><type>hvm</type></os></domain></node>";

#[test]
fn the_first_start_offers_hosts_and_one_click_connects() {
    run(|| {
        let (context, _prompts) = context();
        let (window, _manager) = open(&context);
        wait_until("the offer", || {
            find::<adw::ActionRow>(&window, |row| row.title() == "Test Host").is_some()
        });
        let row = find::<adw::ActionRow>(&window, |row| row.title() == "Test Host").unwrap();
        row.emit_by_name::<()>("activated", &[]);
        wait_until("the host in the list", || context.hosts().len() == 1);
        let host = context.hosts().remove(0);
        assert_eq!((host.uri.as_str(), host.autoconnect), ("test:///default", true));
        wait_until("its state in the sidebar", || shows(&window, "Connected"));
        wait_until("its guest", || shows(&window, "test"));
        context.remove_host(host.id);
        wait_until("the welcome again", || shows(&window, "Welcome to Posada"));
        window.destroy();
    });
}

#[test]
fn a_host_that_fails_says_why_and_can_be_tried_again() {
    run(|| {
        let folder = tempfile::tempdir().unwrap();
        let (file, uri) = host_file(folder.path());
        let (context, _prompts) = context();
        let id = context.add_host("Inn".to_owned(), uri, false);
        let (window, manager) = open(&context);
        manager.emit(ManagerInput::ShowHost(id));
        wait_until("the page", || shows(&window, "Not Connected"));
        press(&window, "Connect");
        wait_until("the failure", || shows(&window, "Details"));
        wait_until("it in the sidebar too", || shows(&window, "Could not connect"));
        std::fs::write(&file, HOST).unwrap();
        press(&window, "Try Again");
        wait_until("the guest", || shows(&window, "web"));
        manager.emit(ManagerInput::Host(id, HostCommand::Disconnect));
        wait_until("the end", || shows(&window, "Not Connected"));
        window.destroy();
    });
}

#[test]
fn a_hosts_menu_offers_what_its_state_allows() {
    run(|| {
        let (context, _prompts) = context();
        let id = context.add_host("Inn".to_owned(), "test:///default".to_owned(), false);
        let (window, manager) = open(&context);
        wait_until("the row", || shows(&window, "Inn"));
        let row = find::<gtk::ListBoxRow>(&window, |row| row.widget_name() == id.to_string());
        let row = Rc::new(row.unwrap());
        let enabled = |name: &str| {
            let group = row.clone();
            // As a menu would ask: through the row's own actions.
            let menu = find::<gtk::MenuButton>(&*group, |_| true).unwrap();
            menu.activate_action(&format!("host.{name}"), None).is_ok()
        };
        assert!(enabled("connect"));
        let handle = context.handle(id).unwrap();
        let inventory = handle.inventory();
        wait_until("the connection", || inventory.borrow().state == HostState::Ready);
        wait_until("the row's state", || shows(&*row, "Connected"));
        assert!(enabled("autoconnect"));
        wait_until("the list", || context.host(id).is_some_and(|host| host.autoconnect));
        assert!(enabled("disconnect"));
        wait_until("the row's state", || shows(&*row, "Not connected"));
        manager.emit(ManagerInput::Renamed(id, "Tavern".to_owned()));
        wait_until("the new name", || shows(&*row, "Tavern"));
        assert_eq!(context.settings.hosts()[0].name, "Tavern", "it is kept");
        window.destroy();
    });
}
