//! What a host is, as its page tells it.

use std::path::Path;

use gettextrs::gettext;
use relm4::{ComponentSender, adw, adw::prelude::*};

use super::page::{HostPage, HostPageInput};
use crate::{
    backend,
    i18n::{gettext_f, ngettext_f},
    model::{HostFacts, xml::Document},
    ui::{context::HostEntry, error, words},
};

/// What this computer says of KVM, for where libvirt only says that it is not
/// offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LocalKvm {
    /// `/dev/kvm` is there.
    Present,
    /// The processor can, but `/dev/kvm` is missing: switched off in the
    /// firmware, or the module is not loaded.
    SwitchedOff,
    /// The processor cannot, or this is a guest without nesting.
    NoExtension,
}

impl LocalKvm {
    /// Looks. Blocking.
    pub(crate) fn look() -> Self {
        if Path::new("/dev/kvm").exists() {
            return Self::Present;
        }
        Self::without_device(&std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default())
    }

    fn without_device(cpuinfo: &str) -> Self {
        let flags = cpuinfo.lines().find(|line| line.starts_with("flags")).unwrap_or_default();
        let can = flags.split_whitespace().any(|flag| flag == "vmx" || flag == "svm");
        if can { Self::SwitchedOff } else { Self::NoExtension }
    }
}

/// What libvirt says that the host can do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Capabilities {
    /// Being read.
    #[default]
    Unknown,
    /// Read.
    Known {
        /// As libvirt tells them.
        host: Abilities,
        /// What this computer adds.
        kvm: Option<LocalKvm>,
    },
    /// Why they are not there, in words.
    Failed(String),
}

/// The part of libvirt's capabilities that the page shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Abilities {
    cpu: Option<String>,
    /// Sockets, cores of each, threads of each core.
    topology: Option<(u32, u32, u32)>,
    kvm: bool,
    /// Guest architectures.
    archs: Vec<String>,
}

impl Capabilities {
    /// From libvirt's answer.
    pub(crate) fn read(xml: backend::Result<String>, kvm: Option<LocalKvm>) -> Self {
        match xml {
            Ok(xml) => match Abilities::parse(&xml) {
                Some(host) => Self::Known { host, kvm },
                None => Self::Failed(gettext("The host’s description of itself cannot be read.")),
            },
            Err(failure) => Self::Failed(error::describe(&failure).body),
        }
    }
}

impl Abilities {
    fn parse(xml: &str) -> Option<Self> {
        let document = Document::parse(xml).ok()?;
        let number = |name: &str| document.get(&format!("host/cpu/topology/@{name}"))?.parse().ok();
        let host_arch = document.get("host/cpu/arch").unwrap_or_default();
        let mut archs: Vec<String> =
            document.select("guest/arch").iter().filter_map(|arch| arch.attr("name")).collect();
        archs.sort_unstable();
        archs.dedup();
        let own = format!("guest/arch[@name='{host_arch}']/domain[@type='kvm']");
        Some(Self {
            cpu: document.get("host/cpu/model"),
            topology: number("sockets")
                .zip(number("cores"))
                .zip(number("threads"))
                .map(|((a, b), c)| (a, b, c)),
            kvm: !host_arch.is_empty() && document.find(&own).is_some(),
            archs,
        })
    }
}

/// The page's content: a value, so that it is rebuilt only when it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Summary {
    autoconnect: bool,
    connection: Vec<(String, String)>,
    hardware: Vec<(String, String)>,
}

impl Summary {
    pub(crate) fn of(
        entry: &HostEntry,
        facts: Option<&HostFacts>,
        capabilities: &Capabilities,
    ) -> Self {
        let mut connection = vec![(gettext("URI"), entry.uri.clone())];
        let mut hardware = Vec::new();
        if let Some(facts) = facts {
            connection.push((gettext("Host name"), facts.hostname.clone()));
            connection.push((
                gettext("Hypervisor"),
                with_version(&facts.driver, facts.hypervisor_version),
            ));
            connection.push((gettext("libvirt"), version(facts.libvirt_version)));
            hardware.push((gettext("Processors"), processors(facts, capabilities)));
            hardware.push((gettext("Architecture"), facts.arch.clone()));
            hardware.push((gettext("Memory"), words::size(facts.memory)));
            if facts.driver.eq_ignore_ascii_case("qemu") {
                hardware.push((gettext("Hardware acceleration (KVM)"), kvm_text(capabilities)));
            }
        }
        match capabilities {
            Capabilities::Known { host, .. } if !host.archs.is_empty() => {
                hardware.push((gettext("Guest architectures"), host.archs.join(", ")));
            }
            Capabilities::Failed(why) => hardware.push((gettext("Capabilities"), why.clone())),
            _ => {}
        }
        connection.retain(|(_, value)| !value.is_empty());
        hardware.retain(|(_, value)| !value.is_empty());
        Self { autoconnect: entry.autoconnect, connection, hardware }
    }

