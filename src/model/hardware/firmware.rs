//! What a guest's machine starts with.

use super::{all_fields, get, set};
use crate::model::xml::{Document, Position, XmlError};

/// What a guest's machine starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Firmware {
    /// BIOS, or whatever the machine has by itself.
    Bios,
    /// UEFI, from files that libvirt chooses.
    Uefi {
        /// Whether only signed systems start.
        secure: bool,
    },
    /// Files that the definition names.
    Files,
}

/// The firmware of a definition.
#[must_use]
pub fn firmware(doc: &Document) -> Firmware {
    match doc.get("os/@firmware").as_deref() {
        Some("efi") => {
            let on = |name| {
                let path = format!("os/firmware/feature[@name='{name}']/@enabled");
                doc.get(&path).map(|enabled| enabled == "yes")
            };
            let loader = || doc.get("os/loader/@secure").is_some_and(|secure| secure == "yes");
            // libvirt writes what it chose into the loader.
            let secure = on("secure-boot").unwrap_or_else(loader);
            Firmware::Uefi { secure: secure && on("enrolled-keys") != Some(false) }
        }
        None if doc.find("os/loader").is_some() => Firmware::Files,
        _ => Firmware::Bios,
    }
}

/// Whether a guest that runs as `live` says will start with another firmware, as
/// `next` has it.
#[must_use]
pub fn firmware_waits(live: &Document, next: &Document) -> bool {
    match (firmware(live), firmware(next)) {
        // Older versions of libvirt tell what they chose of running guests only.
        (Firmware::Uefi { secure: is }, Firmware::Uefi { secure: wanted }) => {
            is != wanted && next.find("os/loader").is_some()
        }
        (is, wanted) => is != wanted,
    }
}

/// Gives a guest the firmware of another of its definitions, with the files that
/// it has there.
///
/// # Errors
/// If one of them has no `<os>`.
pub fn take_firmware(doc: &mut Document, from: &Document) -> Result<(), XmlError> {
    let others: Vec<_> = all_fields().filter(|field| field.path.starts_with("os/")).collect();
    let values: Vec<_> = others.iter().map(|field| get(doc, None, field)).collect();
    let has_order = doc.find("os/boot").is_some();
    let os = from.find("os").map(|os| os.source().to_owned());
    doc.replace_element("os", &os.ok_or_else(|| XmlError::NotFound("os".to_owned()))?)?;
    for (field, value) in others.into_iter().zip(values) {
        set(doc, None, field, value.as_deref())?;
    }
    // What protects signed firmware comes and goes with it.
    if let Some(smm) = all_fields().find(|field| field.id == "machine.smm") {
        set(doc, None, smm, get(from, None, smm).as_deref())?;
    }
    // The order of devices stands in one place or the other.
    while !has_order && doc.find("os/boot").is_some() {
        doc.remove("os/boot")?;
    }
    Ok(())
}

/// Gives a guest another firmware, whose files libvirt chooses. What the old
/// one kept (boot entries, keys) stays in the guest's NVRAM, which libvirt names
/// by the guest and fills only where there is none: until it is reset, Secure
/// Boot has no keys to check with (tried with libvirt 11.3).
///
/// # Errors
/// If the definition has no `<os>`, as those of containers may.
pub fn set_firmware(doc: &mut Document, wanted: Firmware) -> Result<(), XmlError> {
    if firmware(doc) == wanted || wanted == Firmware::Files {
        return Ok(());
    }
    for element in ["os/loader", "os/nvram", "os/firmware"] {
        if doc.find(element).is_some() {
            doc.remove(element)?;
        }
    }
    let Firmware::Uefi { secure } = wanted else {
        return doc.remove_attr("os", "firmware");
    };
    doc.set_attr("os", "firmware", "efi")?;
    let word = if secure { "yes" } else { "no" };
    let features = if secure {
        format!(
            "<firmware><feature enabled='{word}' name='enrolled-keys'/>\
             <feature enabled='{word}' name='secure-boot'/></firmware>"
        )
    } else {
        // Firmware that could is fine as long as it has no keys.
        format!("<firmware><feature enabled='{word}' name='enrolled-keys'/></firmware>")
    };
    doc.insert_child("os", Position::Last, &features)?;
    if secure {
        // Its code is protected by it.
        doc.ensure("features/smm")?;
        doc.set_attr("features/smm", "state", "on")?;
    }
    Ok(())
}
