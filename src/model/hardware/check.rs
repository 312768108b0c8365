//! Whether a value is one that a field takes.

use super::{Field, Kind, Rule};
use crate::model::{cpu_set, units::format_bytes, xml::is_xml_char};

/// Why a value is none that a field takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldError {
    /// Nothing was given where something must be.
    Empty,
    /// It is no whole number.
    NotANumber,
    /// It is less or more than it may be.
    OutOfRange {
        /// The least.
        min: u64,
        /// The greatest.
        max: u64,
    },
    /// It is less than it may be, in bytes.
    TooSmall {
        /// The least, as people write it.
        min: String,
    },
    /// It is more than it may be here.
    TooLarge {
        /// The most, as people write it.
        max: String,
    },
    /// It names a disk thread, and the guest has none.
    NoThreads,
    /// It is no number in hexadecimal digits.
    NotHexadecimal,
    /// It is none of the words that there are.
    NotAChoice,
    /// It has a character that a definition cannot hold, or a line break.
    BadCharacter,
    /// It does not begin with `/`.
    NotAbsolute,
    /// It is no hardware address, or that of a group.
    NotAMac,
    /// It is longer than so many characters.
    TooLong(usize),
    /// It is no list of processors.
    NotACpuSet,
    /// It is no list of tags of virtual LANs.
    NotVlans,
}

/// The longest line that is taken, in characters.
const LONGEST: usize = 4096;

/// The longest serial number that a virtual disk shows to its guest (virtio: 20;
/// SCSI and SATA show more).
const LONGEST_SERIAL: usize = 247;

/// Whether `field` takes `value`.
///
/// # Errors
/// What is wrong with it.
pub fn check(field: &Field, value: &str) -> Result<(), FieldError> {
    if !value.chars().all(|c| is_xml_char(c) && !c.is_control()) {
        return Err(FieldError::BadCharacter);
    }
    match field.kind {
        Kind::Flag => known(&["yes"], value),
        Kind::Switch { on, off } => known(&[on, off], value),
        Kind::Choice(words) => known(words, value),
        Kind::OpenChoice(_) => line(value),
        Kind::Number { min, max } => {
            let number: u64 = value.parse().map_err(|_| FieldError::NotANumber)?;
            if (min..=max).contains(&number) {
                Ok(())
            } else {
                Err(FieldError::OutOfRange { min, max })
            }
        }
        Kind::Size { min } => {
            let bytes: u64 = value.parse().map_err(|_| FieldError::NotANumber)?;
            if bytes < min {
                return Err(FieldError::TooSmall { min: format_bytes(min) });
            }
            Ok(())
        }
        Kind::Text(rule) => text(rule, value),
    }
}

fn known(words: &[&str], value: &str) -> Result<(), FieldError> {
    if words.contains(&value) { Ok(()) } else { Err(FieldError::NotAChoice) }
}

fn line(value: &str) -> Result<(), FieldError> {
    if value.trim().is_empty() {
        return Err(FieldError::Empty);
    }
    if value.chars().count() > LONGEST {
        return Err(FieldError::TooLong(LONGEST));
    }
    Ok(())
}

fn text(rule: Rule, value: &str) -> Result<(), FieldError> {
    line(value)?;
    match rule {
        Rule::Path if !value.starts_with('/') => Err(FieldError::NotAbsolute),
        Rule::Serial if value.chars().count() > LONGEST_SERIAL => {
            Err(FieldError::TooLong(LONGEST_SERIAL))
        }
        Rule::Mac if !is_mac(value) => Err(FieldError::NotAMac),
        Rule::Hexadecimal if !is_hexadecimal(value) => Err(FieldError::NotHexadecimal),
        Rule::Vlans if super::vlan::parse(value).is_none() => Err(FieldError::NotVlans),
        Rule::CpuSet if cpu_set::parse(value).is_none_or(|set| set.is_empty()) => {
            Err(FieldError::NotACpuSet)
        }
        _ => Ok(()),
    }
}

/// `0x` and digits, of 64 bits at most.
fn is_hexadecimal(value: &str) -> bool {
    let digits = value.strip_prefix("0x").or_else(|| value.strip_prefix("0X"));
    digits.is_some_and(|digits| {
        digits.bytes().all(|digit| digit.is_ascii_hexdigit())
            && u64::from_str_radix(digits, 16).is_ok()
    })
}

/// Six pairs of hexadecimal digits; the lowest bit of the first marks groups.
fn is_mac(value: &str) -> bool {
    let bytes: Vec<_> = value.split([':', '-']).collect();
    let byte = |pair: &&str| pair.len() == 2 && pair.bytes().all(|digit| digit.is_ascii_hexdigit());
    bytes.len() == 6
        && bytes.iter().all(byte)
        && u8::from_str_radix(bytes[0], 16).is_ok_and(|first| first & 1 == 0)
}
