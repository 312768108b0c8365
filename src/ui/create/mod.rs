//! The assistant that makes a guest.
//!
//! One component holds the [`draft::Draft`] and everything read for it; the
//! pages below [`pages`] only show it. What the draft means for libvirt is
//! worked out in [`platform`] and by the model's `install`.

mod draft;
mod helpers;
mod host;
mod inspect;
mod jobs;
mod messages;
mod methods;
mod pages;
mod plan;
mod platform;
mod proposals;
mod reading;
mod source;
mod systems;
mod texts;

pub use messages::{CreateCmd, CreateInit, CreateInput, CreateOutput};

use std::{collections::BTreeMap, path::PathBuf, rc::Rc, sync::Arc};

use gettextrs::gettext;
use relm4::{
    Component, ComponentParts, ComponentSender,
    adw::{self, prelude::*},
    gtk,
};
use uuid::Uuid;

use self::{
    draft::{Draft, Page},
    host::Host,
    jobs::RunningJob,
    pages::{
        Problem, advanced::AdvancedPage, progress::ProgressPage, resources::ResourcesPage,
        review::ReviewPage, source::SourcePage, system::SystemPage, xml::XmlPage,
    },
    source::Medium,
    systems::SystemList,
};
use crate::{
    backend::NewVolume,
    model::{ConnectionId, Inventory, osinfo::OsDatabase},
    ui::context::{Context, HostEntry},
};

/// The assistant.
#[derive(Debug)]
// Each flag is a thing of its own; none excludes another.
#[allow(clippy::struct_excessive_bools)]
pub struct Create {
    context: Context,
    /// The last known state of every host.
    inventories: BTreeMap<ConnectionId, Arc<Inventory>>,
    /// The connected hosts.
    hosts: Vec<HostEntry>,
    /// The host to change to once it is connected.
    wanted: Option<ConnectionId>,
    host: Option<Host>,
    draft: Draft,
    page: Page,
    /// What was found in the chosen medium or image.
    medium: Medium,
    /// Counts the questions what a medium is; the newest answer counts.
    looks: u64,
    /// How many systems the medium may hold.
    detected_count: usize,
    /// The architecture that the medium is for.
    medium_arch: Option<String>,
    /// Whether the hypervisor can read the medium as its owner left it.
    medium_readable: bool,
    /// The new guest's id.
    uuid: Uuid,
    /// The default pool is being made, and for which host.
    making_pool: Option<ConnectionId>,
    /// Whether the file came from outside: goes on by itself where it can.
    given: bool,
    recent: Vec<PathBuf>,
    volume_search: String,
    systems: Option<Arc<OsDatabase>>,
    systems_found: Rc<SystemList>,
    system_search: String,
    show_old_systems: bool,
    problem: Option<(Page, Problem)>,
    job: Option<RunningJob>,
    stopping: bool,
    starting_network: bool,
    starting_pool: bool,
    /// What the draft comes to; worked out again with every change.
    plan: Option<Result<plan::Plan, Problem>>,
    /// The definition as edited by the user.
    edited: Option<String>,
    /// Volumes for disks that the user added to it.
    more_volumes: Vec<NewVolume>,
    /// The line that the editor is to show next.
    go_to_line: Option<u32>,
}

/// The assistant's widgets.
#[derive(Debug)]
pub struct CreateWidgets {
    navigation: adw::NavigationView,
    source: SourcePage,
    system: SystemPage,
    resources: ResourcesPage,
    review: ReviewPage,
    advanced: AdvancedPage,
    xml: XmlPage,
    progress: ProgressPage,
}

impl Component for Create {
    type CommandOutput = CreateCmd;
    type Input = CreateInput;
    type Output = CreateOutput;
    type Init = CreateInit;
    type Root = adw::Dialog;
    type Widgets = CreateWidgets;

    fn init_root() -> Self::Root {
        adw::Dialog::builder()
            .title(gettext("New Guest"))
            .content_width(640)
            .content_height(720)
            .build()
    }

    fn init(
        init: Self::Init,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let tx = sender.input_sender().clone();
        let widgets = CreateWidgets::new(&root, &tx);
        let mut model = Self {
            context: init.context,
            inventories: BTreeMap::new(),
            hosts: Vec::new(),
            wanted: init.connection,
            host: None,
            draft: Draft::default(),
            page: Page::Source,
            medium: Medium::default(),
            looks: 0,
            detected_count: 0,
            medium_arch: None,
            medium_readable: false,
            uuid: Uuid::new_v4(),
            making_pool: None,
            given: init.source.is_some(),
            recent: Vec::new(),
            volume_search: String::new(),
            systems: None,
            systems_found: Rc::default(),
            system_search: String::new(),
            show_old_systems: false,
            problem: None,
            job: None,
            stopping: false,
            starting_network: false,
            starting_pool: false,
            plan: None,
            edited: None,
            more_volumes: Vec::new(),
            go_to_line: None,
        };
        model.find_systems();
        Self::load_systems(&sender);
        source::read_recent(&sender);
        model.watch_hosts(&sender);
        if let Some(path) = init.source {
            sender.input(CreateInput::FileDropped(path));
        }
        widgets.show(&model, &root);
        ComponentParts { model, widgets }
    }

