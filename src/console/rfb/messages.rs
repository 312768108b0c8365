//! What the client says, and the queue it says it through.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

/// Encodings, real and pseudo.
pub(super) mod encoding {
    pub(in crate::console) const RAW: i32 = 0;
    pub(in crate::console) const COPY_RECT: i32 = 1;
    pub(in crate::console) const ZRLE: i32 = 16;
    pub(in crate::console) const DESKTOP_SIZE: i32 = -223;
    pub(in crate::console) const LAST_RECT: i32 = -224;
    pub(in crate::console) const CURSOR: i32 = -239;
    pub(in crate::console) const POINTER_MODE: i32 = -257;
    pub(in crate::console) const EXT_KEY: i32 = -258;
    pub(in crate::console) const LED_STATE: i32 = -261;
    pub(in crate::console) const NAME: i32 = -307;
    pub(in crate::console) const EXT_DESKTOP_SIZE: i32 = -308;
    pub(in crate::console) const ALPHA_CURSOR: i32 = -314;
    pub(in crate::console) const EXT_CLIPBOARD: i32 = 0xc0a1_e5ce_u32.cast_signed();

    /// What is asked for. Packing costs both sides time and saves nothing on a
    /// local socket.
    pub(in crate::console) fn wanted(local: bool) -> Vec<i32> {
        let pixels: &[i32] = if local { &[RAW, COPY_RECT] } else { &[COPY_RECT, ZRLE, RAW] };
        let extras = [
            EXT_DESKTOP_SIZE,
            DESKTOP_SIZE,
            LAST_RECT,
            ALPHA_CURSOR,
            CURSOR,
            POINTER_MODE,
            EXT_KEY,
            LED_STATE,
            NAME,
            EXT_CLIPBOARD,
        ];
        pixels.iter().chain(&extras).copied().collect()
    }
}

/// A message to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// Pixels as blue, green, red, nothing.
    PixelFormat,
    Encodings(Vec<i32>),
    Update {
        incremental: bool,
        width: u16,
        height: u16,
    },
    /// With QEMU's scan code where the server takes it.
    Key {
        down: bool,
        keysym: u32,
        qnum: Option<u32>,
    },
    Pointer {
        mask: u8,
        x: u16,
        y: u16,
    },
    /// As text in Latin-1.
    CutText(Vec<u8>),
    /// The extended clipboard's flags and data.
    Clipboard(Vec<u8>),
    DesktopSize {
        width: u16,
        height: u16,
        screen: u32,
        flags: u32,
    },
}

impl Message {
    /// Appends the message's bytes.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::PixelFormat => {
                out.extend_from_slice(&[0, 0, 0, 0]);
                // 32 bits, 24 of them used, little-endian, true colour.
                out.extend_from_slice(&[32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0]);
            }
            Self::Encodings(list) => {
                out.extend_from_slice(&[2, 0]);
                push16(out, u16::try_from(list.len()).unwrap_or(u16::MAX));
                for encoding in list {
                    out.extend_from_slice(&encoding.to_be_bytes());
                }
            }
            Self::Update { incremental, width, height } => {
                out.extend_from_slice(&[3, u8::from(*incremental), 0, 0, 0, 0]);
                push16(out, *width);
                push16(out, *height);
            }
            Self::Key { down, keysym, qnum: Some(qnum) } => {
                out.extend_from_slice(&[255, 0, 0, u8::from(*down)]);
                push32(out, *keysym);
                push32(out, *qnum);
            }
            Self::Key { down, keysym, qnum: None } => {
                out.extend_from_slice(&[4, u8::from(*down), 0, 0]);
                push32(out, *keysym);
            }
            Self::Pointer { mask, x, y } => {
                out.extend_from_slice(&[5, *mask]);
                push16(out, *x);
                push16(out, *y);
            }
            Self::CutText(text) => {
                out.extend_from_slice(&[6, 0, 0, 0]);
                push32(out, u32::try_from(text.len()).unwrap_or(0));
                out.extend_from_slice(text);
            }
            Self::Clipboard(data) => {
                // A negative length says that it is the extended form.
                out.extend_from_slice(&[6, 0, 0, 0]);
                let length = i32::try_from(data.len()).unwrap_or(0);
                out.extend_from_slice(&(-length).to_be_bytes());
                out.extend_from_slice(data);
            }
            Self::DesktopSize { width, height, screen, flags } => {
                out.extend_from_slice(&[251, 0]);
                push16(out, *width);
                push16(out, *height);
                out.extend_from_slice(&[1, 0]);
                push32(out, *screen);
                push32(out, 0);
                push16(out, *width);
                push16(out, *height);
                push32(out, *flags);
            }
        }
    }
}

