//! TLS, certificates and SASL, with QEMU's server and `TigerVNC`'s.

use std::{path::Path, process::Command};

use posada::{
    backend::{ConsoleEndpoint, Line},
    console::{ConsoleError, ConsoleEvent, Scaling, accept_weaker, trust_server},
    model::{CertificateProblem, LinkSecurity, Secret, ServerPlace},
};

use crate::{
    tigervnc,
    viewer::{Viewer, certificates, free_port, machine::Qemu, on_gtk},
};

fn endpoint(host: &str, port: u16) -> ConsoleEndpoint {
    ConsoleEndpoint::Vnc { line: Line::Address { host: host.to_owned(), port }, password: None }
}

fn open(port: u16) -> Viewer {
    Viewer::open(endpoint("localhost", port), false, Scaling::Fit)
}

/// QEMU behind TLS with the certificate in `folder`.
fn start(port: u16, folder: &Path, options: &str, env: &[(&str, &Path)]) -> Qemu {
    let tls = format!(
        "tls-creds-x509,id=tls,dir={},endpoint=server,verify-peer=off,sanity-check=off",
        folder.display()
    );
    let display = format!("127.0.0.1:{},tls-creds=tls{options}", port - 5900);
    Qemu::start_with(&["-vnc", &display], &["-object", &tls], env)
}

/// What SASL needs: its settings and a user.
fn sasl(folder: &Path, mechanisms: &str) {
    let users = folder.join("users.db");
    std::fs::write(
        folder.join("qemu.conf"),
        format!("mech_list: {mechanisms}\nsasldb_path: {}\n", users.display()),
    )
    .expect("a file");
    let mut make = Command::new("/usr/sbin/saslpasswd2")
        .args(["-p", "-c", "-a", "qemu", "-u", "inn", "ana", "-f"])
        .arg(&users)
        .stdin(std::process::Stdio::piped())
        .spawn()
        .expect("saslpasswd2");
    let input = make.stdin.take().expect("an input");
    std::io::Write::write_all(&mut &input, b"segreto").expect("a password");
    drop(input);
    assert!(make.wait().expect("an end").success());
}

fn sign_in(viewer: &Viewer, user: &str, password: &str) {
    viewer.wait_for("asked", |event| {
        *event == (ConsoleEvent::NeedPassword { user: !user.is_empty() })
    });
    viewer.console.give_credentials(user.to_owned(), Secret::new(password.to_owned()));
}

fn refused(viewer: &Viewer) {
    viewer.wait_for("refused", |event| {
        matches!(event, ConsoleEvent::Failed(ConsoleError::AuthenticationFailed(_)))
    });
}

