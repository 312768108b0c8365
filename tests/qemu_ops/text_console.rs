//! Text consoles: every byte in both directions, and how they end.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use posada::{
    backend::{NoTextConsole, TextConsole, TextConsoleEnd},
    model::{DomainAction, TextPortId, TextPortKind},
};

use crate::{
    common::{self, Guest, GuestXml, Libvirt},
    host::{Host, PATIENCE, id},
};

const FIRST: TextPortId = TextPortId { kind: TextPortKind::Serial, number: 0 };

/// What the guest says first.
const HELLO: &[u8] = b"Welcome to the inn\r\ninn login: ";

/// A disk from which a guest starts that sends back what it is sent.
fn echo_disk(libvirt: &Libvirt) -> PathBuf {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/media/echo.S");
    let run = |command: &mut Command| assert!(command.status().unwrap().success());
    run(Command::new("as").arg("--32").arg("-o").arg(at("echo.o")).arg(source));
    run(Command::new("ld")
        .args(["-m", "elf_i386", "-Ttext=0x7c00", "--oformat=binary", "-o"])
        .args([at("echo.bin"), at("echo.o")]));
    let mut bytes = fs::read(at("echo.bin")).unwrap();
    assert_eq!(bytes.len(), 512);
    bytes.resize(1 << 20, 0);
    let file = libvirt.folder.join(common::unique("echo"));
    fs::write(&file, bytes).unwrap();
    fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o666)).unwrap();
    file
}

fn guest(host: &Host, more: &str) -> Guest {
    let disk = echo_disk(&host.libvirt);
    let devices = format!(
        "<disk type='file' device='disk'><driver name='qemu' type='raw'/>\
         <source file='{}'/><target dev='sdb' bus='sata'/></disk>{more}",
        disk.display()
    );
    host.libvirt.define(&GuestXml { devices, ..GuestXml::new("text") })
}

fn open(host: &Host, guest: &Guest, force: bool) -> Result<TextConsole, NoTextConsole> {
    host.wait(host.handle.text_console(id(guest), FIRST, force)).unwrap()
}

/// Reads until all of `expected` was there.
fn expect(host: &Host, console: &TextConsole, expected: &[u8]) {
    let mut read = Vec::new();
    let found = |read: &[u8]| read.windows(expected.len()).any(|part| part == expected);
    host.wait(async {
        while !found(&read) {
            let more = tokio::time::timeout(PATIENCE, console.read(4096)).await;
            read.extend(more.unwrap_or_else(|_| panic!("{read:?}")).unwrap());
        }
    });
}

/// Reads to the end.
fn end(host: &Host, console: &TextConsole) -> TextConsoleEnd {
    host.wait(async {
        loop {
            let more = tokio::time::timeout(PATIENCE, console.read(4096)).await;
            if let Err(end) = more.expect("the end is told") {
                return end;
            }
        }
    })
}

/// Bytes without an order, the same in each run.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = Vec::with_capacity(length);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

fn memory() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() / 1024
}

/// Five in and five out, as fast as the emulated port can: 50 to 100 KiB a
/// second each way.
#[test]
fn ten_megabytes_go_through_a_port_byte_for_byte() {
    const LENGTH: usize = 5 << 20;
    let Some(libvirt) = common::system() else { return };
    let host = Host::connect(libvirt);
    let guest = guest(&host, "");
    host.libvirt.virsh(&["start", &guest.name]);
    let console = open(&host, &guest, false).unwrap();
    expect(&host, &console, HELLO);
    let before = memory();
    let started = Instant::now();
    let sent = noise(LENGTH);
    for part in sent.chunks(1 << 20) {
        host.wait(async {
            let give = async { console.write(part).await.unwrap() };
            let take = async {
                let mut at = 0;
                while at < part.len() {
                    let more = console.read(65536).await.unwrap();
                    let same = part.get(at..at + more.len()).is_some_and(|part| part == more);
                    assert!(same, "different somewhere from {at} on");
                    at += more.len();
                }
            };
            tokio::join!(give, take)
        });
    }
    let (took, grown) = (started.elapsed(), memory().saturating_sub(before));
    println!("{LENGTH} bytes both ways in {took:?}, {grown} MiB more memory");
    assert!(grown < 5 + 16, "{grown} MiB");
}

#[test]
fn a_reader_that_is_slow_makes_the_guest_wait() {
    const LENGTH: usize = 2 << 20;
    let Some(libvirt) = common::system() else { return };
    let host = Host::connect(libvirt);
    let guest = guest(&host, "");
    host.libvirt.virsh(&["start", &guest.name]);
    let console = open(&host, &guest, false).unwrap();
    expect(&host, &console, HELLO);
    let sent = noise(LENGTH);
    host.wait(async {
        let give = console.write(&sent);
        tokio::pin!(give);
        // Nobody reads: what was sent comes back, and sooner or later nothing
        // more goes in. Not for long, as an unread connection ends after half
        // a minute.
        let stuck = async {
            let mut before = 0;
            loop {
                tokio::time::sleep(Duration::from_secs(3)).await;
                match console.progress() {
                    now if now == before => break,
                    now => before = now,
                }
            }
        };
        tokio::select! {
            _ = &mut give => panic!("there is room for {LENGTH} bytes somewhere"),
            () = stuck => {}
        }
        let take = async {
            let mut at = 0;
            while at < LENGTH {
                let more = console.read(65536).await.unwrap();
                assert!(more == sent[at..at + more.len()], "different from {at} on");
                at += more.len();
            }
        };
        tokio::join!(give, take).0.unwrap();
    });
}

