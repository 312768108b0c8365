//! Restarting a guest for what its definition has become.

use posada::model::{JobEnd, JobPhase};

use crate::{
    common::{self, GuestXml, wait_for},
    host::{Host, PATIENCE, id},
};

#[test]
fn a_guest_runs_with_its_new_definition_after_a_restart() {
    let Some(libvirt) = common::system() else { return };
    let host = Host::connect(libvirt);
    let guest = host.libvirt.start(&GuestXml::new("restart"));
    let id = id(&guest);
    host.libvirt.virsh(&["setvcpus", &guest.name, "2", "--config", "--maximum"]);
    let waits = |job: &posada::backend::JobHandle| {
        let mut steps = job.watch();
        host.wait(async move {
            let is_waiting =
                |job: &posada::model::JobSnapshot| job.progress.phase == JobPhase::ShuttingDown;
            steps.wait_for(is_waiting).await.map(drop).unwrap();
        });
    };

    // Who changes their mind keeps the guest as it runs.
    let job = host.wait(host.handle.restart(id)).unwrap();
    waits(&job);
    job.cancel();
    assert_eq!(host.end(&job), JobEnd::Cancelled);
    assert_eq!(host.libvirt.virsh(&["domstate", &guest.name]).trim(), "running");

    let job = host.wait(host.handle.restart(id)).unwrap();
    waits(&job);
    // The firmware alone does not hear the button: somebody else ends it.
    host.libvirt.virsh(&["destroy", &guest.name]);
    assert_eq!(host.end(&job), JobEnd::Finished);
    wait_for("the guest to run anew", PATIENCE, || {
        let live = host.libvirt.virsh(&["dumpxml", &guest.name]);
        live.contains(">2</vcpu>").then_some(())
    });
    assert_eq!(host.libvirt.virsh(&["domstate", &guest.name]).trim(), "running");
}
