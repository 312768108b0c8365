//! Patterns of the texts on a medium.

use std::{fmt, sync::OnceLock};

use regex::{Regex, RegexBuilder};

/// More than any of the database's patterns needs; a pattern that wants more
/// is broken or hostile.
const SIZE_LIMIT: usize = 1 << 20;

/// A regular expression of the database, compiled when it is first needed:
/// there are thousands, and a medium needs a handful.
#[derive(Clone)]
pub struct Pattern {
    source: String,
    /// A piece of text that every match contains.
    needle: String,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// The pattern written `source`.
    #[must_use]
    pub fn new(source: &str) -> Self {
        let source = source.to_owned();
        let needle = needle(&source);
        Self { source, needle, compiled: OnceLock::new() }
    }

    /// The regular expression.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// The same pattern for any version: `version`, where it stands in it, becomes
    /// a group for numbers. Nothing where it does not stand there, or where what
    /// is left would match nearly anything.
    pub(super) fn for_any_version(&self, version: &str) -> Option<Self> {
        const ANY: &str = "([0-9.]*[0-9])";
        let escaped = version.replace('.', r"\.");
        let found = [escaped.as_str(), version].into_iter().find_map(|v| {
            let at = self.source.find(v).filter(|_| !v.is_empty())?;
            // `2` in `12` or in a size like `{2}` is no version.
            let before = self.source[..at].chars().next_back();
            let after = self.source[at + v.len()..].chars().next();
            let number =
                |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit() || matches!(c, '{' | '}'));
            (!number(before) && !number(after)).then_some((at, v.len()))
        });
        let (at, length) = found?;
        let pattern =
            Self::new(&format!("{}{ANY}{}", &self.source[..at], &self.source[at + length..]));
        (pattern.needle.len() >= 5).then_some(pattern)
    }

    /// What the first group holds where it occurs in `text`.
    pub(super) fn capture<'t>(&self, text: &'t str) -> Option<&'t str> {
        if !self.matches(text) {
            return None;
        }
        let regex = self.compiled.get()?.as_ref()?;
        Some(regex.captures(text)?.get(1)?.as_str())
    }

    /// Whether it occurs in `text`. A pattern that cannot be used never does.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        text.contains(&self.needle)
            && self
                .compiled
                .get_or_init(|| compile(&self.source))
                .as_ref()
                .is_some_and(|r| r.is_match(text))
    }
}

fn compile(source: &str) -> Option<Regex> {
    RegexBuilder::new(source).size_limit(SIZE_LIMIT).dfa_size_limit(SIZE_LIMIT).build().ok()
}

/// The longest run of plain characters that a match must contain: far cheaper
/// to look for than compiling the expression. Nothing where alternatives or
/// brackets make it uncertain.
fn needle(source: &str) -> String {
    let (mut best, mut run) = (String::new(), String::new());
    let mut keep = |run: &mut String| {
        if run.len() > best.len() {
            best.clone_from(run);
        }
        run.clear();
    };
    let mut depth = 0_usize;
    let mut chars = source.chars();
    while let Some(c) = chars.next() {
        match c {
            '|' if depth == 0 => return String::new(),
            // Inline flags could make everything after them mean otherwise.
            '(' if chars.as_str().starts_with('?') => return String::new(),
            '(' => {
                keep(&mut run);
                depth += 1;
            }
            ')' => {
                keep(&mut run);
                depth = depth.saturating_sub(1);
            }
            '[' | '{' => {
                // What stands before `{` may be repeated zero times.
                if c == '{' {
                    run.pop();
                }
                keep(&mut run);
                let close = if c == '[' { ']' } else { '}' };
                // In `[]a]` and `[^]a]` the first bracket is a plain character.
                let mut class = chars.as_str();
                if c == '[' {
                    class = class.strip_prefix('^').unwrap_or(class);
                    class = class.strip_prefix(']').unwrap_or(class);
                    if class.contains('[') && class.find('[') < class.find(']') {
                        return String::new();
                    }
                }
                match class.find(close) {
                    Some(end) => chars = class[end + 1..].chars(),
                    None => return String::new(),
                }
            }
            '*' | '?' => {
                run.pop();
                keep(&mut run);
            }
            '.' | '^' | '$' | '+' => keep(&mut run),
            '\\' => match chars.next() {
                Some(escaped) if depth == 0 && escaped.is_ascii_punctuation() => run.push(escaped),
                Some(escaped) if escaped.is_ascii_punctuation() => {}
                // `\d` and the like stand for many; `\x41` is rare enough to skip all.
                Some('d' | 'D' | 'w' | 'W' | 's' | 'S' | 'b' | 'B') => keep(&mut run),
                _ => return String::new(),
            },
            // What is in brackets may be optional or an alternative.
            _ if depth > 0 => {}
            c => run.push(c),
        }
    }
    keep(&mut run);
    best
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.source, f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Pattern, compile, needle};

    #[test]
    fn a_needle_is_in_every_match() {
        for (source, expected) in [
            (r"Debian 12.\d+.\d+ amd64 n", "Debian 12"),
            (r"^(J_)?(CCSN?A|C?CCOMA)_X64FREE?_", "_X64FRE"),
            (r"a|b", ""),
            (r"ab*", "a"),
            (r"x[]abc]yz", "yz"),
            (r"(?i)abc", ""),
            (r"abc{0,2}d", "ab"),
            (r"d-live 12\.\d", "d-live 12."),
        ] {
            assert_eq!(needle(source), expected, "{source}");
        }
    }

    #[test]
    fn broken_and_greedy_patterns_never_match() {
        for bad in ["(", "[", "(?=x)", "((a{1,1000}){1,1000}){1,1000}"] {
            assert!(!Pattern::new(bad).matches("aaaa"), "{bad}");
        }
        assert!(Pattern::new("^Fedora-WS").matches("Fedora-WS-Live-42"));
        assert!(!Pattern::new("^Fedora-WS").matches("xFedora-WS"));
    }

    proptest! {
        #[test]
        fn the_needle_never_hides_a_match(source in r"[ab()\[\]|*?+{}0-2,.^$\\d-]{0,12}", text in "[abd012]{0,12}") {
            let plain = compile(&source).is_some_and(|r| r.is_match(&text));
            prop_assert_eq!(Pattern::new(&source).matches(&text), plain);
        }
    }
}
