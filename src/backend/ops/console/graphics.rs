//! Which screens a running guest has and where they listen.

use crate::model::{
    ScreenProtocol, Secret,
    xml::{Document, Element},
};

/// What a guest's graphics devices offer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Screen {
    /// A server that can be shown.
    Server(Server),
    /// None that can be shown; the kind of the first one.
    Other(String),
    /// Nothing at all.
    None,
}

/// A VNC or SPICE server.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Server {
    pub(super) protocol: ScreenProtocol,
    /// Its number among all graphics devices.
    pub(super) index: u32,
    pub(super) listen: Listen,
    /// Where SPICE speaks TLS.
    pub(super) secure: Option<(String, u16)>,
    /// Whether the definition wants TLS for one channel of SPICE or more.
    pub(super) demands_tls: bool,
    pub(super) password: Option<Secret>,
}

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Listen {
    Tcp { address: String, port: u16 },
    Socket(String),
    Nowhere,
}

/// The server of the number `which` among all graphics devices of a running
/// guest, or the first one that can be shown.
pub(super) fn choose(domain: &Document, which: Option<u32>) -> Screen {
    let mut kind = None;
    for (index, graphics) in (0..).zip(domain.select("devices/graphics")) {
        if which.is_some_and(|which| which != index) {
            continue;
        }
        let this = graphics.attr("type").unwrap_or_default();
        let Some(protocol) = ScreenProtocol::of_name(&this) else {
            kind = kind.or(Some(this));
            continue;
        };
        return Screen::Server(server(graphics, index, protocol));
    }
    kind.map_or(Screen::None, Screen::Other)
}

fn server(graphics: Element<'_>, index: u32, protocol: ScreenProtocol) -> Server {
    let is_secure = |mode: Option<String>| mode.as_deref() == Some("secure");
    let mut channels = graphics.children().filter(|child| child.name() == "channel");
    Server {
        protocol,
        index,
        listen: listen(graphics),
        secure: port(graphics, "tlsPort").map(|port| (address(graphics), port)),
        demands_tls: is_secure(graphics.attr("defaultMode"))
            || channels.any(|channel| is_secure(channel.attr("mode"))),
        password: graphics.attr("passwd").filter(|password| !password.is_empty()).map(Secret::new),
    }
}

/// -1 stands for a port that is not chosen yet.
fn port(graphics: Element<'_>, name: &str) -> Option<u16> {
    graphics.attr(name)?.parse().ok().filter(|port| *port > 0)
}

fn address(graphics: Element<'_>) -> String {
    graphics
        .child("listen")
        .and_then(|listen| listen.attr("address"))
        .or_else(|| graphics.attr("listen"))
        .unwrap_or_else(|| "127.0.0.1".to_owned())
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
    match port(graphics, "port") {
        Some(port) => Listen::Tcp { address: address(graphics), port },
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

    fn screen(graphics: &str, which: Option<u32>) -> Screen {
        let xml = format!("<domain><devices>{graphics}</devices></domain>");
        choose(&Document::parse(&xml).unwrap(), which)
    }

    fn server(graphics: &str, which: Option<u32>) -> Server {
        match screen(graphics, which) {
            Screen::Server(server) => server,
            other => panic!("{other:?}"),
        }
    }

    fn tcp(address: &str, port: u16) -> Listen {
        Listen::Tcp { address: address.to_owned(), port }
    }

    #[test]
    fn the_first_server_is_found_among_others() {
        assert_eq!(screen("", None), Screen::None);
        assert_eq!(screen("<graphics type='rdp'/>", None), Screen::Other("rdp".to_owned()));
        let vnc = server(
            "<graphics type='egl-headless'/><graphics type='vnc' port='5901' passwd='a&amp;b'>\
             <listen type='address' address='::1'/></graphics>",
            None,
        );
        assert_eq!(
            (vnc.protocol, vnc.index, vnc.listen),
            (ScreenProtocol::Vnc, 1, tcp("::1", 5901))
        );
        assert_eq!(vnc.password.unwrap().expose(), "a&b");
    }

    #[test]
    fn one_of_several_is_chosen_by_its_number() {
        let both = "<graphics type='spice' port='5900'/><graphics type='sdl'/>\
                    <graphics type='vnc' port='5901'/>";
        assert_eq!(server(both, None).protocol, ScreenProtocol::Spice);
        assert_eq!(server(both, Some(2)).protocol, ScreenProtocol::Vnc);
        assert_eq!(screen(both, Some(1)), Screen::Other("sdl".to_owned()));
        assert_eq!(screen(both, Some(3)), Screen::None);
    }

    #[test]
    fn what_must_be_secure_is_known() {
        let plain = server("<graphics type='spice' port='5900'/>", None);
        assert_eq!((plain.secure, plain.demands_tls), (None, false));
        let offered = server(
            "<graphics type='spice' port='5900' tlsPort='5901' listen='::'>\
             <channel name='main' mode='insecure'/></graphics>",
            None,
        );
        assert_eq!((offered.secure, offered.demands_tls), (Some(("::".to_owned(), 5901)), false));
        for secure in [
            "<graphics type='spice' defaultMode='secure'/>",
            "<graphics type='spice'><channel name='inputs' mode='secure'/></graphics>",
        ] {
            assert!(server(secure, None).demands_tls, "{secure}");
        }
    }

    #[test]
    fn all_ways_to_listen_are_known() {
        let listen = |graphics| server(graphics, None).listen;
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
