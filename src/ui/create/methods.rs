//! What follows from what happens.

use std::rc::Rc;

use gettextrs::gettext;
use relm4::{
    ComponentSender,
    adw::{self, prelude::*},
    gtk,
};

use super::{
    Create, CreateCmd, CreateInput, CreateOutput,
    draft::{AccessChoice, Page, Source, SourceStep},
    jobs,
    pages::Severity,
    source::Medium,
    systems,
};
use crate::{backend::BackendError, model::FileAccess};

impl Create {
    /// Something happened in the dialog.
    #[allow(clippy::too_many_lines)] // one line or two for each message
    pub(super) fn happened(
        &mut self,
        message: CreateInput,
        sender: &ComponentSender<Self>,
        root: &adw::Dialog,
    ) {
        self.go_to_line = None;
        match message {
            CreateInput::NextClicked => self.go_on(sender),
            CreateInput::PageShown(page) => self.page_shown(page),
            CreateInput::HostPicked(at) => {
                if let Some(id) = self.hosts.get(at).map(|host| host.id) {
                    self.take_host(id, sender);
                }
            }
            CreateInput::MethodPicked(method) => {
                if self.draft.method != method {
                    self.draft.method = method;
                    self.problem = None;
                    self.look_into_source(sender);
                    self.check_access(sender);
                }
            }
            CreateInput::ChooseFileClicked => self.choose_file(sender, root),
            CreateInput::FileChosen(Some(path)) => self.take_source(Source::File(path), sender),
            CreateInput::FileChosen(None) => {}
            CreateInput::FileDropped(path) => Self::take_dropped(&path, sender),
            CreateInput::VolumeChosen(source) => self.take_source(source, sender),
            CreateInput::VolumeSearchChanged(text) => self.volume_search = text,
            CreateInput::ImageUsePicked(how) => self.draft.image_use.set(how),
            CreateInput::AccessChoicePicked(choice) => self.draft.access_choice = choice,
            CreateInput::CopyPoolPicked(at) => {
                self.draft.copy_pool = self.pool_ids().get(at).copied().flatten();
            }
            CreateInput::StartPoolClicked => self.start_pool(sender),
            CreateInput::StopClicked => self.stop_job(),
            CreateInput::SystemSearchChanged(text) => {
                if self.system_search != text {
                    self.system_search = text;
                    self.find_systems();
                }
            }
            CreateInput::SystemSearchActivated => {
                // The best match first; once it is chosen, Enter goes on.
                let best = self.systems_found.iter().find_map(|choice| choice.id.clone());
                let searching = !self.system_search.is_empty() && best.is_some();
                let chosen = self
                    .systems_found
                    .iter()
                    .any(|choice| choice.id.is_some() && choice.id == self.draft.os.value);
                if searching && !chosen {
                    self.draft.os.set(best);
                    self.propose();
                } else {
                    self.go_on(sender);
                }
            }
            CreateInput::OldSystemsSwitched(active) => {
                self.show_old_systems = active;
                self.find_systems();
            }
            CreateInput::SystemPicked(id) => {
                if self.draft.os.value != id {
                    self.draft.os.set(id);
                    self.propose();
                }
            }
            CreateInput::MemoryEdited(value) => self.draft.memory.set(value),
            CreateInput::CpusEdited(value) => self.draft.cpus.set(value),
            CreateInput::DiskKindPicked(kind) => self.draft.disk = kind,
            CreateInput::DiskSizeEdited(value) => self.draft.disk_size.set(value),
            CreateInput::DiskPoolPicked(at) => {
                self.draft.disk_pool = self.pool_ids().get(at).copied().flatten();
            }
            CreateInput::DiskFormatPicked(raw) => self.draft.disk_raw = raw,
            CreateInput::DiskVolumePicked(at) => {
                self.draft.disk_volume =
                    self.disk_volumes().into_iter().nth(at).map(|entry| entry.volume);
            }
            CreateInput::NameEdited(name) => {
                if self.draft.name.value != name {
                    self.draft.name.set(name);
                }
            }
            CreateInput::NetworkPicked(at) => {
                let picked =
                    self.host.as_ref().and_then(|host| host.networks().into_iter().nth(at));
                if picked.is_some() {
                    self.draft.network.set(picked);
                }
            }
            CreateInput::StartNetworkClicked => self.start_network(sender),
            CreateInput::AdvancedOpened => self.page = Page::Advanced,
            CreateInput::XmlOpened => {
                self.forget_edits();
                self.draft.customise = false;
                self.page = Page::Xml;
            }
            CreateInput::CustomiseSwitched(active) => {
                self.draft.customise = active;
                self.forget_edits();
            }
            CreateInput::XmlEdited(text) => {
                if self.draft.customise {
                    self.edited = Some(text);
                }
            }
            CreateInput::HardwareEdited(text, volumes) => {
                if self.draft.customise {
                    self.edited = Some(text);
                    self.more_volumes = volumes;
                }
            }
            CreateInput::CopyXmlClicked => root.clipboard().set_text(self.xml_text().0),
            CreateInput::VirtTypePicked(at) => self.pick_virt_type(at),
            CreateInput::ArchPicked(at) => self.pick_arch(at),
            CreateInput::MachinePicked(at) => self.pick_machine(at),
            CreateInput::FirmwarePicked(at) => self.pick_firmware(at),
            CreateInput::ScreenPicked(at) => self.pick_screen(at),
            CreateInput::CloseAttempted => ask_to_leave(sender, root),
            CreateInput::LeaveAnswered { stop } => {
                if stop {
                    self.stop_job();
                }
                root.force_close();
            }
            CreateInput::Closed => {
                // The parent may have gone; then there is nobody to tell.
                let _ = sender.output(CreateOutput::Closed);
            }
        }
    }

