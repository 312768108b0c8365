//! Asking the host what it can run, and the platform's choices for the page.

use std::sync::Arc;

use gettextrs::gettext;
use relm4::ComponentSender;

use super::{
    Create, CreateCmd,
    draft::FirmwareChoice,
    pages::{Problem, Severity},
    platform::{
        Combination, EmulatedBecause, Platform, automatic, firmware_name, screen_name,
        virt_type_name,
    },
};
use crate::model::{
    ScreenProtocol,
    capabilities::{DomainCapabilities, HostCapabilities},
    install::{self, VirtType},
};

impl Create {
    /// The platform that the draft means on this host.
    pub(super) fn platform(&self) -> Platform<'_> {
        let host = self.host.as_ref();
        Platform {
            draft: &self.draft,
            host: host.and_then(|host| host.capabilities.as_deref()),
            offered: host.and_then(|host| host.domain_capabilities.as_deref()),
            medium_arch: self.medium_arch.as_deref(),
        }
    }

    /// Reads what the host can run, and what memory is free.
    pub(super) fn read_capabilities(&self, sender: &ComponentSender<Self>) {
        let Some(host) = &self.host else { return };
        let (id, handle) = (host.entry.id, host.handle.clone());
        sender.oneshot_command(async move {
            let read = handle.capabilities_xml().await.ok();
            let parsed = read.and_then(|xml| HostCapabilities::parse(&xml).ok());
            CreateCmd::Capabilities(id, parsed.map(Arc::new))
        });
        let (id, handle) = (host.entry.id, host.handle.clone());
        sender.oneshot_command(async move {
            CreateCmd::FreeMemory(id, handle.available_memory().await)
        });
    }

    /// Reads what the chosen platform offers a guest, if it is another one.
    pub(super) fn read_domain_capabilities(&mut self, sender: &ComponentSender<Self>) {
        let platform = self.platform();
        let (arch, virt_type) = (platform.arch(), platform.virt_type());
        let Some(capabilities) = platform.host else { return };
        // The machine that the plan will take: libvirt's own default may lack
        // what that one has, such as Secure Boot.
        let target = install::target(
            capabilities,
            &self.os_profile(),
            arch.as_deref(),
            virt_type.as_deref().map(VirtType::from_name).as_ref(),
            self.draft.machine.as_deref(),
        );
        let machine = target.ok().and_then(|target| target.machine);
        let asked = Combination { arch, machine, virt_type };
        let Some(host) = &mut self.host else { return };
        if host.asked.as_ref() == Some(&asked) {
            return;
        }
        host.asked = Some(asked.clone());
        host.reading_platform = true;
        let (id, handle) = (host.entry.id, host.handle.clone());
        sender.oneshot_command(async move {
            let Combination { arch, machine, virt_type } = asked.clone();
            // A driver without the call: the defaults then stay careful.
            let read = handle.domain_capabilities_xml(None, arch, machine, virt_type).await.ok();
            let parsed = read.and_then(|xml| DomainCapabilities::parse(&xml).ok());
            CreateCmd::DomainCapabilities(id, asked, parsed.map(Arc::new))
        });
    }

    /// What the chosen platform offers has arrived.
    pub(super) fn domain_capabilities_read(
        &mut self,
        asked: &Combination,
        capabilities: Option<Arc<DomainCapabilities>>,
    ) {
        if let Some(host) = &mut self.host
            && host.asked.as_ref() == Some(asked)
        {
            host.domain_capabilities = capabilities;
            host.reading_platform = false;
        }
    }

    /// The ways to run as choices.
    pub(super) fn virt_type_choices(&self) -> (Vec<String>, usize) {
        let types = self.platform().virt_types();
        let at = position(&types, self.platform().virt_type().as_ref());
        (types.iter().map(|name| virt_type_name(name)).collect(), at)
    }

    /// A way to run was picked.
    pub(super) fn pick_virt_type(&mut self, at: usize) {
        if let Some(picked) = self.platform().virt_types().into_iter().nth(at) {
            self.draft.virt_type = Some(picked);
        }
    }

    /// Says what emulation costs.
    pub(super) fn virt_type_notice(&self) -> Option<Problem> {
        let body = match self.platform().emulation()? {
            EmulatedBecause::Chosen => gettext(
                "Every instruction is translated: the guest is many times slower than with KVM.",
            ),
            EmulatedBecause::NoKvm => gettext(
                "This host offers no hardware virtualisation, so every instruction is translated. If its processor has it, switch it on in the computer’s firmware setup.",
            ),
            EmulatedBecause::OtherArch => gettext(
                "The host’s processor is of another architecture, so every instruction is translated.",
            ),
        };
        Some(Problem {
            severity: Severity::Hint,
            title: gettext("The guest will be emulated, which is slow"),
            body,
            detail: String::new(),
        })
    }

    /// The architectures as choices.
    pub(super) fn arch_choices(&self) -> (Vec<String>, usize) {
        let names = self.platform().arches();
        let at = position(&names, self.platform().arch().as_ref());
        (names, at)
    }

    /// An architecture was picked.
    pub(super) fn pick_arch(&mut self, at: usize) {
        let Some(picked) = self.platform().arches().into_iter().nth(at) else { return };
        if self.platform().arch().as_ref() != Some(&picked) {
            self.draft.arch = Some(picked);
            self.draft.machine = None;
            self.draft.firmware = FirmwareChoice::Auto;
            self.propose();
        }
    }

    /// The machine types as choices, the first one leaving it to Posada.
    pub(super) fn machine_choices(&self) -> (Vec<String>, usize) {
        let machines = self.platform().machines();
        let chosen = self.draft.machine.as_ref();
        let at = chosen.and_then(|chosen| machines.iter().position(|name| name == chosen));
        let all = std::iter::once(automatic()).chain(machines).collect();
        (all, at.map_or(0, |at| at + 1))
    }

    /// A machine type was picked.
    pub(super) fn pick_machine(&mut self, at: usize) {
        let machines = self.platform().machines();
        self.draft.machine = at.checked_sub(1).and_then(|at| machines.into_iter().nth(at));
    }

    /// The firmware as choices.
    pub(super) fn firmware_choices(&self) -> (Vec<String>, usize) {
        let list = self.platform().firmwares();
        let at = position(&list, Some(&self.draft.firmware));
        (list.into_iter().map(firmware_name).collect(), at)
    }

    /// A firmware was picked.
    pub(super) fn pick_firmware(&mut self, at: usize) {
        if let Some(picked) = self.platform().firmwares().get(at).copied() {
            self.draft.firmware = picked;
        }
    }

    /// What the picked firmware is good for.
    pub(super) fn firmware_hint(&self) -> String {
        match self.draft.firmware {
            FirmwareChoice::Auto => gettext("What the operating system needs"),
            FirmwareChoice::Bios => gettext("Boots everything made for PCs"),
            FirmwareChoice::Uefi => gettext("What new computers have"),
            FirmwareChoice::SecureBoot => gettext("Boots signed systems only"),
        }
    }

    /// What the screen can speak, as choices.
    pub(super) fn screen_choices(&self) -> (Vec<String>, usize) {
        let list = self.platform().screens();
        let at = position(&list, Some(&self.draft.screen));
        (list.into_iter().map(screen_name).collect(), at)
    }

    /// What the screen shall speak was picked.
    pub(super) fn pick_screen(&mut self, at: usize) {
        if let Some(picked) = self.platform().screens().get(at).copied() {
            self.draft.screen = picked;
        }
    }

    /// What the picked protocol is good for.
    pub(super) fn screen_hint(&self) -> String {
        match self.draft.screen {
            None => gettext("SPICE where the host has it, otherwise VNC"),
            Some(ScreenProtocol::Spice) => {
                gettext("With sound, USB devices and a shared clipboard")
            }
            Some(ScreenProtocol::Vnc) => gettext("Understood by every viewer"),
        }
    }

    /// Says that a firmware is missing on the host.
    pub(super) fn firmware_notice(&self) -> Option<Problem> {
        self.platform().lacks_uefi().then(|| Problem {
            severity: Severity::Hint,
            title: gettext("The host has no such UEFI firmware for this platform"),
            body: gettext("To choose UEFI or Secure Boot, install it on the host: the package is “ovmf” on Debian and Ubuntu, “edk2-ovmf” on Fedora."),
            detail: String::new(),
        })
    }

    /// The platform in one line.
    pub(super) fn advanced_summary(&self) -> String {
        let platform = self.platform();
        let virt_type = platform.virt_type().map(|name| virt_type_name(&name));
        let firmware = (self.draft.firmware != FirmwareChoice::Auto)
            .then(|| firmware_name(self.draft.firmware));
        let screen = self.draft.screen.is_some().then(|| screen_name(self.draft.screen));
        let parts = [virt_type, platform.arch(), self.draft.machine.clone(), firmware, screen];
        parts.into_iter().flatten().collect::<Vec<String>>().join(", ")
    }
}

fn position<T: PartialEq>(list: &[T], wanted: Option<&T>) -> usize {
    wanted.and_then(|wanted| list.iter().position(|have| have == wanted)).unwrap_or(usize::MAX)
}
