//! What the pages say: hints, notices, summaries.

use gettextrs::gettext;

use super::{
    Create,
    draft::{DiskKind, Method, Source, visible},
    helpers::VolumeEntry,
    inspect::InspectError,
    jobs,
    pages::{Problem, Severity},
    source::Medium,
};
use crate::{
    i18n::{gettext_f, ngettext_f},
    model::{
        NetworkChoice, NetworkSummary, PoolSummary,
        disk_image::{FileKind, ReferenceKind},
        install::resources::{Concern, Proposal, concerns},
        units::{GIB, MIB},
        validate::{self, NameProblem},
    },
    ui::words,
};

fn notice(severity: Severity, title: String, body: String) -> Problem {
    Problem { severity, title, body, detail: String::new() }
}

impl Create {
    /// What there is to say about the chosen image.
    pub(super) fn medium_notice(&self) -> Option<Problem> {
        let iso = self.draft.method == Method::Iso;
        match &self.medium {
            Medium::None | Medium::Looking(_) => None,
            Medium::Failed(error) => Some(unreadable(error)),
            Medium::Unread(error) => Some(Problem {
                severity: Severity::Warning,
                ..jobs::problem(error)
            }),
            Medium::Found(found) => match &found.kind {
                FileKind::Iso(info) if iso => {
                    if info.check_size(found.size).is_err() {
                        return Some(notice(
                            Severity::Warning,
                            gettext("The image is not complete"),
                            gettext_f("It has {found} of {expected}: a download that broke off, most likely. Download it again; you can still try it as it is.", &[("found", &words::size(found.size)), ("expected", &words::size(info.volume_size))]),
                        ));
                    }
                    (!info.bootable).then(|| {
                        notice(
                            Severity::Hint,
                            gettext("The image does not say that it can be booted"),
                            gettext("It may hold data only. You can still try it."),
                        )
                    })
                }
                FileKind::Iso(_) => Some(notice(
                    Severity::Warning,
                    gettext("This is an installation image, not a disk"),
                    gettext("Choose “Installation image (ISO)” above to install from it."),
                )),
                FileKind::Packed(how) => Some(notice(
                    Severity::Warning,
                    gettext_f("The file is packed ({format})", &[("format", how)]),
                    gettext("Unpack it first: a guest cannot read it as it is."),
                )),
                FileKind::Blank if iso => Some(notice(
                    Severity::Warning,
                    gettext("The image is empty"),
                    gettext("There is nothing in it to boot. Choose another file, or download it again."),
                )),
                FileKind::Unknown | FileKind::Disk(_) if iso => Some(notice(
                    Severity::Warning,
                    gettext("This is not an ISO image"),
                    gettext("It has no ISO 9660 header: it is another kind of file, or broken. You can still try to boot from it."),
                )),
                FileKind::Disk(image) if image.encrypted => Some(notice(
                    Severity::Warning,
                    gettext("The disk image is encrypted"),
                    gettext("libvirt needs its secret to open it, which Posada cannot set up here."),
                )),
                FileKind::Disk(image) if image.damaged => Some(notice(
                    Severity::Warning,
                    gettext("The disk image is damaged"),
                    gettext("Its header contradicts itself. You can still try it."),
                )),
                FileKind::Disk(image) => image.references.first().map(|reference| {
                    let title = match reference.kind {
                        ReferenceKind::Backing => gettext("The disk image holds only the differences to another file"),
                        ReferenceKind::Data => gettext("The disk image keeps its content in another file"),
                    };
                    let body = gettext_f("The guest will also open “{file}”. Go on only if you trust where the image comes from, and do not copy it without that file.", &[("file", &reference.target)]);
                    notice(Severity::Warning, title, body)
                }),
                FileKind::Blank | FileKind::Unknown => Some(notice(
                    Severity::Hint,
                    gettext("The image has no known header"),
                    gettext("It will be used as a raw disk."),
                )),
            },
        }
    }

