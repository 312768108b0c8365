//! QEMU's own VNC server, with a real guest behind it: GRUB's rescue disk.

use std::{
    io::{BufRead, BufReader, Write},
    os::unix::net::UnixStream,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use posada::{
    backend::ConsoleEndpoint,
    console::{ConsoleError, ConsoleEvent, GuestKey, Scaling},
    model::Secret,
};

use crate::harness::{LONG, Picture, Viewer, on_gtk, wait_until};

const ISO: &str = "/usr/lib/grub-rescue/grub-rescue-cdrom.iso";

struct Qemu {
    child: Child,
    folder: tempfile::TempDir,
    monitor: BufReader<UnixStream>,
}

impl Qemu {
    fn start(vnc: &str, more: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name).display().to_string();
        let child = Command::new("qemu-system-x86_64")
            .args(["-machine", "q35,accel=tcg", "-m", "128", "-nodefaults", "-boot", "d"])
            .args(["-device", "virtio-vga", "-cdrom", ISO, "-usb", "-device", "usb-tablet"])
            .args(["-vnc", &format!("unix:{}{vnc}", path("vnc"))])
            .args(["-qmp", &format!("unix:{},server=on,wait=off", path("qmp"))])
            .args(more)
            .stdin(Stdio::null())
            .spawn()
            .expect("QEMU starts");
        let qmp = folder.path().join("qmp");
        wait_for_socket(&qmp);
        wait_for_socket(&folder.path().join("vnc"));
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
    fn command(&mut self, json: &str) {
        self.monitor.get_mut().write_all(json.as_bytes()).expect("the monitor listens");
        loop {
            let line = self.line();
            assert!(!line.contains("\"error\""), "{json}: {line}");
            if line.contains("\"return\"") {
                return;
            }
        }
    }

    /// What QEMU itself says is on the screen.
    fn screendump(&mut self) -> Picture {
        let file = self.folder.path().join("screen.ppm");
        let name = file.display();
        self.command(&format!(r#"{{"execute":"screendump","arguments":{{"filename":"{name}"}}}}"#));
        Picture::from_ppm(&std::fs::read(&file).expect("a file")).expect("a PPM file")
    }

    fn endpoint(&self, password: Option<&str>) -> ConsoleEndpoint {
        let stream = UnixStream::connect(self.folder.path().join("vnc")).expect("a VNC socket");
        let password = password.map(|text| Secret::new(text.to_owned()));
        ConsoleEndpoint::Stream { fd: stream.into(), password }
    }

    fn same_picture(&mut self, viewer: &Viewer) {
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

fn wait_for_socket(path: &Path) {
    let end = Instant::now() + LONG;
    while UnixStream::connect(path).is_err() {
        assert!(Instant::now() < end, "QEMU does not listen at {}", path.display());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The keys of a word of lower-case letters, by kernel code.
fn type_word(viewer: &Viewer, word: &str) {
    for letter in word.chars() {
        viewer.console.send_keys(&[GuestKey::letter(letter).expect("a letter")]);
    }
}

/// Waits for GRUB's menu, and goes to its command line.
fn go_to_prompt(qemu: &mut Qemu, viewer: &Viewer) {
    let menu = wait_for_text(qemu, "GRUB's menu", |lit| lit > 20_000);
    viewer.console.send_keys(&[GuestKey::letter('c').expect("a letter")]);
    wait_for_text(qemu, "GRUB's prompt", |lit| lit > 500 && lit < menu / 2);
    settled(qemu, viewer);
}

/// Waits until as many pixels as wanted are lit on the guest's text screen.
fn wait_for_text(qemu: &mut Qemu, what: &str, wanted: impl Fn(usize) -> bool) -> usize {
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
fn settled(qemu: &mut Qemu, viewer: &Viewer) -> Picture {
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

#[test]
fn pixels_are_those_of_qemu_and_keys_reach_the_guest() {
    on_gtk(|| {
        let mut qemu = Qemu::start("", &[]);
        let viewer = Viewer::open(qemu.endpoint(None), true, Scaling::Fit);
        viewer.connected();
        go_to_prompt(&mut qemu, &viewer);
        let before = qemu.screendump();
        type_word(&viewer, "posada");
        let typed = settled(&mut qemu, &viewer);
        assert!(!typed.is_like(&before), "the keys are on the screen");

        // The same word typed through the monitor gives the same picture.
        qemu.command(r#"{"execute":"system_reset"}"#);
        wait_until("the guest restarts", LONG, || {
            viewer.pixels().is_some_and(|now| !now.is_like(&typed))
        });
        go_to_prompt(&mut qemu, &viewer);
        for letter in ["p", "o", "s", "a", "d", "a"] {
            qemu.command(&format!(
                r#"{{"execute":"send-key","arguments":{{"keys":[{{"type":"qcode","data":"{letter}"}}],"hold-time":20}}}}"#
            ));
        }
        let other = settled(&mut qemu, &viewer);
        assert!(typed.is_like(&other), "both ways of typing look alike");

        assert!(!viewer.console.clipboard_support().from_guest, "QEMU sends nothing back");
        let png = gtk_block(viewer.console.screenshot()).expect("a picture");
        assert!(png.starts_with(b"\x89PNG"));
    });
}

#[test]
fn packed_pixels_are_the_same_pixels() {
    on_gtk(|| {
        let mut qemu = Qemu::start("", &[]);
        let viewer = Viewer::open(qemu.endpoint(None), false, Scaling::Fit);
        viewer.connected();
        go_to_prompt(&mut qemu, &viewer);
    });
}

#[test]
fn the_guest_takes_the_size_of_the_widget() {
    on_gtk(|| {
        let qemu = Qemu::start("", &[]);
        let viewer = Viewer::open(qemu.endpoint(None), true, Scaling::ResizeGuest);
        viewer.connected();
        // Firmware does not follow, so only the wish is certain to be told;
        // TigerVNC's server follows, see there.
        wait_until("QEMU offers it", LONG, || viewer.console.can_resize());
    });
}

#[test]
fn a_password_is_asked_for_and_a_wrong_one_is_told() {
    on_gtk(|| {
        let mut qemu = Qemu::start(",password=on", &[]);
        qemu.command(
            r#"{"execute":"set_password","arguments":{"protocol":"vnc","password":"segreto1"}}"#,
        );
        let asked = Viewer::open(qemu.endpoint(None), true, Scaling::Fit);
        asked.wait_for("asked", |event| *event == (ConsoleEvent::NeedPassword { user: false }));
        asked.console.give_credentials(String::new(), Secret::new("segreto1".to_owned()));
        asked.connected();

        let known = Viewer::open(qemu.endpoint(Some("segreto1")), true, Scaling::Fit);
        known.connected();
        assert!(!known.has(|event| *event == (ConsoleEvent::NeedPassword { user: false })));

        let wrong = Viewer::open(qemu.endpoint(Some("wrong")), true, Scaling::Fit);
        wrong.wait_for("refused", |event| {
            matches!(event, ConsoleEvent::Failed(ConsoleError::AuthenticationFailed(_)))
        });
    });
}

#[test]
fn a_guest_that_is_switched_off_closes_the_console() {
    on_gtk(|| {
        let mut qemu = Qemu::start("", &[]);
        let viewer = Viewer::open(qemu.endpoint(None), true, Scaling::Fit);
        viewer.connected();
        qemu.command(r#"{"execute":"quit"}"#);
        viewer.wait_for("closed", |event| *event == ConsoleEvent::Closed);
    });
}

fn gtk_block<T>(future: impl Future<Output = T>) -> T {
    relm4::gtk::glib::MainContext::default().block_on(future)
}
