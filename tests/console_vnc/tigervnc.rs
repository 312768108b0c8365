//! `TigerVNC`'s server: another author's reading of the protocol.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use des::cipher::{BlockEncrypt, KeyInit};
use gtk::prelude::*;
use posada::{
    backend::{ConsoleEndpoint, Line},
    console::{ConsoleError, ConsoleEvent, Scaling},
    model::{PictureQuality, Secret},
};
use relm4::gtk;

use crate::viewer::{LONG, Picture, Viewer, free_port, on_gtk, wait_until};

pub(crate) struct Server {
    child: Child,
    folder: tempfile::TempDir,
    port: u16,
    display: String,
}

impl Server {
    fn start(security: &[&str]) -> Self {
        Self::start_at(free_port(), security, None)
    }

    /// Starts a server, with the certificate in a folder.
    pub(crate) fn start_at(port: u16, security: &[&str], certificate: Option<&Path>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut more = Vec::new();
        if let Some(certificate) = certificate {
            more = vec!["-X509Cert".into(), certificate.join("server-cert.pem")];
            more.extend(["-X509Key".into(), certificate.join("server-key.pem")]);
        }
        std::fs::write(folder.path().join("passwd"), obscured("segreto1")).expect("a file");
        let display = format!(":{}", 200 + u32::from(port) % 10_000);
        let child = Command::new("Xtigervnc")
            .args([&display, "-rfbport", &port.to_string(), "-localhost"])
            .args(["-geometry", "700x500", "-depth", "24", "-retro", "-ac"])
            .arg("-PasswordFile")
            .arg(folder.path().join("passwd"))
            .args(security)
            .args(more)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xtigervnc starts");
        let server = Self { child, folder, port, display };
        wait_until("TigerVNC listens", LONG, || {
            std::net::TcpStream::connect(("127.0.0.1", server.port)).is_ok()
        });
        server
    }

    fn endpoint(&self, password: Option<&str>) -> ConsoleEndpoint {
        let password = password.map(|text| Secret::new(text.to_owned()));
        ConsoleEndpoint::Vnc {
            line: Line::Address { host: "localhost".to_owned(), port: self.port },
            password,
        }
    }

