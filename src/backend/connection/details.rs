//! What the list shows of a definition.

use crate::model::{DiskSummary, DomainDetails, xml::Document};

/// Reads a definition; what it does not say stays empty.
pub(super) fn parse(xml: &str) -> Option<DomainDetails> {
    let document = Document::parse(xml).ok()?;
    let get = |path: &str| document.get(path).filter(|text| !text.is_empty());
    let disks = document.select("devices/disk").into_iter().map(|disk| DiskSummary {
        target: disk.get("target/@dev").unwrap_or_default(),
        device: disk.attr("device").unwrap_or_else(|| "disk".to_owned()),
        source: ["file", "dev", "volume", "name", "dir"]
            .iter()
            .find_map(|name| disk.get(&format!("source/@{name}"))),
    });
    let memory = document
        .find("memory")
        .map_or(0, |memory| bytes(&memory.text(), memory.attr("unit").as_deref()));
    let vcpus = document.find("vcpu").map_or(0, |vcpu| {
        vcpu.attr("current").unwrap_or_else(|| vcpu.text()).trim().parse().unwrap_or(0)
    });
    let os_id = document
        .select("metadata/*")
        .iter()
        .filter(|element| element.local_name() == "libosinfo")
        .flat_map(|info| info.children())
        .find(|child| child.local_name() == "os")
        .and_then(|os| os.attr("id"));
    Some(DomainDetails {
        title: get("title"),
        notes: get("description"),
        os_id,
        vcpus,
        memory,
        machine: get("os/type/@machine"),
        arch: get("os/type/@arch"),
        uefi: get("os/@firmware").is_some_and(|firmware| firmware == "efi")
            || get("os/loader/@type").is_some_and(|kind| kind == "pflash"),
        addresses: Vec::new(),
        graphics: document
            .select("devices/graphics")
            .iter()
            .filter_map(|graphics| graphics.attr("type"))
            .collect(),
        disks: disks.collect(),
        pending_changes: false,
    })
}

/// libvirt's amount of memory in bytes; without a unit, KiB.
fn bytes(number: &str, unit: Option<&str>) -> u64 {
    let factor: u64 = match unit.unwrap_or("KiB") {
        "b" | "bytes" => 1,
        "KB" => 1000,
        "M" | "MiB" => 1 << 20,
        "MB" => 1_000_000,
        "G" | "GiB" => 1 << 30,
        "GB" => 1_000_000_000,
        "T" | "TiB" => 1 << 40,
        "TB" => 1_000_000_000_000,
        _ => 1 << 10,
    };
    number.trim().parse::<u64>().unwrap_or(0).saturating_mul(factor)
}