    /// What is doubtful about the sizes.
    fn concerns(&self) -> Vec<Concern> {
        let Some(host) = &self.host else { return Vec::new() };
        let sizes = Proposal {
            memory: self.draft.memory.value.saturating_mul(MIB),
            vcpus: u32::try_from(self.draft.cpus.value).unwrap_or(u32::MAX),
            disk: self.draft.disk_size.value.saturating_mul(GIB),
        };
        let limit = host.domain_capabilities.as_ref().and_then(|offered| offered.max_vcpus);
        let pool = self.pool(self.draft.disk_pool).filter(|pool| pool.active);
        let free = pool.map(|pool| pool.available);
        concerns(&self.os_profile(), &host.facts, sizes, limit, Some(sizes.disk), free)
    }

    /// What memory there is, and whether the amount is doubtful.
    pub(super) fn memory_hint(&self) -> (String, bool) {
        let Some(host) = &self.host else { return (String::new(), false) };
        let total = words::size(host.facts.memory);
        let has = match host.free_memory {
            Some(free) => gettext_f(
                "The host has {total}, {free} of it free.",
                &[("total", &total), ("free", &words::size(free))],
            ),
            None => gettext_f("The host has {total}.", &[("total", &total)]),
        };
        let asked = self.draft.memory.value.saturating_mul(MIB);
        let doubt = self.concerns().into_iter().find_map(|concern| match concern {
            Concern::MemoryAboveHost { .. } => {
                Some(gettext("More than the host has: both get slow, or the guest cannot start."))
            }
            Concern::MemoryMostOfHost { .. } => {
                Some(gettext("Little is left for the host and other guests."))
            }
            Concern::MemoryBelowMinimum { minimum } => Some(gettext_f(
                "The system needs at least {minimum}.",
                &[("minimum", &words::size(minimum))],
            )),
            _ => None,
        });
        if let Some(doubt) = doubt {
            return (format!("{doubt} {has}"), true);
        }
        if host.free_memory.is_some_and(|free| asked > free) {
            let doubt = gettext("More than is free now: other programs may get slow.");
            return (format!("{doubt} {has}"), true);
        }
        let Some(proposal) = self.proposal() else { return (has, false) };
        let text =
            gettext_f("Recommended: {memory}.", &[("memory", &words::size(proposal.memory))]);
        (format!("{text} {has}"), false)
    }

    /// What processors there are, and whether the number is doubtful.
    pub(super) fn cpus_hint(&self) -> (String, bool) {
        let Some(host) = &self.host else { return (String::new(), false) };
        let count = |count: u32| count.to_string();
        let total = host.facts.cpus;
        let has = ngettext_f(
            "The host has {count}.",
            "The host has {count}.",
            total,
            &[("count", &count(total))],
        );
        let doubt = self.concerns().into_iter().find_map(|concern| match concern {
            Concern::CpusAboveMachine { limit } => Some(gettext_f(
                "This machine type can have {limit} at most.",
                &[("limit", &count(limit))],
            )),
            Concern::CpusAboveHost { .. } => {
                Some(gettext("More than the host has make the guest slower, not faster."))
            }
            Concern::CpusBelowMinimum { minimum } => Some(gettext_f(
                "The system needs at least {minimum}.",
                &[("minimum", &count(minimum))],
            )),
            _ => None,
        });
        match doubt {
            Some(doubt) => (format!("{doubt} {has}"), true),
            None => (has, false),
        }
    }

    /// Whether the disk's size fits the pool and the system.
    pub(super) fn disk_hint(&self) -> (String, bool) {
        let raw = self.draft.disk_raw;
        let doubt = self.concerns().into_iter().find_map(|concern| match concern {
            Concern::DiskBelowMinimum { minimum } => Some(gettext_f(
                "The system needs at least {minimum}.",
                &[("minimum", &words::size(minimum))],
            )),
            Concern::DiskAbovePool { available } if raw => Some(gettext_f(
                "The pool has only {free} free: making the disk will fail.",
                &[("free", &words::size(available))],
            )),
            Concern::DiskAbovePool { available } => Some(gettext_f(
                "The pool has only {free} free: the guest will stop when that is full.",
                &[("free", &words::size(available))],
            )),
            _ => None,
        });
        if let Some(doubt) = doubt {
            return (doubt, true);
        }
        let text = self.proposal().map_or_else(String::new, |proposal| {
            gettext_f("Recommended: {size}", &[("size", &words::size(proposal.disk))])
        });
        (text, false)
    }

    /// The volumes that can be a guest's disk.
    pub(super) fn disk_volumes(&self) -> Vec<VolumeEntry> {
        self.volumes_for(Method::Image)
    }

