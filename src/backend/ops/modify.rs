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
    model::{DomainId, Failure, hardware::LiveEdit},
};

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
    pub live: Vec<LiveEdit>,
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

fn apply(domain: &Domain, change: &LiveEdit) -> Done {
    const LIVE: libvirt::virDomainModificationImpact = libvirt::VIR_DOMAIN_AFFECT_LIVE;
    match change {
        LiveEdit::Attach(device) => {
            usable(device)?;
            domain.attach_device_flags(device, LIVE)?;
        }
        LiveEdit::Detach(device) => {
            usable(device)?;
            domain.detach_device_flags(device, LIVE)?;
        }
        LiveEdit::Update(device) => {
            usable(device)?;
            domain.update_device_flags(device, LIVE)?;
        }
        LiveEdit::Memory(bytes) => domain.set_memory_flags(bytes / 1024, LIVE)?,
        LiveEdit::Vcpus(count) => domain.set_vcpus_flags(*count, LIVE)?,
        LiveEdit::Tune(tuning) => sys::tune(domain, tuning)?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{LiveEdit, Modification};

    #[test]
    fn nothing_of_a_device_is_printed() {
        let secret = "<graphics type='vnc' passwd='hunter2'/>".to_owned();
        let modification = Modification {
            definition: Some((secret.clone(), secret.clone())),
            volumes: Vec::new(),
            live: vec![LiveEdit::Update(secret), LiveEdit::Vcpus(2)],
        };
        let text = format!("{modification:?}");
        assert!(!text.contains("hunter2"), "{text}");
        assert!(text.contains("Vcpus(2)"), "{text}");
    }
}
