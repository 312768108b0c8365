//! What is proposed, and the plan of the moment.

use gettextrs::gettext;

use super::{
    Create,
    draft::{DiskKind, Method, Source},
    pages::{Problem, Severity},
    plan::{self, NoPlan, Plan, Sources},
    source::Medium,
};
use crate::{
    i18n::gettext_f,
    model::{
        PoolSummary,
        capabilities::DomainCapabilities,
        install::{self, Notice, PlanError, resources::Proposal},
        osinfo::{OsMatch, OsProfile},
        units::{GIB, MIB},
    },
};

impl Create {
    /// The chosen system on the chosen architecture.
    pub(super) fn os_profile(&self) -> OsProfile {
        let arch = self.platform().arch().unwrap_or_default();
        match (&self.systems, self.chosen_os()) {
            (Some(database), Some(os)) => database.profile(os, &arch),
            _ => OsProfile { arch, ..OsProfile::default() },
        }
    }

    /// What the chosen medium is recognised as, if it is of the chosen system.
    fn medium_match(&self) -> Option<OsMatch> {
        let id = self.draft.os.value.as_deref()?;
        self.detected_systems().into_iter().find(|found| found.os.id == id)
    }

    /// The sizes that suit system and host.
    pub(super) fn proposal(&self) -> Option<Proposal> {
        let host = self.host.as_ref()?;
        let live = self.medium_match().is_some_and(|found| found.live);
        let size = match &self.medium {
            Medium::Found(found) if self.draft.method == Method::Iso => Some(found.size),
            _ => None,
        };
        let usage = plan::usage(live, size);
        Some(install::resources::propose(&self.os_profile(), &host.facts, usage))
    }

    /// Proposes what the user has not decided.
    pub(super) fn propose(&mut self) {
        if let Some(proposal) = self.proposal() {
            self.draft.memory.propose(proposal.memory / MIB);
            self.draft.cpus.propose(u64::from(proposal.vcpus));
            self.draft.disk_size.propose(proposal.disk / GIB);
        }
        let network = self.host.as_ref().map(super::Host::proposed_network);
        self.draft.network.propose(network);
        if let Some(id) = self.host_id() {
            let taken: Vec<String> = self
                .inventories
                .get(&id)
                .map(|all| all.domains.values().map(|domain| domain.name.clone()).collect())
                .unwrap_or_default();
            let own = self.platform().host.map_or_else(String::new, |host| host.arch.clone());
            let file = self.draft.source().map(Source::name);
            let name = install::name::propose(&self.os_profile(), &own, file.as_deref(), &taken);
            self.draft.name.propose(name);
        }
    }

    /// The pool that a volume is in.
    fn pool_of(&self, source: Option<&Source>) -> Option<&PoolSummary> {
        let Some(Source::Volume { volume, .. }) = source else { return None };
        self.host.as_ref()?.pools.iter().find(|pool| pool.id == volume.pool)
    }

    /// What the draft comes to now; nothing while the host is still being read.
    pub(super) fn make_plan(&self) -> Option<Result<Plan, Problem>> {
        let host = self.host.as_ref()?;
        let capabilities = host.capabilities.as_deref()?;
        if host.reading_platform {
            return None;
        }
        let nothing = DomainCapabilities::default();
        let platform = self.platform();
        let (arch, virt_type) = (platform.arch(), platform.virt_type());
        let imports = self.draft.method == Method::Image;
        let chosen = if imports { self.draft.copy_pool } else { self.draft.disk_pool };
        let pool = self.pool(chosen);
        let disk_pool = self
            .draft
            .disk_volume
            .as_ref()
            .and_then(|volume| host.pools.iter().find(|pool| pool.id == volume.pool));
        let found = self.medium_match();
        let os = self.os_profile();
        let network = self.network();
        let sources = Sources {
            draft: &self.draft,
            uuid: self.uuid,
            facts: &host.facts,
            capabilities,
            offered: host.domain_capabilities.as_deref().unwrap_or(&nothing),
            os: &os,
            platform: (arch.as_deref(), virt_type.as_deref()),
            pool,
            taken: pool
                .and_then(|pool| host.volumes.get(&pool.id))
                .map(Vec::as_slice)
                .unwrap_or_default(),
            source_pool: self.pool_of(self.draft.source()),
            disk_pool,
            image: match &self.medium {
                Medium::Found(found) => Some((&found.kind, found.size)),
                _ => None,
            },
            live_only: found.is_some_and(|found| found.live && !found.installer),
            readable: self.medium_readable,
            network: &network,
        };
        Some(sources.plan().map_err(|reason| no_plan(&reason)))
    }

