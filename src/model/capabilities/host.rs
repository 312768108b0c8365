//! `<capabilities>`.

use crate::model::{
    units::libvirt_unit,
    xml::{Document, Element, XmlError},
};

/// What a host is and what it can run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostCapabilities {
    /// The host's architecture (`x86_64`).
    pub arch: String,
    /// The nearest processor model that libvirt knows.
    pub cpu_model: Option<String>,
    /// Who made the processor.
    pub cpu_vendor: Option<String>,
    /// Sockets, cores per socket (over all dies and clusters), threads per core.
    pub topology: Option<(u32, u32, u32)>,
    /// Memory of all NUMA cells in bytes; 0 where it is not said.
    pub memory: u64,
    /// NUMA cells.
    pub numa_cells: u32,
    /// Security drivers in use (`apparmor`, `selinux`, `dac`).
    pub security: Vec<SecurityModel>,
    /// What can be run, one entry per kind of guest and architecture.
    pub guests: Vec<GuestCapabilities>,
}

/// A security driver.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecurityModel {
    /// Its name.
    pub model: String,
    /// For `dac`: the user that hypervisor processes run as (`64055`), where said.
    pub user: Option<String>,
}

/// How guests of one kind and architecture can be run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GuestCapabilities {
    /// `hvm` (a whole machine), `xen`, `exe` (a container)…
    pub os_type: String,
    /// The architecture.
    pub arch: String,
    /// 32 or 64.
    pub word_size: u32,
    /// Ways to run it, in libvirt's order: `kvm`, `qemu`, `xen`, `lxc`, `test`…
    pub domain_types: Vec<String>,
    /// The program that runs it, where it is one.
    pub emulator: Option<String>,
    /// The machines there are, aliases included.
    pub machines: Vec<Machine>,
    /// What can be switched.
    pub features: Vec<GuestFeature>,
}

/// A kind of machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// Its name (`pc-q35-10.0`) or an alias (`q35`).
    pub name: String,
    /// The name that an alias stands for.
    pub canonical: Option<String>,
    /// The most processors it can have.
    pub max_cpus: Option<u32>,
    /// Whether the hypervisor will drop it.
    pub deprecated: bool,
}

/// A feature such as `acpi`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GuestFeature {
    /// Its name.
    pub name: String,
    /// Whether it is on unless switched off.
    pub default_on: bool,
}

impl HostCapabilities {
    /// Reads the XML that libvirt gives.
    ///
    /// # Errors
    /// If it is no well-formed XML.
    pub fn parse(xml: &str) -> Result<Self, XmlError> {
        let doc = Document::parse(xml)?;
        let mut caps = Self {
            arch: doc.get("host/cpu/arch").unwrap_or_default(),
            cpu_model: doc.get("host/cpu/model"),
            cpu_vendor: doc.get("host/cpu/vendor"),
            ..Self::default()
        };
        if let Some(topology) = doc.find("host/cpu/topology") {
            let count = |name| number(topology, name).unwrap_or(1).max(1);
            let cores =
                count("dies").saturating_mul(count("clusters")).saturating_mul(count("cores"));
            caps.topology = Some((count("sockets"), cores, count("threads")));
        }
        for cell in doc.select("host/topology/cells/cell") {
            caps.numa_cells += 1;
            let Some(memory) = cell.child("memory") else { continue };
            let unit = memory.attr("unit").unwrap_or_else(|| "KiB".to_owned());
            let amount = memory.text().trim().parse::<u64>().unwrap_or(0);
            let bytes = amount.saturating_mul(libvirt_unit(&unit).unwrap_or(1024));
            caps.memory = caps.memory.saturating_add(bytes);
        }
        caps.security = doc.select("host/secmodel").into_iter().map(security).collect();
        for guest in doc.select("guest") {
            caps.guests
                .extend(guest.children_named("arch").map(|arch| guest_capabilities(guest, arch)));
        }
        Ok(caps)
    }

