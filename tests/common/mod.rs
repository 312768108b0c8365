//! What integration tests that need the real thing share.
//!
//! ```ignore
//! mod common;
//!
//! #[test]
//! fn a_guest_starts() {
//!     let Some(libvirt) = common::system() else { return };
//!     let guest = libvirt.define(&common::GuestXml::new("start"));
//!     // … drive the backend with `libvirt.uri` …
//!     assert_eq!(libvirt.virsh(&["domstate", &guest.name]), "running");
//! }
//! ```
//!
//! [`system`] is the system's libvirt, started if need be; [`session`] is an
//! ordinary user's own. Both give `None`, with a notice, where they cannot be
//! had; but with `POSADA_REAL=1`, which `build-aux/dev test` sets, a daemon that
//! could run and does not is a failure. Only the system's daemon without the
//! rights of root is then still left out.

#![allow(dead_code, clippy::expect_used, clippy::unwrap_used)]

use std::{
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

/// The ordinary user of `build-aux/dev test`; root runs session mode as this one.
const TESTER: &str = "tester";

/// How long a daemon may take to answer.
const START: Duration = Duration::from_secs(30);

/// A libvirt daemon with QEMU.
#[derive(Clone, Debug)]
pub(crate) struct Libvirt {
    /// Where to connect.
    pub(crate) uri: String,
    /// A folder that its QEMU can read and this process can write.
    pub(crate) folder: PathBuf,
}

/// A guest of a test; gone, with what it saved, when dropped.
#[derive(Debug)]
pub(crate) struct Guest {
    /// Its name, which no other test uses.
    pub(crate) name: String,
    /// Its UUID.
    pub(crate) uuid: String,
    libvirt: Libvirt,
}

/// A small guest under emulation.
#[derive(Clone, Debug)]
pub(crate) struct GuestXml {
    /// Its name.
    pub(crate) name: String,
    /// Memory in MiB.
    pub(crate) memory: u32,
    /// How many processors there can be; one is plugged in.
    pub(crate) vcpus: u32,
    /// A medium to boot from.
    pub(crate) cdrom: Option<PathBuf>,
    /// A disk image in qcow2 format.
    pub(crate) disk: Option<PathBuf>,
    /// Further XML inside `<devices>`.
    pub(crate) devices: String,
}

/// Whether real daemons are demanded.
pub(crate) fn real() -> bool {
    env::var_os("POSADA_REAL").is_some_and(|value| value == "1")
}

/// The system's libvirt. Root starts its daemon where none answers.
pub(crate) fn system() -> Option<Libvirt> {
    let folder = env::temp_dir().join("posada-system-tests");
    let libvirt = Libvirt { uri: "qemu:///system".to_owned(), folder };
    let _one = exclusive("system-daemon");
    if !libvirt.answers() {
        if !is_root() {
            eprintln!("SKIPPED: the system's libvirt does not answer, and only root can start it");
            return None;
        }
        for daemon in ["virtlogd", "libvirtd"] {
            let started = quiet(Command::new(format!("/usr/sbin/{daemon}")).arg("-d"));
            if !started {
                return unavailable(&format!("{daemon} does not start"));
            }
        }
        if !libvirt.comes() {
            return unavailable("the system's libvirt does not answer");
        }
    }
    Some(libvirt.with_folder(None))
}

/// An ordinary user's own libvirt: that of the user who runs the tests, or for
/// root that of the user `tester`.
pub(crate) fn session() -> Option<Libvirt> {
    let _one = exclusive("session-daemon");
    if !is_root() {
        let folder = env::temp_dir().join(format!("posada-session-tests-{}", user_id()));
        let libvirt = Libvirt { uri: "qemu:///session".to_owned(), folder };
        // The daemon starts itself.
        return if libvirt.comes() {
            Some(libvirt.with_folder(None))
        } else {
            unavailable("the session's libvirt does not start")
        };
    }
    let Some(home) = home_of(TESTER) else {
        return unavailable(&format!("there is no user {TESTER} to run session mode as"));
    };
    let runtime = home.join("runtime");
    let libvirt = Libvirt {
        uri: format!("qemu+unix:///session?socket={}/libvirt/libvirt-sock", runtime.display()),
        folder: home.join("media"),
    };
    if !libvirt.answers() {
        let made = as_tester(&home, "mkdir").arg("-p").arg(&runtime).status();
        assert!(made.is_ok_and(|status| status.success()), "cannot make {}", runtime.display());
        let mut daemon = as_tester(&home, "/usr/sbin/libvirtd");
        if !quiet(daemon.arg("-d")) || !libvirt.comes() {
            return unavailable("the session's libvirt does not start");
        }
    }
    Some(libvirt.with_folder(Some(TESTER)))
}

fn unavailable(why: &str) -> Option<Libvirt> {
    assert!(!real(), "{why}");
    eprintln!("SKIPPED: {why}");
    None
}

impl Libvirt {
    /// What virsh prints. Panics if it fails.
    pub(crate) fn virsh(&self, arguments: &[&str]) -> String {
        self.try_virsh(arguments).unwrap_or_else(|error| panic!("virsh {arguments:?}: {error}"))
    }

    /// What virsh prints, or its complaint.
    pub(crate) fn try_virsh(&self, arguments: &[&str]) -> Result<String, String> {
        let output = self.command().args(arguments).output().expect("virsh runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }

    fn command(&self) -> Command {
        let mut command = Command::new("timeout");
        command.args(["60", "virsh", "-q", "-c", &self.uri]).env("LC_ALL", "C.UTF-8");
        command
    }

    fn answers(&self) -> bool {
        quiet(self.command().arg("uri"))
    }

    fn comes(&self) -> bool {
        let end = Instant::now() + START;
        while !self.answers() {
            if Instant::now() > end {
                return false;
            }
            thread::sleep(Duration::from_millis(50));
        }
        true
    }

    fn with_folder(self, owner: Option<&str>) -> Self {
        fs::create_dir_all(&self.folder).expect("a folder can be made");
        open_to_all(&self.folder);
        if let Some(owner) = owner {
            quiet(Command::new("chown").arg(owner).arg(&self.folder));
        }
        self
    }

    /// Defines the guest under a name of its own.
    pub(crate) fn define(&self, guest: &GuestXml) -> Guest {
        let name = unique(&guest.name);
        let xml = GuestXml { name: name.clone(), ..guest.clone() }.xml();
        self.define_as(name, &xml)
    }

    /// Defines a guest from a file of `tests/guests`.
    pub(crate) fn define_text(&self, name: &str, text: &str) -> Guest {
        let name = unique(name);
        let xml = text.replace("@NAME@", &name);
        self.define_as(name, &xml)
    }

    fn define_as(&self, name: String, xml: &str) -> Guest {
        let file = self.folder.join(format!("{name}.xml"));
        fs::write(&file, xml).expect("a file can be written");
        self.virsh(&["define", &file.to_string_lossy()]);
        fs::remove_file(&file).expect("a file can be removed");
        let uuid = self.virsh(&["domuuid", &name]);
        Guest { name, uuid, libvirt: self.clone() }
    }

    /// Defines the guest and starts it.
    pub(crate) fn start(&self, guest: &GuestXml) -> Guest {
        let guest = self.define(guest);
        self.virsh(&["start", &guest.name]);
        guest
    }

    /// Makes an empty disk image that the guest's QEMU can use.
    pub(crate) fn disk(&self, name: &str, size: &str) -> PathBuf {
        let file = self.folder.join(format!("{}.qcow2", unique(name)));
        assert!(quiet(
            Command::new("qemu-img").args(["create", "-f", "qcow2"]).arg(&file).arg(size)
        ));
        quiet(Command::new("chmod").arg("666").arg(&file));
        file
    }

    /// A copy of a file which the guest's QEMU can read.
    pub(crate) fn readable(&self, file: &Path) -> PathBuf {
        let copy = self.folder.join(file.file_name().expect("a file's name"));
        let _one = exclusive("readable");
        if !copy.exists() {
            fs::copy(file, &copy).expect("a file can be copied");
        }
        copy
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        // By UUID, so that a renamed guest goes too.
        let _ = self.libvirt.try_virsh(&["destroy", &self.uuid]);
        let all = ["--managed-save", "--snapshots-metadata", "--checkpoints-metadata", "--nvram"];
        let _ = self.libvirt.try_virsh(&[&["undefine", &self.uuid][..], &all[..]].concat());
    }
}

impl GuestXml {
    /// A guest that stops in its firmware for want of a medium.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            memory: 64,
            vcpus: 1,
            cdrom: None,
            disk: None,
            devices: String::new(),
        }
    }

    /// Boots from this medium.
    #[must_use]
    pub(crate) fn with_cdrom(mut self, iso: &Path) -> Self {
        self.cdrom = Some(iso.to_owned());
        self
    }

    /// With this disk.
    #[must_use]
    pub(crate) fn with_disk(mut self, disk: &Path) -> Self {
        self.disk = Some(disk.to_owned());
        self
    }

    /// With this memory in MiB.
    #[must_use]
    pub(crate) fn with_memory(mut self, memory: u32) -> Self {
        self.memory = memory;
        self
    }

    /// The definition. It asks for emulation always: a `/dev/kvm` may be there
    /// and of no use.
    pub(crate) fn xml(&self) -> String {
        let cdrom = self.cdrom.as_ref().map_or_else(String::new, |iso| {
            format!(
                "<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='{}'/>\
                 <target dev='sda' bus='sata'/><readonly/></disk>",
                escape(&iso.to_string_lossy())
            )
        });
        let disk = self.disk.as_ref().map_or_else(String::new, |disk| {
            format!(
                "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='{}'/>\
                 <target dev='vda' bus='virtio'/></disk>",
                escape(&disk.to_string_lossy())
            )
        });
        format!(
            "<domain type='qemu'><name>{name}</name><memory unit='MiB'>{memory}</memory><vcpu current='1'>{vcpus}</vcpu>\
             <os><type arch='x86_64' machine='q35'>hvm</type><boot dev='cdrom'/><boot dev='hd'/></os>\
             <features><acpi/></features>\
             <devices>{cdrom}{disk}\
             <graphics type='vnc'><listen type='none'/></graphics><video><model type='vga'/></video>\
             <input type='tablet' bus='usb'/><serial type='pty'/>{devices}</devices></domain>",
            name = escape(&self.name),
            memory = self.memory,
            vcpus = self.vcpus,
            devices = self.devices,
        )
    }
}

/// Text as it stands in an attribute or between elements.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('\'', "&apos;").replace('"', "&quot;")
}

