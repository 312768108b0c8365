//! Whether a name or size can be what it is meant for. Reasons are typed; the
//! interface has the words.

use thiserror::Error;

use crate::model::xml::is_xml_char;

/// A file name is at most 255 bytes, and libvirt makes some from a guest's name
/// (`…_VARS.qcow2`, `….xml.new`).
const MAX_GUEST_NAME: usize = 240;
const MAX_FILE_NAME: usize = 255;

/// Why a name is not possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum NameProblem {
    /// There is none.
    #[error("the name is empty")]
    Empty,
    /// It has white space at an end, where nobody sees it.
    #[error("the name begins or ends with white space")]
    OuterSpace,
    /// It begins with a dot: such a file is hidden.
    #[error("the name begins with a dot")]
    LeadingDot,
    /// It has a slash: names become parts of paths.
    #[error("the name has a slash")]
    Slash,
    /// It has a line break or another character that cannot be seen or stored.
    #[error("the name has the character U+{:04X}", *.0 as u32)]
    Character(char),
    /// It is too long.
    #[error("the name is longer than {limit} bytes")]
    TooLong {
        /// The most bytes in UTF-8.
        limit: usize,
    },
}

fn name(text: &str, limit: usize) -> Result<(), NameProblem> {
    if text.is_empty() {
        return Err(NameProblem::Empty);
    }
    if let Some(c) = text.chars().find(|&c| c.is_control() || !is_xml_char(c)) {
        return Err(NameProblem::Character(c));
    }
    if text.trim() != text {
        return Err(if text.trim().is_empty() {
            NameProblem::Empty
        } else {
            NameProblem::OuterSpace
        });
    }
    if text.contains('/') {
        return Err(NameProblem::Slash);
    }
    if text.starts_with('.') {
        return Err(NameProblem::LeadingDot);
    }
    if text.len() > limit {
        return Err(NameProblem::TooLong { limit });
    }
    Ok(())
}

/// Whether libvirt takes `text` as a guest's name.
///
/// # Errors
/// The first reason why not.
pub fn guest_name(text: &str) -> Result<(), NameProblem> {
    name(text, MAX_GUEST_NAME)
}

/// Whether libvirt takes `text` as a volume's name.
///
/// # Errors
/// The first reason why not.
pub fn volume_name(text: &str) -> Result<(), NameProblem> {
    name(text, MAX_FILE_NAME)
}

#[cfg(test)]
mod tests {
    use super::{NameProblem, guest_name, volume_name};

    #[test]
    fn names_that_libvirt_takes_are_taken() {
        for good in ["a", "Debian 12", "ñandú & <co>", "a.b", "漢字", "-x", "it's \"quoted\""] {
            assert_eq!(guest_name(good), Ok(()), "{good}");
            assert_eq!(volume_name(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn others_have_their_reason() {
        for (bad, problem) in [
            ("", NameProblem::Empty),
            ("  ", NameProblem::Empty),
            (" a", NameProblem::OuterSpace),
            ("a ", NameProblem::OuterSpace),
            ("a/b", NameProblem::Slash),
            ("..", NameProblem::LeadingDot),
            ("a\nb", NameProblem::Character('\n')),
            ("a\u{0}", NameProblem::Character('\u{0}')),
            ("a\u{FFFE}", NameProblem::Character('\u{FFFE}')),
        ] {
            assert_eq!(guest_name(bad), Err(problem), "{bad:?}");
        }
        assert_eq!(guest_name(&"é".repeat(121)), Err(NameProblem::TooLong { limit: 240 }));
        assert_eq!(volume_name(&"é".repeat(121)), Ok(()));
    }
}
