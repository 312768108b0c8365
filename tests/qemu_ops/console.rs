//! Consoles: by libvirt's own descriptor and through ssh.

use std::{
    fs,
    io::Read,
    net::{TcpListener, TcpStream},
    os::unix::{fs::PermissionsExt, net::UnixStream},
    path::Path,
    process::{Child, Command, Stdio},
};

use posada::{
    backend::{ConsoleEndpoint, Line, NoConsole},
    model::FailureKind,
};

use crate::{
    common::{self, GuestXml},
    host::{Host, PATIENCE, id, kind},
};

/// A guest whose VNC server listens as said.
fn guest(name: &str, graphics: &str) -> GuestXml {
    // The usual graphics device of the tests makes place for this one.
    GuestXml { devices: graphics.to_owned(), ..GuestXml::new(name) }
}

fn greets(endpoint: ConsoleEndpoint) {
    let fd = match endpoint {
        ConsoleEndpoint::Vnc { line: Line::Stream(fd) | Line::Tunnel { fd, .. }, .. } => fd,
        other => panic!("{other:?}"),
    };
    let mut stream = UnixStream::from(fd);
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut greeting = [0; 12];
    stream.read_exact(&mut greeting).unwrap();
    assert_eq!(&greeting, b"RFB 003.008\n");
}

#[test]
fn libvirt_opens_a_local_console() {
    for libvirt in [common::system(), common::session()].into_iter().flatten() {
        let host = Host::connect(libvirt);
        let guest = host.libvirt.define(&GuestXml::new("console"));
        let console = || host.wait(host.handle.console(id(&guest), None)).unwrap();
        assert_eq!(console().unwrap_err(), NoConsole::NotRunning);
        host.libvirt.virsh(&["start", &guest.name]);
        // Two at a time, though the guest listens nowhere.
        let first = console().unwrap();
        greets(console().unwrap());
        greets(first);
    }
}

/// An SSH server on loopback with a key of the test's own.
struct Sshd {
    folder: tempfile::TempDir,
    port: u16,
    child: Child,
}

impl Sshd {
    fn start(options: &str) -> Option<Self> {
        if !common::is_root() {
            eprintln!("SKIPPED: the SSH server of this test runs as root");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for key in ["host", "user"] {
            let made = Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-f"])
                .arg(at(key))
                .status();
            assert!(made.unwrap().success());
        }
        fs::copy(at("user.pub"), at("authorized_keys")).unwrap();
        // Free a moment ago.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {host}\nAuthorizedKeysFile {keys}\n\
             PermitRootLogin yes\nStrictModes no\nUsePAM no\nPidFile none\n{options}\n",
            host = at("host").display(),
            keys = at("authorized_keys").display(),
        );
        fs::write(at("config"), config).unwrap();
        // The user's own settings and known hosts stay out of it.
        let wrapper = "#!/bin/sh\nexec ssh -F none -o UserKnownHostsFile=/dev/null \"$@\"\n";
        fs::write(at("ssh"), wrapper).unwrap();
        fs::set_permissions(at("ssh"), fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir_all("/run/sshd").unwrap();
        let child = Command::new("/usr/sbin/sshd")
            .args(["-D", "-e", "-f"])
            .arg(at("config"))
            .stdin(Stdio::null())
            .stderr(fs::File::create(at("log")).unwrap())
            .spawn()
            .unwrap();
        let sshd = Self { folder, port, child };
        common::wait_for("the SSH server", PATIENCE, || {
            TcpStream::connect(("127.0.0.1", port)).ok()
        });
        Some(sshd)
    }

    fn uri(&self, key: &str) -> String {
        format!(
            "qemu+ssh://root@127.0.0.1:{}/system?no_verify=1&no_tty=1&keyfile={}&command={}",
            self.port,
            self.path(key).display(),
            self.path("ssh").display(),
        )
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        Path::join(self.folder.path(), name)
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn ssh_brings_a_console_from_wherever_it_listens() {
    let Some(libvirt) = common::system() else { return };
    let Some(sshd) = Sshd::start("") else { return };
    let host = Host::connect_by(libvirt, &sshd.uri("user"));
    let graphics = |listen: &str, password: &str| {
        GuestXml::new("far").xml().replace(
            "<graphics type='vnc'><listen type='none'/></graphics>",
            &format!("<graphics type='vnc' autoport='yes'{password}>{listen}</graphics>"),
        )
    };
    for (listen, password) in [
        ("<listen type='address' address='127.0.0.1'/>", " passwd='sesame'"),
        ("<listen type='address' address='0.0.0.0'/>", ""),
        ("<listen type='socket'/>", ""),
    ] {
        let name = common::unique("far");
        let file = host.libvirt.folder.join(format!("{name}.xml"));
        let xml =
            graphics(listen, password).replace("<name>far</name>", &format!("<name>{name}</name>"));
        fs::write(&file, xml).unwrap();
        host.libvirt.virsh(&["create", &file.to_string_lossy()]);
        fs::remove_file(&file).unwrap();
        let uuid = host.libvirt.virsh(&["domuuid", &name]);
        let id = posada::model::DomainId(uuid::Uuid::parse_str(&uuid).unwrap());
        let endpoint = host.wait(host.handle.console(id, None));
        let endpoint = endpoint.map(|endpoint| endpoint.unwrap());
        if let Ok(ConsoleEndpoint::Vnc { password: known, .. }) = &endpoint {
            let known = known.as_ref().map(|password| password.expose().to_owned());
            assert_eq!(known.is_some(), !password.is_empty());
        }
        let endpoint = endpoint.map(greets);
        host.libvirt.virsh(&["destroy", &name]);
        endpoint.unwrap();
    }

    let guest = host.libvirt.start(&guest("nowhere", ""));
    let none = host.wait(host.handle.console(id(&guest), None)).unwrap();
    assert_eq!(none.unwrap_err(), NoConsole::Unreachable);
}

#[test]
fn a_forbidden_tunnel_says_why() {
    let Some(libvirt) = common::system() else { return };
    let Some(sshd) = Sshd::start("AllowTcpForwarding no") else { return };
    let host = Host::connect_by(libvirt, &sshd.uri("user"));
    let name = common::unique("forbidden");
    let xml = GuestXml { name: name.clone(), ..GuestXml::new("") }.xml().replace(
        "<graphics type='vnc'><listen type='none'/></graphics>",
        "<graphics type='vnc' autoport='yes' listen='127.0.0.1'/>",
    );
    let file = host.libvirt.folder.join(format!("{name}.xml"));
    fs::write(&file, xml).unwrap();
    host.libvirt.virsh(&["create", &file.to_string_lossy()]);
    fs::remove_file(&file).unwrap();
    let uuid = host.libvirt.virsh(&["domuuid", &name]);
    let id = posada::model::DomainId(uuid::Uuid::parse_str(&uuid).unwrap());
    let refused = host.wait(host.handle.console(id, None));
    host.libvirt.virsh(&["destroy", &name]);
    let error = refused.unwrap_err();
    assert!(!error.failure.detail.is_empty());
    assert_ne!(kind::<()>(Err(error)), FailureKind::TimedOut);
}
