//! XML that is edited without being rewritten, and XML that is made anew.
//!
//! [`Document`] keeps the source text and a light tree of byte spans over it.
//! Reading gives [`Element`] views; an edit replaces a span and nothing else, so
//! comments, order, quotes, white space and everything unknown stay, and an
//! unedited document is its source, byte for byte.
//!
//! ```
//! use posada::model::xml::Document;
//!
//! let mut doc = Document::parse("<domain type='qemu'><name>a</name><!-- mine --></domain>").unwrap();
//! assert_eq!(doc.get("name").as_deref(), Some("a"));
//! assert_eq!(doc.get("@type").as_deref(), Some("qemu"));
//! doc.set_text("name", "a & b").unwrap();
//! assert_eq!(doc.as_str(), "<domain type='qemu'><name>a &amp; b</name><!-- mine --></domain>");
//! ```
//!
//! Elements are found by paths relative to the root element:
//!
//! - `devices/disk` names, `*` any name; `@attribute` at the end of a path;
//! - `devices/disk[2]` the second of its kind;
//! - `disk[@device='cdrom']`, `disk[target/@dev='vda']`, `disk[serial='x']`
//!   by an attribute, a descendant's attribute or a child's text.
//!
//! A path with a predicate names a thing by what it is and stays right while
//! others are inserted or removed. An [`ElementId`] is valid until the next
//! edit; using it later is [`XmlError::Stale`], never the wrong element.
//!
//! [`NewElement`] builds new XML; it escapes what needs escaping and refuses
//! the characters that XML 1.0 has no way to write.

mod edit;
mod error;
mod escape;
mod parse;
mod path;
#[cfg(test)]
mod tests;
mod tree;
mod write;

pub use edit::Position;
pub use error::{ForbiddenChar, XmlError, XmlProblem};
pub use escape::{check_chars, escape_attr, escape_text, is_xml_char};
pub use path::Locate;
pub use tree::{Document, Element, ElementId};
pub use write::NewElement;
