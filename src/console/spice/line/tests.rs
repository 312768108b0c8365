use std::os::{fd::OwnedFd, unix::net::UnixStream};

use super::{Agent, Extra, Order, Report};
use crate::{
    console::{
        extras::{
            Ask, CardReader, Cards, FileProblem, FileStep, Folder, Obstacle, Sound, Usb, UsbDevice,
            UsbFailure, UsbProblem,
        },
        frame::Rect,
        helper::{Link, Order as _, Outbox, Why, line},
        remote::{Content, Contents, CursorImage, Screens},
        scanout::Layout,
    },
    model::{LinkSecurity, Secret},
};

fn bytes(order: &Order) -> Vec<u8> {
    let mut bytes = Vec::new();
    order.encode(&mut bytes);
    bytes
}

#[test]
fn orders_come_back_as_they_were() {
    let (one, other) = UnixStream::pair().expect("a line");
    let memory = other.try_clone().expect("another handle");
    let both = Contents { text: true, picture: true };
    let orders = [
        Order::Connect { user: "ana".to_owned(), password: Some(Secret::new("señal".to_owned())) },
        Order::Connect { user: String::new(), password: None },
        Order::Line { channel: (2, 0), fd: one.into() },
        Order::NoLine { channel: (5, 0), text: "no".to_owned() },
        Order::Key { down: true, code: 0x11c },
        Order::Pointer { screen: 2, mask: 256, x: 1, y: 8000 },
        Order::Moved { mask: 1, dx: -3, dy: i32::MAX },
        Order::Update { screen: 1 },
        Order::Size { screen: 3, width: 1, height: u32::MAX },
        Order::Show { screen: 1, width: 640, height: 480, memory: memory.into() },
        Order::Hide { screen: 1 },
        Order::Offer(both),
        Order::Fetch(Content::Picture),
        Order::Give { content: Content::Text, bytes: "ñ".into() },
        Order::Ask(Ask::Mute(true)),
        Order::Ask(Ask::Record(true)),
        Order::Ask(Ask::SendFile { id: 7, uri: "file:///tmp/%C3%B1".to_owned() }),
        Order::Ask(Ask::StopFile(7)),
        Order::Ask(Ask::ShareFolder { path: "/tmp/ñ".to_owned(), read_only: true }),
        Order::Ask(Ask::StopFolder),
        Order::Ask(Ask::Usb { id: 3, connect: true, window: "x11:3c".to_owned() }),
        Order::Ask(Ask::UsbDisc("/a.iso".to_owned())),
        Order::Ask(Ask::Cards(true)),
    ];
    for order in orders {
        let there = bytes(&order);
        let fds: Vec<OwnedFd> = match order.descriptor() {
            Some(fd) => vec![fd.try_clone_to_owned().expect("another handle")],
            None => Vec::new(),
        };
        let back = Order::decode(&there[4..], fds).expect("understood");
        assert_eq!(bytes(&back), there);
    }
    drop(other);
    assert!(Order::decode(&bytes(&Order::Update { screen: 0 })[4..], Vec::new()).is_ok());
    let alone = [1, 2, 0, 0, 0, 0, 0, 0, 0];
    assert!(Order::decode(&alone, Vec::new()).is_err(), "a line without a descriptor");
    let alone = [&[12][..], &[0; 12]].concat();
    assert!(Order::decode(&alone, Vec::new()).is_err(), "a screen without memory");
}

fn stick() -> UsbDevice {
    let (name, kind) = ("a stick".to_owned(), "0951:1666".to_owned());
    UsbDevice { id: 9, name, kind, connected: true, fresh: true, obstacle: Obstacle::Rights }
}

fn reader(name: &str) -> CardReader {
    CardReader { name: name.to_owned(), card: true }
}

