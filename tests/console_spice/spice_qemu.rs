//! QEMU's own SPICE server, with a real guest behind it.

use std::os::unix::net::UnixStream;

use posada::{
    backend::{ConsoleEndpoint, LineOpener, Lines, OpenLine, Trust},
    console::{ConsoleError, ConsoleEvent, Scaling},
    model::Secret,
};

use crate::viewer::{
    Viewer,
    machine::{Qemu, go_to_prompt, settled, type_word},
    on_gtk,
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

/// Certificates of an authority, and of a server for this name.
fn certificates(folder: &std::path::Path, name: &str) -> String {
    let openssl = |arguments: &str| {
        let done = std::process::Command::new("openssl")
            .args(arguments.split_whitespace())
            .current_dir(folder)
            .output()
            .expect("openssl");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    openssl(
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout ca-key.pem -out ca-cert.pem",
    );
    openssl(&format!(
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={name} -addext subjectAltName=DNS:{name} \
         -addext basicConstraints=CA:FALSE -CA ca-cert.pem -CAkey ca-key.pem \
         -keyout server-key.pem -out server-cert.pem"
    ));
    std::fs::read_to_string(folder.join("ca-cert.pem")).expect("a certificate")
}

#[test]
fn spice_over_tls_trusts_its_authority_and_no_other() {
    on_gtk(|| {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (right, wrong) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let right_one = certificates(right.path(), "localhost");
        let wrong_one = certificates(wrong.path(), "localhost");
        let folder = right.path().display();
        let display =
            format!("addr=127.0.0.1,tls-port={port},x509-dir={folder},disable-ticketing=on");
        let _qemu = Qemu::start(&["-spice", &display], &[]);
        let open = |host: &str, authority: &str| {
            let authority = Some(authority.to_owned());
            let lines = Lines::Secure {
                host: host.to_owned(),
                port,
                trust: Trust { authority, subject: None },
            };
            Viewer::open(ConsoleEndpoint::Spice { lines, password: None }, true, Scaling::Fit)
        };
        open("localhost", &right_one).connected();
        // Another authority, and a name that the certificate does not have.
        for (host, authority) in [("localhost", &wrong_one), ("127.0.0.1", &right_one)] {
            open(host, authority).wait_for("distrusted", |event| {
                matches!(event, ConsoleEvent::Failed(ConsoleError::Certificate(_)))
            });
        }
    });
}
