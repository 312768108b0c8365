//! Changing the definition that a guest keeps. What was before stays among its
//! versions ([`history`]).

use virt::{
    connect::Connect,
    domain::Domain,
    error::{Error, ErrorNumber},
};
use virt_sys as libvirt;

use super::{
    Done,
    domain::{XmlKind, usable},
    history,
};
use crate::{
    backend::{
        ConnectionHandle, Operation, Result,
        connection::{Key, Lane, lookup_domain},
        failure::is_unsupported,
    },
    model::{
        DomainId, Failure, FailureKind, TagChange,
        tags::{self, TagChangeError},
        xml::Document,
    },
};

/// Whether a new definition is checked against the host's schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Schema {
    Checked,
    Ignored,
}

impl ConnectionHandle {
    /// Renames a shut-off guest.
    ///
    /// # Errors
    /// `InvalidState` if it runs, has snapshots or a saved state;
    /// `AlreadyExists` if the name is taken.
    pub async fn rename(&self, id: DomainId, name: String) -> Result<()> {
        let lane = Lane::Quick(Key::Domain(id));
        let result = self
            .call(lane, Operation::Edit, self.domain_name(id), move |conn| {
                rename(conn, &lookup_domain(conn, id)?, &name)
            })
            .await;
        self.touch(id);
        result
    }

    /// Sets title and notes, now and at next start; an empty text removes them.
    ///
    /// # Errors
    /// As libvirt refuses it: a title is one line.
    pub async fn describe(&self, id: DomainId, title: String, notes: String) -> Result<()> {
        let lane = Lane::Quick(Key::Domain(id));
        let result = self
            .call(lane, Operation::Edit, self.domain_name(id), move |conn| {
                describe(&lookup_domain(conn, id)?, &title, &notes)
            })
            .await;
        self.touch(id);
        result
    }

    /// Changes the guest's tags, now and at next start.
    ///
    /// # Errors
    /// `Unsupported` if the hypervisor keeps nothing of ours in a definition;
    /// `InvalidDefinition` if a tag cannot be added.
    pub async fn change_tags(&self, id: DomainId, change: TagChange) -> Result<()> {
        let lane = Lane::Quick(Key::Domain(id));
        let result = self
            .call(lane, Operation::Edit, self.domain_name(id), move |conn| {
                change_tags(&lookup_domain(conn, id)?, &change)
            })
            .await;
        self.touch(id);
        result
    }

    /// Replaces the guest's persistent definition if it is still `expected`,
    /// as [`domain_xml`](Self::domain_xml) gave it out for
    /// [`XmlKind::InactiveSecure`], and keeps the replaced one among its
    /// [`versions`](Self::versions).
    ///
    /// # Errors
    /// `Busy` if somebody changed it meanwhile; as libvirt refuses the XML.
    pub async fn redefine(&self, id: DomainId, expected: String, xml: String) -> Result<()> {
        self.replace(id, expected, xml, Schema::Ignored).await
    }

    /// As [`redefine`](Self::redefine), for a definition that a person wrote:
    /// the host checks it against its schema as well, if it has one.
    ///
    /// # Errors
    /// `SchemaViolation` if only the schema speaks against it: elements that
    /// libvirt does not know, which it would leave out without a word.
    pub async fn redefine_checked(
        &self,
        id: DomainId,
        expected: String,
        xml: String,
    ) -> Result<()> {
        self.replace(id, expected, xml, Schema::Checked).await
    }

    async fn replace(
        &self,
        id: DomainId,
        expected: String,
        xml: String,
        schema: Schema,
    ) -> Result<()> {
        let lane = Lane::Quick(Key::Domain(id));
        let result = self
            .call(lane, Operation::Edit, self.domain_name(id), move |conn| {
                replace(conn, &lookup_domain(conn, id)?, &expected, &xml, schema)
            })
            .await;
        self.touch(id);
        result
    }
}

/// Renames a shut-off guest.
pub(super) fn rename(conn: &Connect, domain: &Domain, name: &str) -> Done {
    usable(name)?;
    if conn.lookup_domain_by_name(name).is_ok() {
        return Err(Failure::new(FailureKind::AlreadyExists, name));
    }
    kept(domain, || Ok(domain.rename(name, 0)?))
}

/// Sets title and notes, at once and for the next start.
pub(super) fn describe(domain: &Domain, title: &str, notes: &str) -> Done {
    usable(title)?;
    usable(notes)?;
    let (flags, persistent) = impact(domain)?;
    let change = || {
        for (kind, text) in [
            (libvirt::VIR_DOMAIN_METADATA_TITLE, title),
            (libvirt::VIR_DOMAIN_METADATA_DESCRIPTION, notes),
        ] {
            let text = (!text.is_empty()).then_some(text);
            domain.set_metadata(kind.cast_signed(), text, None, None, flags)?;
        }
        Ok(())
    };
    if persistent { kept(domain, change) } else { change() }
}