    /// A result arrived.
    pub(super) fn arrived(
        &mut self,
        result: CreateCmd,
        sender: &ComponentSender<Self>,
        root: &adw::Dialog,
    ) {
        match result {
            CreateCmd::HostsListed => self.watch_new_hosts(sender),
            CreateCmd::HostChanged(id, inventory) => self.host_changed(id, inventory, sender),
            CreateCmd::Recent(files) => self.recent = files,
            CreateCmd::DroppedLookedInto(path, found) => {
                self.dropped_looked_into(path, &found, sender);
            }
            CreateCmd::FileLookedInto(question, found) => {
                if self.medium == Medium::Looking(question) {
                    self.medium = found.map_or_else(Medium::Failed, Medium::Found);
                    self.medium_known();
                    self.leave_source_if_given(sender);
                }
            }
            CreateCmd::VolumeLookedInto(question, found) => {
                if self.medium == Medium::Looking(question) {
                    self.medium = found.map_or_else(Medium::Unread, Medium::Found);
                    self.medium_known();
                }
            }
            CreateCmd::AccessKnown(id, path, access) => {
                let asked = self.draft.source().and_then(Source::file) == Some(path.as_path());
                if asked && self.host_id() == Some(id) {
                    self.medium_readable = access == FileAccess::Readable;
                    if access == FileAccess::Remote {
                        self.draft.access_choice = AccessChoice::Copy;
                    }
                    self.draft.access = super::draft::Access::Known(access);
                    self.leave_source_if_given(sender);
                }
            }
            CreateCmd::VolumeAccessKnown(id, path, access) => {
                let asked = matches!(self.draft.source(), Some(Source::Volume { volume, .. }) if path == std::path::Path::new(&volume.path));
                if asked && self.host_id() == Some(id) {
                    self.medium_readable = access == FileAccess::Readable;
                }
            }
            CreateCmd::JobTaken(taken) => self.job_taken(taken, sender),
            CreateCmd::JobChanged(snapshot) => self.job_changed(*snapshot, sender, root),
            CreateCmd::Copied(host, pool, name, volumes) => {
                self.copied(host, pool, &name, volumes, sender);
            }
            CreateCmd::Systems(database) => {
                self.systems = Some(database);
                self.medium_known();
            }
            CreateCmd::PoolStarted(id, started) => self.pool_started(id, started, sender),
            CreateCmd::NetworkStarted(id, started) => self.network_started(id, started, sender),
            result => self.host_read(result, sender),
        }
    }

    /// Something of the host was read.
    fn host_read(&mut self, result: CreateCmd, sender: &ComponentSender<Self>) {
        let current = self.host_id();
        let Some(host) = &mut self.host else { return };
        // A host without pools or networks says so by an error; the lists stay
        // empty then, and what needs them says what is missing.
        match result {
            CreateCmd::Pools(id, reading, pools)
                if current == Some(id) && reading == host.reading.get() =>
            {
                host.pools = pools.unwrap_or_default();
                host.pools_read = true;
                self.read_volumes(sender);
            }
            CreateCmd::DefaultPool(id, made) if current == Some(id) => {
                self.default_pool_made(made, sender);
            }
            CreateCmd::Volumes(id, pool, volumes) if current == Some(id) => {
                host.volumes.insert(pool, volumes.unwrap_or_default());
            }
            CreateCmd::Networks(id, reading, networks)
                if current == Some(id) && reading == host.reading.get() =>
            {
                host.networks = networks.unwrap_or_default();
                self.propose();
            }
            CreateCmd::Bridges(id, bridges) if current == Some(id) => {
                host.bridges = bridges.unwrap_or_default();
            }
            CreateCmd::Capabilities(id, capabilities) if current == Some(id) => {
                host.capabilities = capabilities;
                self.propose();
            }
            CreateCmd::DomainCapabilities(id, asked, capabilities) if current == Some(id) => {
                self.domain_capabilities_read(&asked, capabilities);
            }
            CreateCmd::FreeMemory(id, free) if current == Some(id) => {
                // Where memory was plugged in, libvirt counts less than the kernel.
                host.free_memory = free.filter(|free| *free <= host.facts.memory);
                self.propose();
            }
            _ => {}
        }
    }

