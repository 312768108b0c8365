//! Servers that mean harm, or are broken: each ends in a message.

use std::{
    io::{Read, Write},
    os::unix::net::UnixStream,
    time::{Duration, Instant},
};

use gtk::glib;
use posada::{
    backend::{ConsoleEndpoint, Line},
    console::{ConsoleError, ConsoleEvent, Scaling},
};
use relm4::gtk;

use crate::viewer::{LONG, Viewer, on_gtk, resident_mib, wait_until};

/// A server that does what `play` does, then hangs up.
pub(crate) fn server(play: impl FnOnce(&mut UnixStream) + Send + 'static) -> ConsoleEndpoint {
    let (ours, mut theirs) = UnixStream::pair().expect("a pair of sockets");
    std::thread::spawn(move || play(&mut theirs));
    ConsoleEndpoint::Vnc { line: Line::Stream(ours.into()), password: None }
}

fn view(play: impl FnOnce(&mut UnixStream) + Send + 'static) -> Viewer {
    Viewer::open(server(play), true, Scaling::Fit)
}

pub(crate) fn say(stream: &mut UnixStream, bytes: &[u8]) {
    // The console may have hung up already; that is its right.
    let _ = stream.write_all(bytes);
}

pub(crate) fn hear(stream: &mut UnixStream, count: usize) {
    let _ = stream.read_exact(&mut vec![0; count]);
}

/// A handshake without fault that ends with a screen of this size.
pub(crate) fn greet(stream: &mut UnixStream, width: u16, height: u16) {
    say(stream, b"RFB 003.008\n");
    hear(stream, 12);
    say(stream, &[1, 1]);
    hear(stream, 1);
    say(stream, &[0, 0, 0, 0]);
    hear(stream, 1);
    let mut init = [width.to_be_bytes(), height.to_be_bytes()].concat();
    init.extend_from_slice(&[32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0]);
    init.extend_from_slice(&[0, 0, 0, 4]);
    init.extend_from_slice(b"evil");
    say(stream, &init);
}

pub(crate) fn rect(x: u16, y: u16, width: u16, height: u16, encoding: i32) -> Vec<u8> {
    let mut bytes = vec![0, 0, 0, 1];
    for number in [x, y, width, height] {
        bytes.extend_from_slice(&number.to_be_bytes());
    }
    bytes.extend_from_slice(&encoding.to_be_bytes());
    bytes
}

fn fails(viewer: &Viewer, wanted: impl Fn(&ConsoleError) -> bool) {
    viewer.wait_for("it fails", |event| matches!(event, ConsoleEvent::Failed(_)));
    let right = viewer.has(|event| matches!(event, ConsoleEvent::Failed(error) if wanted(error)));
    assert!(right, "another failure: {:?}", viewer.events.borrow());
}

/// Keeps the stream open until the console hangs up.
pub(crate) fn linger(stream: &mut UnixStream) {
    let _ = std::io::copy(stream, &mut std::io::sink());
}

#[test]
fn garbage_is_not_vnc() {
    on_gtk(|| {
        let viewer = view(|stream| say(stream, &vec![0xa5; 100_000]));
        fails(&viewer, |error| *error == ConsoleError::Stranger("VNC"));
        let viewer = view(|stream| say(stream, b"HTTP/1.1 400 Bad Request\r\n\r\n"));
        fails(&viewer, |error| *error == ConsoleError::Stranger("VNC"));
        let viewer = view(|_| ());
        fails(&viewer, |error| *error == ConsoleError::Closed);
    });
}

#[test]
fn a_crowd_of_security_types_is_harmless() {
    on_gtk(|| {
        let viewer = view(|stream| {
            say(stream, b"RFB 003.008\n");
            say(stream, &[255; 256]);
            linger(stream);
        });
        fails(&viewer, |error| *error == ConsoleError::UnsupportedSecurity("255".to_owned()));
        // So many overflow a buffer of gvnc 1.5.
        let viewer = view(|stream| {
            say(stream, b"RFB 003.008\n");
            say(stream, &[40; 41]);
            linger(stream);
        });
        fails(&viewer, |_| true);
        let viewer = view(|stream| {
            say(stream, b"RFB 003.008\n");
            // A reason of four gigabytes, which is waited for in vain.
            say(stream, &[0, 0xff, 0xff, 0xff, 0xff]);
            linger(stream);
        });
        fails(&viewer, |_| true);
        let viewer = view(|stream| {
            say(stream, b"RFB 003.003\n");
            say(stream, &[0, 0, 0, 0, 0, 0, 0, 4]);
            say(stream, b"full");
            linger(stream);
        });
        fails(&viewer, |_| true);
    });
}