    /// How whole machines of `arch` can be run.
    #[must_use]
    pub fn hvm(&self, arch: &str) -> Option<&GuestCapabilities> {
        self.guests.iter().find(|g| g.os_type == "hvm" && g.arch == arch)
    }

    /// The architectures that whole machines can have: the host's own first,
    /// then those that it runs natively, then the rest as libvirt lists them.
    #[must_use]
    pub fn hvm_arches(&self) -> Vec<&str> {
        let mut arches: Vec<&str> = Vec::new();
        for guest in self.guests.iter().filter(|g| g.os_type == "hvm") {
            if !arches.contains(&guest.arch.as_str()) {
                arches.push(&guest.arch);
            }
        }
        let rank = |arch: &str| (arch != self.arch, !self.kvm_available(arch));
        arches.sort_by_key(|arch| rank(arch));
        arches
    }

    /// Whether guests of `arch` can run on the processor itself.
    #[must_use]
    pub fn kvm_available(&self, arch: &str) -> bool {
        self.hvm(arch).is_some_and(|g| g.domain_types.iter().any(|t| t == "kvm"))
    }

    /// Whether containers can be run.
    #[must_use]
    pub fn has_containers(&self) -> bool {
        self.guests.iter().any(|g| g.os_type == "exe")
    }
}

impl GuestCapabilities {
    /// The machine of this name or alias.
    #[must_use]
    pub fn machine(&self, name: &str) -> Option<&Machine> {
        self.machines.iter().find(|m| m.name == name)
    }

    /// Whether a feature is on unless switched off.
    #[must_use]
    pub fn has_feature(&self, name: &str) -> bool {
        self.features.iter().any(|f| f.name == name && f.default_on)
    }

    /// The machine that libvirt takes when none is named: the first.
    #[must_use]
    pub fn default_machine(&self) -> Option<&Machine> {
        self.machines.first()
    }
}

fn number(element: Element<'_>, attribute: &str) -> Option<u32> {
    element.attr(attribute)?.parse().ok()
}

fn security(element: Element<'_>) -> SecurityModel {
    // `+64055:+64055`: a plus marks a number.
    let label = element.get("baselabel");
    let user =
        label.and_then(|l| l.split(':').next().map(|u| u.trim_start_matches('+').to_owned()));
    let model = element.get("model").unwrap_or_default();
    SecurityModel { user: user.filter(|_| model == "dac"), model }
}

fn guest_capabilities(guest: Element<'_>, arch: Element<'_>) -> GuestCapabilities {
    let domains: Vec<_> = arch.children_named("domain").collect();
    let own_emulator = domains.iter().find_map(|d| d.get("emulator"));
    // A way to run may bring machines of its own; most share those of the arch.
    let machines = arch
        .children_named("machine")
        .chain(domains.iter().flat_map(|d| d.children_named("machine").collect::<Vec<_>>()));
    let mut found: Vec<Machine> = Vec::new();
    for machine in machines {
        let name = machine.text();
        if !found.iter().any(|m| m.name == name) {
            found.push(Machine {
                name,
                canonical: machine.attr("canonical"),
                max_cpus: number(machine, "maxCpus"),
                deprecated: machine.attr("deprecated").as_deref() == Some("yes"),
            });
        }
    }
    let features = guest.child("features");
    GuestCapabilities {
        os_type: guest.get("os_type").unwrap_or_default(),
        arch: arch.attr("name").unwrap_or_default(),
        word_size: arch.get("wordsize").and_then(|w| w.parse().ok()).unwrap_or(0),
        domain_types: domains.iter().filter_map(|d| d.attr("type")).collect(),
        emulator: arch.get("emulator").or(own_emulator),
        machines: found,
        features: features.map_or_else(Vec::new, |f| {
            f.children()
                .map(|f| GuestFeature {
                    name: f.name().to_owned(),
                    default_on: f.attr("default").is_none_or(|d| d == "on"),
                })
                .collect()
        }),
    }
}
