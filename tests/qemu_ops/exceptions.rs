//! What is peculiar about single fields before QEMU on a PC, with its reasons:
//! `tests/guests/exceptions.txt` says how they are written.

const LINES: &str = include_str!("../guests/exceptions.txt");

/// What follows the kind of line and the field.
fn said(kind: &str, field: &str) -> impl Iterator<Item = Vec<&'static str>> {
    let lines = LINES.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(move |line| {
        let mut parts = line.split(" | ").map(str::trim);
        let same = parts.next() == Some(kind) && (field.is_empty() || parts.next() == Some(field));
        same.then(|| parts.collect())
    })
}

/// Why this libvirt or QEMU lets nobody change the field, if it does not.
pub(crate) fn why_not(field: &str) -> Option<&'static str> {
    said("cannot", field).next().map(|rest| rest[0])
}

/// What else changes with a field (of its device from `./` on).
pub(crate) fn together(field: &str) -> impl Iterator<Item = &'static str> {
    said("with", field).flat_map(|rest| rest[0].split(' '))
}

/// Whether a place stays otherwise when a field is taken back.
pub(crate) fn stays(place: &str) -> bool {
    said("stays", "").any(|rest| place.contains(rest[0]))
}

/// Values for a field whose kind does not say enough.
pub(crate) fn named(field: &str) -> Vec<&'static str> {
    said("value", field).flat_map(|rest| rest[0].split(' ')).collect()
}
