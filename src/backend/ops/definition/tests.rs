use super::*;
use crate::backend::ops::{
    domain::force_off,
    testing::{connect, guest},
};
use crate::model::DomainDetails;

fn one() -> (Connect, Domain) {
    let conn = connect(&guest("web", ""));
    let domain = conn.lookup_domain_by_name("web").unwrap();
    (conn, domain)
}

fn kind(result: Done) -> FailureKind {
    result.unwrap_err().kind
}

#[test]
fn a_rename_is_refused_for_what_runs_or_is_taken() {
    let conn = connect(&(guest("web", "") + &guest("db", "")));
    let domain = conn.lookup_domain_by_name("web").unwrap();
    assert_eq!(kind(rename(&conn, &domain, "mail")), FailureKind::InvalidState);
    force_off(&domain).unwrap();
    assert_eq!(kind(rename(&conn, &domain, "db")), FailureKind::AlreadyExists);
    assert_eq!(kind(rename(&conn, &domain, "a\0b")), FailureKind::InvalidDefinition);
    rename(&conn, &domain, "mail").unwrap();
    assert!(conn.lookup_domain_by_name("mail").is_ok());
    assert!(conn.lookup_domain_by_name("web").is_err());
}

#[test]
fn title_and_notes_hold_now_and_later() {
    let (_conn, domain) = one();
    let texts = |flags| {
        let xml = Document::parse(&domain.xml_desc(flags).unwrap()).unwrap();
        (xml.get("title"), xml.get("description"))
    };
    let both = (Some("Shop & <co>".to_owned()), Some("two\nlines".to_owned()));
    describe(&domain, "Shop & <co>", "two\nlines").unwrap();
    assert_eq!(texts(0), both);
    assert_eq!(texts(libvirt::VIR_DOMAIN_XML_INACTIVE), both);
    assert!(describe(&domain, "two\nlines", "").is_err());
    describe(&domain, "", "").unwrap();
    assert_eq!(texts(0), (None, None));
}

#[test]
fn tags_hold_now_and_later_and_beside_what_others_keep() {
    let (conn, domain) = one();
    let listed = |flags| {
        let details = DomainDetails::parse(&domain.xml_desc(flags).unwrap()).unwrap();
        details.tags.iter().map(str::to_owned).collect::<Vec<_>>().join(" ")
    };
    let both = || (listed(0), listed(libvirt::VIR_DOMAIN_XML_INACTIVE));
    let same = |tags: &str| (tags.to_owned(), tags.to_owned());
    let change = |add: &[&str], remove: &[&str]| {
        let own = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect();
        change_tags(&domain, &TagChange { add: own(add), remove: own(remove) })
    };
    let other = |content| {
        let kind = libvirt::VIR_DOMAIN_METADATA_ELEMENT.cast_signed();
        let flags = libvirt::VIR_DOMAIN_AFFECT_CONFIG | libvirt::VIR_DOMAIN_AFFECT_LIVE;
        domain.set_metadata(kind, content, Some("o"), Some("http://example.org"), flags).unwrap();
    };
    other(Some("<theirs/>"));
    change(&[], &["none"]).unwrap();
    change(&["web & <co>", "prod"], &[]).unwrap();
    assert_eq!(both(), same("prod web & <co>"));
    change(&["PROD", "dmz"], &["Web & <CO>"]).unwrap();
    assert_eq!(both(), same("dmz prod"));
    assert_eq!(kind(change(&["a\0"], &[])), FailureKind::InvalidDefinition);
    assert_eq!(kind(change(&["\u{1}"], &[])), FailureKind::InvalidDefinition);
    force_off(&domain).unwrap();
    change(&["off"], &["prod"]).unwrap();
    rename(&conn, &domain, "mail").unwrap();
    assert_eq!(both(), same("dmz off"));
    change(&[], &["dmz", "off"]).unwrap();
    let xml = domain.xml_desc(0).unwrap();
    assert!(!xml.contains(tags::NAMESPACE) && xml.contains("theirs"), "{xml}");
}

#[test]
fn a_definition_is_replaced_only_if_nobody_else_did() {
    let (conn, domain) = one();
    let flags = XmlKind::InactiveSecure.flags();
    let before = domain.xml_desc(flags).unwrap();
    let edited = before.replace("<memory unit='KiB'>65536<", "<memory unit='KiB'>131072<");
    assert_ne!(before, edited);
    describe(&domain, "changed", "").unwrap();
    assert_eq!(kind(redefine(&conn, &domain, &before, &edited)), FailureKind::Busy);

    let now = domain.xml_desc(flags).unwrap();
    redefine(&conn, &domain, &now, &edited).unwrap();
    assert!(domain.xml_desc(flags).unwrap().contains("131072"));
}

#[test]
fn a_definition_of_another_guest_is_refused() {
    let (conn, domain) = one();
    let now = domain.xml_desc(XmlKind::InactiveSecure.flags()).unwrap();
    let uuid = domain.uuid_string().unwrap();
    let other = now.replace(&uuid, "11111111-2222-3333-4444-555555555555").replace("web", "mail");
    assert_eq!(kind(redefine(&conn, &domain, &now, &other)), FailureKind::InvalidDefinition);
    assert_eq!(kind(redefine(&conn, &domain, &now, "<domain")), FailureKind::InvalidDefinition);
    assert_eq!(conn.num_of_domains().unwrap(), 1);
}

#[test]
fn what_only_the_schema_refuses_can_be_told_from_the_rest() {
    let (conn, domain) = one();
    let now = domain.xml_desc(XmlKind::InactiveSecure.flags()).unwrap();
    let odd = now.replace("</memory>", "</memory><nonsense/>");
    let checked = |xml: &str| replace(&conn, &domain, &now, xml, Schema::Checked);
    assert_eq!(kind(checked(&odd)), FailureKind::SchemaViolation);
    let wrong = now.replace("<type arch", "<kind arch").replace("</type>", "</kind>");
    assert_ne!(kind(redefine(&conn, &domain, &now, &wrong)), FailureKind::SchemaViolation);
    checked(&now.replace("</memory>", "</memory><!-- fine -->")).unwrap();
    redefine(&conn, &domain, &now, &odd).unwrap();
}
