//! What a server's certificate says, and what speaks against it.

use std::path::{Path, PathBuf};

use relm4::gtk::{
    gio::{self, TlsCertificateFlags as Flags, prelude::*},
    glib,
};

use super::{
    line::{Fields, Malformed, Writer},
    tls::Server,
};
use crate::model::{CERTIFICATE_PROBLEMS, CertificateProblem, ServerCertificate};

/// What a certificate of a TLS server must be good for.
const SERVER: &str = "1.3.6.1.5.5.7.3.1";

/// Appends a certificate to a message.
pub(in crate::console) fn write<'a>(
    certificate: &ServerCertificate,
    writer: Writer<'a>,
) -> Writer<'a> {
    let time = |time: Option<i64>| time.map(|time| time.to_string()).unwrap_or_default();
    let writer = writer.text(&certificate.subject).text(&certificate.issuer);
    let writer = writer.text(&time(certificate.from)).text(&time(certificate.until));
    let writer = writer.text(&certificate.fingerprint);
    let has = |problem: &CertificateProblem| certificate.problems.contains(problem);
    CERTIFICATE_PROBLEMS.iter().fold(writer, |writer, problem| writer.bool(has(problem)))
}

/// Reads a certificate from a message.
pub(in crate::console) fn read(fields: &mut Fields<'_>) -> Result<ServerCertificate, Malformed> {
    let (subject, issuer) = (fields.text()?, fields.text()?);
    let (from, until) = (fields.text()?.parse().ok(), fields.text()?.parse().ok());
    let fingerprint = fields.text()?;
    let mut problems = Vec::new();
    for problem in CERTIFICATE_PROBLEMS {
        if fields.bool()? {
            problems.push(problem);
        }
    }
    Ok(ServerCertificate { subject, issuer, from, until, fingerprint, problems })
}

pub(super) fn write_list<'a>(list: &[String], writer: Writer<'a>) -> Writer<'a> {
    let writer = writer.u32(u32::try_from(list.len()).unwrap_or(0));
    list.iter().fold(writer, |writer, text| writer.text(text))
}

pub(super) fn read_list(fields: &mut Fields<'_>) -> Result<Vec<String>, Malformed> {
    (0..fields.u32()?).map(|_| fields.text()).collect()
}

/// Looks at what a server has shown.
pub(super) fn examine(shown: &gio::TlsCertificate, server: &Server) -> ServerCertificate {
    let identity = gio::NetworkAddress::new(&server.place.host, server.place.port);
    // A name that is given takes the host's place.
    let identity = server.subject.is_empty().then_some(identity);
    let mut flags = judged(shown, server, identity.as_ref());
    let subject = shown.subject_name().unwrap_or_default().to_string();
    if !server.subject.is_empty() && !is_same_name(&subject, &server.subject) {
        flags |= Flags::BAD_IDENTITY;
    }
    let (from, until) = (shown.not_valid_before(), shown.not_valid_after());
    let now = glib::DateTime::now_utc().ok();
    // A library that has found one thing looks for no other.
    if let (Some(now), Some(until)) = (&now, &until)
        && until < now
    {
        flags |= Flags::EXPIRED;
    }
    if let (Some(now), Some(from)) = (&now, &from)
        && from > now
    {
        flags |= Flags::NOT_ACTIVATED;
    }
    ServerCertificate {
        subject,
        issuer: shown.issuer_name().unwrap_or_default().to_string(),
        from: from.map(|time| time.to_unix()),
        until: until.map(|time| time.to_unix()),
        fingerprint: fingerprint(shown),
        problems: problems(flags),
    }
}

/// What the best of the authorities has to say.
fn judged(
    shown: &gio::TlsCertificate,
    server: &Server,
    identity: Option<&gio::NetworkAddress>,
) -> Flags {
    let mut best: Option<Flags> = None;
    let mut hear = |flags: Flags| {
        if best.is_none_or(|best| flags.bits().count_ones() < best.bits().count_ones()) {
            best = Some(flags);
        }
    };
    for authority in authorities(server) {
        hear(shown.verify(identity, Some(&authority)));
    }
    if server.authorities.is_empty() {
        // Those of the system.
        let database = gio::TlsBackend::default().default_database();
        let flags = gio::TlsDatabaseVerifyFlags::NONE;
        let none = (gio::TlsInteraction::NONE, gio::Cancellable::NONE);
        if let Ok(flags) = database.verify_chain(shown, SERVER, identity, none.0, flags, none.1) {
            hear(flags);
        }
    }
    best.unwrap_or_else(|| shown.verify(identity, gio::TlsCertificate::NONE) | Flags::UNKNOWN_CA)
}

