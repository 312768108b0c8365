//! Sizes in bytes, as people write them.
//!
//! Only binary units: memory and disks are counted in them everywhere in
//! libvirt. Formatting is language-neutral; the interface puts the local
//! decimal sign in.

/// A kibibyte in bytes.
pub const KIB: u64 = 1 << 10;
/// A mebibyte in bytes.
pub const MIB: u64 = 1 << 20;
/// A gibibyte in bytes.
pub const GIB: u64 = 1 << 30;
/// A tebibyte in bytes.
pub const TIB: u64 = 1 << 40;

const UNITS: [(&str, u64); 6] =
    [("EiB", 1 << 60), ("PiB", 1 << 50), ("TiB", TIB), ("GiB", GIB), ("MiB", MIB), ("KiB", KIB)];

/// `bytes` in the largest unit that leaves a number of at least one, with at
/// most one decimal: `1.5 GiB`, `512 MiB`, `37 B`.
#[must_use]
pub fn format_bytes(bytes: u64) -> String {
    for (index, &(name, unit)) in UNITS.iter().enumerate() {
        if bytes < unit {
            continue;
        }
        // Tenths, rounded; in 128 bits, since ten exbibytes do not fit in 64.
        let tenths = (u128::from(bytes) * 10 + u128::from(unit) / 2) / u128::from(unit);
        // 1023.96 MiB rounds to 1 GiB.
        if tenths >= 10_240 && index > 0 {
            return format!("1 {}", UNITS[index - 1].0);
        }
        let (whole, tenth) = (tenths / 10, tenths % 10);
        return if tenth == 0 {
            format!("{whole} {name}")
        } else {
            format!("{whole}.{tenth} {name}")
        };
    }
    format!("{bytes} B")
}

/// Reads a size such as `20`, `1.5 GiB`, `1,5G`, `512 mb`. Units are binary
/// whether or not they are written with an `i`; a bare number is in
/// `default_unit` bytes. Nothing if it is no size or does not fit.
#[must_use]
pub fn parse_bytes(text: &str, default_unit: u64) -> Option<u64> {
    let text = text.trim();
    let end =
        text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ',')).unwrap_or(text.len());
    let unit = text[end..].trim().to_ascii_lowercase();
    let unit = match unit.as_str() {
        "" => default_unit,
        "b" | "byte" | "bytes" => 1,
        _ => {
            let letter =
                unit.strip_suffix("ib").or_else(|| unit.strip_suffix('b')).unwrap_or(&unit);
            let matching = |name: &str| name[..1].eq_ignore_ascii_case(letter);
            UNITS.iter().find(|(name, _)| matching(name))?.1
        }
    };
    let number = text[..end].replace(',', ".");
    let (whole, fraction) = number.split_once('.').unwrap_or((&number, ""));
    if fraction.contains('.') || (whole.is_empty() && fraction.is_empty()) || fraction.len() > 9 {
        return None;
    }
    let digits = |s: &str| if s.is_empty() { Some(0) } else { s.parse::<u64>().ok() };
    let scale = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    let number = u128::from(digits(whole)?) * scale + u128::from(digits(fraction)?);
    u64::try_from(number.checked_mul(u128::from(unit))? / scale).ok()
}

/// The bytes in one of libvirt's units (`KiB`, `k`, `MB`, `bytes`…), by its
/// rules: `KB` is 1000 and `K` or `KiB` is 1024 bytes.
#[must_use]
pub fn libvirt_unit(name: &str) -> Option<u64> {
    let lower = name.to_ascii_lowercase();
    if matches!(lower.as_str(), "" | "b" | "byte" | "bytes") {
        return Some(1);
    }
    let power = "kmgtpe".find(lower.chars().next()?)?;
    let power = u32::try_from(power).ok()? + 1;
    match &lower[1..] {
        "" | "ib" => Some(1024_u64.pow(power)),
        "b" => Some(1000_u64.pow(power)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{GIB, KIB, MIB, TIB, format_bytes, libvirt_unit, parse_bytes};

    #[test]
    fn sizes_are_short() {
        for (bytes, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (KIB, "1 KiB"),
            (1536 * MIB, "1.5 GiB"),
            (GIB - 1, "1 GiB"),
            (20 * GIB, "20 GiB"),
            (u64::MAX, "16 EiB"),
            (TIB + TIB / 10, "1.1 TiB"),
        ] {
            assert_eq!(format_bytes(bytes), text);
        }
    }

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, bytes) in [
            ("20", Some(20 * GIB)),
            (" 1.5 GiB ", Some(1536 * MIB)),
            ("1,5g", Some(1536 * MIB)),
            ("512mb", Some(512 * MIB)),
            (".5 t", Some(512 * GIB)),
            ("7 bytes", Some(7)),
            ("16 EiB", None),
            ("", None),
            (".", None),
            ("1.2.3", None),
            ("-1", None),
            ("1 x", None),
            ("ñ", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(parse_bytes(text, GIB), bytes, "{text}");
        }
    }

    #[test]
    fn libvirt_units_follow_its_table() {
        assert_eq!(libvirt_unit("KiB"), Some(1024));
        assert_eq!(libvirt_unit("k"), Some(1024));
        assert_eq!(libvirt_unit("KB"), Some(1000));
        assert_eq!(libvirt_unit("GiB"), Some(GIB));
        assert_eq!(libvirt_unit("bytes"), Some(1));
        assert_eq!(libvirt_unit("ñ"), None);
        assert_eq!(libvirt_unit("kxx"), None);
    }

    proptest! {
        #[test]
        fn formatted_sizes_are_read_back_nearly(bytes in any::<u64>()) {
            if let Some(back) = parse_bytes(&format_bytes(bytes), 1) {
                prop_assert!(back.abs_diff(bytes) <= bytes / 15);
            }
        }

        #[test]
        fn any_text_is_a_size_or_none(text in ".{0,20}") {
            let _ = parse_bytes(&text, 1);
            let _ = libvirt_unit(&text);
        }
    }
}
