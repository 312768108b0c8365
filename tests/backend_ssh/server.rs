//! An SSH server of the test's own, and how ssh reaches it without touching
//! anybody's keys.

use std::{
    env, fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

pub(crate) struct Server {
    folder: tempfile::TempDir,
    process: Child,
    port: u16,
}

fn make_key(path: &Path, passphrase: &str) {
    let _ = fs::remove_file(path);
    let done = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", passphrase, "-f"])
        .arg(path)
        .status()
        .unwrap();
    assert!(done.success());
}

impl Server {
    /// Starts one that takes a key with `passphrase`, or passwords if there is
    /// none; nothing, with a notice, where there is no sshd.
    pub(crate) fn start(passphrase: Option<&str>) -> Option<Self> {
        if !Path::new("/usr/sbin/sshd").exists() {
            assert!(env::var_os("POSADA_REAL").is_none_or(|real| real != "1"), "no sshd");
            eprintln!("SKIPPED: there is no sshd");
            return None;
        }
        // Where root's sshd gives up its rights; made by its service elsewhere.
        let _ = fs::create_dir_all("/run/sshd");
        let folder = tempfile::Builder::new().prefix("posada-ssh-").tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        make_key(&path("host_key"), "");
        make_key(&path("key"), passphrase.unwrap_or(""));
        fs::copy(path("key.pub"), path("authorized_keys")).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let keys = if passphrase.is_some() { "yes" } else { "no" };
        let passwords = if passphrase.is_some() { "no" } else { "yes" };
        let own = folder.path().display();
        fs::write(
            path("sshd_config"),
            format!(
                "ListenAddress 127.0.0.1\nPort {port}\nHostKey {own}/host_key\nPidFile none\n\
                 AuthorizedKeysFile {own}/authorized_keys\nPubkeyAuthentication {keys}\n\
                 PasswordAuthentication {passwords}\nKbdInteractiveAuthentication no\nUsePAM no\n\
                 StrictModes no\nPermitRootLogin yes\n"
            ),
        )
        .unwrap();
        fs::write(
            path("ssh_config"),
            format!(
                "UserKnownHostsFile {own}/known_hosts\nGlobalKnownHostsFile /dev/null\n\
                 IdentityFile {own}/key\nIdentitiesOnly yes\nIdentityAgent none\n\
                 NumberOfPasswordPrompts 2\n"
            ),
        )
        .unwrap();
        fs::write(path("ssh"), format!("#!/bin/sh\nexec ssh -F {own}/ssh_config \"$@\"\n"))
            .unwrap();
        fs::set_permissions(path("ssh"), fs::Permissions::from_mode(0o755)).unwrap();
        let process = spawn(folder.path());
        let server = Self { folder, process, port };
        server.wait();
        Some(server)
    }

    fn wait(&self) {
        let end = Instant::now() + Duration::from_secs(10);
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(Instant::now() < end, "sshd does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The daemon at `socket` through this server.
    pub(crate) fn uri(&self, user: &str, socket: &Path) -> String {
        format!(
            "qemu+ssh://{user}@127.0.0.1:{}/session?command={}/ssh&socket={}",
            self.port,
            self.folder.path().display(),
            socket.display()
        )
    }

    pub(crate) fn known_hosts(&self) -> PathBuf {
        self.folder.path().join("known_hosts")
    }

    /// Gives the server another key.
    pub(crate) fn change_key(&mut self) {
        self.stop();
        make_key(&self.folder.path().join("host_key"), "");
        self.process = spawn(self.folder.path());
        self.wait();
    }

    fn stop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn spawn(folder: &Path) -> Child {
    Command::new("/usr/sbin/sshd")
        .args(["-D", "-f"])
        .arg(folder.join("sshd_config"))
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}