#[test]
fn screens_without_measure_are_refused_before_memory_is_taken() {
    on_gtk(|| {
        let before = resident_mib();
        for (width, height) in [(16384, 16384), (65535, 65535), (0, 0), (8193, 1)] {
            let viewer = view(move |stream| {
                greet(stream, width, height);
                linger(stream);
            });
            fails(&viewer, |error| {
                *error == ConsoleError::TooLarge { width: width.into(), height: height.into() }
            });
        }
        // The same later on, in both ways that the protocol has.
        for encoding in [-223, -308] {
            let viewer = view(move |stream| {
                greet(stream, 64, 64);
                say(stream, &rect(0, 0, 65535, 65535, encoding));
                say(stream, &[0, 0, 0, 0]);
                linger(stream);
            });
            fails(&viewer, |error| matches!(error, ConsoleError::TooLarge { .. }));
        }
        let grown = resident_mib().saturating_sub(before);
        assert!(grown < 100, "grew by {grown} MiB");
    });
}

#[test]
fn lies_about_pixels_end_the_connection() {
    on_gtk(|| {
        let mut zrle = rect(0, 0, 64, 64, 16);
        // Four gigabytes of packed pixels, it says.
        zrle.extend_from_slice(&[0xff; 64]);
        // gvnc asks for the memory of some before it knows better, and is ended
        // by the system for it; that is why it has a process of its own.
        let lies = [
            ("outside", rect(60, 60, 10, 10, 0)),
            ("a copy from outside", [rect(0, 0, 10, 10, 1), vec![0, 60, 0, 60]].concat()),
            ("a huge pointer", rect(0, 0, 65535, 65535, -239)),
            ("a huge pointer with alpha", rect(0, 0, 65535, 65535, -314)),
            ("damaged packing", zrle),
            ("an unknown encoding", rect(0, 0, 1, 1, 77)),
            ("an unknown message", vec![99]),
            ("an endless clipboard", vec![3, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff]),
        ];
        for (name, bytes) in lies {
            eprintln!("{name}");
            let viewer = view(move |stream| {
                greet(stream, 64, 64);
                say(stream, &bytes);
                linger(stream);
            });
            fails(&viewer, |error| matches!(error, ConsoleError::Protocol(_)));
        }
    });
}

#[test]
fn hanging_up_within_a_rectangle_closes() {
    on_gtk(|| {
        let viewer = view(|stream| {
            greet(stream, 64, 64);
            say(stream, &rect(0, 0, 64, 64, 0));
            say(stream, &[0; 1000]);
            // Long enough for the connection to have been open for everyone.
            std::thread::sleep(Duration::from_millis(500));
        });
        viewer.connected();
        viewer.wait_for("closed", |event| *event == ConsoleEvent::Closed);
    });
}

#[test]
fn a_stall_ends_in_a_message_and_the_window_lives_on() {
    on_gtk(|| {
        let silent = view(linger);
        let dripping = view(|stream| {
            for byte in b"RFB 003.008\n\x01\x01".iter().cycle() {
                if stream.write_all(&[*byte]).is_err() {
                    return;
                }
                std::thread::sleep(Duration::from_secs(2));
            }
        });
        let start = Instant::now();
        let mut last = Instant::now();
        let mut longest = Duration::ZERO;
        wait_until("both have failed", LONG, || {
            longest = longest.max(last.elapsed());
            last = Instant::now();
            [&silent, &dripping].iter().all(|viewer| {
                viewer.has(|event| matches!(event, ConsoleEvent::Failed(ConsoleError::TimedOut)))
            })
        });
        assert!(start.elapsed() < Duration::from_secs(25), "{:?}", start.elapsed());
        assert!(longest < Duration::from_millis(500), "the main loop stood for {longest:?}");
    });
}

#[test]
fn a_server_that_does_not_listen_is_given_up() {
    on_gtk(|| {
        let deaf = view(|stream| {
            greet(stream, 64, 64);
            let pixel = [rect(0, 0, 1, 1, 0), vec![1, 2, 3, 4]].concat();
            while stream.write_all(&pixel).is_ok() {}
        });
        deaf.connected();
        deaf.wait_for("given up", |event| *event == ConsoleEvent::Failed(ConsoleError::TimedOut));
    });
}