    /// Things in the plan that the user may not expect.
    pub(super) fn plan_notice(&self) -> Option<Problem> {
        let plan = match self.plan.as_ref()? {
            Ok(plan) => plan,
            // A name that cannot be is told beside the name.
            Err(_) if self.name_problem().is_some() => return None,
            Err(problem) => return Some(problem.clone()),
        };
        let texts: Vec<String> = plan.guest.notices.iter().filter_map(|it| notice(*it)).collect();
        let mut texts = texts.into_iter();
        let title = texts.next()?;
        let body = texts.collect::<Vec<String>>().join("\n");
        Some(Problem { severity: Severity::Hint, title, body, detail: String::new() })
    }

    /// Why the guest cannot be made yet.
    pub(super) fn not_ready(&self) -> Option<String> {
        match &self.plan {
            Some(Ok(_)) => None,
            Some(Err(problem)) => Some(problem.title.clone()),
            None => Some(gettext("What the host can run is still being read")),
        }
    }

    /// The definition as text, and whether it can be edited.
    pub(super) fn xml_text(&self) -> (&str, bool) {
        let made = match &self.plan {
            Some(Ok(plan)) => plan.request.xml.as_str(),
            _ => "",
        };
        match (&self.edited, self.draft.customise) {
            (Some(edited), true) => (edited, true),
            (None, true) => (made, true),
            (_, false) => (made, false),
        }
    }

    /// Says where the medium is that the definition does not show.
    pub(super) fn xml_notice(&self) -> Option<Problem> {
        let Some(Ok(plan)) = &self.plan else { return self.plan_notice() };
        plan.request.first_boot_xml.as_ref()?;
        let medium = self.draft.source().map(Source::name).unwrap_or_default();
        Some(Problem {
            severity: Severity::Hint,
            title: gettext_f(
                "“{image}” is in the drive during the first run",
                &[("image", &medium)],
            ),
            body: gettext(
                "After the installation the guest keeps this definition, with an empty drive.",
            ),
            detail: String::new(),
        })
    }

    /// Whether a new volume needs the default pool, which is not there yet.
    pub(super) fn needs_default_pool(&self) -> bool {
        let new = match self.draft.method {
            Method::Image => self.draft.copies_image() && self.draft.copy_pool.is_none(),
            _ => self.draft.disk == DiskKind::New && self.draft.disk_pool.is_none(),
        };
        new && self.host.as_ref().is_some_and(|host| host.default_pool().is_none())
    }
}

fn no_plan(reason: &NoPlan) -> Problem {
    let error = |title: String, body: String, detail: String| Problem {
        severity: Severity::Error,
        title,
        body,
        detail,
    };
    match reason {
        NoPlan::NoPool => error(
            gettext("There is no pool for the disk"),
            gettext("Go back and choose another pool, an existing volume or no disk."),
            String::new(),
        ),
        NoPlan::PoolStopped(name) => error(
            gettext_f("The pool “{name}” is not started", &[("name", name)]),
            gettext("Go back and start it, or choose another pool."),
            String::new(),
        ),
        NoPlan::BadPath => error(
            gettext("The image’s path cannot be stored by libvirt"),
            gettext("Go back and copy the image into a pool."),
            String::new(),
        ),
        NoPlan::Refused(PlanError::OnlyContainers) => error(
            gettext("This host runs containers only"),
            gettext("Choose another host for a virtual machine."),
            String::new(),
        ),
        NoPlan::Refused(PlanError::NoSuchArch(arch)) => error(
            gettext_f("The host cannot run guests of the architecture {arch}", &[("arch", arch)]),
            gettext("Choose another one under “Advanced”."),
            String::new(),
        ),
        NoPlan::Refused(other) => error(
            gettext("The host cannot run this guest"),
            gettext("Choose other settings under “Advanced”."),
            other.to_string(),
        ),
        NoPlan::Definition(other) => error(
            gettext("The definition could not be made"),
            gettext("Choose another image, or a copy of it in a pool."),
            other.to_string(),
        ),
    }
}

/// What to tell of a notice; what another place tells is left out.
fn notice(notice: Notice) -> Option<String> {
    Some(match notice {
        // The Advanced page explains it, and its row names it.
        Notice::Emulated => return None,
        Notice::NoUefi => gettext("The host has no UEFI firmware: the guest gets a BIOS."),
        Notice::NoSecureBoot => {
            gettext("The host has no firmware with Secure Boot: the guest starts without.")
        }
        Notice::NoTpm => gettext(
            "The system wants a TPM, and the host cannot emulate one (“swtpm” is missing there).",
        ),
        Notice::NoGraphics => {
            gettext("The hypervisor offers neither SPICE nor VNC: the guest gets no screen.")
        }
        Notice::WindowsDrivers => gettext(
            "The guest gets a disk and a network card that Windows knows. Faster ones can be chosen once the virtio drivers are installed in it.",
        ),
    })
}