    /// The widgets.
    pub(crate) fn page(&self, sender: &ComponentSender<HostPage>) -> adw::PreferencesPage {
        let page = adw::PreferencesPage::new();
        let first = group(&gettext("Connection"), &self.connection);
        let autoconnect = adw::SwitchRow::builder()
            .title(gettext("Connect at start"))
            .active(self.autoconnect)
            .build();
        autoconnect.connect_active_notify({
            let input = sender.input_sender().clone();
            move |row| input.emit(HostPageInput::AutoconnectChanged(row.is_active()))
        });
        first.add(&autoconnect);
        page.add(&first);
        if !self.hardware.is_empty() {
            page.add(&group(&gettext("Host"), &self.hardware));
        }
        page
    }
}

fn group(title: &str, rows: &[(String, String)]) -> adw::PreferencesGroup {
    let group = adw::PreferencesGroup::builder().title(title).build();
    for (name, value) in rows {
        let row = adw::ActionRow::builder()
            .title(name)
            .subtitle(value)
            .subtitle_selectable(true)
            .use_markup(false)
            .css_classes(["property"])
            .build();
        group.add(&row);
    }
    group
}

fn processors(facts: &HostFacts, capabilities: &Capabilities) -> String {
    let count = ngettext_f(
        "{n} processor",
        "{n} processors",
        facts.cpus,
        &[("n", &facts.cpus.to_string())],
    );
    let Capabilities::Known { host, .. } = capabilities else { return count };
    let mut parts = vec![count];
    if let Some((sockets, cores, threads)) =
        host.topology.filter(|(_, cores, threads)| cores * threads > 1)
    {
        parts.push(gettext_f(
            // Translators: how the processors are made up, such as "1 × 4 × 2".
            "sockets × cores × threads: {sockets} × {cores} × {threads}",
            &[
                ("sockets", &sockets.to_string()),
                ("cores", &cores.to_string()),
                ("threads", &threads.to_string()),
            ],
        ));
    }
    parts.extend(host.cpu.clone());
    parts.join(" · ")
}

/// Whether guests run at full speed, or why not.
fn kvm_text(capabilities: &Capabilities) -> String {
    let Capabilities::Known { host, kvm } = capabilities else { return String::new() };
    match (host.kvm, kvm) {
        (true, _) => gettext("Available"),
        (false, Some(LocalKvm::Present)) => gettext(
            "Not offered, although /dev/kvm is there. The hypervisor may not be allowed to use it; guests are emulated, which is slow.",
        ),
        (false, Some(LocalKvm::SwitchedOff)) => gettext(
            "Not available: the processor has it, but /dev/kvm is missing. Switch virtualisation on in the firmware, or load the module kvm. Guests are emulated, which is slow.",
        ),
        (false, Some(LocalKvm::NoExtension)) => gettext(
            "Not available: the processor, or the virtual machine that this computer is, does not have it. Guests are emulated, which is slow.",
        ),
        (false, None) => gettext("Not available on this host. Guests are emulated, which is slow."),
    }
}

fn with_version(name: &str, number: u32) -> String {
    if number == 0 { name.to_owned() } else { format!("{name} {}", version(number)) }
}

/// libvirt's way of packing a version.
fn version(number: u32) -> String {
    if number == 0 {
        return String::new();
    }
    format!("{}.{}.{}", number / 1_000_000, number / 1_000 % 1_000, number % 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const XML: &str = "<capabilities><host><cpu><arch>x86_64</arch><model>EPYC</model>\
        <topology sockets='1' dies='1' cores='4' threads='2'/></cpu></host>\
        <guest><os_type>hvm</os_type><arch name='i686'><domain type='qemu'/></arch></guest>\
        <guest><os_type>hvm</os_type><arch name='x86_64'><domain type='qemu'/>KVM</arch></guest>\
        </capabilities>";

    #[test]
    fn kvm_counts_only_for_the_hosts_own_architecture() {
        let without = Abilities::parse(XML).unwrap();
        assert!(!without.kvm);
        assert_eq!(without.archs, ["i686", "x86_64"]);
        assert_eq!(without.topology, Some((1, 4, 2)));
        let with = Abilities::parse(&XML.replace("KVM", "<domain type='kvm'/>")).unwrap();
        assert!(with.kvm);
    }

    #[test]
    fn a_missing_kvm_has_its_reason() {
        let flags =
            |text: &str| LocalKvm::without_device(&format!("model: x\nflags\t: fpu {text} sse\n"));
        assert_eq!(flags("svm"), LocalKvm::SwitchedOff);
        assert_eq!(flags("svme"), LocalKvm::NoExtension);
        assert_eq!(LocalKvm::without_device(""), LocalKvm::NoExtension);
    }

    #[test]
    fn versions_are_unpacked() {
        assert_eq!(version(11_003_000), "11.3.0");
        assert_eq!(with_version("Test", 0), "Test");
    }
}