/// A name that no other test, and no other run, uses.
pub(crate) fn unique(name: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("{name}-t{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Waits until the condition gives something. Panics after `limit`.
pub(crate) fn wait_for<T>(
    what: &str,
    limit: Duration,
    mut condition: impl FnMut() -> Option<T>,
) -> T {
    let end = Instant::now() + limit;
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(Instant::now() < end, "waited {limit:?} for: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Held while what it names is used: tests of other processes wait.
#[derive(Debug)]
pub(crate) struct Exclusive(File);

/// Waits for the sole use of `name`, among all test programs of this machine.
pub(crate) fn exclusive(name: &str) -> Exclusive {
    let path = env::temp_dir().join(format!("posada-tests-{}-{name}.lock", user_id()));
    let file = File::create(&path).expect("a lock file can be made");
    file.lock().expect("a lock can be taken");
    Exclusive(file)
}

/// A small ISO that boots into a shell of GRUB's within seconds.
pub(crate) fn rescue_iso() -> PathBuf {
    let iso = PathBuf::from("/usr/lib/grub-rescue/grub-rescue-cdrom.iso");
    assert!(iso.exists(), "install the package grub-rescue-pc");
    iso
}

/// An ISO that boots into Debian's installer and is recognised as Debian's.
pub(crate) fn installer_iso() -> PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/media/installer-iso");
    let output = Command::new(script).output().expect("the script runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    PathBuf::from(String::from_utf8_lossy(&output.stdout).trim())
}

/// Whether this is root.
pub(crate) fn is_root() -> bool {
    user_id() == 0
}

fn user_id() -> u32 {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").map_or(u32::MAX, |process| process.uid())
}

fn open_to_all(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).expect("rights can be set");
}

/// Runs the command without its words; whether it went well.
fn quiet(command: &mut Command) -> bool {
    let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn home_of(user: &str) -> Option<PathBuf> {
    let accounts = fs::read_to_string("/etc/passwd").ok()?;
    let line = accounts.lines().find(|line| line.starts_with(&format!("{user}:")))?;
    line.split(':').nth(5).map(PathBuf::from)
}

fn as_tester(home: &Path, program: &str) -> Command {
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid", TESTER, "--regid", TESTER, "--init-groups", "env", "-i"])
        .arg(format!("HOME={}", home.display()))
        .arg(format!("XDG_RUNTIME_DIR={}/runtime", home.display()))
        .arg("PATH=/usr/sbin:/usr/bin:/sbin:/bin")
        .arg(program)
        .current_dir("/");
    command
}
