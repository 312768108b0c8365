//! The pointer of a guest that takes movements only, moved by real hands.

use std::{process::Command, sync::mpsc::Receiver};

use posada::console::{ConsoleEvent, Scaling};

use crate::{
    hostile::{greet, hear, linger, rect, say, server},
    viewer::{LONG, Viewer, on_gtk, wait_until},
};
use std::{io::Read, os::unix::net::UnixStream};

/// What stands for no movement in the protocol.
const STILL: i32 = 0x7fff;

/// A server that takes movements only and tells them.
fn relative_server() -> (posada::backend::ConsoleEndpoint, Receiver<(i32, i32)>) {
    let (tell, told) = std::sync::mpsc::channel();
    let endpoint = server(move |stream| {
        greet(stream, 400, 300);
        say(stream, &[rect(0, 0, 400, 300, 0), vec![9; 400 * 300 * 4]].concat());
        say(stream, &rect(0, 0, 0, 0, -257));
        while let Some((x, y)) = hear_pointer(stream) {
            let _ = tell.send((x - STILL, y - STILL));
        }
        linger(stream);
    });
    (endpoint, told)
}

/// Reads what the console says up to the pointer's next movement.
fn hear_pointer(stream: &mut UnixStream) -> Option<(i32, i32)> {
    let mut kind = [0];
    loop {
        stream.read_exact(&mut kind).ok()?;
        match kind[0] {
            0 => hear(stream, 19),
            2 => {
                let mut head = [0; 3];
                stream.read_exact(&mut head).ok()?;
                hear(stream, 4 * usize::from(u16::from_be_bytes([head[1], head[2]])));
            }
            3 => hear(stream, 9),
            4 => hear(stream, 7),
            5 => {
                let mut body = [0; 5];
                stream.read_exact(&mut body).ok()?;
                let number = |at: usize| u16::from_be_bytes([body[at], body[at + 1]]).into();
                return Some((number(1), number(3)));
            }
            _ => return None,
        }
    }
}

fn xdotool(arguments: &[&str]) -> String {
    let done = Command::new("xdotool").args(arguments).output().expect("xdotool");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).into_owned()
}

/// Values of lines such as `X=12`.
fn values(text: &str) -> Vec<i32> {
    let value = |line: &str| line.split_once('=').and_then(|(_, value)| value.parse().ok());
    text.lines().filter_map(value).collect()
}

/// Moves the pointer in `steps` steps, as a hand does, while the window lives.
fn stroke(steps: usize, x: i32, y: i32) {
    let hand = std::thread::spawn(move || {
        let (x, y) = (x.to_string(), y.to_string());
        let step = ["mousemove_relative", "--", &x, &y, "sleep", "0.02"];
        xdotool(&step.repeat(steps));
    });
    wait_until("the pointer has moved", LONG, || hand.is_finished());
    hand.join().expect("moved");
}

#[test]
fn a_grabbed_pointer_is_held_and_all_its_movements_arrive() {
    on_gtk(|| {
        let (endpoint, told) = relative_server();
        let viewer = Viewer::open(endpoint, true, Scaling::Original);
        viewer.connected();
        viewer.wait_for("relative", |event| *event == ConsoleEvent::AbsolutePointer(false));
        let place = || {
            let window = xdotool(&["search", "--onlyvisible", "--name", "^console test$"]);
            let found = xdotool(&["getwindowgeometry", "--shell", window.lines().next()?]);
            let values = values(&found);
            // The window's number, its place and its size.
            (values.len() >= 5)
                .then(|| (values[1]..values[1] + values[3], values[2]..values[2] + values[4]))
        };
        let mut frame = None;
        wait_until("the window shows", LONG, || {
            frame = place();
            frame.is_some()
        });
        let (columns, rows) = frame.expect("just seen");
        let is_inside = || {
            let at = values(&xdotool(&["getmouselocation", "--shell"]));
            columns.contains(&at[0]) && rows.contains(&at[1])
        };
        // It takes the keyboard by itself if it has the focus, the pointer after a click.
        let (x, y) =
            (i32::midpoint(columns.start, columns.end), i32::midpoint(rows.start, rows.end));
        xdotool(&["mousemove", &x.to_string(), &y.to_string(), "click", "1"]);
        wait_until("the pointer is taken", LONG, || {
            xdotool(&["mousemove_relative", "--", "1", "0"]);
            told.try_recv().is_ok()
        });
        stroke(1, 0, 0);
        while told.try_recv().is_ok() {}

        // Three window's widths to the right and down, then back again.
        let mut sum = (0, 0);
        let mut hear_all = || {
            while let Ok((x, y)) = told.try_recv() {
                sum = (sum.0 + x, sum.1 + y);
            }
            sum
        };
        stroke(100, 24, 12);
        assert!(is_inside());
        wait_until("all movements have arrived", LONG, || hear_all() == (2400, 1200));
        stroke(100, -24, -12);
        assert!(is_inside());
        wait_until("all movements have arrived", LONG, || hear_all() == (0, 0));

        // A blow that no move back can follow.
        xdotool(&["mousemove_relative", "--", "3000", "0"]);
        assert!(is_inside(), "the edge holds");

        viewer.console.screen().release();
        let mut out = false;
        wait_until("it is free again", LONG, || {
            xdotool(&["mousemove_relative", "--", "-100", "-100"]);
            out |= !is_inside();
            out
        });
    });
}
