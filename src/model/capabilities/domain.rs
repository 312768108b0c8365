//! `<domainCapabilities>`.

use crate::model::xml::{Document, Element, XmlError};

/// What is offered for one property: `None` where libvirt does not say.
///
/// A reader decides what silence means: an older libvirt did not report video
/// models, say, but had them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer(pub Option<Vec<String>>);

impl Offer {
    /// Whether `value` is offered; `unsaid` where nothing is said.
    #[must_use]
    pub fn has_or(&self, value: &str, unsaid: bool) -> bool {
        self.0.as_ref().map_or(unsaid, |values| values.iter().any(|v| v == value))
    }

    /// Whether `value` is offered for certain.
    #[must_use]
    pub fn has(&self, value: &str) -> bool {
        self.has_or(value, false)
    }

    /// The values; none where nothing is said.
    #[must_use]
    pub fn values(&self) -> &[String] {
        self.0.as_deref().unwrap_or_default()
    }
}

/// What a guest can have with one emulator, architecture, machine and way to run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DomainCapabilities {
    /// The program that runs it.
    pub emulator: Option<String>,
    /// The way to run: `kvm`, `qemu`…
    pub domain_type: String,
    /// The machine, aliases resolved.
    pub machine: Option<String>,
    /// The architecture.
    pub arch: String,
    /// The most processors.
    pub max_vcpus: Option<u32>,
    /// Firmware that libvirt can choose itself: `efi`, `bios`.
    pub firmware: Offer,
    /// Firmware given as a file.
    pub loader: Loader,
    /// What processors there are.
    pub cpu: CpuModes,
    /// Kinds of memory.
    pub memory_sources: Offer,
    /// `disk`, `cdrom`, `floppy`, `lun`.
    pub disk_devices: Offer,
    /// `virtio`, `sata`, `scsi`, `usb`…
    pub disk_buses: Offer,
    /// `vnc`, `spice`…
    pub graphics: Offer,
    /// `virtio`, `qxl`, `vga`…
    pub video: Offer,
    /// Models of random number devices.
    pub rng_models: Offer,
    /// `random`, `egd`, `builtin`.
    pub rng_backends: Offer,
    /// `path`, `virtiofs`…
    pub filesystems: Offer,
    /// `tpm-tis`, `tpm-crb`…
    pub tpm_models: Offer,
    /// `emulator`, `passthrough`…
    pub tpm_backends: Offer,
    /// `1.2`, `2.0`.
    pub tpm_versions: Offer,
    /// Buses of redirected devices.
    pub redirdev: Offer,
    /// `pty`, `unix`, `spicevmc`…
    pub channels: Offer,
    /// Ways an interface is served in user mode: `default`, `passt`.
    pub interface_backends: Offer,
    /// Hyper-V enlightenments.
    pub hyperv: Offer,
    /// Features of the `<features>` element that are supported by name.
    pub features: Vec<String>,
}

/// Firmware as a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loader {
    /// Files known to the host.
    pub paths: Vec<String>,
    /// `rom`, `pflash`.
    pub types: Offer,
    /// `yes` among them: Secure Boot is possible.
    pub secure: Offer,
}

/// Ways to choose a processor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CpuModes {
    /// The host's own processor, unchanged.
    pub host_passthrough: bool,
    /// Whether such a guest can still migrate, where said.
    pub host_passthrough_migratable: Option<bool>,
    /// All that the emulator can do.
    pub maximum: bool,
    /// The host's processor in libvirt's words.
    pub host_model: bool,
    /// The model that `host_model` would give.
    pub host_model_name: Option<String>,
    /// Features that the host has beyond that model, by name.
    pub features: Vec<String>,
    /// Models by name.
    pub models: Vec<CpuModel>,
}

/// A named processor model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CpuModel {
    /// Its name.
    pub name: String,
    /// Whether this host can run it, where said.
    pub usable: Option<bool>,
}

impl DomainCapabilities {
    /// Reads the XML that libvirt gives.
    ///
    /// # Errors
    /// If it is no well-formed XML.
    pub fn parse(xml: &str) -> Result<Self, XmlError> {
        let doc = Document::parse(xml)?;
        let device = |name: &str, of: &str| offer(doc.find(&format!("devices/{name}")), of);
        Ok(Self {
            emulator: doc.get("path"),
            domain_type: doc.get("domain").unwrap_or_default(),
            machine: doc.get("machine"),
            arch: doc.get("arch").unwrap_or_default(),
            max_vcpus: doc.get("vcpu/@max").and_then(|n| n.parse().ok()),
            firmware: offer(doc.find("os"), "firmware"),
            loader: Loader {
                paths: doc.select("os/loader/value").iter().map(Element::text).collect(),
                types: offer(doc.find("os/loader"), "type"),
                secure: offer(doc.find("os/loader"), "secure"),
            },
            cpu: cpu(&doc),
            memory_sources: offer(doc.find("memoryBacking"), "sourceType"),
            disk_devices: device("disk", "diskDevice"),
            disk_buses: device("disk", "bus"),
            graphics: device("graphics", "type"),
            video: device("video", "modelType"),
            rng_models: device("rng", "model"),
            rng_backends: device("rng", "backendModel"),
            filesystems: device("filesystem", "driverType"),
            tpm_models: device("tpm", "model"),
            tpm_backends: device("tpm", "backendModel"),
            tpm_versions: device("tpm", "backendVersion"),
            redirdev: device("redirdev", "bus"),
            channels: device("channel", "type"),
            interface_backends: device("interface", "backendType"),
            hyperv: offer(doc.find("features/hyperv"), "features"),
            features: doc
                .select("features/*")
                .into_iter()
                .filter(|f| supported(*f))
                .map(|f| f.name().to_owned())
                .collect(),
        })
    }

