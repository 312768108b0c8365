use proptest::prelude::*;

use super::*;

fn uri(text: &str) -> HostUri {
    HostUri::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refused(text: &str) -> (usize, UriErrorKind) {
    let error = HostUri::parse(text).expect_err(text);
    (error.position, error.kind)
}

#[test]
fn the_usual_uris_come_apart_and_together() {
    for text in [
        "qemu:///system",
        "qemu:///session",
        "test:///default",
        "test:///tmp/a%20b.xml",
        "qemu+unix:///system?socket=/run/x.sock",
        "qemu+ssh://ana@inn.example:2222/system?keyfile=/home/ana/.ssh/id&no_tty=1",
        "qemu+ssh://[fe80::1%25eth0]:22/session",
        "qemu+tls://inn/system",
        "qemu+ext:///system?command=/usr/bin/proxy",
        "xen:///system",
        "esx://root@esx.example/?no_verify=1",
        "hyperv://admin@hv/?transport=http",
        "lxc:///",
    ] {
        assert_eq!(uri(text).to_string(), text);
    }
    let ipv6 = uri("qemu+tls://[::1]/system");
    assert_eq!(ipv6.host.as_deref(), Some("::1"));
    assert!(uri("qemu+tcp://a/system").is_plain() && uri("qemu+libssh2://a/system").uses_ssh());
}

#[test]
fn garbage_is_refused_with_its_place() {
    use UriErrorKind as K;
    assert_eq!(refused(""), (0, K::Empty));
    assert_eq!(refused("qemu"), (0, K::NoScheme));
    assert_eq!(refused("://x"), (0, K::NoScheme));
    assert_eq!(refused("qemu:/system"), (0, K::NoScheme));
    assert_eq!(refused("qe_mu:///system"), (2, K::SchemeCharacter('_')));
    assert_eq!(refused("qemu+shh://a/system"), (5, K::UnknownTransport("shh".to_owned())));
    assert_eq!(refused("qemu:///sys tem"), (11, K::Space));
    assert_eq!(refused("qemu:///system\n"), (14, K::ControlCharacter));
    assert_eq!(refused("qemu:///system%0a"), (14, K::ControlCharacter));
    assert_eq!(refused("qemu:///sys#x"), (11, K::Fragment));
    assert_eq!(refused("qemu+ssh:///system"), (11, K::NoHost));
    assert_eq!(refused("esx:///"), (6, K::NoHost));
    assert_eq!(refused("qemu+ssh://@a/system"), (11, K::NoUser));
    assert_eq!(refused("qemu+ssh://a:b@c/system"), (12, K::Password));
    assert_eq!(refused("qemu+ssh://a:0/system"), (13, K::Port));
    assert_eq!(refused("qemu+ssh://a:+1/system"), (13, K::Port));
    assert_eq!(refused("qemu+ssh://a:70000/system"), (13, K::Port));
    assert_eq!(refused("qemu+ssh://[::1/system"), (11, K::Ipv6));
    assert_eq!(refused("qemu+ssh://[::g]/system"), (12, K::Ipv6));
    assert_eq!(refused("qemu+ssh://a!b/system"), (12, K::HostCharacter('!')));
    assert_eq!(refused("qemu+ssh://ñandú/system"), (11, K::HostCharacter('ñ')));
    assert_eq!(refused("qemu://"), (7, K::NoPath));
    assert_eq!(refused("qemu:///"), (7, K::NoPath));
    assert_eq!(refused("qemu:///sytem"), (7, K::UnknownPath("/sytem".to_owned())));
    assert_eq!(refused("test:///"), (7, K::NoPath));
    assert_eq!(refused("qemu:///system?=1"), (15, K::ParameterName));
    assert_eq!(refused("qemu:///system?a=%z1"), (17, K::Escape));
    assert_eq!(refused("qemu:///system?a=%ff"), (17, K::Escape));
    assert_eq!(refused(&"x".repeat(9000)).1, K::TooLong);
}

#[test]
fn the_place_counts_characters_not_bytes() {
    assert_eq!(refused("qemu:///ñ ").0, 9);
}

#[test]
fn nothing_passes_for_an_option_of_ssh() {
    use UriErrorKind as K;
    for text in [
        "qemu+ssh://-oProxyCommand=x/system",
        "qemu+ssh://-l@host/system",
        "qemu+ssh://%2doProxyCommand@host/system",
        "qemu+ssh://host/system?keyfile=-oProxyCommand",
        "qemu+ssh://host/system?command=%2Dx",
    ] {
        assert_eq!(refused(text).1, K::LooksLikeOption, "{text}");
    }
    assert!(matches!(refused("qemu+ssh://a%3Bb@host/system").1, K::UserCharacter(';')));
}

#[test]
fn a_form_gives_its_uri_and_comes_back_from_it() {
    let spec = ConnectionSpec {
        transport: Transport::Ssh,
        user: "ana".to_owned(),
        host: "::1".to_owned(),
        port: "2222".to_owned(),
        keyfile: "/home/ana/my key".to_owned(),
        ..ConnectionSpec::default()
    };
    let uri = spec.to_uri().unwrap();
    assert_eq!(uri.to_string(), "qemu+ssh://ana@[::1]:2222/system?keyfile=/home/ana/my%20key");
    assert_eq!(ConnectionSpec::from_uri(&uri), Some(spec));
    let plain = ConnectionSpec::default();
    assert_eq!(plain.to_uri().unwrap().to_string(), "qemu:///system");
}

#[test]
fn what_the_form_cannot_say_stays_a_uri() {
    assert_eq!(ConnectionSpec::from_uri(&uri("qemu+ssh://a/system?no_verify=1")), None);
    assert_eq!(ConnectionSpec::from_uri(&uri("test:///tmp/x.xml")), None);
    assert_eq!(ConnectionSpec::from_uri(&uri("qemu+libssh://a/system")), None);
    let tls = ConnectionSpec::from_uri(&uri("qemu://inn/system")).unwrap();
    assert_eq!(tls.transport, Transport::Tls);
}

#[test]
fn a_wrong_field_is_named() {
    let spec = |user: &str, host: &str, port: &str, keyfile: &str| {
        let (user, host) = (user.to_owned(), host.to_owned());
        let (port, keyfile) = (port.to_owned(), keyfile.to_owned());
        let transport = Transport::Ssh;
        let spec = ConnectionSpec { transport, user, host, port, keyfile, ..Default::default() };
        spec.to_uri().expect_err("wrong").field
    };
    assert_eq!(spec("", "", "", ""), SpecField::Host);
    assert_eq!(spec("", "-oProxyCommand=x", "", ""), SpecField::Host);
    assert_eq!(spec("", "ana@inn", "", ""), SpecField::Host);
    assert_eq!(spec("", "inn/x", "", ""), SpecField::Host);
    assert_eq!(spec("", "inn:22", "", ""), SpecField::Host);
    assert_eq!(spec("-l", "inn", "", ""), SpecField::User);
    assert_eq!(spec("a b", "inn", "", ""), SpecField::User);
    assert_eq!(spec("", "inn", "x", ""), SpecField::Port);
    assert_eq!(spec("", "inn", "", "-i"), SpecField::Keyfile);
}

proptest! {
    #[test]
    fn parsing_never_panics_and_points_into_the_text(text in "\\PC{0,60}") {
        if let Err(error) = HostUri::parse(&text) {
            prop_assert!(error.position <= text.chars().count());
        }
    }

    #[test]
    fn nearly_right_uris_never_panic(
        text in "(qemu|test|esx)(\\+(ssh|tls|x))?://([a-z%@:\\[\\]-]{0,12})?(/[a-z%/]{0,8})?(\\?[a-z=&%]{0,8})?"
    ) {
        if let Ok(uri) = HostUri::parse(&text) {
            prop_assert_eq!(HostUri::parse(&uri.to_string()), Ok(uri));
        }
    }

    #[test]
    fn what_is_put_together_comes_apart_the_same(
        user in proptest::option::of("[a-zA-Z0-9_.@ñ][a-zA-Z0-9_.-]{0,8}"),
        host in "[a-z0-9][a-z0-9.-]{0,12}",
        port in proptest::option::of(1u16..),
        value in "[^\\p{Cc}-][^\\p{Cc}]{0,12}",
    ) {
        let uri = HostUri {
            driver: "qemu".to_owned(),
            transport: Some("ssh".to_owned()),
            user,
            host: Some(host),
            port,
            path: "/system".to_owned(),
            parameters: vec![("keyfile".to_owned(), value)],
        };
        prop_assert_eq!(HostUri::parse(&uri.to_string()), Ok(uri));
    }
}