#[test]
fn anonymous_tls_of_qemu_shows_its_pixels() {
    on_gtk(|| {
        let port = free_port();
        let display = format!("127.0.0.1:{},tls-creds=tls", port - 5900);
        let tls = ["-object", "tls-creds-anon,id=tls,endpoint=server"];
        let mut qemu = Qemu::start(&["-vnc", &display], &tls);
        let viewer = open(port);
        viewer.connected();
        qemu.same_picture(&viewer);
    });
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_the_users_to_trust() {
    on_gtk(|| {
        let folder = tempfile::tempdir().expect("a folder");
        certificates::self_signed(folder.path(), "localhost");
        let port = free_port();
        let mut qemu = start(port, folder.path(), "", &[]);
        let server = open(port).untrusted();
        assert_eq!(server.certificate.problems, [CertificateProblem::UnknownAuthority]);
        assert_eq!(server.certificate.fingerprint, certificates::fingerprint(folder.path()));
        assert_eq!(server.certificate.subject, "CN=localhost");
        assert_eq!(server.certificate.issuer, "CN=localhost");
        assert_eq!(server.before, None);
        trust_server(&server).expect("kept");
        let viewer = open(port);
        viewer.connected();
        qemu.same_picture(&viewer);
    });
}

#[test]
fn expired_certificates_and_other_names_are_told_and_can_be_trusted() {
    on_gtk(|| {
        let dates = "-not_before 20200101000000Z -not_after 20200201000000Z";
        for (name, valid, problem) in [
            ("localhost", dates, CertificateProblem::Expired),
            ("elsewhere", "-days 2", CertificateProblem::OtherName),
        ] {
            let folder = tempfile::tempdir().expect("a folder");
            certificates::authority(folder.path());
            certificates::server(folder.path(), name, valid);
            let port = free_port();
            let server = tigervnc::Server::start_at(
                port,
                &["-SecurityTypes", "X509None"],
                Some(folder.path()),
            );
            let told = open(port).untrusted();
            assert!(told.certificate.problems.contains(&problem), "{told:?}");
            assert!(told.certificate.subject.contains(name), "{told:?}");
            trust_server(&told).expect("kept");
            open(port).connected();
            drop(server);
        }
    });
}

#[test]
fn a_changed_certificate_is_never_taken_silently() {
    on_gtk(|| {
        let (first, second) =
            (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let port = free_port();
        certificates::self_signed(first.path(), "localhost");
        certificates::self_signed(second.path(), "localhost");
        let qemu = start(port, first.path(), "", &[]);
        let server = open(port).untrusted();
        trust_server(&server).expect("kept");
        open(port).connected();
        drop(qemu);
        let _qemu = start(port, second.path(), "", &[]);
        let changed = open(port).untrusted();
        assert_eq!(changed.before, Some(certificates::fingerprint(first.path())));
        assert_eq!(changed.certificate.fingerprint, certificates::fingerprint(second.path()));
        trust_server(&changed).expect("kept");
        open(port).connected();
    });
}

#[test]
fn a_connection_that_is_no_longer_protected_is_told() {
    on_gtk(|| {
        let folder = tempfile::tempdir().expect("a folder");
        certificates::self_signed(folder.path(), "localhost");
        let port = free_port();
        let qemu = start(port, folder.path(), "", &[]);
        trust_server(&open(port).untrusted()).expect("kept");
        open(port).connected();
        drop(qemu);
        for (kind, security) in [("TLSNone", LinkSecurity::Anonymous), ("None", LinkSecurity::Open)]
        {
            let _server = tigervnc::Server::start_at(port, &["-SecurityTypes", kind], None);
            let place = ServerPlace { host: "localhost".to_owned(), port };
            let weaker = ConsoleError::Weaker { place: place.clone(), security };
            open(port).wait_for("told", |event| *event == ConsoleEvent::Failed(weaker.clone()));
            accept_weaker(&place, security).expect("kept");
            open(port).connected();
        }
    });
}

#[test]
fn the_strongest_of_several_kinds_is_taken() {
    on_gtk(|| {
        let folder = tempfile::tempdir().expect("a folder");
        certificates::self_signed(folder.path(), "localhost");
        let port = free_port();
        let kinds = ["-SecurityTypes", "None,VncAuth,TLSNone,TLSVnc,X509Vnc"];
        let _server = tigervnc::Server::start_at(port, &kinds, Some(folder.path()));
        trust_server(&open(port).untrusted()).expect("kept");
        let viewer = open(port);
        sign_in(&viewer, "", "segreto1");
        viewer.connected();
    });
}

#[test]
fn a_password_is_asked_for_within_tls() {
    on_gtk(|| {
        let folder = tempfile::tempdir().expect("a folder");
        certificates::self_signed(folder.path(), "localhost");
        let port = free_port();
        let mut qemu = start(port, folder.path(), ",password=on", &[]);
        qemu.command(
            r#"{"execute":"set_password","arguments":{"protocol":"vnc","password":"segreto1"}}"#,
        );
        trust_server(&open(port).untrusted()).expect("kept");
        let right = open(port);
        sign_in(&right, "", "segreto1");
        right.connected();
        let wrong = open(port);
        sign_in(&wrong, "", "falsch");
        refused(&wrong);
    });
}

#[test]
fn users_sign_in_by_sasl_within_tls() {
    on_gtk(|| {
        let folder = tempfile::tempdir().expect("a folder");
        certificates::self_signed(folder.path(), "localhost");
        sasl(folder.path(), "scram-sha-256");
        let port = free_port();
        let env = [("SASL_CONF_PATH", folder.path())];
        let mut qemu = start(port, folder.path(), ",sasl=on", &env);
        trust_server(&open(port).untrusted()).expect("kept");
        let right = open(port);
        sign_in(&right, "ana@inn", "segreto");
        right.connected();
        qemu.same_picture(&right);
        let wrong = open(port);
        sign_in(&wrong, "ana@inn", "falsch");
        refused(&wrong);
    });
}

#[test]
fn sasl_encrypts_where_nothing_else_does() {
    on_gtk(|| {
        let folder = tempfile::tempdir().expect("a folder");
        // QEMU would not take a mechanism that does not encrypt.
        sasl(folder.path(), "digest-md5");
        let port = free_port();
        let display = format!("127.0.0.1:{},sasl=on", port - 5900);
        let env = [("SASL_CONF_PATH", folder.path())];
        let mut qemu = Qemu::start_with(&["-vnc", &display], &[], &env);
        let viewer = open(port);
        sign_in(&viewer, "ana@inn", "segreto");
        viewer.connected();
        qemu.same_picture(&viewer);
    });
}