#[test]
fn a_flood_does_not_hold_the_main_loop() {
    on_gtk(|| {
        let before = resident_mib();
        let viewer = view(|stream| {
            greet(stream, 2000, 1000);
            let mut hearing = stream.try_clone().expect("another handle");
            std::thread::spawn(move || linger(&mut hearing));
            let pixels = vec![7; 2000 * 1000 * 4];
            let mut flood = Vec::new();
            for turn in 0..50_u8 {
                flood.extend_from_slice(&rect(turn.into(), 1, 1, 1, 0));
                flood.extend_from_slice(&[1, 2, 3, 4]);
                flood.extend_from_slice(&rect(0, 0, 0, 0, -261));
                flood.push(turn);
                flood.extend_from_slice(&rect(1, 1, 16, 16, -314));
                flood.extend_from_slice(&[0; 4 + 16 * 16 * 4]);
                flood.extend_from_slice(&[3, 0, 0, 0, 0, 0, 0, 4, 65, 66, 67, 68]);
            }
            let end = Instant::now() + Duration::from_secs(3);
            while Instant::now() < end {
                say(stream, &rect(0, 0, 2000, 1000, 0));
                say(stream, &pixels);
                say(stream, &flood);
            }
            // The other handle would keep it open.
            let _ = stream.shutdown(std::net::Shutdown::Both);
        });
        viewer.connected();
        let mut last = Instant::now();
        let mut longest = Duration::ZERO;
        wait_until("the flood is over", LONG, || {
            longest = longest.max(last.elapsed());
            last = Instant::now();
            viewer.has(|event| matches!(event, ConsoleEvent::Closed | ConsoleEvent::Failed(_)))
        });
        assert!(longest < Duration::from_millis(500), "the main loop stood for {longest:?}");
        let grown = resident_mib().saturating_sub(before);
        assert!(grown < 200, "grew by {grown} MiB");
    });
}

#[test]
fn closing_hangs_up_at_once_whatever_the_server_does() {
    on_gtk(|| {
        let (told, ended) = std::sync::mpsc::channel();
        for stage in 0..3 {
            let told = told.clone();
            let viewer = view(move |stream| {
                match stage {
                    0 => {}
                    1 => {
                        say(stream, b"RFB 003.008\n");
                        say(stream, &[1, 2]);
                        hear(stream, 13);
                        say(stream, &[0; 16]);
                    }
                    _ => greet(stream, 64, 64),
                }
                linger(stream);
                let _ = told.send(stage);
            });
            match stage {
                0 => {}
                1 => viewer.wait_for("asked", |event| {
                    *event == (ConsoleEvent::NeedPassword { user: false })
                }),
                _ => viewer.connected(),
            }
            let start = Instant::now();
            viewer.console.close();
            assert!(start.elapsed() < Duration::from_millis(100));
            wait_until("the server was hung up on", LONG, || ended.try_recv() == Ok(stage));
        }
        let _ = glib::MainContext::default().iteration(false);
    });
}

/// Reads what the console says up to its next request for pixels.
fn hear_request(stream: &mut UnixStream) -> bool {
    let mut kind = [0];
    while stream.read_exact(&mut kind).is_ok() {
        match kind[0] {
            0 => hear(stream, 19),
            2 => {
                let mut head = [0; 3];
                let _ = stream.read_exact(&mut head);
                hear(stream, 4 * usize::from(u16::from_be_bytes([head[1], head[2]])));
            }
            3 => {
                hear(stream, 9);
                return true;
            }
            4 => hear(stream, 7),
            5 => hear(stream, 5),
            _ => return false,
        }
    }
    false
}

#[test]
fn an_answer_without_pixels_is_followed_by_another_request() {
    on_gtk(|| {
        let (tell, told) = std::sync::mpsc::channel();
        let viewer = view(move |stream| {
            greet(stream, 16, 16);
            hear_request(stream);
            say(stream, &[rect(0, 0, 16, 16, 0), vec![7; 16 * 16 * 4]].concat());
            hear_request(stream);
            // The lock keys only.
            say(stream, &[rect(0, 0, 0, 0, -261), vec![1]].concat());
            if hear_request(stream) {
                let _ = tell.send(());
            }
            linger(stream);
        });
        viewer.connected();
        wait_until("the console asks again", LONG, || told.try_recv().is_ok());
    });
}

