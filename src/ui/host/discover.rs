//! What hypervisors this computer has, found without asking anybody: files
//! only. Blocking, so never on the main thread.

use std::{
    env,
    path::{Path, PathBuf},
};

/// What was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// The daemon of the whole system.
    pub(crate) system: SystemDaemon,
    /// Whether guests can run with the user's own rights.
    pub(crate) session: bool,
    /// Whether a QEMU is installed.
    pub(crate) qemu: bool,
    /// Whether Xen runs below this system.
    pub(crate) xen: bool,
}

/// The daemon of the whole system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum SystemDaemon {
    /// Not installed.
    #[default]
    Missing,
    /// Installed, but nothing listens.
    NotRunning,
    /// Listening, but not for this user: not in the group `libvirt`, or a
    /// polkit rule will decide.
    NoAccess,
    /// Listening.
    Available,
}

/// Looks around below `root`, which is `/` but for tests.
pub(crate) fn discover(root: &Path, runtime_dir: Option<&Path>) -> Found {
    let sockets = ["run/libvirt/virtqemud-sock", "run/libvirt/libvirt-sock"].map(|p| root.join(p));
    let daemons = ["libvirtd", "virtqemud"];
    let socket = sockets.iter().find(|path| path.exists());
    let system = match socket {
        Some(path) if may_write(path) => SystemDaemon::Available,
        Some(_) => SystemDaemon::NoAccess,
        None if daemons.iter().any(|name| find_program(root, name)) => SystemDaemon::NotRunning,
        None => SystemDaemon::Missing,
    };
    let qemu = has_qemu(root);
    let session_socket = runtime_dir.is_some_and(|dir| {
        ["libvirt/virtqemud-sock", "libvirt/libvirt-sock"]
            .iter()
            .any(|path| dir.join(path).exists())
    });
    // libvirt starts the user's own daemon when it is asked for.
    let startable = qemu && daemons.iter().any(|name| find_program(root, name));
    let session = (session_socket || startable) && !is_root();
    Found { system, session, qemu, xen: root.join("proc/xen/privcmd").exists() }
}

/// Folders that hold programs of the system, besides those of `PATH`.
const FOLDERS: &[&str] = &["usr/bin", "usr/sbin", "usr/local/bin", "usr/local/sbin", "usr/libexec"];

fn find_program(root: &Path, name: &str) -> bool {
    FOLDERS.iter().any(|folder| root.join(folder).join(name).is_file())
}

fn has_qemu(root: &Path) -> bool {
    let kvm = ["usr/libexec/qemu-kvm", "usr/bin/kvm", "usr/bin/qemu-kvm"];
    kvm.iter().any(|path| root.join(path).is_file())
        || find_program(root, &format!("qemu-system-{}", env::consts::ARCH))
        || find_program(root, "qemu-system-x86_64")
}

/// Whether this user may connect to a socket.
fn may_write(path: &Path) -> bool {
    relm4::gtk::glib::access(path, libc::W_OK | libc::R_OK) == 0
}

/// Root's session would be a second system daemon that nobody expects.
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// Where the user's sockets are.
pub(crate) fn runtime_dir() -> PathBuf {
    relm4::gtk::glib::user_runtime_dir()
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::net::UnixListener};

    use super::*;

    fn touch(root: &Path, path: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }

    #[test]
    fn an_empty_computer_has_nothing() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(discover(root.path(), None), Found::default());
    }

    #[test]
    fn a_daemon_is_missing_stopped_or_listening() {
        let root = tempfile::tempdir().unwrap();
        touch(root.path(), "usr/sbin/libvirtd");
        touch(root.path(), "usr/bin/qemu-system-x86_64");
        let found = discover(root.path(), None);
        assert_eq!(found.system, SystemDaemon::NotRunning);
        assert!(found.qemu);
        fs::create_dir_all(root.path().join("run/libvirt")).unwrap();
        let _socket = UnixListener::bind(root.path().join("run/libvirt/libvirt-sock")).unwrap();
        assert_eq!(discover(root.path(), None).system, SystemDaemon::Available);
    }

    #[test]
    fn a_session_needs_qemu_and_a_daemon_or_a_socket() {
        if is_root() {
            return; // root has no session of its own
        }
        let root = tempfile::tempdir().unwrap();
        touch(root.path(), "usr/bin/qemu-system-x86_64");
        assert!(!discover(root.path(), None).session);
        touch(root.path(), "usr/sbin/virtqemud");
        assert!(discover(root.path(), None).session);
    }
}
