//! A socket in front of a daemon's, that counts the calls and can be far away.

use std::{
    io::{Read, Write},
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

pub(crate) struct Proxy {
    folder: tempfile::TempDir,
    calls: Arc<AtomicUsize>,
}

impl Proxy {
    pub(crate) fn start(daemon: &Path) -> Self {
        Self::with_delay(daemon, Duration::ZERO)
    }

    /// Adds `delay` to each direction.
    pub(crate) fn with_delay(daemon: &Path, delay: Duration) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join("socket")).unwrap();
        let calls = Arc::new(AtomicUsize::new(0));
        let (daemon, counter) = (PathBuf::from(daemon), Arc::clone(&calls));
        thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                let server = UnixStream::connect(&daemon).unwrap();
                let count = Some(Arc::clone(&counter));
                carry(client.try_clone().unwrap(), server.try_clone().unwrap(), delay, count);
                carry(server, client, delay, None);
            }
        });
        Self { folder, calls }
    }

    pub(crate) fn uri(&self) -> String {
        let socket = self.folder.path().join("socket");
        format!("qemu+unix:///session?socket={}", socket.display())
    }

    /// The number of calls, once no more come.
    pub(crate) async fn settled_calls(&self) -> usize {
        let mut before = 0;
        loop {
            let now = self.calls.load(Ordering::SeqCst);
            if now == before {
                return now;
            }
            before = now;
            tokio::time::sleep(Duration::from_millis(700)).await;
        }
    }
}

/// Carries packets over: a length of four bytes, itself counted, and a header
/// whose fourth number is 0 in a call.
fn carry(
    mut from: UnixStream,
    mut to: UnixStream,
    delay: Duration,
    calls: Option<Arc<AtomicUsize>>,
) {
    /// libvirt's keepalive is a program of its own.
    const KEEPALIVE: u32 = 0x6b65_6570;
    let (sender, packets) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        let mut length = [0; 4];
        while from.read_exact(&mut length).is_ok() {
            let mut packet = vec![0; u32::from_be_bytes(length) as usize];
            packet[..4].copy_from_slice(&length);
            if from.read_exact(&mut packet[4..]).is_err() {
                break;
            }
            let number = |at: usize| u32::from_be_bytes(packet[at..at + 4].try_into().unwrap());
            if let Some(calls) = &calls
                && number(4) != KEEPALIVE
                && number(16) == 0
            {
                calls.fetch_add(1, Ordering::SeqCst);
            }
            if sender.send((Instant::now() + delay, packet)).is_err() {
                break;
            }
        }
    });
    thread::spawn(move || {
        for (due, packet) in packets {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&packet).is_err() {
                break;
            }
        }
        let _ = to.shutdown(std::net::Shutdown::Both);
    });
}
