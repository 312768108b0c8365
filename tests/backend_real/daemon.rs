//! A libvirt daemon of the test's own, to be killed and stopped at will.

use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// A session daemon with folders of its own, run without rights.
pub(crate) struct Daemon {
    folder: tempfile::TempDir,
    process: Child,
    user: &'static str,
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

impl Daemon {
    /// Starts one; nothing, with a notice, where there is no libvirtd. With
    /// `POSADA_REAL=1` that is a failure.
    pub(crate) fn start() -> Option<Self> {
        Self::start_as("nobody")
    }

    /// The same as `user`, where the test runs as root.
    pub(crate) fn start_as(user: &'static str) -> Option<Self> {
        if !Path::new("/usr/sbin/libvirtd").exists() {
            assert!(env::var_os("POSADA_REAL").is_none_or(|real| real != "1"), "no libvirtd");
            eprintln!("SKIPPED: there is no libvirtd");
            return None;
        }
        let folder = tempfile::Builder::new().prefix("posada-").tempdir().unwrap();
        let open = |path: &Path| {
            fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
        };
        open(folder.path());
        for name in ["run", "config/libvirt", "cache", "data"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        for name in ["run", "config", "config/libvirt", "cache", "data"] {
            open(&folder.path().join(name));
        }
        // Without a log daemon of its own.
        fs::write(folder.path().join("config/libvirt/qemu.conf"), "stdio_handler = \"file\"\n")
            .unwrap();
        let process = spawn(folder.path(), user);
        let daemon = Self { folder, process, user };
        daemon.wait();
        Some(daemon)
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join("run/libvirt/libvirt-sock")
    }

    pub(crate) fn uri(&self) -> String {
        format!("qemu+unix:///session?socket={}", self.socket().display())
    }

    fn wait(&self) {
        let end = Instant::now() + Duration::from_secs(30);
        while self.try_virsh(&["uri"]).is_err() {
            assert!(Instant::now() < end, "libvirtd does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub(crate) fn signal(&self, signal: &str) {
        let done =
            Command::new("kill").args([signal, &self.process.id().to_string()]).status().unwrap();
        assert!(done.success());
    }

    /// Ends the daemon as a crash would; its guests go on.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    pub(crate) fn restart(&mut self) {
        self.process = spawn(self.folder.path(), self.user);
        self.wait();
    }

    pub(crate) fn try_virsh(&self, arguments: &[&str]) -> Result<String, String> {
        let output = Command::new("timeout")
            .args(["60", "virsh", "-q", "-c", &self.uri()])
            .args(arguments)
            .env("LC_ALL", "C.UTF-8")
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }

    pub(crate) fn virsh(&self, arguments: &[&str]) -> String {
        self.try_virsh(arguments).unwrap_or_else(|error| panic!("virsh {arguments:?}: {error}"))
    }

    /// Defines a small guest under emulation, without disks.
    pub(crate) fn define(&self, name: &str) {
        let file = self.folder.path().join(format!("{name}.xml"));
        let xml = format!(
            "<domain type='qemu'><name>{name}</name><memory unit='MiB'>32</memory><vcpu>1</vcpu>\
             <os><type arch='x86_64'>hvm</type></os><devices>\
             <controller type='usb' model='none'/><memballoon model='none'/>\
             </devices></domain>"
        );
        fs::write(&file, xml).unwrap();
        self.virsh(&["define", &file.to_string_lossy()]);
    }
}

fn spawn(folder: &Path, user: &str) -> Child {
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        // "nobody" has a group of another name.
        let group = if user == "nobody" { "nogroup" } else { user };
        command.args(["--reuid", user, "--regid", group, "--clear-groups", "/usr/sbin/libvirtd"]);
        command
    } else {
        Command::new("/usr/sbin/libvirtd")
    };
    command
        .env("HOME", folder)
        .env("XDG_RUNTIME_DIR", folder.join("run"))
        .env("XDG_CONFIG_HOME", folder.join("config"))
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .env("XDG_DATA_HOME", folder.join("data"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        // Its guests, by the files in which libvirt notes them.
        let Ok(files) = fs::read_dir(self.folder.path().join("run/libvirt/qemu/run")) else {
            return;
        };
        for file in files.flatten() {
            if file.path().extension().is_some_and(|end| end == "pid")
                && let Ok(pid) = fs::read_to_string(file.path())
            {
                let _ =
                    Command::new("kill").args(["-9", pid.trim()]).stderr(Stdio::null()).status();
            }
        }
    }
}
