//! Which screens a running guest has and where they listen.

use crate::model::{
    Secret,
    xml::{Document, Element},
};

/// What a guest's graphics devices offer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Screen {
    /// The first VNC server.
    Vnc(Vnc),
    /// No VNC; the first other kind.
    Other(String),
    /// Nothing at all.
    None,
}

/// A VNC server.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Vnc {
    /// Its number among all graphics devices.
    pub(super) index: u32,
    pub(super) listen: Listen,
    pub(super) password: Option<Secret>,
}

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Listen {
    Tcp { address: String, port: u16 },
    Socket(String),
    Nowhere,
}

/// The first VNC server of a running guest.
pub(super) fn first_vnc(domain: &Document) -> Screen {
    let mut kind = None;
    for (index, graphics) in (0..).zip(domain.select("devices/graphics")) {
        let this = graphics.attr("type").unwrap_or_default();
        if this == "vnc" {
            return Screen::Vnc(Vnc {
                index,
                listen: listen(graphics),
                password: graphics
                    .attr("passwd")
                    .filter(|password| !password.is_empty())
                    .map(Secret::new),
            });
        }
        kind = kind.or(Some(this));
    }
    kind.map_or(Screen::None, Screen::Other)
}

fn listen(graphics: Element<'_>) -> Listen {
    let first = graphics.child("listen");
    let kind = first.and_then(|listen| listen.attr("type")).unwrap_or_default();
    if let Some(socket) =
        first.and_then(|listen| listen.attr("socket")).or_else(|| graphics.attr("socket"))
    {
        return Listen::Socket(socket);
    }
    if kind == "none" || kind == "socket" {
        return Listen::Nowhere;
    }
    let address = first
        .and_then(|listen| listen.attr("address"))
        .or_else(|| graphics.attr("listen"))
        .unwrap_or_else(|| "127.0.0.1".to_owned());
    // -1 stands for a port that is not chosen yet.
    match graphics.attr("port").and_then(|port| port.parse().ok()).filter(|port| *port > 0) {
        Some(port) => Listen::Tcp { address, port },
        None => Listen::Nowhere,
    }
}

/// Whether a server at this address can be reached from its own host only.
pub(super) fn is_loopback(address: &str) -> bool {
    address == "localhost"
        || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether a server listens on all addresses of its host.
pub(super) fn is_wildcard(address: &str) -> bool {
    address.is_empty()
        || address == "*"
        || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_unspecified())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screen(graphics: &str) -> Screen {
        let xml = format!("<domain><devices>{graphics}</devices></domain>");
        first_vnc(&Document::parse(&xml).unwrap())
    }

    fn tcp(address: &str, port: u16) -> Listen {
        Listen::Tcp { address: address.to_owned(), port }
    }

    #[test]
    fn the_first_vnc_server_is_found_among_others() {
        assert_eq!(screen(""), Screen::None);
        assert_eq!(screen("<graphics type='spice'/>"), Screen::Other("spice".to_owned()));
        let Screen::Vnc(vnc) = screen(
            "<graphics type='egl-headless'/><graphics type='vnc' port='5901' passwd='a&amp;b'>\
             <listen type='address' address='::1'/></graphics>",
        ) else {
            panic!("no VNC")
        };
        assert_eq!((vnc.index, vnc.listen), (1, tcp("::1", 5901)));
        assert_eq!(vnc.password.unwrap().expose(), "a&b");
    }

    #[test]
    fn all_ways_to_listen_are_known() {
        let listen = |graphics| match screen(graphics) {
            Screen::Vnc(vnc) => vnc.listen,
            other => panic!("{other:?}"),
        };
        assert_eq!(listen("<graphics type='vnc' port='-1' autoport='yes'/>"), Listen::Nowhere);
        assert_eq!(listen("<graphics type='vnc' port='70000'/>"), Listen::Nowhere);
        assert_eq!(listen("<graphics type='vnc' port='5900'/>"), tcp("127.0.0.1", 5900));
        assert_eq!(
            listen("<graphics type='vnc' port='5900' listen='0.0.0.0'/>"),
            tcp("0.0.0.0", 5900)
        );
        assert_eq!(
            listen("<graphics type='vnc'><listen type='none'/></graphics>"),
            Listen::Nowhere
        );
        assert_eq!(
            listen("<graphics type='vnc'><listen type='socket' socket='/a b'/></graphics>"),
            Listen::Socket("/a b".to_owned())
        );
    }

    #[test]
    fn addresses_are_told_apart() {
        for address in ["127.0.0.1", "127.3.2.1", "::1", "localhost"] {
            assert!(is_loopback(address) && !is_wildcard(address), "{address}");
        }
        for address in ["0.0.0.0", "::", ""] {
            assert!(is_wildcard(address) && !is_loopback(address), "{address}");
        }
        for address in ["10.0.0.1", "inn.example", "fe80::1"] {
            assert!(!is_wildcard(address) && !is_loopback(address), "{address}");
        }
    }
}
