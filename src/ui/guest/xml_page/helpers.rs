//! What is wrong, in words, and where.

use gettextrs::gettext;

use crate::{backend::SchemaProblem, i18n::gettext_f, ui::error::UserMessage};

/// Where a problem comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProblemKind {
    /// The text as it is now: gone when that is right.
    Text,
    /// The host's answer.
    Refused,
    /// Somebody else changed the definition.
    Theirs,
}

/// What the banner says.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) kind: ProblemKind,
    pub(super) text: String,
    /// The line, from 1.
    pub(super) line: Option<usize>,
    pub(super) message: Option<UserMessage>,
}

impl Problem {
    /// The text is no XML.
    pub(super) fn malformed(line: usize, why: &str) -> Self {
        // Translators: such as "Line 12 is no valid XML: …"
        Self::of_text(
            line,
            gettext_f(
                "Line {line} is no valid XML: {why}",
                &[("line", &line.to_string()), ("why", why)],
            ),
        )
    }

    /// libvirt's schema speaks against the text.
    pub(super) fn schema(found: &SchemaProblem) -> Self {
        let (line, why) = (found.line, &found.text);
        Self::of_text(
            line,
            gettext_f(
                "Line {line} does not follow libvirt’s schema: {why}",
                &[("line", &line.to_string()), ("why", why)],
            ),
        )
    }

    fn of_text(line: usize, text: String) -> Self {
        Self { kind: ProblemKind::Text, text, line: Some(line), message: None }
    }

    /// What the banner's button is called; nothing if there is nothing to do.
    pub(super) fn button(&self) -> Option<String> {
        if self.kind == ProblemKind::Theirs {
            return Some(gettext("Compare Changes"));
        }
        if self.line.is_some() {
            return Some(gettext("Go to Line"));
        }
        self.message.as_ref().map(|_| gettext("Details"))
    }
}

/// The line that a parser's message names: "…:12: …" or "line 12".
pub(super) fn line_in(text: &str) -> Option<usize> {
    let number = |rest: &str| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<usize>().ok().filter(|line| *line > 0)
    };
    text.find("line ").and_then(|at| number(&text[at + 5..])).or_else(|| {
        text.split(':')
            .skip(1)
            .find_map(|part| number(part).filter(|_| part.chars().all(|c| c.is_ascii_digit())))
    })
}

#[cfg(test)]
mod tests {
    use super::line_in;

    #[test]
    fn lines_are_found_in_messages() {
        assert_eq!(line_in("(domain_definition):12: Opening and ending tag mismatch"), Some(12));
        assert_eq!(line_in("line 7: unexpected end"), Some(7));
        assert_eq!(line_in("unsupported configuration: no 5 such"), None);
        assert_eq!(line_in(""), None);
    }
}