    /// What an X client sees on the server's screen.
    fn screen(&self) -> Option<Picture> {
        let file = self.folder.path().join("screen.ppm");
        let args = ["-display", &self.display, "-window", "root", "-depth", "8"];
        let done = Command::new("import").args(args).arg(&file).status().ok()?.success();
        Picture::from_ppm(&std::fs::read(file).ok().filter(|_| done)?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A password as the server's file has it: encrypted by a key that everybody
/// knows.
fn obscured(password: &str) -> [u8; 8] {
    let key = [23, 82, 107, 6, 35, 78, 88, 7_u8].map(u8::reverse_bits);
    let mut block = [0; 8];
    block[..password.len()].copy_from_slice(password.as_bytes());
    des::Des::new(&key.into()).encrypt_block((&mut block).into());
    block
}

/// The same but for the pointer, which this server draws into the picture
/// until the viewer's own pointer has moved.
fn nearly(ours: &Picture, theirs: &Picture) -> bool {
    let pairs = ours.rgb.chunks_exact(3).zip(theirs.rgb.chunks_exact(3));
    (ours.width, ours.height) == (theirs.width, theirs.height)
        && pairs.filter(|(a, b)| a != b).count() < 24 * 24
}

#[test]
fn the_picture_is_the_servers_and_follows_the_window() {
    on_gtk(|| {
        let server = Server::start(&["-SecurityTypes", "None"]);
        for local in [true, false] {
            let viewer = Viewer::open(server.endpoint(None), local, Scaling::Fit);
            viewer.connected();
            wait_until("the pixels are the server's", LONG, || {
                let theirs = server.screen().expect("a picture");
                assert!(!theirs.is_plain());
                viewer.pixels().is_some_and(|ours| nearly(&ours, &theirs))
            });
        }

        let viewer = Viewer::open(server.endpoint(None), false, Scaling::ResizeGuest);
        viewer.connected();
        let size = |viewer: &Viewer| {
            let screen = viewer.console.screen();
            let scale = screen.scale_factor();
            (screen.width() * scale, screen.height() * scale)
        };
        wait_until("the server has the widget's size", LONG, || {
            let (width, height) = size(&viewer);
            viewer.has(|event| {
                *event
                    == ConsoleEvent::Resized {
                        screen: 0,
                        width: u32::try_from(width).unwrap_or(0),
                        height: u32::try_from(height).unwrap_or(0),
                    }
            })
        });
        wait_until("the pixels are the server's again", Duration::from_secs(20), || {
            viewer.pixels().zip(server.screen()).is_some_and(|(a, b)| nearly(&a, &b))
        });
    });
}

/// How many colours of two pictures' pixels differ.
fn apart(ours: &Picture, theirs: &Picture) -> usize {
    ours.rgb.iter().zip(&theirs.rgb).filter(|(a, b)| a != b).count()
}

#[test]
fn a_lossy_picture_looks_alike_and_an_exact_one_is_the_servers_again() {
    on_gtk(|| {
        let server = Server::start(&["-SecurityTypes", "None"]);
        // Colours that run into one another, as in a photograph.
        // It does so whatever it says in the end.
        let _ = Command::new("display")
            .args(["-display", &server.display, "-size", "700x500", "-window", "root"])
            .arg("plasma:fractal")
            .status();
        for local in [true, false] {
            let viewer = Viewer::open(server.endpoint(None), local, Scaling::Fit);
            viewer.connected();
            let compared = |what: &str, wanted: &dyn Fn(&Picture, &Picture) -> bool| {
                wait_until(what, LONG, || {
                    viewer.pixels().zip(server.screen()).is_some_and(|(a, b)| {
                        (a.width, a.height) == (b.width, b.height) && wanted(&a, &b)
                    })
                });
            };
            compared("it is exact", &nearly);
            viewer.console.set_quality(PictureQuality::Small);
            compared("it looks alike", &|a, b| apart(a, b) > 24 * 24 * 3);
            viewer.console.set_quality(PictureQuality::Exact);
            compared("it is exact again", &nearly);
        }
    });
}

#[test]
fn the_password_is_checked() {
    on_gtk(|| {
        let server = Server::start(&["-SecurityTypes", "VncAuth"]);
        let right = Viewer::open(server.endpoint(None), false, Scaling::Fit);
        right.wait_for("asked", |event| *event == (ConsoleEvent::NeedPassword { user: false }));
        right.console.give_credentials(String::new(), Secret::new("segreto1".to_owned()));
        right.connected();

        let wrong = Viewer::open(server.endpoint(Some("wrong")), false, Scaling::Fit);
        wrong.wait_for("refused", |event| {
            matches!(event, ConsoleEvent::Failed(ConsoleError::AuthenticationFailed(_)))
        });
    });
}

#[test]
fn anonymous_tls_is_spoken() {
    on_gtk(|| {
        let server = Server::start(&["-SecurityTypes", "TLSNone"]);
        let viewer = Viewer::open(server.endpoint(None), false, Scaling::Fit);
        viewer.connected();
    });
}

#[test]
fn security_that_is_not_known_is_named() {
    on_gtk(|| {
        let server = Server::start(&["-SecurityTypes", "RA2"]);
        let viewer = Viewer::open(server.endpoint(None), false, Scaling::Fit);
        viewer.wait_for("refused", |event| {
            matches!(event, ConsoleEvent::Failed(ConsoleError::UnsupportedSecurity(_)))
        });
    });
}

#[test]
fn nobody_there_is_told() {
    on_gtk(|| {
        let port = free_port();
        let endpoint = ConsoleEndpoint::Vnc {
            line: Line::Address { host: "127.0.0.1".to_owned(), port },
            password: None,
        };
        let viewer = Viewer::open(endpoint, false, Scaling::Fit);
        viewer.wait_for("unreachable", |event| {
            matches!(event, ConsoleEvent::Failed(ConsoleError::Unreachable(_)))
        });
    });
}