/// The authorities for this server: those that are named for it, or those that
/// this computer has for graphics.
fn authorities(server: &Server) -> Vec<gio::TlsCertificate> {
    if server.authorities.is_empty() {
        let lists = places().into_iter().map(gio::TlsCertificate::list_new_from_file);
        return lists.filter_map(Result::ok).flatten().collect();
    }
    let end = "-----END CERTIFICATE-----";
    let parts = server.authorities.split_inclusive(end);
    parts.filter_map(|pem| gio::TlsCertificate::from_pem(pem).ok()).collect()
}

/// Where SPICE's, gvnc's and libvirt's own clients look for authorities, and
/// where the servers on this computer have theirs.
fn places() -> Vec<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let own = [".spicec/spice_truststore.pem", ".pki/CA/cacert.pem", ".pki/libvirt/cacert.pem"];
    let shared = ["libvirt-spice/ca-cert.pem", "libvirt-vnc/ca-cert.pem", "CA/cacert.pem"];
    let own = own.iter().map(|place| home.join(place));
    own.chain(shared.iter().map(|place| Path::new("/etc/pki").join(place))).collect()
}

fn fingerprint(shown: &gio::TlsCertificate) -> String {
    let bytes = shown.certificate().map(|der| der.to_vec()).unwrap_or_default();
    let digest = glib::compute_checksum_for_data(glib::ChecksumType::Sha256, &bytes);
    let digits: Vec<char> = digest.unwrap_or_default().to_uppercase().chars().collect();
    digits.chunks(2).map(|pair| pair.iter().collect::<String>()).collect::<Vec<_>>().join(":")
}

fn problems(flags: Flags) -> Vec<CertificateProblem> {
    use CertificateProblem as Problem;
    let kinds = [
        (Flags::REVOKED, Problem::Revoked),
        (Flags::EXPIRED, Problem::Expired),
        (Flags::NOT_ACTIVATED, Problem::NotYetValid),
        (Flags::BAD_IDENTITY, Problem::OtherName),
        (Flags::UNKNOWN_CA, Problem::UnknownAuthority),
        (Flags::INSECURE, Problem::Weak),
        (Flags::GENERIC_ERROR, Problem::Other),
    ];
    kinds.into_iter().filter(|(flag, _)| flags.contains(*flag)).map(|(_, kind)| kind).collect()
}

/// Whether two distinguished names have the same parts. They are written from
/// either end, and with or without spaces.
fn is_same_name(one: &str, other: &str) -> bool {
    let (one, mut other) = (parts(one), parts(other));
    if one == other {
        return true;
    }
    other.reverse();
    one == other
}

fn parts(name: &str) -> Vec<String> {
    let (mut parts, mut escaped) = (vec![String::new()], false);
    for char in name.chars() {
        match char {
            ',' if !escaped => parts.push(String::new()),
            '\\' if !escaped => {}
            char => parts.last_mut().unwrap_or(&mut String::new()).push(char),
        }
        escaped = char == '\\' && !escaped;
    }
    parts.iter().map(|part| part.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::{CertificateProblem, ServerCertificate, is_same_name, read, write};
    use crate::console::helper::line::{Fields, Writer};

    #[test]
    fn names_are_compared_part_by_part() {
        assert!(is_same_name("CN=10.0.0.7,O=Inn", "O=Inn, CN=10.0.0.7"));
        assert!(is_same_name(r"CN=a,O=Inn\, Ltd", r"CN=a,O=Inn\, Ltd"));
        for other in ["CN=a", "CN=b,O=Inn", "O=Inn,OU=x,CN=a", ""] {
            assert!(!is_same_name("CN=a,O=Inn", other), "{other}");
        }
    }

    #[test]
    fn a_certificate_travels_whole() {
        let certificate = ServerCertificate {
            subject: "CN=inn".to_owned(),
            issuer: "CN=Authority".to_owned(),
            from: Some(-1),
            until: None,
            fingerprint: "AA:BB".to_owned(),
            problems: vec![CertificateProblem::Expired, CertificateProblem::Other],
        };
        let mut bytes = Vec::new();
        write(&certificate, Writer::new(&mut bytes, 0)).end();
        assert_eq!(read(&mut Fields(&bytes[5..])), Ok(certificate));
    }
}
