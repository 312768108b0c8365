//! Changing the devices and resources of a running guest.

use std::fmt;

use virt::domain::Domain;
use virt_sys as libvirt;

use super::{
    Done, NewVolume,
    definition::redefine,
    domain::usable,
    storage::{self, MadeVolume},
};
use crate::{
    backend::{
        ConnectionHandle, Operation, Result,
        connection::{Key, Lane, lookup_domain, lookup_pool},
        sys,
    },
    model::{DomainId, Failure, hardware::Tuning},
};

/// A change of a guest that runs, for as long as it runs: the persistent
/// definition is another matter.
#[derive(Clone, PartialEq, Eq)]
pub enum LiveChange {
    /// Plugs in the device that this element describes.
    Attach(String),
    /// Asks the guest to let go of the device that this element describes. It
    /// may take its time or never do so: the live definition tells.
    Detach(String),
    /// Makes the device be as this element says: a medium, a link, a password.
    Update(String),
    /// Memory that the guest may use, in bytes, through the balloon.
    Memory(u64),
    /// Processors that are plugged in.
    Vcpus(u32),
    /// A limit or share of the host's resources.
    Tune(Tuning),
    /// A disk, by its target, gets this size in bytes.
    Resize {
        /// The disk's target, `vda` say.
        disk: String,
        /// Its new size in bytes.
        bytes: u64,
    },
}

impl fmt::Debug for LiveChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the elements, which may hold passwords.
        match self {
            Self::Attach(_) => f.write_str("Attach(…)"),
            Self::Detach(_) => f.write_str("Detach(…)"),
            Self::Update(_) => f.write_str("Update(…)"),
            Self::Memory(bytes) => f.debug_tuple("Memory").field(bytes).finish(),
            Self::Vcpus(count) => f.debug_tuple("Vcpus").field(count).finish(),
            Self::Tune(tuning) => f.debug_tuple("Tune").field(tuning).finish(),
            Self::Resize { disk, bytes } => {
                f.debug_struct("Resize").field("disk", disk).field("bytes", bytes).finish()
            }
        }
    }
}

/// What is to become of a guest: at its next start, and now.
#[derive(Clone, Default)]
pub struct Modification {
    /// The persistent definition as it was read with its secrets, and as it is
    /// to be; nothing for a guest that has none or keeps it.
    pub definition: Option<(String, String)>,
    /// Empty volumes that the new definition uses; made before it, and removed
    /// again if it is refused.
    pub volumes: Vec<NewVolume>,
    /// What changes now, in this order. Nothing for a guest that is off.
    pub live: Vec<LiveChange>,
}

impl fmt::Debug for Modification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Modification")
            .field("redefines", &self.definition.is_some())
            .field("volumes", &self.volumes)
            .field("live", &self.live)
            .finish()
    }
}

impl ConnectionHandle {
    /// Changes a guest: first its persistent definition, then what can be
    /// changed while it runs.
    ///
    /// The answer has an item for each live change in their order: a change
    /// that libvirt refuses now stays for the next start, and the others are
    /// tried all the same.
    ///
    /// # Errors
    /// `Busy` if somebody else changed the definition since it was read; as
    /// libvirt refuses it. Then nothing has changed.
    pub async fn modify(
        &self,
        id: DomainId,
        modification: Modification,
    ) -> Result<Vec<std::result::Result<(), Failure>>> {
        // The guest's monitor, and for some changes its agent, has to answer.
        let lane = Lane::Slow(Key::Domain(id));
        let result = self
            .call(lane, Operation::Edit, self.domain_name(id), move |conn| {
                let domain = lookup_domain(conn, id)?;
                let mut made = Vec::new();
                for volume in &modification.volumes {
                    let pool = lookup_pool(conn, volume.pool)?;
                    made.push(storage::make(&pool, &volume.name, &volume.format, volume.capacity)?);
                }
                if let Some((expected, xml)) = &modification.definition {
                    redefine(conn, &domain, expected, xml)?;
                }
                made.into_iter().for_each(MadeVolume::keep);
                Ok(modification.live.iter().map(|change| apply(&domain, change)).collect())
            })
            .await;
        self.touch(id);
        result
    }
}

fn apply(domain: &Domain, change: &LiveChange) -> Done {
    const LIVE: libvirt::virDomainModificationImpact = libvirt::VIR_DOMAIN_AFFECT_LIVE;
    match change {
        LiveChange::Attach(device) => {
            usable(device)?;
            domain.attach_device_flags(device, LIVE)?;
        }
        LiveChange::Detach(device) => {
            usable(device)?;
            domain.detach_device_flags(device, LIVE)?;
        }
        LiveChange::Update(device) => {
            usable(device)?;
            domain.update_device_flags(device, LIVE)?;
        }
        LiveChange::Memory(bytes) => domain.set_memory_flags(bytes / 1024, LIVE)?,
        LiveChange::Vcpus(count) => domain.set_vcpus_flags(*count, LIVE)?,
        LiveChange::Tune(tuning) => sys::tune(domain, tuning)?,
        LiveChange::Resize { disk, bytes } => {
            usable(disk)?;
            domain.block_resize(disk, *bytes, libvirt::VIR_DOMAIN_BLOCK_RESIZE_BYTES)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{LiveChange, Modification};

    #[test]
    fn nothing_of_a_device_is_printed() {
        let secret = "<graphics type='vnc' passwd='hunter2'/>".to_owned();
        let modification = Modification {
            definition: Some((secret.clone(), secret.clone())),
            volumes: Vec::new(),
            live: vec![LiveChange::Update(secret), LiveChange::Vcpus(2)],
        };
        let text = format!("{modification:?}");
        assert!(!text.contains("hunter2"), "{text}");
        assert!(text.contains("Vcpus(2)"), "{text}");
    }
}
