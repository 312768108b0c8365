//! Lists of processors as libvirt writes them: `0-3,^2,8`.

use std::collections::BTreeSet;

/// No host has more processors than this; a longer list is a mistake.
const MOST: u32 = 1 << 14;

/// The processors that a list names. Nothing if it is none.
///
/// ```
/// # use posada::model::cpu_set;
/// let set = cpu_set::parse("0-3,^2,8").unwrap();
/// assert_eq!(cpu_set::format(&set), "0-1,3,8");
/// assert!(cpu_set::parse("3-1").is_none());
/// ```
#[must_use]
pub fn parse(text: &str) -> Option<BTreeSet<u32>> {
    let number = |text: &str| text.trim().parse::<u32>().ok().filter(|number| *number < MOST);
    let mut set = BTreeSet::new();
    for part in text.split(',').map(str::trim) {
        match (part.strip_prefix('^'), part.split_once('-')) {
            (Some(out), _) => {
                set.remove(&number(out)?);
            }
            (None, Some((first, last))) => {
                let (first, last) = (number(first)?, number(last)?);
                if first > last {
                    return None;
                }
                set.extend(first..=last);
            }
            (None, None) => {
                set.insert(number(part)?);
            }
        }
    }
    Some(set)
}

/// The list that names these processors.
#[must_use]
pub fn format(set: &BTreeSet<u32>) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for &number in set {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    let range = |(first, last): &(u32, u32)| {
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    };
    ranges.iter().map(range).collect::<Vec<_>>().join(",")
}