#[test]
fn reports_come_back_as_they_were() {
    let image = CursorImage { hot: (1, 2), width: 2, height: 1, pixels: vec![7; 8] };
    let layout =
        Layout { width: 640, height: 480, stride: 2560, fourcc: 0x3432_5258, upright: false };
    let reports = [
        Report::WantsLine { channel: (1, 0) },
        Report::WantsCredentials { user: true },
        Report::Open,
        Report::Screens(Screens { there: vec![0, 1], more: Some(2), shared: true }),
        Report::Screens(Screens { there: vec![0], more: None, shared: false }),
        Report::Size { screen: 1, width: 1024, height: 768 },
        Report::Damage { screen: 1, area: Rect { x: 1, y: 2, width: 3, height: 4 } },
        Report::Updated { screen: 0 },
        Report::Scanout { screen: 1, layout },
        Report::Cursor { screen: 1, image },
        Report::Absolute(false),
        Report::Leds(5),
        Report::Agent(Agent { connected: true, clipboard: false, size: true }),
        Report::Offer(Contents { text: true, picture: false }),
        Report::Fetch(Content::Text),
        Report::Give { content: Content::Picture, bytes: vec![1, 2] },
        Report::Failed { why: Why::Unshowable, text: "no".to_owned() },
        Report::Link(Link::Weaker(LinkSecurity::Anonymous)),
        Report::Link(Link::Untrusted(Box::default())),
        Report::Extra(Extra::Sound(Sound::Played)),
        Report::Extra(Extra::Sound(Sound::Unplayable("no".to_owned()))),
        Report::Extra(Extra::Records(true)),
        Report::Extra(Extra::Files(true)),
        Report::Extra(Extra::File(7, FileStep::Sent(1 << 40, u64::MAX))),
        Report::Extra(Extra::File(7, FileStep::Failed(FileProblem::Locked))),
        Report::Extra(Extra::Folder(Folder::Shared)),
        Report::Extra(Extra::Usb(Usb {
            channels: 2,
            free: 1,
            devices: vec![stick()],
            problem: UsbProblem::Said("no".to_owned()),
            asks: true,
        })),
        Report::Extra(Extra::Usb(Usb { problem: UsbProblem::NoPortal, ..Usb::default() })),
        Report::Extra(Extra::Usb(Usb { problem: UsbProblem::Forbidden, ..Usb::default() })),
        Report::Extra(Extra::UsbFailed("a stick".to_owned(), UsbFailure::Refused)),
        Report::Extra(Extra::UsbFailed(String::new(), UsbFailure::NotConnected("no".to_owned()))),
        Report::Extra(Extra::UsbFailed(String::new(), UsbFailure::Lost("gone".to_owned()))),
        Report::Extra(Extra::Cards(Cards::Shared(Some(reader("one"))))),
        Report::Extra(Extra::Cards(Cards::Shared(None))),
        Report::Extra(Extra::Cards(Cards::Failed("no".to_owned()))),
    ];
    let mut bytes = Vec::new();
    for report in &reports {
        report.encode(&mut bytes);
    }
    let mut stream = bytes.as_slice();
    for report in reports {
        let message = line::read_message(&mut stream, 128).expect("whole").expect("not the end");
        assert_eq!(Report::decode(&message), Ok(report));
    }
}

#[test]
fn a_client_that_was_taken_over_cannot_do_harm() {
    let many = [&[16][..], &[0; 5 + 4 * 17]].concat();
    for message in [
        &many[..],
        &[],
        &[99],
        &[4, 1, 0, 0],
        &[11, 7],
        &[12, 0, 255, 255, 255, 255],
        &[14, 6, 9],
        &[14, 9, 3, 1, 255, 255, 255, 255],
        &[14, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255],
    ] {
        assert!(Report::decode(message).is_err(), "{message:?}");
    }
}

#[test]
fn moves_merge_and_clicks_do_not() {
    let outbox = Outbox::default();
    for (mask, dx) in [(0, 1), (0, 2), (1, 0), (1, 4)] {
        outbox.send(Order::Moved { mask, dx, dy: 0 });
    }
    let moves: Vec<_> = outbox.take().expect("open").iter().map(bytes).collect();
    let expected = [(0, 3), (1, 4)].map(|(mask, dx)| bytes(&Order::Moved { mask, dx, dy: 0 }));
    assert_eq!(moves, expected);
}

#[test]
fn what_the_connection_needs_is_never_dropped() {
    let outbox = Outbox::default();
    for _ in 0..10_000 {
        outbox.send(Order::Key { down: true, code: 1 });
    }
    outbox.send(Order::NoLine { channel: (1, 0), text: String::new() });
    let last = outbox.take().expect("open").pop();
    assert!(matches!(last, Some(Order::NoLine { .. })));
}
