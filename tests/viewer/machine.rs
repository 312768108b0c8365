//! QEMU with a real guest: GRUB's rescue disk.

use std::{
    io::{BufRead, BufReader, Write},
    os::unix::net::UnixStream,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use posada::console::GuestKey;

use super::{LONG, Picture, Viewer, wait_until};

/// GRUB's rescue disk.
const ISO: &str = "/usr/lib/grub-rescue/grub-rescue-cdrom.iso";

pub(crate) struct Qemu {
    child: Child,
    folder: tempfile::TempDir,
    monitor: BufReader<UnixStream>,
}

impl Qemu {
    /// Starts a guest whose display is `display`, with `{socket}` for the path
    /// of the socket that is waited for.
    pub(crate) fn start(display: &[&str], more: &[&str]) -> Self {
        Self::start_with(display, more, &[])
    }

    /// As [`Self::start`], with a part of QEMU's environment.
    pub(crate) fn start_with(display: &[&str], more: &[&str], env: &[(&str, &Path)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name).display().to_string();
        let child = Command::new("qemu-system-x86_64")
            .args(["-machine", "q35,accel=tcg", "-m", "128", "-nodefaults", "-boot", "d"])
            .args(["-device", "virtio-vga", "-cdrom", ISO, "-usb", "-device", "usb-tablet"])
            .args(display.iter().map(|part| part.replace("{socket}", &path("display"))))
            .args(["-qmp", &format!("unix:{},server=on,wait=off", path("qmp"))])
            .args(more)
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .spawn()
            .expect("QEMU starts");
        let qmp = folder.path().join("qmp");
        wait_for_socket(&qmp);
        if display.iter().any(|part| part.contains("{socket}")) {
            wait_for_socket(&folder.path().join("display"));
        }
        let monitor = BufReader::new(UnixStream::connect(qmp).expect("a monitor"));
        let mut qemu = Self { child, folder, monitor };
        qemu.line();
        qemu.command(r#"{"execute":"qmp_capabilities"}"#);
        qemu
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.monitor.read_line(&mut line).expect("the monitor answers");
        line
    }

    /// Sends a monitor command and waits for its answer.
    pub(crate) fn command(&mut self, json: &str) {
        self.monitor.get_mut().write_all(json.as_bytes()).expect("the monitor listens");
        loop {
            let line = self.line();
            assert!(!line.contains("\"error\""), "{json}: {line}");
            if line.contains("\"return\"") {
                return;
            }
        }
    }

    /// Has it stand still, or go on.
    #[allow(dead_code, reason = "not every program of tests has one stand still")]
    pub(crate) fn pause(&self, pause: bool) {
        let signal = if pause { "-STOP" } else { "-CONT" };
        let id = self.child.id().to_string();
        let done = Command::new("kill").args([signal, &id]).status().expect("kill");
        assert!(done.success());
    }

    /// What QEMU itself says is on the screen.
    pub(crate) fn screendump(&mut self) -> Picture {
        let file = self.folder.path().join("screen.ppm");
        let name = file.display();
        self.command(&format!(r#"{{"execute":"screendump","arguments":{{"filename":"{name}"}}}}"#));
        Picture::from_ppm(&std::fs::read(&file).expect("a file")).expect("a PPM file")
    }

    /// The socket of its display.
    pub(crate) fn socket(&self) -> std::path::PathBuf {
        self.folder.path().join("display")
    }

    pub(crate) fn same_picture(&mut self, viewer: &Viewer) {
        let mut next = Instant::now();
        wait_until("the pixels are those of QEMU", LONG, || {
            // Asking QEMU each time round the loop would keep it from working.
            if Instant::now() < next {
                return false;
            }
            next = Instant::now() + Duration::from_millis(200);
            let theirs = self.screendump();
            viewer.pixels().is_some_and(|ours| ours.is_like(&theirs))
        });
    }
}

impl Drop for Qemu {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn wait_for_socket(path: &Path) {
    let end = Instant::now() + LONG;
    while UnixStream::connect(path).is_err() {
        assert!(Instant::now() < end, "QEMU does not listen at {}", path.display());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The keys of a word of lower-case letters, by kernel code.
pub(crate) fn type_word(viewer: &Viewer, word: &str) {
    for letter in word.chars() {
        viewer.console.send_keys(&[GuestKey::letter(letter).expect("a letter")]);
    }
}

/// Waits for GRUB's menu, and goes to its command line.
pub(crate) fn go_to_prompt(qemu: &mut Qemu, viewer: &Viewer) {
    let menu = wait_for_text(qemu, "GRUB's menu", |lit| lit > 20_000);
    viewer.console.send_keys(&[GuestKey::letter('c').expect("a letter")]);
    wait_for_text(qemu, "GRUB's prompt", |lit| lit > 500 && lit < menu / 2);
    settled(qemu, viewer);
}

/// Waits until as many pixels as wanted are lit on the guest's text screen.
pub(crate) fn wait_for_text(qemu: &mut Qemu, what: &str, wanted: impl Fn(usize) -> bool) -> usize {
    let mut next = Instant::now();
    let mut lit = 0;
    wait_until(what, LONG * 2, || {
        if Instant::now() < next {
            return false;
        }
        next = Instant::now() + Duration::from_millis(200);
        let now = qemu.screendump();
        lit = now.rgb.chunks_exact(3).filter(|pixel| pixel.iter().any(|part| *part > 100)).count();
        (now.width, now.height) == (720, 400) && wanted(lit)
    });
    lit
}

/// Waits until the picture has not changed for a second.
pub(crate) fn settled(qemu: &mut Qemu, viewer: &Viewer) -> Picture {
    let mut last = qemu.screendump();
    let mut since = Instant::now();
    let mut next = Instant::now();
    wait_until("the picture is settled", LONG, || {
        if Instant::now() < next {
            return false;
        }
        next = Instant::now() + Duration::from_millis(200);
        let now = qemu.screendump();
        if !now.is_like(&last) {
            since = Instant::now();
            last = now;
        }
        since.elapsed() > Duration::from_secs(1)
    });
    qemu.same_picture(viewer);
    last
}