    /// The button that goes on.
    fn go_on(&mut self, sender: &ComponentSender<Self>) {
        match self.page {
            Page::Source => match self.draft.source_step() {
                SourceStep::Missing | SourceStep::Wait => {}
                SourceStep::Copy => self.start_copy(sender),
                SourceStep::UseSession => self.use_session(sender),
                SourceStep::GoOn => self.leave_source(sender),
            },
            Page::System => self.page = Page::Resources,
            Page::Resources | Page::Advanced => self.page = Page::Review,
            // Only shown: nothing to make from it.
            Page::Xml if !self.draft.customise => self.page = Page::Review,
            Page::Review if self.draft.customise => {
                if self.name_problem().is_none() {
                    self.page = Page::Xml;
                }
            }
            Page::Review => {
                if self.name_problem().is_none() {
                    self.start_create(sender);
                }
            }
            Page::Xml => self.start_create(sender),
            Page::Progress => {}
        }
    }

    /// Shows the next page by itself for a file that came from outside, where
    /// nothing has to be decided first.
    fn leave_source_if_given(&mut self, sender: &ComponentSender<Self>) {
        if self.draft.source().is_none() || self.is_checking() || self.host.is_none() {
            return;
        }
        let doubtful = self.medium_notice().is_some_and(|notice| notice.severity != Severity::Hint);
        if std::mem::take(&mut self.given)
            && self.page == Page::Source
            && self.draft.method == super::draft::Method::Iso
            && self.draft.source_step() == SourceStep::GoOn
            && !doubtful
        {
            self.leave_source(sender);
        }
    }

    /// Shows the page after the first.
    pub(super) fn leave_source(&mut self, _sender: &ComponentSender<Self>) {
        if self.host.is_some() {
            self.page = Page::System;
        }
    }

    /// The definition is made anew from what is chosen.
    fn forget_edits(&mut self) {
        self.edited = None;
        self.more_volumes.clear();
    }

    /// The navigation shows a page, perhaps by the user's going back.
    fn page_shown(&mut self, page: Page) {
        if self.page == page || self.creating().is_some() {
            return;
        }
        self.page = page;
        if page < Page::Review {
            // What follows will be made anew from what is chosen now.
            self.forget_edits();
        }
    }

    /// Works out what follows from the draft.
    pub(super) fn refresh(&mut self, sender: &ComponentSender<Self>) {
        self.read_domain_capabilities(sender);
        self.make_default_pool(sender);
        if matches!(self.page, Page::Review | Page::Advanced | Page::Xml) {
            self.plan = self.make_plan();
        }
    }

    /// The problem to show on a page.
    pub(super) fn problem_on(&self, page: Page) -> Option<&super::pages::Problem> {
        self.problem.as_ref().filter(|(on, _)| *on == page).map(|(_, problem)| problem)
    }

    /// Starts the network that is picked.
    fn start_network(&mut self, sender: &ComponentSender<Self>) {
        let Some(network) = self.inactive_network().map(|network| network.id) else { return };
        let Some(host) = &self.host else { return };
        let (id, handle) = (host.entry.id, host.handle.clone());
        self.starting_network = true;
        sender.oneshot_command(async move {
            CreateCmd::NetworkStarted(id, handle.start_network(network, true).await)
        });
    }

    fn network_started(
        &mut self,
        id: crate::model::ConnectionId,
        started: Result<(), BackendError>,
        sender: &ComponentSender<Self>,
    ) {
        self.starting_network = false;
        if self.host_id() != Some(id) {
            return;
        }
        self.problem = started.err().map(|error| (Page::Review, jobs::problem(&error)));
        self.read_resources(sender);
    }

    /// Lists the systems that the search finds.
    pub(super) fn find_systems(&mut self) {
        let detected = self.detected_systems();
        self.systems_found = Rc::new(systems::find(
            self.systems.as_deref(),
            &self.system_search,
            self.show_old_systems,
            &detected,
            self.draft.os.value.as_deref(),
        ));
    }
}

/// Asks what becomes of the running job when the dialog is closed.
fn ask_to_leave(sender: &ComponentSender<Create>, root: &adw::Dialog) {
    let alert = adw::AlertDialog::new(
        Some(&gettext("Close While Working?")),
        Some(&gettext(
            "The work can go on in the background, where the list of jobs shows it, or be stopped. What was made is taken back then.",
        )),
    );
    alert.add_responses(&[
        ("wait", &gettext("Keep Open")),
        ("stop", &gettext("Stop")),
        ("leave", &gettext("Run in Background")),
    ]);
    alert.set_response_appearance("stop", adw::ResponseAppearance::Destructive);
    alert.set_default_response(Some("wait"));
    alert.set_close_response("wait");
    let tx = sender.input_sender().clone();
    alert.choose(Some(root), gtk::gio::Cancellable::NONE, move |answer| match answer.as_str() {
        "stop" => tx.emit(CreateInput::LeaveAnswered { stop: true }),
        "leave" => tx.emit(CreateInput::LeaveAnswered { stop: false }),
        _ => {}
    });
}
