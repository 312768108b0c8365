//! What libvirt's and parsers' messages tell of their place.

/// The line that a parser's message names: "…:12: …" or "line 12".
pub(super) fn line_in(text: &str) -> Option<i32> {
    let number = |rest: &str| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<i32>().ok().filter(|line| *line > 0)
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