/// What a change has to affect to hold now and later, and whether there is a
/// definition that outlives the guest's run.
fn impact(domain: &Domain) -> Done<(u32, bool)> {
    let persistent = domain.is_persistent()?;
    let mut flags = 0;
    if domain.is_active()? {
        flags |= libvirt::VIR_DOMAIN_AFFECT_LIVE;
    }
    if persistent {
        flags |= libvirt::VIR_DOMAIN_AFFECT_CONFIG;
    }
    Ok((flags, persistent))
}

/// Changes the tags, at once and for the next start. What somebody else did to
/// them a moment ago stays: the change is made in what is there now.
pub(super) fn change_tags(domain: &Domain, change: &TagChange) -> Done {
    let (flags, persistent) = impact(domain)?;
    let kind = libvirt::VIR_DOMAIN_METADATA_ELEMENT.cast_signed();
    let read_from = if persistent { libvirt::VIR_DOMAIN_AFFECT_CONFIG } else { flags };
    let now = match domain.metadata(kind, Some(tags::NAMESPACE), read_from) {
        Ok(element) => Some(element),
        Err(error) if error.code().is(ErrorNumber::NoDomainMetadata) => None,
        Err(error) => return Err(error.into()),
    };
    let next = change.apply(now.as_deref()).map_err(|error| match error {
        TagChangeError::Xml(error) => error.into(),
        TagChangeError::Tag(problem) => {
            Failure::new(FailureKind::InvalidDefinition, problem.to_string())
        }
    })?;
    if next.is_none() && now.is_none() {
        return Ok(());
    }
    let set = || {
        let (key, uri) = (Some(tags::PREFIX), Some(tags::NAMESPACE));
        Ok(domain.set_metadata(kind, next.as_deref(), key, uri, flags)?)
    };
    if persistent { kept(domain, set) } else { set() }
}

/// Replaces the persistent definition if it is still `expected`.
pub(super) fn redefine(conn: &Connect, domain: &Domain, expected: &str, xml: &str) -> Done {
    replace(conn, domain, expected, xml, Schema::Ignored)
}

fn replace(conn: &Connect, domain: &Domain, expected: &str, xml: &str, schema: Schema) -> Done {
    usable(xml)?;
    // A definition with another UUID would make a second guest.
    let uuid = domain.uuid_string()?;
    let edited = Document::parse(xml)?;
    if edited.get("uuid").is_none_or(|given| !given.trim().eq_ignore_ascii_case(&uuid)) {
        return Err(Failure::new(FailureKind::InvalidDefinition, format!("uuid is not {uuid}")));
    }
    if domain.xml_desc(XmlKind::InactiveSecure.flags())? != expected {
        return Err(Failure::new(FailureKind::Busy, "the definition was changed meanwhile"));
    }
    match schema {
        Schema::Ignored => drop(conn.define_domain_xml(xml)?),
        Schema::Checked => define_checked(conn, xml)?,
    }
    keep(domain, expected)
}

/// Defines with the host's schema, or without where it has none.
fn define_checked(conn: &Connect, xml: &str) -> Done {
    match conn.define_domain_xml_flags(xml, libvirt::VIR_DOMAIN_DEFINE_VALIDATE) {
        Ok(_) => Ok(()),
        Err(error) if cannot_check(&error) => {
            conn.define_domain_xml(xml)?;
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether a host refused because it has no schema, or knows no check.
fn cannot_check(error: &Error) -> bool {
    let text = error.message();
    is_unsupported(error)
        || error.code().is(ErrorNumber::InvalidArg) && text.contains("flags")
        || error.code().is(ErrorNumber::InternalError) && text.contains("RNG")
}

/// Does `change`, then keeps the definition that was before.
fn kept(domain: &Domain, change: impl FnOnce() -> Done) -> Done {
    // Who may not read the secrets may be allowed to make the change.
    let before = domain.xml_desc(XmlKind::InactiveSecure.flags()).ok();
    change()?;
    let same = domain.xml_desc(XmlKind::InactiveSecure.flags()).ok() == before;
    match before {
        Some(before) if !same => keep(domain, &before),
        _ => Ok(()),
    }
}

/// Keeps a replaced definition. Not being able to is no failure of the change.
fn keep(domain: &Domain, replaced: &str) -> Done {
    if let Err(error) = history::keep(DomainId(domain.uuid()?), replaced) {
        tracing::warn!(%error, "the replaced definition could not be kept");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
