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
fn a_screenshot_is_a_picture() {
    let (conn, domain) = one();
    let (mime, bytes) = screenshot(&conn, &domain).unwrap();
    assert_eq!(mime, "image/png");
    assert!(bytes.starts_with(b"\x89PNG"), "{:?}", &bytes[..8.min(bytes.len())]);
}