fn push16(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_be_bytes());
}

fn push32(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_be_bytes());
}

/// More messages than this wait only if the server does not read.
const MOST_WAITING: usize = 4096;

/// Messages on their way to the server.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    waiting: Mutex<Waiting>,
    ready: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    messages: VecDeque<Message>,
    closed: bool,
}

impl Outbox {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a message; never waits. A pointer that only moved replaces its
    /// last position, and a server that reads nothing loses input instead of
    /// filling the memory.
    pub(super) fn send(&self, message: Message) {
        let mut waiting = self.lock();
        if waiting.closed || waiting.messages.len() >= MOST_WAITING {
            return;
        }
        match (waiting.messages.back_mut(), &message) {
            (
                Some(Message::Pointer { mask, x, y }),
                Message::Pointer { mask: new, x: nx, y: ny },
            ) if mask == new && !is_relative(*x, *y) && !is_relative(*nx, *ny) => {
                (*x, *y) = (*nx, *ny);
            }
            _ => waiting.messages.push_back(message),
        }
        drop(waiting);
        self.ready.notify_one();
    }

    /// Waits for messages; nothing once the outbox is closed.
    pub(super) fn take(&self) -> Option<Vec<u8>> {
        let mut waiting = self.lock();
        while waiting.messages.is_empty() && !waiting.closed {
            waiting = self.ready.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        if waiting.closed {
            return None;
        }
        let mut bytes = Vec::new();
        for message in waiting.messages.drain(..) {
            message.encode(&mut bytes);
        }
        Some(bytes)
    }

    /// Ends the writer.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.ready.notify_all();
    }
}

/// Where relative movements are counted from; a real position never gets near.
pub(super) const RELATIVE_ORIGIN: u16 = 0x7fff;

fn is_relative(x: u16, y: u16) -> bool {
    // No screen is wider than 8192 here.
    x > 16384 || y > 16384
}

#[cfg(test)]
mod tests {
    use super::{Message, Outbox, encoding};

    #[test]
    fn moves_merge_and_clicks_do_not() {
        let outbox = Outbox::default();
        for (mask, x) in [(0, 1), (0, 2), (1, 2), (0, 2), (0, 9)] {
            outbox.send(Message::Pointer { mask, x, y: 0 });
        }
        let bytes = outbox.take().expect("open");
        assert_eq!(bytes, [5, 0, 0, 2, 0, 0, 5, 1, 0, 2, 0, 0, 5, 0, 0, 9, 0, 0]);
    }

    #[test]
    fn relative_moves_all_count() {
        let outbox = Outbox::default();
        outbox.send(Message::Pointer { mask: 0, x: 0x8000, y: 0x7fff });
        outbox.send(Message::Pointer { mask: 0, x: 0x8000, y: 0x7fff });
        assert_eq!(outbox.take().expect("open").len(), 12);
    }

    #[test]
    fn a_server_that_does_not_read_cannot_fill_the_memory() {
        let outbox = Outbox::default();
        for x in 0..100_000_u32 {
            outbox.send(Message::Key { down: true, keysym: x, qnum: None });
        }
        assert_eq!(outbox.take().expect("open").len(), 4096 * 8);
        outbox.close();
        assert_eq!(outbox.take(), None);
    }

    #[test]
    fn messages_have_the_protocols_bytes() {
        let bytes = |message: Message| {
            let mut out = Vec::new();
            message.encode(&mut out);
            out
        };
        let key = Message::Key { down: true, keysym: 0x61, qnum: Some(0x1e) };
        assert_eq!(bytes(key), [255, 0, 0, 1, 0, 0, 0, 0x61, 0, 0, 0, 0x1e]);
        assert_eq!(bytes(Message::Clipboard(vec![1, 2, 3, 4]))[4..8], [0xff, 0xff, 0xff, 0xfc]);
        let size = Message::DesktopSize { width: 800, height: 600, screen: 7, flags: 0 };
        assert_eq!(bytes(size).len(), 24);
        let list = encoding::wanted(false);
        assert_eq!(bytes(Message::Encodings(list.clone())).len(), 4 + 4 * list.len());
    }
}
