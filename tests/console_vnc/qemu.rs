//! QEMU's own VNC server, with a real guest behind it.

use std::os::unix::net::UnixStream;

use posada::{
    backend::{ConsoleEndpoint, Line},
    console::{ConsoleError, ConsoleEvent, Scaling},
    model::Secret,
};

use crate::viewer::{
    LONG, Viewer, fifty_times,
    machine::{Qemu, go_to_prompt, settled, type_word},
    on_gtk, wait_until,
};

fn start(options: &str) -> Qemu {
    Qemu::start(&["-vnc", &format!("unix:{{socket}}{options}")], &[])
}

fn endpoint(qemu: &Qemu, password: Option<&str>) -> ConsoleEndpoint {
    let stream = UnixStream::connect(qemu.socket()).expect("a VNC socket");
    let password = password.map(|text| Secret::new(text.to_owned()));
    ConsoleEndpoint::Vnc { line: Line::Stream(stream.into()), password }
}

#[test]
fn pixels_are_those_of_qemu_and_keys_reach_the_guest() {
    on_gtk(|| {
        let mut qemu = start("");
        let viewer = Viewer::open(endpoint(&qemu, None), true, Scaling::Fit);
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
        let mut qemu = start("");
        let viewer = Viewer::open(endpoint(&qemu, None), false, Scaling::Fit);
        viewer.connected();
        go_to_prompt(&mut qemu, &viewer);
    });
}

#[test]
fn the_guest_takes_the_size_of_the_widget() {
    on_gtk(|| {
        let qemu = start("");
        let viewer = Viewer::open(endpoint(&qemu, None), true, Scaling::ResizeGuest);
        viewer.connected();
        // Firmware does not follow, so only the wish is certain to be told;
        // TigerVNC's server follows, see there.
        wait_until("QEMU offers it", LONG, || viewer.console.can_resize());
    });
}

#[test]
fn a_password_is_asked_for_and_a_wrong_one_is_told() {
    on_gtk(|| {
        let mut qemu = start(",password=on");
        qemu.command(
            r#"{"execute":"set_password","arguments":{"protocol":"vnc","password":"segreto1"}}"#,
        );
        let asked = Viewer::open(endpoint(&qemu, None), true, Scaling::Fit);
        asked.wait_for("asked", |event| *event == (ConsoleEvent::NeedPassword { user: false }));
        asked.console.give_credentials(String::new(), Secret::new("segreto1".to_owned()));
        asked.connected();

        let known = Viewer::open(endpoint(&qemu, Some("segreto1")), true, Scaling::Fit);
        known.connected();
        assert!(!known.has(|event| *event == (ConsoleEvent::NeedPassword { user: false })));

        let wrong = Viewer::open(endpoint(&qemu, Some("wrong")), true, Scaling::Fit);
        wrong.wait_for("refused", |event| {
            matches!(event, ConsoleEvent::Failed(ConsoleError::AuthenticationFailed(_)))
        });
    });
}

#[test]
fn a_guest_that_is_switched_off_closes_the_console() {
    on_gtk(|| {
        let mut qemu = start("");
        let viewer = Viewer::open(endpoint(&qemu, None), true, Scaling::Fit);
        viewer.connected();
        qemu.command(r#"{"execute":"quit"}"#);
        viewer.wait_for("closed", |event| *event == ConsoleEvent::Closed);
    });
}

fn gtk_block<T>(future: impl Future<Output = T>) -> T {
    relm4::gtk::glib::MainContext::default().block_on(future)
}

#[test]
fn fifty_vnc_consoles_leave_nothing_behind() {
    on_gtk(|| {
        let qemu = start("");
        fifty_times(|| {
            let viewer = Viewer::open(endpoint(&qemu, None), true, Scaling::Fit);
            viewer.connected();
            wait_until("a picture", LONG, || viewer.pixels().is_some());
        });
    });
}