    /// Whether a guest can boot through UEFI here.
    #[must_use]
    pub fn has_uefi(&self) -> bool {
        self.firmware.has("efi") || self.uefi_loader().is_some()
    }

    /// A UEFI file, for a libvirt that does not choose one itself.
    #[must_use]
    pub fn uefi_loader(&self) -> Option<&str> {
        // Debian, Fedora, SUSE and Arch name theirs after the project.
        let is_uefi = |path: &&String| {
            let name = path.to_lowercase();
            ["ovmf", "edk2", "aavmf", "qemu_efi", "riscv_virt", "qemu-uefi"]
                .iter()
                .any(|n| name.contains(n))
        };
        let paths = || self.loader.paths.iter().filter(is_uefi);
        // A file with Secure Boot would need keys and a machine set up for it.
        paths().find(|path| is_plain(path)).or_else(|| paths().next()).map(String::as_str)
    }

    /// Whether there is a UEFI without Secure Boot.
    #[must_use]
    pub fn has_plain_uefi(&self) -> bool {
        self.uefi_loader().is_some_and(is_plain)
    }

    /// Whether Secure Boot can be had: libvirt chooses a firmware with it.
    #[must_use]
    pub fn has_secure_boot(&self) -> bool {
        self.firmware.has("efi") && self.loader.secure.has("yes")
    }

    /// Whether a TPM can be emulated.
    #[must_use]
    pub fn has_tpm_emulator(&self) -> bool {
        self.tpm_backends.has("emulator")
    }
}

/// Whether a UEFI file is built without Secure Boot, by the distributions' names.
fn is_plain(path: &str) -> bool {
    !["secboot", "secure", ".ms.", "-ms-", "-ms."].iter().any(|mark| path.contains(mark))
}

/// The `<enum>` of this name in `parent`; nothing offered where the parent is
/// there and not supported.
fn offer(parent: Option<Element<'_>>, name: &str) -> Offer {
    let Some(parent) = parent else { return Offer(None) };
    if parent.attr("supported").as_deref() == Some("no") {
        return Offer(Some(Vec::new()));
    }
    let found = parent.children_named("enum").find(|e| e.attr("name").as_deref() == Some(name));
    Offer(found.map(|e| e.children_named("value").map(|v| v.text()).collect()))
}

fn supported(element: Element<'_>) -> bool {
    element.attr("supported").as_deref() == Some("yes")
}

/// What the host's processor can do.
fn features(mode: Option<Element<'_>>) -> Vec<String> {
    let has = |feature: &Element<'_>| feature.attr("policy").as_deref() != Some("disable");
    let features = mode.into_iter().flat_map(|mode| mode.select("feature"));
    let mut names: Vec<String> =
        features.filter(has).filter_map(|feature| feature.attr("name")).collect();
    names.sort();
    names.dedup();
    names
}

fn cpu(doc: &Document) -> CpuModes {
    let mode = |name: &str| {
        doc.select("cpu/mode").into_iter().find(|m| m.attr("name").as_deref() == Some(name))
    };
    let has = |name: &str| mode(name).is_some_and(supported);
    let migratable = offer(mode("host-passthrough"), "hostPassthroughMigratable");
    CpuModes {
        host_passthrough: has("host-passthrough"),
        host_passthrough_migratable: migratable.0.as_ref().map(|v| v.iter().any(|v| v == "on")),
        maximum: has("maximum"),
        host_model: has("host-model"),
        host_model_name: mode("host-model").and_then(|m| m.get("model")),
        features: features(mode("host-model")),
        models: mode("custom").map_or_else(Vec::new, |custom| {
            custom
                .children_named("model")
                .map(|m| CpuModel {
                    name: m.text(),
                    usable: match m.attr("usable").as_deref() {
                        Some("yes") => Some(true),
                        Some("no") => Some(false),
                        _ => None,
                    },
                })
                .collect()
        }),
    }
}