    /// The same as choices, and the place of the one picked.
    pub(super) fn disk_volume_choices(&self) -> (Vec<String>, usize) {
        let all = self.disk_volumes();
        let at = all
            .iter()
            .position(|entry| Some(&entry.volume) == self.draft.disk_volume.as_ref())
            .unwrap_or(usize::MAX);
        (all.iter().map(|entry| visible(&entry.volume.name)).collect(), at)
    }

    /// What the picked volume is.
    pub(super) fn disk_volume_hint(&self) -> String {
        self.draft.disk_volume.as_ref().map_or_else(String::new, |volume| {
            let format = volume.format.as_deref().unwrap_or("raw");
            format!("{}, {format}", words::size(volume.capacity))
        })
    }

    /// What becomes of the disk image.
    pub(super) fn image_plan(&self) -> String {
        match self.draft.source() {
            Some(Source::File(_)) if self.draft.copies_image() => {
                let (names, at) = self.pool_choices(self.draft.copy_pool);
                let pool = names.get(at).cloned().unwrap_or_default();
                gettext_f("Will be copied into the pool “{pool}”", &[("pool", &pool)])
            }
            _ => gettext("Used where it is: the guest writes to it"),
        }
    }

    /// The interface that is picked.
    pub(super) fn network(&self) -> NetworkChoice {
        let proposed =
            || self.host.as_ref().map_or(NetworkChoice::User, super::Host::proposed_network);
        self.draft.network.value.clone().unwrap_or_else(proposed)
    }

    /// Where the interface can go, and the place of the one picked.
    pub(super) fn network_choices(&self) -> (Vec<String>, usize) {
        let choices = self.host.as_ref().map(super::Host::networks).unwrap_or_default();
        let picked = self.network();
        let at = choices.iter().position(|choice| *choice == picked).unwrap_or(usize::MAX);
        (choices.iter().map(|choice| self.network_name(choice)).collect(), at)
    }

    fn network_name(&self, choice: &NetworkChoice) -> String {
        match choice {
            NetworkChoice::Network(name) => {
                if self.virtual_network(name).is_some_and(|network| !network.active) {
                    not_started(name)
                } else {
                    name.clone()
                }
            }
            NetworkChoice::Bridge(name) => gettext_f("Bridge “{name}”", &[("name", name)]),
            NetworkChoice::User => gettext("User networking"),
            NetworkChoice::None => gettext("No network"),
        }
    }

    fn virtual_network(&self, name: &str) -> Option<&NetworkSummary> {
        self.host.as_ref()?.networks.iter().find(|network| network.name == name)
    }

    /// What the picked interface can do.
    pub(super) fn network_hint(&self) -> String {
        match self.network() {
            NetworkChoice::Network(name) => match self
                .virtual_network(&name)
                .map(|network| network.forward.as_str())
            {
                Some("nat") => gettext("Reaches the outside through the host"),
                Some("isolated") => gettext("Reaches other guests and the host only"),
                Some("route" | "open") => gettext("Reaches the outside through the host’s routes"),
                Some("bridge") => gettext("Is a computer of its own in your network"),
                _ => String::new(),
            },
            NetworkChoice::Bridge(_) => gettext("Is a computer of its own in your network"),
            NetworkChoice::User => gettext("Reaches the outside; cannot be reached from it"),
            NetworkChoice::None => String::new(),
        }
    }

    /// The picked network, where it is not started.
    pub(super) fn inactive_network(&self) -> Option<&NetworkSummary> {
        match self.network() {
            NetworkChoice::Network(name) => {
                self.virtual_network(&name).filter(|network| !network.active)
            }
            _ => None,
        }
    }

    /// What to say of a network that is not started.
    pub(super) fn inactive_network_title(network: &NetworkSummary) -> String {
        gettext_f(
            "The network “{name}” is not started: the guest cannot start without it",
            &[("name", &network.name)],
        )
    }

    /// What to say of a pool that is not started.
    pub(super) fn inactive_pool_title(pool: &PoolSummary) -> String {
        gettext_f(
            "The pool “{name}” is not started: nothing can be put into it",
            &[("name", &pool.name)],
        )
    }

