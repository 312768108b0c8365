//! The list in a window of its own, on a host of the test driver.

use std::{cell::RefCell, fmt::Write as _, future::Future, io::Write as _, rc::Rc, time::Duration};

use relm4::{Component, ComponentController, Controller, adw, adw::prelude::*, gtk};

use crate::{
    backend::ConnectionHandle,
    model::{ConnectionId, HostState},
    ui::{
        context::Context,
        guests::{GuestsInit, GuestsPage, Scope},
        testing::{context, descendants, find, wait_until as until},
    },
};

/// A window with the list of a test host's guests.
pub(super) struct Bench {
    window: adw::Window,
    page: Controller<GuestsPage>,
    context: Context,
    host: ConnectionId,
    outputs: Rc<RefCell<Vec<String>>>,
    _file: tempfile::NamedTempFile,
}

/// Runs a future while the main loop goes on.
pub(super) fn answer<T: 'static>(future: impl Future<Output = T> + 'static) -> T {
    let result = Rc::new(RefCell::new(None));
    let slot = Rc::clone(&result);
    relm4::spawn_local(async move {
        let value = future.await;
        slot.replace(Some(value));
    });
    until("an answer", || result.borrow().is_some());
    result.take().unwrap()
}

impl Bench {
    /// A host with running guests of these names, each with a disk of its own.
    pub(super) fn open(guests: &[&str]) -> Self {
        let file = test_host(guests);
        let (context, _) = context();
        let uri = format!("test://{}", file.path().display());
        let host = context.add_host("Test".to_owned(), uri, false);
        context.handle(host).unwrap().connect();
        let outputs = Rc::new(RefCell::new(Vec::new()));
        let seen = Rc::clone(&outputs);
        let page = GuestsPage::builder()
            .launch(GuestsInit { context: context.clone(), scope: Scope::Host(host) })
            .connect_receiver(move |_, output| seen.borrow_mut().push(format!("{output:?}")));
        let window = adw::Window::builder()
            .default_width(1000)
            .default_height(700)
            .content(page.widget())
            .build();
        window.present();
        let bench = Self { window, page, context, host, outputs, _file: file };
        let inventory = bench.handle().inventory();
        until("the host is connected", || inventory.borrow().state == HostState::Ready);
        bench
    }

    pub(super) fn window(&self) -> &adw::Window {
        &self.window
    }

    pub(super) fn handle(&self) -> ConnectionHandle {
        self.context.handle(self.host).unwrap()
    }

    /// What the page asked of its parent so far.
    pub(super) fn outputs(&self) -> Vec<String> {
        self.outputs.borrow().clone()
    }

    /// The first widget of this kind that fits.
    pub(super) fn find<W: IsA<gtk::Widget>>(&self, fits: impl Fn(&W) -> bool) -> W {
        find(self.page.widget(), fits).expect("the widget")
    }

    /// Waits for a label with this text that can be seen.
    pub(super) fn until_shown(&self, text: &str) {
        until(text, || {
            descendants(self.page.widget()).iter().any(|widget| {
                widget.is_mapped()
                    && widget
                        .downcast_ref::<gtk::Label>()
                        .is_some_and(|label| label.label() == text)
            })
        });
    }

    pub(super) fn selection(&self) -> gtk::MultiSelection {
        self.find(|_: &gtk::ListView| true).model().and_downcast().unwrap()
    }

    /// The rows from top to bottom, with their positions.
    fn rows(&self) -> Vec<(f32, String)> {
        let list: gtk::ListView = self.find(|_| true);
        let mut rows: Vec<(f32, String)> = descendants(&list)
            .into_iter()
            .filter(|widget| widget.is_mapped() && widget.has_css_class("heading"))
            .filter_map(|widget| {
                let top = widget.compute_bounds(&list)?.y();
                Some((top, widget.downcast::<gtk::Label>().ok()?.label().to_string()))
            })
            .collect();
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        rows
    }

    /// The labels of the rows, from top to bottom.
    pub(super) fn labels_of_rows(&self) -> Vec<String> {
        self.rows().into_iter().map(|(_, label)| label).collect()
    }

