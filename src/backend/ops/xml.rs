//! Reading what libvirt hands out and writing what it is handed, as results of
//! operations.

use std::borrow::Cow;

use super::Done;
use crate::model::{
    Failure, FailureKind,
    xml::{Document, Element, XmlError, escape_attr},
};

impl From<XmlError> for Failure {
    fn from(error: XmlError) -> Self {
        Self::new(FailureKind::InvalidDefinition, error.to_string())
    }
}

/// The trimmed text or the attribute at `path`, where there is any.
pub(super) fn text_at(element: Element<'_>, path: &str) -> Option<String> {
    let text = element.get(path)?;
    let trimmed = text.trim();
    (!trimmed.is_empty()).then(|| trimmed.to_owned())
}

/// The number at `path`; 0 where there is none. libvirt says bytes in what it
/// hands out of pools and volumes.
pub(super) fn number_at(document: &Document, path: &str) -> u64 {
    text_at(document.root(), path).and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// `text` for use in an element or in a quoted attribute.
pub(super) fn escaped(text: &str) -> Done<Cow<'_, str>> {
    escape_attr(text)
        .map_err(|error| Failure::new(FailureKind::InvalidDefinition, error.to_string()))
}
