//! The guest's addresses: to copy, and to log in at.

use std::{net::IpAddr, rc::Rc};

use gettextrs::gettext;
use relm4::{
    adw,
    adw::prelude::*,
    gtk::{self, gio, glib},
};

use crate::{i18n::gettext_f, model::uri::HostUri};

/// The list of addresses.
#[derive(Debug)]
pub(super) struct Addresses {
    group: adw::PreferencesGroup,
    rows: Vec<adw::ActionRow>,
    shown: Option<Vec<String>>,
    /// The way through the guest's host, for `ssh -J`.
    jump: Option<String>,
}

impl Addresses {
    /// For guests of the host at `uri`.
    pub(super) fn new(uri: &str) -> Self {
        let group = adw::PreferencesGroup::builder().title(gettext("Addresses")).build();
        Self { group, rows: Vec::new(), shown: None, jump: jump(uri) }
    }

    pub(super) fn group(&self) -> &adw::PreferencesGroup {
        &self.group
    }

    /// Lists the addresses. What cannot be done is handed to `say`.
    pub(super) fn show(&mut self, addresses: &[String], say: &Rc<dyn Fn(String)>) {
        if self.shown.as_deref() == Some(addresses) {
            return;
        }
        self.shown = Some(addresses.to_vec());
        for row in self.rows.drain(..) {
            self.group.remove(&row);
        }
        if addresses.is_empty() {
            let row = adw::ActionRow::builder().title(gettext("None known yet")).build();
            row.set_subtitle(&gettext(
                "They come from the guest’s agent, its network’s leases, or the traffic.",
            ));
            self.rows.push(row);
        }
        for address in addresses {
            let row = adw::ActionRow::builder().use_markup(false).title(address).build();
            row.set_title_selectable(true);
            row.add_suffix(&copy_button(address, say));
            if reachable(address) {
                row.add_suffix(&ssh_button(address, self.jump.clone(), say));
            }
            self.rows.push(row);
        }
        for row in &self.rows {
            self.group.add(row);
        }
    }
}

/// The SSH host that the guest's own network is behind.
fn jump(uri: &str) -> Option<String> {
    let uri = HostUri::parse(uri).ok()?;
    let host = uri.host.clone().filter(|_| uri.uses_ssh())?;
    let host = if host.contains(':') { format!("[{host}]") } else { host };
    let user = uri.user.map_or_else(String::new, |user| format!("{user}@"));
    let port = uri.port.map_or_else(String::new, |port| format!(":{port}"));
    Some(format!("{user}{host}{port}"))
}

/// Whether there is a way to the address from elsewhere.
fn reachable(address: &str) -> bool {
    match address.parse() {
        Ok(IpAddr::V4(address)) => !address.is_loopback() && !address.is_link_local(),
        Ok(IpAddr::V6(address)) => !address.is_loopback() && !address.is_unicast_link_local(),
        Err(_) => false,
    }
}

fn copy_button(address: &str, say: &Rc<dyn Fn(String)>) -> gtk::Button {
    let button = gtk::Button::builder()
        .icon_name("edit-copy-symbolic")
        .valign(gtk::Align::Center)
        .tooltip_text(gettext("Copy"))
        .css_classes(["flat"])
        .build();
    let label = gettext_f("Copy {address}", &[("address", address)]);
    button.update_property(&[gtk::accessible::Property::Label(&label)]);
    let (address, say) = (address.to_owned(), Rc::clone(say));
    button.connect_clicked(move |button| {
        button.clipboard().set_text(&address);
        say(gettext("Address copied"));
    });
    button
}

