//! The first exchange: versions, security, the size of the screen.

use std::{
    io::Write,
    os::unix::net::UnixStream,
    time::{Duration, Instant},
};

use des::cipher::{BlockEncrypt, KeyInit};

use super::wire::{Patience, Wire, io};
use crate::{console::ConsoleError, model::Secret};

/// How long the whole handshake may take, without the time that the user
/// needs for the password.
const HANDSHAKE: Duration = Duration::from_secs(15);

const SECURITY_NONE: u8 = 1;
const SECURITY_PASSWORD: u8 = 2;

/// What the server says of itself.
#[derive(Debug)]
pub(super) struct Hello {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) name: String,
}

/// Goes through the handshake. `password` is called when the server wants one,
/// waits for the user and gives nothing when the console is closed meanwhile.
pub(super) fn shake_hands(
    wire: &mut Wire,
    mut stream: &UnixStream,
    password: impl FnOnce() -> Option<Secret>,
) -> Result<Hello, ConsoleError> {
    wire.set_patience(Patience::Until(Instant::now() + HANDSHAKE));
    let minor = version(&wire.array()?)?;
    let mut send = |bytes: &[u8]| stream.write_all(bytes).map_err(io);
    send(format!("RFB 003.00{minor}\n").as_bytes())?;

    let security = security(wire, minor)?;
    if minor >= 7 {
        send(&[security])?;
    }
    if security == SECURITY_PASSWORD {
        let challenge: [u8; 16] = wire.array()?;
        let password = password().ok_or(ConsoleError::Closed)?;
        wire.set_patience(Patience::Until(Instant::now() + HANDSHAKE));
        send(&answer(challenge, &password))?;
    }
    if (security == SECURITY_PASSWORD || minor >= 8) && wire.u32()? != 0 {
        let reason = if minor >= 8 { wire.text().unwrap_or_default() } else { String::new() };
        return Err(if security == SECURITY_PASSWORD {
            ConsoleError::AuthenticationFailed(reason)
        } else {
            ConsoleError::Refused(reason)
        });
    }
    // 1: others may stay connected.
    send(&[1])?;
    let (width, height) = (wire.u16()?.into(), wire.u16()?.into());
    // The server's own pixel format: it gets ours at once.
    wire.skip(16)?;
    let name = wire.text()?;
    Ok(Hello { width, height, name })
}

/// The minor version to go on with: 3, 7 or 8.
fn version(text: &[u8; 12]) -> Result<u32, ConsoleError> {
    let number = |digits: &[u8]| std::str::from_utf8(digits).ok()?.parse::<u32>().ok();
    let parts = (number(&text[4..7]), number(&text[8..11]));
    let framed = text.starts_with(b"RFB ") && text[7] == b'.' && text[11] == b'\n';
    match parts {
        (Some(major), Some(minor)) if framed => match (major, minor) {
            (4.., _) | (3, 8..) => Ok(8),
            (3, 7) => Ok(7),
            (3, _) => Ok(3),
            _ => Err(ConsoleError::NotVnc),
        },
        _ => Err(ConsoleError::NotVnc),
    }
}

fn security(wire: &mut Wire, minor: u32) -> Result<u8, ConsoleError> {
    let offered = if minor >= 7 {
        let count = wire.u8()?;
        let mut types = vec![0; usize::from(count)];
        wire.exact(&mut types)?;
        types
    } else {
        match wire.u32()? {
            0 => Vec::new(),
            one => vec![u8::try_from(one).unwrap_or(u8::MAX)],
        }
    };
    if offered.is_empty() {
        return Err(ConsoleError::Refused(wire.text()?));
    }
    [SECURITY_NONE, SECURITY_PASSWORD]
        .into_iter()
        .find(|known| offered.contains(known))
        .ok_or(ConsoleError::UnsupportedSecurity(offered))
}

/// The challenge, encrypted by the password as VNC does: DES with the bits of
/// each byte of the key mirrored, of which eight count.
fn answer(challenge: [u8; 16], password: &Secret) -> [u8; 16] {
    let mut key = [0; 8];
    for (slot, byte) in key.iter_mut().zip(password.expose().bytes()) {
        *slot = byte.reverse_bits();
    }
    let cipher = des::Des::new(&key.into());
    let mut out = challenge;
    for block in out.chunks_exact_mut(8) {
        cipher.encrypt_block(block.into());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{answer, version};
    use crate::{console::ConsoleError, model::Secret};

    #[test]
    fn versions_are_met_halfway() {
        let minor = |text: &[u8; 12]| version(text);
        assert_eq!(minor(b"RFB 003.008\n"), Ok(8));
        assert_eq!(minor(b"RFB 003.889\n"), Ok(8));
        assert_eq!(minor(b"RFB 004.001\n"), Ok(8));
        assert_eq!(minor(b"RFB 003.007\n"), Ok(7));
        assert_eq!(minor(b"RFB 003.005\n"), Ok(3));
        for bad in [b"HTTP/1.1 200", b"RFB 00x.008\n", b"RFB 003.008 ", b"RFB 001.000\n"] {
            assert_eq!(minor(bad), Err(ConsoleError::NotVnc));
        }
    }

    #[test]
    fn the_answer_is_des_with_mirrored_key_bits() {
        // Mirrored, this is the key 133457799BBCDFF1 of the worked example
        // that many texts on DES print, with the block 0123456789ABCDEF.
        let key = [0x13, 0x34, 0x57, 0x79, 0x9b, 0xbc, 0xdf, 0xf1].map(u8::reverse_bits);
        // A password is text, so only keys of ASCII bytes can be tried here;
        // the others are tried on a real server.
        assert!(std::str::from_utf8(&key).is_err());
        let block = *b"\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef";
        let out = answer(block, &Secret::new("secret".to_owned()));
        assert_eq!(out[..8], out[8..], "both halves are encrypted alike");
        assert_ne!(out, block);
        let longer = answer(block, &Secret::new("12345678".to_owned()));
        assert_eq!(longer, answer(block, &Secret::new("12345678ignored".to_owned())));
    }
}
