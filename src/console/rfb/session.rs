//! The threads of a connection.

use std::{
    io::Write,
    net::{TcpStream, ToSocketAddrs},
    os::{fd::OwnedFd, unix::net::UnixStream},
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    Shared, clipboard, cursor, handshake, lock,
    messages::{Message, encoding},
    wire::{Patience, Wire, io},
    zrle::{self, Inflate},
};
use crate::{
    backend::ConsoleEndpoint,
    console::{
        ConsoleError,
        frame::{PIXEL, Rect},
        remote::Phase,
    },
    model::Secret,
};

/// How long connecting may take, over all addresses of the host.
const CONNECT: Duration = Duration::from_secs(15);

/// How long a server may pause within a message.
const STALL: Duration = Duration::from_secs(30);

/// The longest clipboard message that is passed over rather than refused.
const LONGEST_SKIPPED: usize = 32 << 20;

/// Starts the reader, which starts the writer once the handshake is done.
pub(super) fn start(shared: Arc<Shared>, endpoint: ConsoleEndpoint, local: bool) {
    let body = {
        let shared = Arc::clone(&shared);
        move || {
            let end = run(&shared, endpoint, local);
            let error = if shared.is_closed() { None } else { end.err() };
            shared.end(error);
        }
    };
    if let Err(error) = std::thread::Builder::new().name("vnc-read".into()).spawn(body) {
        shared.end(Some(ConsoleError::Io(error.to_string())));
    }
}

fn run(
    shared: &Arc<Shared>,
    endpoint: ConsoleEndpoint,
    local: bool,
) -> Result<std::convert::Infallible, ConsoleError> {
    let (stream, known) = connect(endpoint)?;
    *lock(&shared.stream) = Some(stream.try_clone().map_err(io)?);
    if shared.is_closed() {
        return Err(ConsoleError::Closed);
    }
    let mut wire = Wire::new(stream.try_clone().map_err(io)?);
    let hello = handshake::shake_hands(&mut wire, &stream, || {
        known.or_else(|| {
            shared.tell(|news| news.phase = Some(Phase::WantsPassword));
            shared.wait_for_password()
        })
    })?;
    tracing::debug!(width = hello.width, height = hello.height, name = hello.name, "VNC open");

    let mut reader = Reader { shared, wire, inflate: Inflate::new() };
    shared.outbox.send(Message::PixelFormat);
    shared.outbox.send(Message::Encodings(encoding::wanted(local)));
    reader.resize(hello.width, hello.height)?;
    start_writer(shared, stream)?;
    shared.tell(|news| news.phase = Some(Phase::Open));
    loop {
        reader.message()?;
    }
}

fn connect(endpoint: ConsoleEndpoint) -> Result<(UnixStream, Option<Secret>), ConsoleError> {
    match endpoint {
        ConsoleEndpoint::Stream { fd, password } => {
            let stream = UnixStream::from(fd);
            stream.set_nonblocking(false).map_err(io)?;
            Ok((stream, password))
        }
        ConsoleEndpoint::Address { host, port, password } => {
            let unreachable = |error: std::io::Error| ConsoleError::Unreachable(error.to_string());
            let end = Instant::now() + CONNECT;
            let mut last = ConsoleError::Unreachable(String::new());
            for address in (host.as_str(), port).to_socket_addrs().map_err(unreachable)? {
                let left = end.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return Err(ConsoleError::TimedOut);
                }
                match TcpStream::connect_timeout(&address, left) {
                    Ok(stream) => {
                        stream.set_nodelay(true).map_err(io)?;
                        // Reading, writing, timeouts and shutdown are the same
                        // calls for every kind of stream socket.
                        return Ok((UnixStream::from(OwnedFd::from(stream)), password));
                    }
                    Err(error) => last = unreachable(error),
                }
            }
            Err(last)
        }
    }
}