/// Asks for the user's name there, and opens a terminal.
fn ssh_button(address: &str, jump: Option<String>, say: &Rc<dyn Fn(String)>) -> gtk::MenuButton {
    let user = gtk::Entry::builder()
        .text(glib::user_name().to_string_lossy())
        .placeholder_text(gettext("User"))
        .build();
    user.update_property(&[gtk::accessible::Property::Label(&gettext("User"))]);
    let open = gtk::Button::with_label(&gettext("Open SSH"));
    open.add_css_class("suggested-action");
    let parts = gtk::Box::new(gtk::Orientation::Vertical, 6);
    parts.append(&gtk::Label::builder().label(gettext("User in the guest")).xalign(0.0).build());
    parts.append(&user);
    parts.append(&open);
    let popover = gtk::Popover::builder().child(&parts).build();
    let button = gtk::MenuButton::builder()
        .icon_name("utilities-terminal-symbolic")
        .valign(gtk::Align::Center)
        .tooltip_text(gettext("Open SSH"))
        .css_classes(["flat"])
        .popover(&popover)
        .build();
    let label = gettext_f("Open SSH to {address}", &[("address", address)]);
    button.update_property(&[gtk::accessible::Property::Label(&label)]);

    user.connect_changed({
        let open = open.clone();
        move |user| open.set_sensitive(is_user(&user.text()))
    });
    let (address, say) = (address.to_owned(), Rc::clone(say));
    let go = {
        let (user, popover) = (user.downgrade(), popover.downgrade());
        move || {
            let (Some(user), Some(popover)) = (user.upgrade(), popover.upgrade()) else { return };
            if !is_user(&user.text()) {
                return;
            }
            popover.popdown();
            let command = command(&user.text(), &address, jump.as_deref());
            if let Err(error) = open_terminal(&command) {
                tracing::info!(%error, "no terminal");
                let args = [("command", command.as_str())];
                say(gettext_f("No terminal could be opened. The command is: {command}", &args));
            }
        }
    };
    let go = Rc::new(go);
    open.connect_clicked({
        let go = Rc::clone(&go);
        move |_| go()
    });
    user.connect_activate(move |_| go());
    button
}

/// What can be a user's name on another computer, and is no option of ssh's.
fn is_user(name: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || "._-\\$+".contains(c);
    !name.is_empty() && !name.starts_with('-') && name.chars().all(allowed)
}

fn command(user: &str, address: &str, jump: Option<&str>) -> String {
    let quoted = |text: &str| glib::shell_quote(text).to_string_lossy().into_owned();
    let target = quoted(&format!("{user}@{address}"));
    match jump {
        Some(jump) => format!("ssh -J {} {target}", quoted(jump)),
        None => format!("ssh {target}"),
    }
}

/// Runs a command in the user's terminal, whichever GIO finds.
fn open_terminal(command: &str) -> Result<(), glib::Error> {
    let flags = gio::AppInfoCreateFlags::NEEDS_TERMINAL;
    let program = gio::AppInfo::create_from_commandline(command, Some("SSH"), flags)?;
    program.launch(&[], gio::AppLaunchContext::NONE)
}

#[cfg(test)]
mod tests {
    use super::{command, is_user, jump, reachable};

    #[test]
    fn the_way_leads_through_the_guests_host() {
        assert_eq!(jump("qemu:///system"), None);
        assert_eq!(jump("qemu+tls://server/system"), None);
        let way = jump("qemu+ssh://ana@server:2222/system");
        assert_eq!(way.as_deref(), Some("ana@server:2222"));
        assert_eq!(
            command("root", "192.168.122.5", way.as_deref()),
            "ssh -J 'ana@server:2222' 'root@192.168.122.5'"
        );
        assert_eq!(command("ana", "fd00::5", None), "ssh 'ana@fd00::5'");
    }

    #[test]
    fn nobody_logs_in_at_a_link_or_a_loop() {
        assert!(reachable("192.168.122.5") && reachable("fd00::5"));
        for address in ["127.0.0.1", "::1", "169.254.1.1", "fe80::1", "guest; rm"] {
            assert!(!reachable(address), "{address}");
        }
    }

    #[test]
    fn a_users_name_is_no_option() {
        assert!(is_user("ana.lópez") && is_user("DOMAIN\\ana"));
        for name in ["", "-oProxyCommand=x", "a b", "a@b", "a;b"] {
            assert!(!is_user(name), "{name}");
        }
    }
}
