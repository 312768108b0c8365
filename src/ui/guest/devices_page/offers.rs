//! What a host offers for fields that are not closed lists.

use super::draft::Entry;
use crate::model::{
    capabilities::{DomainCapabilities, HostCapabilities},
    hardware::{DeviceKind, Field, FieldError, Kind, Section},
};

/// An architecture and a machine.
pub(super) type Platform = (Option<String>, Option<String>);

/// What the guest's host can do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Offers {
    pub(super) domain: Option<DomainCapabilities>,
    pub(super) machines: Vec<String>,
    pub(super) networks: Vec<String>,
    pub(super) bridges: Vec<String>,
    /// The version of the host's libvirt, once it is known.
    pub(super) libvirt: Option<u32>,
    /// By what the host keeps guests apart; nothing before it is known.
    pub(super) security: Option<Vec<String>>,
    /// The host's processors, and its memory in bytes.
    pub(super) processors: Option<u32>,
    pub(super) memory: Option<u64>,
}

/// The first libvirt with limits for several disks together.
const THROTTLE_GROUPS: u32 = 11_002_000;

impl Offers {
    /// Whether the page of `entry` is made of what these offer and others do not,
    /// besides the words of its rows.
    pub(super) fn make_another(
        &self,
        others: &Self,
        entry: &Entry,
        kind: Option<DeviceKind>,
    ) -> bool {
        match entry {
            Entry::Section(Section::Boot) => self.domain != others.domain,
            Entry::Section(Section::Machine) => self.security != others.security,
            _ => kind == Some(DeviceKind::Graphics) && self.domain != others.domain,
        }
    }

    /// Whether the host's libvirt keeps such parts of a definition; what it does
    /// not know it leaves out without a word.
    pub(super) fn knows(&self, kind: DeviceKind) -> bool {
        kind != DeviceKind::ThrottleGroup
            || self.libvirt.is_none_or(|version| version >= THROTTLE_GROUPS)
    }

    /// The machines of the guest's architecture.
    pub(super) fn machines_of(capabilities: &str, arch: &str) -> Vec<String> {
        let Ok(host) = HostCapabilities::parse(capabilities) else { return Vec::new() };
        let machines = host.hvm(arch).map(|guest| guest.machines.iter());
        let mut names: Vec<String> =
            machines.into_iter().flatten().map(|machine| machine.name.clone()).collect();
        names.sort();
        names.dedup();
        names
    }

    /// Whether the host keeps guests apart by this, as far as is known.
    pub(super) fn keeps_apart_by(&self, model: &str) -> bool {
        self.security.as_ref().is_none_or(|models| models.iter().any(|known| known == model))
    }

    /// The most that the host can do for this field.
    pub(super) fn most(&self, id: &str) -> Option<u64> {
        match id {
            "cpu.maximum" => self.domain.as_ref()?.max_vcpus.map(u64::from),
            _ => None,
        }
    }

    /// Whether the host can do so much.
    ///
    /// # Errors
    /// If it is too much.
    pub(super) fn check(&self, field: &Field, value: &str) -> Result<(), FieldError> {
        match (field.kind, self.most(field.id), value.parse::<u64>()) {
            (Kind::Number { min, .. }, Some(max), Ok(number)) if number > max => {
                Err(FieldError::OutOfRange { min, max })
            }
            _ => Ok(()),
        }
    }

    /// The words for a field: those of the table that the host offers, and what
    /// it offers besides; `current` is always among them.
    pub(super) fn words(
        &self,
        field: &Field,
        table: &[&str],
        current: Option<&str>,
    ) -> Vec<String> {
        let offered = self.offered(field.id);
        let mut words: Vec<String> = match &offered {
            Some(offered) => offered.clone(),
            None => table.iter().map(|word| (*word).to_owned()).collect(),
        };
        if let Some(current) = current
            && words.iter().all(|word| word != current)
        {
            words.insert(0, current.to_owned());
        }
        words
    }

    fn offered(&self, id: &str) -> Option<Vec<String>> {
        let listed = |names: &Vec<String>| (!names.is_empty()).then(|| names.clone());
        match id {
            "machine.type" => return listed(&self.machines),
            "interface.network" => return listed(&self.networks),
            "interface.bridge" => return listed(&self.bridges),
            _ => {}
        }
        let domain = self.domain.as_ref()?;
        let offer = match id {
            "disk.bus" => &domain.disk_buses,
            "graphics.type" => &domain.graphics,
            "video.model" => &domain.video,
            "rng.model" => &domain.rng_models,
            "rng.backend" => &domain.rng_backends,
            "filesystem.driver" => &domain.filesystems,
            "tpm.model" => &domain.tpm_models,
            "tpm.backend" => &domain.tpm_backends,
            "channel.type" => &domain.channels,
            "cpu.model" => {
                let usable = domain.cpu.models.iter().filter(|model| model.usable != Some(false));
                return Some(usable.map(|model| model.name.clone()).collect());
            }
            _ => return None,
        };
        offer.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::{DeviceKind, Offers};

    #[test]
    fn what_the_libvirt_of_a_host_does_not_know_is_not_offered() {
        let of = |libvirt| Offers { libvirt, ..Offers::default() };
        assert!(!of(Some(11_001_000)).knows(DeviceKind::ThrottleGroup));
        assert!(of(Some(11_001_000)).knows(DeviceKind::BlockDevice));
        assert!(of(Some(11_002_000)).knows(DeviceKind::ThrottleGroup));
        assert!(of(None).knows(DeviceKind::ThrottleGroup));
    }
}
