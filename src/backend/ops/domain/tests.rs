use super::*;
use crate::backend::ops::testing::{connect, guest};

fn one() -> (Connect, Domain) {
    let conn = connect(&guest("web", ""));
    let domain = conn.lookup_domain_by_name("web").unwrap();
    (conn, domain)
}

fn state(domain: &Domain) -> LibvirtState {
    domain.info().unwrap().state.unwrap()
}

fn kind(result: Done) -> FailureKind {
    result.unwrap_err().kind
}

#[test]
fn actions_do_what_they_say() {
    let (_conn, domain) = one();
    // Guests of a test node are started with it.
    assert_eq!(state(&domain), LibvirtState::Running);
    act(&domain, DomainAction::Pause).unwrap();
    assert_eq!(state(&domain), LibvirtState::Paused);
    act(&domain, DomainAction::Resume).unwrap();
    assert_eq!(state(&domain), LibvirtState::Running);
    act(&domain, DomainAction::ForceOff).unwrap();
    assert_eq!(state(&domain), LibvirtState::Shutoff);
    assert_eq!(kind(act(&domain, DomainAction::ForceOff)), FailureKind::InvalidState);
    act(&domain, DomainAction::Start).unwrap();
    assert!(act(&domain, DomainAction::Start).is_err());
    act(&domain, DomainAction::ShutDown).unwrap();
    assert_eq!(state(&domain), LibvirtState::Shutoff);
    act(&domain, DomainAction::EnableAutostart).unwrap();
    assert!(domain.autostart().unwrap());
    act(&domain, DomainAction::DisableAutostart).unwrap();
    assert!(!domain.autostart().unwrap());
}

#[test]
fn a_saved_guest_is_restored_by_a_start() {
    let (_conn, domain) = one();
    act(&domain, DomainAction::Save).unwrap();
    assert!(domain.has_managed_save(0).unwrap());
    act(&domain, DomainAction::Start).unwrap();
    assert!(!domain.has_managed_save(0).unwrap());
    act(&domain, DomainAction::Save).unwrap();
    act(&domain, DomainAction::DropSavedState).unwrap();
    assert!(!domain.has_managed_save(0).unwrap());
}

#[test]
fn saving_is_a_job_with_an_end() {
    let (conn, domain) = one();
    let same = domain.clone();
    let end = crate::backend::ops::testing::run(move |job| save(&same, job));
    assert_eq!(end, JobEnd::Finished);
    assert!(domain.has_managed_save(0).unwrap());
    drop(conn);
    let end = crate::backend::ops::testing::run(move |job| save(&domain, job));
    assert!(matches!(end, JobEnd::Failed(failure) if failure.kind == FailureKind::InvalidState));
}

#[test]
fn a_rename_is_refused_for_what_runs_or_is_taken() {
    let conn = connect(&(guest("web", "") + &guest("db", "")));
    let domain = conn.lookup_domain_by_name("web").unwrap();
    assert_eq!(kind(rename(&conn, &domain, "mail")), FailureKind::InvalidState);
    act(&domain, DomainAction::ForceOff).unwrap();
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
fn a_screenshot_is_a_picture() {
    let (conn, domain) = one();
    let (mime, bytes) = screenshot(&conn, &domain).unwrap();
    assert_eq!(mime, "image/png");
    assert!(bytes.starts_with(b"\x89PNG"), "{:?}", &bytes[..8.min(bytes.len())]);
}
