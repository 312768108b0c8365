//! What can be wrong with XML, with the line it is on.

use thiserror::Error;

/// A character that XML 1.0 cannot hold, not even escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the character U+{:04X} cannot be written in XML", *.0 as u32)]
pub struct ForbiddenChar(
    /// The character.
    pub char,
);

/// Why a text is not accepted as XML.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum XmlProblem {
    /// Larger than any definition libvirt would take.
    #[error("the document is larger than {limit} bytes")]
    TooLarge {
        /// The largest accepted size, in bytes.
        limit: usize,
    },
    /// More elements inside each other than libvirt's own parser takes.
    #[error("elements are nested deeper than {limit}")]
    TooDeep {
        /// The largest accepted depth.
        limit: usize,
    },
    /// More parts than any definition has.
    #[error("the document has more than {limit} parts")]
    TooManyNodes {
        /// The largest accepted number of elements, texts and comments.
        limit: usize,
    },
    /// A document type: where entity bombs and external files come from.
    #[error("a document type declaration is not accepted")]
    DocType,
    /// An entity other than the five that XML defines.
    #[error("the entity “{0}” is not known")]
    UnknownEntity(String),
    /// `&#…;` that stands for no XML character.
    #[error("the character reference “{0}” is not valid")]
    BadReference(String),
    /// A forbidden character, written as it is.
    #[error(transparent)]
    Forbidden(#[from] ForbiddenChar),
    /// An element or attribute name that is not a name.
    #[error("“{0}” is not a name")]
    BadName(String),
    /// An attribute without `=`, without quotes, or with a bare `<`.
    #[error("the attributes of “{0}” are not well-formed")]
    BadAttribute(String),
    /// The same attribute twice in one element.
    #[error("the attribute “{0}” is given twice")]
    DuplicateAttribute(String),
    /// No root element.
    #[error("there is no element")]
    NoRoot,
    /// More than one root element, or text beside it.
    #[error("there is something beside the root element")]
    OutsideRoot,
    /// An end tag without its start, or a start tag without its end.
    #[error("the element “{0}” is not closed where it should be")]
    Unbalanced(String),
    /// Any other breach of the syntax; the text is the parser's.
    #[error("{0}")]
    Syntax(String),
}

/// An XML failure.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum XmlError {
    /// The text is not acceptable XML.
    #[error("line {line}: {problem}")]
    Malformed {
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        problem: XmlProblem,
    },
    /// The path leads to nothing in this document.
    #[error("there is no “{0}”")]
    NotFound(String),
    /// The path itself cannot be understood.
    #[error("“{0}” is not a path")]
    BadPath(String),
    /// The id was made before the last edit.
    #[error("the document changed since the element was looked up")]
    Stale,
    /// The root element cannot be removed.
    #[error("the root element cannot be removed")]
    Root,
    /// Setting the text would drop the element's children.
    #[error("“{0}” holds other elements")]
    HasChildren(String),
    /// A value cannot be written in XML.
    #[error(transparent)]
    Forbidden(#[from] ForbiddenChar),
}