    fn update(&mut self, message: CreateInput, sender: ComponentSender<Self>, root: &adw::Dialog) {
        self.happened(message, &sender, root);
        self.refresh(&sender);
    }

    fn update_cmd(&mut self, result: CreateCmd, sender: ComponentSender<Self>, root: &adw::Dialog) {
        self.arrived(result, &sender, root);
        self.refresh(&sender);
    }

    fn update_view(&self, widgets: &mut Self::Widgets, _sender: ComponentSender<Self>) {
        if let Some(root) = widgets.navigation.ancestor(adw::Dialog::static_type())
            && let Ok(root) = root.downcast::<adw::Dialog>()
        {
            widgets.show(self, &root);
        }
    }
}

impl CreateWidgets {
    fn new(root: &adw::Dialog, sender: &pages::Sender) -> Self {
        let widgets = Self {
            navigation: adw::NavigationView::new(),
            source: SourcePage::new(sender),
            system: SystemPage::new(sender),
            resources: ResourcesPage::new(sender),
            review: ReviewPage::new(sender),
            advanced: AdvancedPage::new(sender),
            xml: XmlPage::new(sender),
            progress: ProgressPage::new(sender),
        };
        for page in [
            widgets.source.page(),
            widgets.system.page(),
            widgets.resources.page(),
            widgets.review.page(),
            widgets.advanced.page(),
            widgets.xml.page(),
            widgets.progress.page(),
        ] {
            widgets.navigation.add(page);
        }
        root.set_child(Some(&widgets.navigation));
        root.set_focus(Some(widgets.source.first()));

        let tx = sender.clone();
        widgets.navigation.connect_visible_page_notify(move |navigation| {
            let tag = navigation.visible_page_tag();
            if let Some(page) = tag.and_then(|tag| Page::from_tag(&tag)) {
                tx.emit(CreateInput::PageShown(page));
            }
        });
        let tx = sender.clone();
        root.connect_close_attempt(move |_| tx.emit(CreateInput::CloseAttempted));
        let tx = sender.clone();
        root.connect_closed(move |_| tx.emit(CreateInput::Closed));

        let drop =
            gtk::DropTarget::new(gtk::gdk::FileList::static_type(), gtk::gdk::DragAction::COPY);
        let tx = sender.clone();
        drop.connect_drop(move |_, value, _, _| {
            let path = value
                .get::<gtk::gdk::FileList>()
                .ok()
                .and_then(|list| list.files().first().and_then(gtk::prelude::FileExt::path));
            match path {
                Some(path) => {
                    tx.emit(CreateInput::FileDropped(path));
                    true
                }
                None => false,
            }
        });
        root.add_controller(drop);
        widgets
    }

    /// Shows the model.
    fn show(&self, model: &Create, root: &adw::Dialog) {
        match model.page {
            Page::Source => self.source.show(model),
            Page::System => self.system.show(model),
            Page::Resources => self.resources.show(model),
            Page::Review => self.review.show(model),
            Page::Advanced => self.advanced.show(model),
            Page::Xml => self.xml.show(model),
            Page::Progress => self.progress.show(model),
        }
        self.go_to(model.page);
        let default = match model.page {
            Page::Source => Some(self.source.next()),
            Page::System => Some(self.system.next()),
            Page::Resources => Some(self.resources.next()),
            Page::Review => Some(self.review.next()),
            Page::Advanced => Some(self.advanced.next()),
            Page::Xml => Some(self.xml.next()),
            Page::Progress => None,
        };
        root.set_default_widget(default);
        root.set_can_close(model.job.is_none());
        if let (Page::Xml, Some(line)) = (model.page, model.go_to_line) {
            self.xml.go_to_line(line);
        }
    }

    /// Moves to `page`: back if it was passed, else forward.
    fn go_to(&self, page: Page) {
        let tag = page.tag();
        if self.navigation.visible_page_tag().is_some_and(|now| now == tag) {
            return;
        }
        let passed = self
            .navigation
            .navigation_stack()
            .iter::<adw::NavigationPage>()
            .filter_map(Result::ok)
            .any(|page| page.tag().is_some_and(|have| have == tag));
        if passed {
            self.navigation.pop_to_tag(tag);
        } else {
            self.navigation.push_by_tag(tag);
        }
    }
}