fn start_writer(shared: &Arc<Shared>, mut stream: UnixStream) -> Result<(), ConsoleError> {
    let shared = Arc::clone(shared);
    let body = move || {
        while let Some(bytes) = shared.outbox.take() {
            if stream.write_all(&bytes).is_err() {
                // The reader finds out by itself and says so.
                let _ = stream.shutdown(std::net::Shutdown::Both);
                return;
            }
        }
    };
    std::thread::Builder::new().name("vnc-write".into()).spawn(body).map_err(io)?;
    Ok(())
}

struct Reader<'a> {
    shared: &'a Shared,
    wire: Wire,
    inflate: Inflate,
}

impl Reader<'_> {
    fn message(&mut self) -> Result<(), ConsoleError> {
        self.wire.set_patience(Patience::Forever);
        let kind = self.wire.u8()?;
        self.wire.set_patience(Patience::Each(STALL));
        match kind {
            0 => self.update(),
            1 => {
                // Colours of a palette, which our pixel format has no use for.
                self.wire.skip(3)?;
                let count = self.wire.u16()?;
                self.wire.skip(usize::from(count) * 6)
            }
            // The bell.
            2 => Ok(()),
            3 => self.cut_text(),
            _ => Err(ConsoleError::Protocol("an unknown message")),
        }
    }

    fn update(&mut self) -> Result<(), ConsoleError> {
        self.wire.skip(1)?;
        let count = self.wire.u16()?;
        let mut damage = Vec::new();
        for _ in 0..count {
            let [x, y, width, height] =
                [self.wire.u16()?, self.wire.u16()?, self.wire.u16()?, self.wire.u16()?]
                    .map(u32::from);
            let rect = Rect { x, y, width, height };
            match self.wire.i32()? {
                encoding::LAST_RECT => break,
                kind @ (encoding::RAW | encoding::COPY_RECT | encoding::ZRLE) => {
                    self.pixels(kind, rect)?;
                    damage.push(rect);
                    if damage.len() > 64 {
                        self.mark(&mut damage);
                    }
                }
                kind => self.pseudo(kind, rect)?,
            }
        }
        self.mark(&mut damage);
        self.shared.tell(|news| news.updated = true);
        Ok(())
    }

    fn mark(&self, damage: &mut Vec<Rect>) {
        let mut frame = lock(&self.shared.frame);
        damage.drain(..).for_each(|rect| frame.mark(rect));
    }

    /// The lock on the frame is never held while waiting for the server: the
    /// main thread takes it to draw.
    fn pixels(&mut self, kind: i32, rect: Rect) -> Result<(), ConsoleError> {
        if !lock(&self.shared.frame).contains(rect) {
            return Err(ConsoleError::Protocol("pixels outside the screen"));
        }
        let put = |rect: Rect, pixels: &[u8]| lock(&self.shared.frame).put(rect, pixels);
        match kind {
            encoding::COPY_RECT => {
                let (x, y) = (self.wire.u16()?.into(), self.wire.u16()?.into());
                let mut frame = lock(&self.shared.frame);
                if !frame.contains(Rect { x, y, ..rect }) {
                    return Err(ConsoleError::Protocol("a copy from outside the screen"));
                }
                frame.copy(x, y, rect);
                Ok(())
            }
            encoding::ZRLE => zrle::read(&mut self.wire, &mut self.inflate, rect, put),
            _ => {
                let line = rect.width as usize * PIXEL;
                // Some rows at a time, about 256 KiB.
                let rows = u32::try_from((256 * 1024 / line.max(1)).max(1)).unwrap_or(1);
                let mut buffer = vec![0; line * rows.min(rect.height) as usize];
                for y in (0..rect.height).step_by(rows as usize) {
                    let height = rows.min(rect.height - y);
                    let part = &mut buffer[..line * height as usize];
                    self.wire.exact(part)?;
                    put(Rect { y: rect.y + y, height, ..rect }, part);
                }
                Ok(())
            }
        }
    }

    /// What travels as a rectangle and is none.
    fn pseudo(&mut self, kind: i32, rect: Rect) -> Result<(), ConsoleError> {
        let (at, size) = ((rect.x, rect.y), (rect.width, rect.height));
        match kind {
            encoding::DESKTOP_SIZE => self.resize(rect.width, rect.height),
            encoding::EXT_DESKTOP_SIZE => self.screens(rect),
            encoding::CURSOR => {
                let image = cursor::masked(&mut self.wire, at, size)?;
                self.shared.tell(|news| news.cursor = Some(image));
                Ok(())
            }
            encoding::ALPHA_CURSOR => {
                let image = cursor::alpha(&mut self.wire, at, size)?;
                self.shared.tell(|news| news.cursor = Some(image));
                Ok(())
            }
            encoding::POINTER_MODE => {
                self.shared.tell(|news| news.absolute = Some(rect.x != 0));
                Ok(())
            }
            encoding::EXT_KEY => {
                lock(&self.shared.facts).scan_codes = true;
                Ok(())
            }
            encoding::LED_STATE => {
                let leds = self.wire.u8()?;
                self.shared.tell(|news| news.leds = Some(leds));
                Ok(())
            }
            encoding::NAME => self.wire.text().map(drop),
            _ => Err(ConsoleError::Protocol("an unknown encoding")),
        }
    }

    fn screens(&mut self, rect: Rect) -> Result<(), ConsoleError> {
        let count = self.wire.u8()?;
        self.wire.skip(3)?;
        let mut first = None;
        for _ in 0..count {
            let id = self.wire.u32()?;
            self.wire.skip(8)?;
            let flags = self.wire.u32()?;
            first.get_or_insert((id, flags));
        }
        lock(&self.shared.facts).screen = Some(first.unwrap_or((0, 0)));
        // Reason 1 is the answer to our own wish, and the status says whether
        // it was granted.
        let refused = rect.x == 1 && rect.y != 0;
        if refused { Ok(()) } else { self.resize(rect.width, rect.height) }
    }

    fn resize(&mut self, width: u32, height: u32) -> Result<(), ConsoleError> {
        let mut frame = lock(&self.shared.frame);
        if width > 0 && frame.size() == (width, height) {
            return Ok(());
        }
        frame.resize(width, height).map_err(|_| ConsoleError::TooLarge { width, height })?;
        drop(frame);
        // Within 8192, so within 16 bits.
        let size = (u16::try_from(width).unwrap_or(0), u16::try_from(height).unwrap_or(0));
        lock(&self.shared.facts).size = size;
        self.shared.tell(|news| news.resized = true);
        let everything = Message::Update { incremental: false, width: size.0, height: size.1 };
        self.shared.outbox.send(everything);
        Ok(())
    }

    fn cut_text(&mut self) -> Result<(), ConsoleError> {
        self.wire.skip(3)?;
        let length = self.wire.i32()?;
        let size = usize::try_from(length.unsigned_abs()).unwrap_or(usize::MAX);
        if size > LONGEST_SKIPPED {
            return Err(ConsoleError::Protocol("a clipboard text is too long"));
        }
        if size > clipboard::LONGEST {
            return self.wire.skip(size);
        }
        let mut data = vec![0; size];
        self.wire.exact(&mut data)?;
        if length >= 0 {
            lock(&self.shared.facts).classic_seen = true;
            let text = clipboard::from_classic(&data);
            self.shared.tell(|news| news.clipboard = Some(text));
        } else {
            self.clipboard(&data);
        }
        Ok(())
    }

    fn clipboard(&mut self, data: &[u8]) {
        use clipboard::Heard;
        let offered = || lock(&self.shared.facts).offered.clone();
        let reply = match clipboard::hear(data) {
            Heard::Capabilities => {
                lock(&self.shared.facts).extended_clipboard = true;
                Some(clipboard::capabilities())
            }
            Heard::Offer => Some(clipboard::request()),
            Heard::Request => offered().and_then(|text| clipboard::provide(&text)),
            Heard::Peek => Some(clipboard::offer(offered().is_some())),
            Heard::Text(text) => {
                self.shared.tell(|news| news.clipboard = Some(text));
                None
            }
            Heard::Nothing => None,
        };
        if let Some(data) = reply {
            self.shared.outbox.send(Message::Clipboard(data));
        }
    }
}
