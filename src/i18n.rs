//! Translated texts with named places, which translators can reorder.
//!
//! Only one-line literals with the real characters in them: `xgettext` before
//! 0.24 reads Rust as C, and takes neither `\u{…}` nor a line continuation nor
//! a lifetime on the same line.

use gettextrs::{gettext, ngettext};

/// The translation of `text` with each `{name}` replaced by its value.
#[must_use]
pub fn gettext_f(text: &str, args: &[(&str, &str)]) -> String {
    fill(&gettext(text), args)
}

/// As [`gettext_f`], for a text that depends on the count `n`.
#[must_use]
pub fn ngettext_f(one: &str, many: &str, n: u32, args: &[(&str, &str)]) -> String {
    fill(&ngettext(one, many, n), args)
}

/// Replaces each `{name}` in a text that is translated already. One pass, so that
/// a value with braces is not filled again.
#[must_use]
pub fn fill(template: &str, args: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(start) = rest.find('{') {
        text.push_str(&rest[..start]);
        let after = &rest[start + 1..];
        let known = after.find('}').and_then(|end| {
            let value = args.iter().find(|(name, _)| *name == &after[..end])?.1;
            Some((value, &after[end + 1..]))
        });
        if let Some((value, behind)) = known {
            text.push_str(value);
            rest = behind;
        } else {
            text.push('{');
            rest = after;
        }
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn places_are_filled_by_name_and_only_once() {
        let args = [("guest", "{host}"), ("host", "inn")];
        assert_eq!(fill("{guest} on {host}, {what}", &args), "{host} on inn, {what}");
        assert_eq!(fill("no place { here", &[]), "no place { here");
    }
}
