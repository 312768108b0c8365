//! Life cycle and definition of guests.

use crate::{
    backend::{ConnectionHandle, Result},
    model::{DomainAction, DomainId},
};

/// Which of a guest's definitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum XmlKind {
    /// What runs now.
    Live,
    /// What is used at next start; without secrets.
    Inactive,
    /// What is used at next start, with secrets: the one to edit.
    InactiveSecure,
}

impl ConnectionHandle {
    /// Does `action`; answers when libvirt has accepted or refused it. The
    /// inventory shows it as pending meanwhile.
    ///
    /// # Errors
    /// As libvirt refuses it.
    pub async fn act(&self, _id: DomainId, _action: DomainAction) -> Result<()> {
        todo!()
    }

    /// The guest's definition.
    ///
    /// # Errors
    /// If the guest is gone or the host does not answer.
    pub async fn domain_xml(&self, _id: DomainId, _kind: XmlKind) -> Result<String> {
        todo!()
    }

    /// Renames a shut-off guest.
    ///
    /// # Errors
    /// If it runs, has snapshots, or the name is taken.
    pub async fn rename(&self, _id: DomainId, _name: String) -> Result<()> {
        todo!()
    }

    /// Sets title and notes, now and at next start; an empty text removes them.
    ///
    /// # Errors
    /// As libvirt refuses it.
    pub async fn describe(&self, _id: DomainId, _title: String, _notes: String) -> Result<()> {
        todo!()
    }

    /// Replaces the guest's persistent definition if it is still `expected`.
    ///
    /// # Errors
    /// `Busy` if somebody changed it meanwhile; as libvirt refuses the XML.
    pub async fn redefine(&self, _id: DomainId, _expected: String, _xml: String) -> Result<()> {
        todo!()
    }

    /// A picture of the guest's first screen as the hypervisor sees it, with
    /// its MIME type.
    ///
    /// # Errors
    /// If the guest does not run or has no screen.
    pub async fn screenshot(&self, _id: DomainId) -> Result<(String, Vec<u8>)> {
        todo!()
    }
}