/// How often the processes of our decoders went to sleep of their own will.
fn sleeps_of_decoders() -> u64 {
    let ours = std::process::id().to_string();
    let decoders = std::fs::read_dir("/proc").expect("processes").flatten().filter(|entry| {
        let read = |name| std::fs::read_to_string(entry.path().join(name)).unwrap_or_default();
        let parent = read("status")
            .lines()
            .any(|line| line.strip_prefix("PPid:").is_some_and(|parent| parent.trim() == ours));
        parent && read("cmdline").contains("--vnc-decoder")
    });
    let threads = decoders.filter_map(|entry| std::fs::read_dir(entry.path().join("task")).ok());
    let status = |thread: std::fs::DirEntry| {
        let status = std::fs::read_to_string(thread.path().join("status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        line.and_then(|count| count.trim().parse::<u64>().ok()).unwrap_or(0)
    };
    threads.flat_map(|threads| threads.flatten().map(status)).sum()
}

/// Reads until nothing arrives for as long as that.
fn hear_all(stream: &mut UnixStream, silence: Duration) -> usize {
    stream.set_read_timeout(Some(silence)).expect("a time");
    let (mut all, mut bytes) = (0, [0; 4096]);
    while let Ok(count) = stream.read(&mut bytes) {
        if count == 0 {
            break;
        }
        all += count;
    }
    all
}

#[test]
fn a_silent_server_is_left_alone_until_it_says_something() {
    const CALM: Duration = Duration::from_secs(1);
    const IDLE: Duration = Duration::from_secs(10);
    const ANSWER: Duration = Duration::from_secs(2);
    on_gtk(|| {
        let (told, heard) = std::sync::mpsc::channel();
        let viewer = view(move |stream| {
            greet(stream, 64, 64);
            let picture = [rect(0, 0, 64, 64, 0), vec![9; 64 * 64 * 4]].concat();
            say(stream, &picture);
            hear_all(stream, CALM);
            let before = sleeps_of_decoders();
            let said = hear_all(stream, IDLE);
            let _ = told.send((said, sleeps_of_decoders() - before));
            // A bell uses up no request; lock keys do.
            let locks = [rect(0, 0, 0, 0, -261), vec![1]].concat();
            for empty in [&[2][..], &locks] {
                say(stream, empty);
                let said = hear_all(stream, ANSWER);
                let _ = told.send((said, 0));
            }
            linger(stream);
        });
        viewer.connected();
        let next = || {
            let mut got = None;
            wait_until("the server has heard", LONG, || {
                got = got.or_else(|| heard.try_recv().ok());
                got.is_some()
            });
            got.expect("just seen")
        };
        let (said, sleeps) = next();
        assert_eq!(said, 0, "bytes while nothing happens");
        assert!(sleeps <= 2, "the decoder woke {sleeps} times");
        // A request has ten bytes. After lock keys a second one may go out
        // besides ours.
        assert_eq!(next().0, 10, "one request after a bell");
        let said = next().0;
        assert!([10, 20].contains(&said), "{said} bytes after lock keys");
    });
}

#[test]
fn a_server_that_stops_within_a_picture_is_told_from_an_idle_one() {
    on_gtk(|| {
        let whole = || [rect(0, 0, 64, 64, 0), vec![9; 64 * 64 * 4]].concat();
        // Says all, and then nothing any more, whatever it is asked.
        let idle = view(move |stream| {
            greet(stream, 64, 64);
            say(stream, &whole());
            linger(stream);
        });
        let stopped = view(move |stream| {
            greet(stream, 64, 64);
            say(stream, &whole());
            say(stream, &whole()[..1000]);
            linger(stream);
        });
        // Between two rectangles of one message: all that was said is drawn.
        let between = view(move |stream| {
            greet(stream, 64, 64);
            let mut two = whole();
            two[3] = 2;
            say(stream, &two);
            linger(stream);
        });
        let start = Instant::now();
        for viewer in [&idle, &stopped, &between] {
            viewer.connected();
        }
        for viewer in [&stopped, &between] {
            fails(viewer, |error| *error == ConsoleError::Stalled);
        }
        assert!(start.elapsed() < Duration::from_secs(25), "{:?}", start.elapsed());
        // As long again: the idle one is given up neither then nor later.
        let end = Instant::now() + start.elapsed();
        wait_until("time has passed", LONG, || Instant::now() > end);
        let ended =
            |event: &ConsoleEvent| matches!(event, ConsoleEvent::Failed(_) | ConsoleEvent::Closed);
        assert!(!idle.has(ended), "{:?}", idle.events.borrow());
    });
}
