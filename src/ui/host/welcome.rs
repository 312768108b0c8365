//! The first start: what is there, one click each.

use gettextrs::gettext;
use relm4::{Component, ComponentParts, ComponentSender, adw, adw::prelude::*, gtk};

use super::{
    advice::{self, CommandHint},
    discover::{self, Found, SystemDaemon},
    failure_page::command_row,
};

/// The page. Its root is a status page.
#[derive(Debug)]
pub(crate) struct Welcome {
    found: Option<Found>,
}

/// What the page is made from: nothing.
#[derive(Debug)]
pub(crate) struct WelcomeInit;

/// What the page is told.
#[derive(Debug)]
pub(crate) enum WelcomeInput {
    /// Look again: something may have been installed.
    Refresh,
}

/// What the page asks of its parent.
#[derive(Debug)]
pub(crate) enum WelcomeOutput {
    /// Add the host at this URI and connect to it.
    Add(&'static str),
    /// Open the dialog for any other host.
    Other,
}

/// What was found.
#[derive(Debug)]
pub(crate) struct WelcomeCmd(Found);

impl Component for Welcome {
    type Init = WelcomeInit;
    type Input = WelcomeInput;
    type Output = WelcomeOutput;
    type CommandOutput = WelcomeCmd;
    type Root = adw::StatusPage;
    type Widgets = gtk::Box;

    fn init_root() -> Self::Root {
        adw::StatusPage::builder()
            .icon_name("video-display-symbolic")
            .title(gettext("Welcome to Posada"))
            .description(gettext("Choose where your virtual machines live."))
            .build()
    }

    fn init(
        _init: Self::Init,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let content =
            gtk::Box::builder().orientation(gtk::Orientation::Vertical).spacing(18).build();
        let clamp = adw::Clamp::builder().maximum_size(520).child(&content).build();
        root.set_child(Some(&clamp));
        look(&sender);
        ComponentParts { model: Self { found: None }, widgets: content }
    }

    fn update(&mut self, input: WelcomeInput, sender: ComponentSender<Self>, _root: &Self::Root) {
        match input {
            WelcomeInput::Refresh => look(&sender),
        }
    }

    fn update_cmd_with_view(
        &mut self,
        content: &mut Self::Widgets,
        cmd: WelcomeCmd,
        sender: ComponentSender<Self>,
        _root: &Self::Root,
    ) {
        if self.found == Some(cmd.0) {
            return;
        }
        self.found = Some(cmd.0);
        while let Some(child) = content.first_child() {
            content.remove(&child);
        }
        fill(content, cmd.0, &sender);
    }
}

/// Looks around on a thread for blocking work.
fn look(sender: &ComponentSender<Welcome>) {
    sender.spawn_oneshot_command(|| {
        let runtime_dir = discover::runtime_dir();
        WelcomeCmd(discover::discover(std::path::Path::new("/"), Some(&runtime_dir)))
    });
}

fn fill(content: &gtk::Box, found: Found, sender: &ComponentSender<Welcome>) {
    let group = adw::PreferencesGroup::new();
    let reachable = matches!(found.system, SystemDaemon::Available | SystemDaemon::NoAccess);
    if reachable {
        let subtitle = if found.system == SystemDaemon::Available {
            gettext("QEMU/KVM for the whole system; guests can start with the computer")
        } else {
            gettext("QEMU/KVM for the whole system; you may be asked for permission")
        };
        group.add(&choice(
            &gettext("This Computer"),
            &subtitle,
            "computer-symbolic",
            "qemu:///system",
            sender,
        ));
    }
    if found.session {
        let subtitle = gettext("QEMU/KVM with your own rights; guests end when you log out");
        group.add(&choice(
            &gettext("User Session"),
            &subtitle,
            "avatar-default-symbolic",
            "qemu:///session",
            sender,
        ));
    }
    if found.xen {
        let subtitle = gettext("Xen runs below this system");
        group.add(&choice(
            &gettext("Xen"),
            &subtitle,
            "computer-symbolic",
            "xen:///system",
            sender,
        ));
    }
    let subtitle = gettext("Built into libvirt: invented guests to try things on");
    group.add(&choice(
        &gettext("Test Host"),
        &subtitle,
        "applications-science-symbolic",
        "test:///default",
        sender,
    ));
    group.add(&other(sender));
    content.append(&group);
    if !reachable && !found.session {
        content.append(&missing(found, sender));
    }
}

/// A row that adds a host at one click.
fn choice(
    title: &str,
    subtitle: &str,
    icon: &str,
    uri: &'static str,
    sender: &ComponentSender<Welcome>,
) -> adw::ActionRow {
    let row = adw::ActionRow::builder().title(title).subtitle(subtitle).activatable(true).build();
    row.add_prefix(&gtk::Image::from_icon_name(icon));
    row.add_suffix(&gtk::Image::from_icon_name("go-next-symbolic"));
    let output = sender.output_sender().clone();
    row.connect_activated(move |_| output.emit(WelcomeOutput::Add(uri)));
    row
}

fn other(sender: &ComponentSender<Welcome>) -> adw::ButtonRow {
    let row = adw::ButtonRow::builder()
        .title(gettext("Add Another Connection…"))
        .start_icon_name("list-add-symbolic")
        .build();
    let output = sender.output_sender().clone();
    row.connect_activated(move |_| output.emit(WelcomeOutput::Other));
    row
}

/// What is missing for guests on this computer, and how to get it.
fn missing(found: Found, sender: &ComponentSender<Welcome>) -> adw::PreferencesGroup {
    let (title, hints): (String, Vec<CommandHint>) = if found.system == SystemDaemon::NotRunning {
        (gettext("libvirt Is Installed but Not Running"), advice::start_daemon())
    } else {
        (gettext("No Hypervisor on This Computer"), advice::install_libvirt())
    };
    let description = if found.system == SystemDaemon::NotRunning {
        gettext("To run guests on this computer, start its service:")
    } else {
        gettext("To run guests on this computer, install QEMU and libvirt, then log in again:")
    };
    let again = gtk::Button::builder()
        .icon_name("view-refresh-symbolic")
        .tooltip_text(gettext("Look Again"))
        .valign(gtk::Align::Center)
        .css_classes(["flat"])
        .build();
    again.update_property(&[gtk::accessible::Property::Label(&gettext("Look Again"))]);
    let input = sender.input_sender().clone();
    again.connect_clicked(move |_| input.emit(WelcomeInput::Refresh));
    let group = adw::PreferencesGroup::builder()
        .title(title)
        .description(description)
        .header_suffix(&again)
        .build();
    for hint in hints {
        group.add(&command_row(&hint));
    }
    group
}
