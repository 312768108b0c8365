use super::{LONGEST, Malformed, Order, Report, Why, from_latin1, to_latin1};
use crate::{
    console::{
        extras::Sound,
        helper::{Order as _, Outbox, line::read_message},
        remote::CursorImage,
    },
    model::{PictureQuality, Secret},
};

#[test]
fn orders_come_back_as_they_were() {
    let password = Secret::new("señal".to_owned());
    let orders = [
        Order::Key { down: true, keysym: 0x61, qnum: 0x1e },
        Order::Pointer { mask: 1, x: 640, y: 65535 },
        Order::Update,
        Order::Size { width: 1, height: u32::MAX },
        Order::Credentials { user: "ana".to_owned(), password },
        Order::CutText(vec![0xf1, 0]),
        Order::Quality(PictureQuality::Small),
        Order::Mute(true),
    ];
    let mut bytes = Vec::new();
    for order in &orders {
        order.encode(&mut bytes);
    }
    let mut stream = bytes.as_slice();
    for order in orders {
        let message = read_message(&mut stream, LONGEST).expect("whole").expect("not the end");
        assert_eq!(Order::decode(&message), Ok(order));
    }
    assert_eq!(read_message(&mut stream, LONGEST).expect("the end"), None);
}

#[test]
fn reports_come_back_as_they_were() {
    let image = CursorImage { hot: (1, 2), width: 2, height: 1, pixels: vec![7; 8] };
    let reports = [
        Report::WantsCredentials { user: true },
        Report::Open,
        Report::Size { width: 1024, height: 768 },
        Report::Damage { x: 1, y: 2, width: 3, height: 4 },
        Report::Cursor(image),
        Report::Absolute(false),
        Report::Leds(5),
        Report::CutText(b"text".to_vec()),
        Report::NoResize,
        Report::Silent(true),
        Report::Sound(Sound::Expected),
        Report::Sound(Sound::Unplayable("no server".to_owned())),
        Report::Failed { why: Why::Protocol, text: "no".to_owned() },
    ];
    let mut bytes = Vec::new();
    for report in &reports {
        report.encode(&mut bytes);
    }
    let mut stream = bytes.as_slice();
    for report in reports {
        let message = read_message(&mut stream, LONGEST).expect("whole").expect("not the end");
        assert_eq!(Report::decode(&message), Ok(report));
    }
}

#[test]
fn a_decoder_that_was_taken_over_cannot_do_harm() {
    let long = u32::try_from(LONGEST + 1).expect("small").to_le_bytes();
    assert!(read_message(&mut long.as_slice(), LONGEST).is_err(), "too long to be read");
    assert_eq!(Report::decode(&[]), Err(Malformed));
    assert_eq!(Report::decode(&[99]), Err(Malformed));
    assert_eq!(Report::decode(&[3, 1, 0, 0]), Err(Malformed));
    assert_eq!(Report::decode(&[9, 77, 0, 0, 0, 0]), Err(Malformed));
    let mut cursor = vec![4];
    for number in [0, 0, 40_000, 40_000, 4_u32] {
        cursor.extend_from_slice(&number.to_le_bytes());
    }
    cursor.extend_from_slice(&[0; 4]);
    assert_eq!(Report::decode(&cursor), Err(Malformed), "fewer pixels than it claims");
}

#[test]
fn moves_merge_and_clicks_do_not() {
    let outbox = Outbox::default();
    for (mask, x) in [(0, 1), (0, 2), (1, 2), (0, 2), (0, 9)] {
        outbox.send(Order::Pointer { mask, x, y: 0 });
    }
    let places: Vec<_> = outbox.take().expect("open");
    let at = |mask, x| Order::Pointer { mask, x, y: 0 };
    assert_eq!(places, [at(0, 2), at(1, 2), at(0, 9)]);
}

#[test]
fn relative_moves_all_count() {
    let outbox = Outbox::default();
    outbox.send(Order::Pointer { mask: 0, x: 0x8000, y: 0x7fff });
    outbox.send(Order::Pointer { mask: 0, x: 0x8000, y: 0x7fff });
    assert_eq!(outbox.take().expect("open").len(), 2);
}

#[test]
fn a_decoder_that_does_not_read_cannot_fill_the_memory() {
    let outbox = Outbox::default();
    for keysym in 0..100_000 {
        outbox.send(Order::Key { down: true, keysym, qnum: 0 });
    }
    assert_eq!(outbox.take().expect("open").len(), 4096);
    outbox.close();
    assert_eq!(outbox.take(), None);
}

#[test]
fn classic_text_is_latin_1_or_utf_8() {
    assert_eq!(from_latin1(&[0xf1, b'a']), "ña");
    assert_eq!(from_latin1("ña".as_bytes()), "ña");
    assert_eq!(to_latin1("ñ…"), [0xf1, b'?']);
}