    /// What there is to say of the picked interface.
    pub(super) fn network_notice(&self) -> Option<Problem> {
        let session = self.host.as_ref().is_some_and(|host| host.facts.session);
        let needs_rights =
            matches!(self.network(), NetworkChoice::Network(_) | NetworkChoice::Bridge(_));
        (session && needs_rights).then(|| {
            notice(
                Severity::Hint,
                gettext("The user session may not join networks by itself"),
                gettext("It works if the host’s administrator allows the bridge helper of QEMU. User networking works always."),
            )
        })
    }

    /// What is wrong with the name.
    pub(super) fn name_problem(&self) -> Option<Problem> {
        let name = &self.draft.name.value;
        let (title, body) = match validate::guest_name(name) {
            Err(NameProblem::Empty) => (gettext("The guest needs a name"), String::new()),
            Err(NameProblem::OuterSpace) => {
                (gettext("The name begins or ends with a space"), gettext("Nobody would see it."))
            }
            Err(NameProblem::LeadingDot) => (
                gettext("The name begins with a dot"),
                gettext(
                    "libvirt keeps the definition in a file of this name, which would be hidden.",
                ),
            ),
            Err(NameProblem::Slash) => (
                gettext("A name cannot have a slash"),
                gettext("libvirt keeps the definition in a file of this name."),
            ),
            Err(NameProblem::TooLong { .. }) => (gettext("The name is too long"), String::new()),
            Err(_) => (
                gettext("The name has a character that cannot be seen or stored"),
                gettext("Type the name again."),
            ),
            Ok(()) if self.name_is_taken(name) => (
                gettext_f("There is a guest “{name}” on this host", &[("name", name)]),
                gettext("Choose another name."),
            ),
            Ok(()) => return None,
        };
        Some(notice(Severity::Error, title, body))
    }

    /// The guest in a few lines.
    pub(super) fn summary(&self) -> Vec<(String, String)> {
        let draft = &self.draft;
        let mut lines = Vec::new();
        if self.hosts.len() > 1 {
            lines.push((gettext("Host"), self.host_name()));
        }
        lines.push((gettext("Operating system"), self.system_chosen().0));
        if let (Method::Iso, Some(source)) = (draft.method, draft.source()) {
            lines.push((gettext("Installation image"), source.name()));
        }
        let memory = words::size(draft.memory.value * MIB);
        let cpus = u32::try_from(draft.cpus.value).unwrap_or(u32::MAX);
        let cpus = ngettext_f(
            "{count} processor",
            "{count} processors",
            cpus,
            &[("count", &cpus.to_string())],
        );
        lines.push((gettext("Memory and processors"), format!("{memory}, {cpus}")));
        let disk = match (draft.method, draft.disk) {
            (Method::Image, _) => draft.source().map(Source::name).unwrap_or_default(),
            (_, DiskKind::New) => {
                let (names, at) = self.pool_choices(draft.disk_pool);
                let pool = names.get(at).cloned().unwrap_or_default();
                let size = words::size(draft.disk_size.value * GIB);
                gettext_f("New, {size} in the pool “{pool}”", &[("size", &size), ("pool", &pool)])
            }
            (_, DiskKind::Volume) => {
                draft.disk_volume.as_ref().map(|volume| visible(&volume.name)).unwrap_or_default()
            }
            (_, DiskKind::None) => gettext("None"),
        };
        lines.push((gettext("Disk"), disk));
        lines
    }
}

/// The name of a virtual network or a pool that is not started.
pub(super) fn not_started(name: &str) -> String {
    // Translators: a virtual network or a storage pool
    gettext_f("{name} (not started)", &[("name", name)])
}

/// A file that could not be looked into.
fn unreadable(error: &InspectError) -> Problem {
    let (title, body) = match error {
        InspectError::Missing => (
            gettext("The file does not exist"),
            gettext("It may have been moved, or its drive is not connected."),
        ),
        InspectError::NotAFile => (gettext("This is not a file"), gettext("Choose an image file.")),
        InspectError::NoPermission => (
            gettext("You may not read this file"),
            gettext("The host may still be able to. The system on it cannot be detected."),
        ),
        InspectError::Unreadable(_) => (
            gettext("The file cannot be read"),
            gettext("Its drive may be failing or disconnected."),
        ),
    };
    let detail = match error {
        InspectError::Unreadable(text) => text.clone(),
        _ => String::new(),
    };
    Problem { severity: Severity::Warning, title, body, detail }
}
