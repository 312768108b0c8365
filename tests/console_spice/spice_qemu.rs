//! QEMU's own SPICE server, with a real guest behind it.

use std::os::unix::net::UnixStream;

use posada::{
    backend::{ConsoleEndpoint, LineOpener, Lines, OpenLine, Trust},
    console::{ConsoleError, ConsoleEvent, Scaling, trust_server},
    model::{CertificateProblem, Secret, ServerPlace},
};

use crate::viewer::{
    LONG, Viewer, certificates, free_port,
    machine::{Qemu, go_to_prompt, settled, type_word},
    on_gtk, wait_until,
};

pub(crate) fn start(more: &[&str]) -> Qemu {
    Qemu::start(&["-spice", "unix=on,addr={socket},disable-ticketing=on"], more)
}

pub(crate) fn endpoint(qemu: &Qemu) -> ConsoleEndpoint {
    let socket = qemu.socket();
    let open = move || {
        let stream = UnixStream::connect(&socket).expect("a SPICE socket");
        Ok(OpenLine { fd: stream.into(), excuse: None })
    };
    ConsoleEndpoint::Spice { lines: Lines::Opened(LineOpener::new(open, false)), password: None }
}

#[test]
fn pixels_are_those_of_qemu_and_keys_reach_the_guest() {
    on_gtk(|| {
        let mut qemu = start(&[]);
        let viewer = Viewer::open(endpoint(&qemu), true, Scaling::Fit);
        viewer.connected();
        go_to_prompt(&mut qemu, &viewer);
        let before = qemu.screendump();
        assert!(!before.is_plain());
        type_word(&viewer, "posada");
        let typed = settled(&mut qemu, &viewer);
        assert!(!typed.is_like(&before), "the keys are on the screen");
    });
}

#[test]
fn a_guest_that_is_switched_off_closes_the_console() {
    on_gtk(|| {
        let mut qemu = start(&[]);
        let viewer = Viewer::open(endpoint(&qemu), true, Scaling::Fit);
        viewer.connected();
        qemu.command(r#"{"execute":"quit"}"#);
        viewer.wait_for("closed", |event| *event == ConsoleEvent::Closed);
    });
}

#[test]
fn what_is_typed_into_a_server_that_hangs_arrives_when_it_goes_on() {
    on_gtk(|| {
        let mut qemu = start(&[]);
        let viewer = Viewer::open(endpoint(&qemu), true, Scaling::Fit);
        viewer.connected();
        go_to_prompt(&mut qemu, &viewer);
        let before = qemu.screendump();
        qemu.pause(true);
        type_word(&viewer, "posada");
        let end = std::time::Instant::now() + std::time::Duration::from_secs(12);
        wait_until("it would have been given up", LONG, || std::time::Instant::now() > end);
        qemu.pause(false);
        let typed = settled(&mut qemu, &viewer);
        assert!(!typed.is_like(&before), "the keys are on the screen");
        assert!(!viewer.has(|event| matches!(event, ConsoleEvent::Failed(_))));
    });
}

#[test]
fn a_password_is_asked_for_and_a_wrong_one_is_told() {
    on_gtk(|| {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let display = format!("addr=127.0.0.1,port={port},password-secret=word");
        let word = ["-object", "secret,id=word,data=segreto1"];
        let _qemu = Qemu::start(&["-spice", &display], &word);
        let endpoint = |password: Option<&str>| ConsoleEndpoint::Spice {
            lines: Lines::Address { host: "localhost".to_owned(), port },
            password: password.map(|text| Secret::new(text.to_owned())),
        };
        let asked = Viewer::open(endpoint(None), true, Scaling::Fit);
        asked.wait_for("asked", |event| *event == (ConsoleEvent::NeedPassword { user: false }));
        asked.console.give_credentials(String::new(), Secret::new("segreto1".to_owned()));
        asked.connected();

        let known = Viewer::open(endpoint(Some("segreto1")), true, Scaling::Fit);
        known.connected();
        assert!(!known.has(|event| *event == (ConsoleEvent::NeedPassword { user: false })));

        let wrong = Viewer::open(endpoint(Some("wrong")), true, Scaling::Fit);
        wrong.wait_for("refused", |event| {
            matches!(event, ConsoleEvent::Failed(ConsoleError::AuthenticationFailed(_)))
        });
    });
}

/// A server behind TLS with the certificate in `folder`, and a way to it.
fn start_secure(folder: &std::path::Path) -> (Qemu, u16) {
    let port = free_port();
    let display = format!(
        "addr=127.0.0.1,tls-port={port},x509-dir={},disable-ticketing=on",
        folder.display()
    );
    (Qemu::start(&["-spice", &display], &[]), port)
}

fn open_secure(host: &str, port: u16, trust: Trust) -> Viewer {
    let place = ServerPlace { host: host.to_owned(), port };
    let lines = Lines::Secure { place, opener: None, trust };
    Viewer::open(ConsoleEndpoint::Spice { lines, password: None }, true, Scaling::Fit)
}

#[test]
fn spice_over_tls_trusts_its_authority_and_no_other() {
    on_gtk(|| {
        let (right, wrong) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let right_one = certificates::authority(right.path());
        let wrong_one = certificates::authority(wrong.path());
        certificates::server(right.path(), "localhost", "-days 2");
        let (_qemu, port) = start_secure(right.path());
        let open = |host: &str, authority: &str, subject: Option<&str>| {
            let (authority, subject) = (Some(authority.to_owned()), subject.map(str::to_owned));
            open_secure(host, port, Trust { authority, subject })
        };
        open("localhost", &right_one, None).connected();
        let wrong = open("localhost", &wrong_one, None).untrusted();
        assert_eq!(wrong.certificate.problems, [CertificateProblem::UnknownAuthority]);
        assert_eq!(wrong.certificate.fingerprint, certificates::fingerprint(right.path()));
        assert_eq!(wrong.place, ServerPlace { host: "localhost".to_owned(), port });
        // A name that the certificate does not have, until a subject is asked
        // for in its place.
        let other = open("127.0.0.1", &right_one, None).untrusted();
        assert_eq!(other.certificate.problems, [CertificateProblem::OtherName]);
        open("127.0.0.1", &right_one, Some("O=Inn,CN=localhost")).connected();
        let subject = open("localhost", &right_one, Some("O=Out,CN=localhost")).untrusted();
        assert_eq!(subject.certificate.problems, [CertificateProblem::OtherName]);
    });
}

#[test]
fn a_spice_server_that_the_user_trusts_is_shown_until_it_changes() {
    on_gtk(|| {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        certificates::authority(first.path());
        let dates = "-not_before 20200101000000Z -not_after 20200201000000Z";
        certificates::server(first.path(), "elsewhere", dates);
        certificates::self_signed(second.path(), "localhost");
        let (qemu, port) = start_secure(first.path());
        let open = || open_secure("localhost", port, Trust::default());
        let server = open().untrusted();
        assert!(server.certificate.problems.contains(&CertificateProblem::Expired), "{server:?}");
        assert_eq!((server.certificate.until, server.before.as_ref()), (Some(1_580_515_200), None));
        trust_server(&server).expect("kept");
        let viewer = open();
        viewer.connected();
        drop((viewer, qemu));
        let display = format!(
            "addr=127.0.0.1,tls-port={port},x509-dir={},disable-ticketing=on",
            second.path().display()
        );
        let _qemu = Qemu::start(&["-spice", &display], &[]);
        let changed = open().untrusted();
        assert_eq!(changed.before, Some(server.certificate.fingerprint));
        assert_eq!(changed.certificate.fingerprint, certificates::fingerprint(second.path()));
    });
}