/// virsh's own console, in a terminal of its own.
fn virsh_console(libvirt: &Libvirt, guest: &Guest, more: &str) -> Child {
    let command = format!("virsh -c '{}' console {} {more}", libvirt.uri, guest.name);
    Command::new("script")
        .args(["-qfc", &command, "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn one_viewer_at_a_time_and_how_it_ends() {
    let Some(libvirt) = common::system() else { return };
    let host = Host::connect(libvirt);
    let guest = guest(&host, "<serial type='null'/>");
    assert_eq!(open(&host, &guest, false).unwrap_err(), NoTextConsole::NotRunning);
    host.libvirt.virsh(&["start", &guest.name]);
    let of = |number| {
        let port = TextPortId { kind: TextPortKind::Serial, number };
        host.wait(host.handle.text_console(id(&guest), port, false)).unwrap().unwrap_err()
    };
    assert_eq!(of(1), NoTextConsole::LeadsElsewhere("null".to_owned()));
    assert_eq!(of(2), NoTextConsole::Missing);

    let first = open(&host, &guest, false).unwrap();
    expect(&host, &first, HELLO);
    assert_eq!(open(&host, &guest, false).unwrap_err(), NoTextConsole::InUse);
    // By force the first one ends.
    let second = open(&host, &guest, true).unwrap();
    assert_eq!(end(&host, &first), TextConsoleEnd::Closed);
    host.wait(second.write(b"still here\r")).unwrap();
    expect(&host, &second, b"still here\r");
    // Closed here means free there.
    drop(second);
    let third = common::wait_for("a free port", PATIENCE, || open(&host, &guest, false).ok());
    // Somebody else's program throws us out.
    let mut virsh = virsh_console(&host.libvirt, &guest, "--force");
    assert_eq!(end(&host, &third), TextConsoleEnd::Closed);
    assert_eq!(open(&host, &guest, false).unwrap_err(), NoTextConsole::InUse);
    virsh.kill().unwrap();
    virsh.wait().unwrap();
    let fourth = common::wait_for("a free port", PATIENCE, || open(&host, &guest, false).ok());

    // The guest restarts in the same process, then ends.
    host.libvirt.virsh(&["reset", &guest.name]);
    expect(&host, &fourth, HELLO);
    host.wait(host.handle.act(id(&guest), DomainAction::ForceOff)).unwrap();
    assert_eq!(end(&host, &fourth), TextConsoleEnd::Closed);
    assert_eq!(host.wait(fourth.write(b"x")), Err(TextConsoleEnd::Closed));
    host.libvirt.virsh(&["start", &guest.name]);
    let fifth = open(&host, &guest, false).unwrap();
    expect(&host, &fifth, HELLO);
    fifth.close();
    assert_eq!(end(&host, &fifth), TextConsoleEnd::Closed);
}

/// The daemon reads nothing more from a connection with bytes that a guest does
/// not take.
#[test]
fn a_guest_that_reads_nothing_takes_no_other_console_along() {
    let Some(libvirt) = common::system() else { return };
    let host = Host::connect(libvirt);
    let (deaf, well) = (guest(&host, ""), guest(&host, ""));
    let [into_the_void, other] = [&deaf, &well].map(|guest| {
        host.libvirt.virsh(&["start", &guest.name]);
        let console = open(&host, guest, false).unwrap();
        expect(&host, &console, HELLO);
        console
    });
    host.libvirt.virsh(&["suspend", &deaf.name]);
    let started = Instant::now();
    host.wait(async {
        // Of single keys, each is a message to the daemon; of a paste, few.
        for _ in 0..40 {
            into_the_void.write(&[b'x'; 1000]).await.unwrap();
            let flushed = tokio::time::timeout(Duration::from_millis(50), into_the_void.flush());
            let _ = flushed.await;
        }
        let paste = noise(2 << 20);
        let stuck = tokio::time::timeout(Duration::from_secs(2), into_the_void.write(&paste)).await;
        assert!(stuck.is_err(), "there is room for all of it somewhere");
    });
    println!("stuck after {:?}", started.elapsed());
    // Longer than keepalive waits.
    let mut round = 0;
    while started.elapsed() < Duration::from_secs(35) {
        let word = format!("round {round}.");
        host.wait(other.write(word.as_bytes())).unwrap();
        expect(&host, &other, word.as_bytes());
        round += 1;
        host.wait(async { tokio::time::sleep(Duration::from_millis(500)).await });
    }
    drop(other);
    common::wait_for("a free port", PATIENCE, || open(&host, &well, false).ok());
    drop(into_the_void);
    host.libvirt.virsh(&["resume", &deaf.name]);
    let again = common::wait_for("a free port", PATIENCE, || open(&host, &deaf, false).ok());
    expect(&host, &again, b"xxx");
}
