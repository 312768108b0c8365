//! A guest whose QEMU answers nothing any more.

use std::{
    fs,
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use posada::model::{DomainAction, StatsSnapshot};

use crate::{
    common::{self, Guest, GuestXml},
    host::{Host, id},
};

/// What no call for another guest may take, though the machine has other work.
const SOON: Duration = Duration::from_secs(20);

/// The guest's QEMU, stopped until dropped.
struct Stopped(String);

impl Stopped {
    fn new(guest: &Guest) -> Self {
        let qemu = fs::read_dir("/proc").unwrap().flatten().find(|process| {
            let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line);
            line.contains("qemu") && line.contains(&guest.uuid) && line.contains("-uuid")
        });
        let process = qemu.expect("its process").file_name().into_string().unwrap();
        assert!(Command::new("kill").args(["-STOP", &process]).status().unwrap().success());
        Self(process)
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-CONT", &self.0]).output();
    }
}

#[test]
fn a_guest_that_hangs_holds_up_no_other() {
    let Some(libvirt) = common::system().or_else(common::session) else { return };
    let host = Host::connect(libvirt);
    let hung = host.libvirt.start(&GuestXml::new("hung"));
    let live = host.libvirt.start(&GuestXml::new("live"));
    let (hung_id, live_id) = (id(&hung), id(&live));
    let shown = host.handle.subscribe();
    shown.show(vec![hung_id, live_id], true);
    host.handle.set_stats_interval(Duration::from_millis(200));
    let mut stats = host.handle.stats();
    host.wait(async {
        stats.wait_for(|stats| stats.guests.len() == 2).await.map(drop).unwrap();
    });

    let stopped = Stopped::new(&hung);
    // A question for the load is on its way to it soon; whatever was on its
    // way before has been answered by then.
    host.wait(async {
        while tokio::time::timeout(Duration::from_secs(1), stats.changed()).await.is_ok() {}
    });
    let soon = |what: &str, begun: Instant| {
        assert!(begun.elapsed() < SOON, "{what} took {:?}", begun.elapsed());
        Instant::now()
    };
    let begun = Instant::now();
    assert!(host.wait(host.handle.console(live_id, None)).unwrap().is_ok());
    let begun = soon("the console", begun);
    host.wait(host.handle.act(live_id, DomainAction::Pause)).unwrap();
    host.wait(host.handle.act(live_id, DomainAction::Resume)).unwrap();
    soon("an action", begun);

    // The load of the other comes again.
    let before = stats.borrow().guests.get(&live_id).cloned();
    host.wait(async {
        let again = |guests: &Arc<StatsSnapshot>| guests.guests.get(&live_id) != before.as_ref();
        stats.wait_for(again).await.map(drop).unwrap();
    });
    host.wait(host.handle.act(hung_id, DomainAction::ForceOff)).unwrap();
    assert_eq!(host.libvirt.virsh(&["domstate", &hung.name]), "shut off");
    drop(stopped);
}