    /// Selects the guest with this label.
    pub(super) fn select(&self, label: &str) {
        let place = self.labels_of_rows().iter().position(|row| row == label).expect("a row");
        self.selection().select_item(u32::try_from(place).unwrap(), true);
    }

    /// The labels of the selected guests, where all rows can be seen.
    pub(super) fn selected(&self) -> Vec<String> {
        let selection = self.selection().selection();
        let rows = self.labels_of_rows();
        let places = (0..selection.size()).map(|nth| selection.nth(u32::try_from(nth).unwrap()));
        places.map(|place| rows[place as usize].clone()).collect()
    }

    /// Whether the action `guests.<name>` can be activated.
    pub(super) fn enabled(&self, name: &str) -> bool {
        let button = gtk::Button::new();
        button.set_action_name(Some(&format!("guests.{name}")));
        // A button asks the widgets above it, as those in the page do.
        let toolbar: gtk::Box =
            self.find(|widget: &gtk::Box| widget.has_css_class("guest-toolbar"));
        toolbar.append(&button);
        let enabled = button.is_sensitive();
        toolbar.remove(&button);
        enabled
    }

    pub(super) fn activate(&self, name: &str) {
        let inside: gtk::SearchEntry = self.find(|_| true);
        inside.activate_action(&format!("guests.{name}"), None).expect("the action exists");
    }

    /// The dialog that is open.
    pub(super) fn dialog<D: IsA<adw::Dialog>>(&self) -> Option<D> {
        self.window.visible_dialog().and_downcast()
    }

    /// The dialog that is open, once it can be answered.
    pub(super) fn question<D: IsA<adw::Dialog>>(&self) -> D {
        let answerable =
            |dialog: D| find::<gtk::Button>(dialog.upcast_ref::<adw::Dialog>(), |_| true).is_some();
        until("it asks", || self.dialog().is_some_and(answerable));
        self.dialog().unwrap()
    }

    /// Where files are dropped.
    pub(super) fn drop_target(&self) -> gtk::DropTarget {
        let controllers = self.page.widget().observe_controllers();
        let mut all = (0..controllers.n_items()).filter_map(|place| controllers.item(place));
        all.find_map(|one| one.downcast().ok()).expect("a drop target")
    }

    /// The names of the volumes that are left.
    pub(super) fn volumes(&self) -> Vec<String> {
        let handle = self.handle();
        answer(async move {
            let pools = handle.pools().await.expect("pools");
            let volumes = handle.volumes(pools[0].id).await.expect("volumes");
            volumes.into_iter().map(|volume| volume.name).collect()
        })
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.window.destroy();
        self.context.backend.shut_down(Duration::from_secs(5));
    }
}

/// A file for the test driver with running guests of these names.
fn test_host(guests: &[&str]) -> tempfile::NamedTempFile {
    let mut domains = String::new();
    let mut volumes = String::new();
    for (number, name) in guests.iter().enumerate() {
        write!(
            domains,
            "<domain type='test'><name>{name}</name>\
             <uuid>00000000-0000-4000-8000-{number:012}</uuid>\
             <memory unit='MiB'>512</memory><vcpu>1</vcpu><os><type>hvm</type></os><devices>\
             <disk type='file' device='disk'><source file='/pool/{name}.qcow2'/>\
             <target dev='vda' bus='virtio'/></disk></devices></domain>"
        )
        .unwrap();
        write!(
            volumes,
            "<volume type='file'><name>{name}.qcow2</name><capacity>1048576</capacity>\
             <allocation>4096</allocation></volume>"
        )
        .unwrap();
    }
    let xml = format!(
        "<node>{domains}<pool type='dir'><name>pool</name><target><path>/pool</path></target>\
         {volumes}</pool><cpu><mhz>2000</mhz><model>x86_64</model><active>4</active>\
         <nodes>1</nodes><sockets>1</sockets><cores>4</cores><threads>1</threads></cpu>\
         <memory>33554432</memory></node>"
    );
    let mut file = tempfile::Builder::new().prefix("posada-ui-").suffix(".xml").tempfile().unwrap();
    file.write_all(xml.as_bytes()).unwrap();
    file
}
