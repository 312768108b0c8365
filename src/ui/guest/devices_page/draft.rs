//! The user's changes of a guest until they are applied.

mod standing;

use std::collections::HashMap;

pub(super) use standing::{Mark, Standing};

use crate::{
    backend::{Modification, NewVolume},
    model::{
        NodeDevice, ScreenProtocol,
        capabilities::Offer,
        hardware::{
            self, Device, DeviceKind, DeviceTable, Difference, Field, FieldError, NewDevice, Place,
        },
        xml::{Document, XmlError},
    },
};

use super::{names::Known, offers::Platform};

/// What the list on the left has.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Entry {
    /// Fields of the guest as a whole.
    Section(hardware::Section),
    /// A device, by its identity.
    Device(String),
    /// One that was removed, by its identity.
    Gone(String),
    /// All of it as text.
    Xml,
}

/// An edit of a field that goes on while its value is typed.
struct LastEdit {
    /// Where the device stands, and the field's name.
    of: (Option<String>, &'static str),
    /// What there was before it, and after.
    before: Document,
    former: HashMap<String, String>,
    after: Document,
}

/// A definition as it was read, and as the user wants it. Not printable: it
/// holds passwords.
pub(in crate::ui) struct Draft {
    /// The persistent definition as libvirt gave it.
    base: String,
    before: Document,
    pub(super) doc: Document,
    live: Option<Document>,
    /// The devices before the edits, and those in use: read where nobody waits for it.
    had: DeviceTable,
    lives: DeviceTable,
    /// In what the guest runs otherwise than it will start.
    waiting: Vec<Difference>,
    /// Images to be made for disks that were added, by their paths.
    volumes: Vec<(String, NewVolume)>,
    /// Images of removed disks that are to go, too.
    doomed: Vec<String>,
    /// Devices that are known by another name now: that, and the former one.
    renamed: HashMap<String, String>,
    /// The last edit of a field, which may go on.
    last: Option<LastEdit>,
    /// The edits were applied; what became of them is yet to be read.
    applied: bool,
    /// What is known of the devices besides.
    pub(super) known: Known,
}

impl Draft {
    /// Of the persistent definition, and of that in use where the guest runs.
    ///
    /// # Errors
    /// If one is no well-formed XML.
    pub(super) fn new(base: String, live: Option<&str>) -> Result<Self, XmlError> {
        let before = Document::parse(&base)?;
        let live = live.map(Document::parse).transpose()?;
        let waiting = waiting(live.as_ref(), &before);
        let had = DeviceTable::of(&before);
        let lives = live.as_ref().map(DeviceTable::of).unwrap_or_default();
        Ok(Self {
            base,
            doc: before.clone(),
            before,
            live,
            waiting,
            had,
            lives,
            volumes: Vec::new(),
            doomed: Vec::new(),
            renamed: HashMap::new(),
            last: None,
            applied: false,
            known: Known::default(),
        })
    }

    pub(super) fn is_edited(&self) -> bool {
        self.doc != self.before
    }

    /// The persistent definition as libvirt gave it.
    pub(super) fn base(&self) -> &str {
        &self.base
    }

    /// Whether this is the same definition that was read before.
    pub(super) fn is_of(&self, base: &str) -> bool {
        self.base == base
    }

    /// Whether nothing is otherwise than in what was read now.
    pub(super) fn is_as(&self, read: &Self) -> bool {
        !self.applied && !self.is_edited() && self.base == read.base && self.live == read.live
    }

    /// The guest's architecture and machine.
    pub(super) fn platform(&self) -> Platform {
        (self.doc.get("os/type/@arch"), self.doc.get("os/type/@machine"))
    }

    /// The guest's name.
    pub(super) fn name(&self) -> String {
        self.doc.get("name").unwrap_or_default()
    }

    /// What was edited since this was last asked, for a guest that is not there
    /// yet: there is nothing to go back to.
    pub(super) fn settle(&mut self) -> Option<(String, Vec<NewVolume>)> {
        if !self.is_edited() {
            return None;
        }
        self.before = self.doc.clone();
        self.renamed.clear();
        self.had = DeviceTable::of(&self.before);
        self.base = self.doc.to_string();
        let volumes = self.volumes.iter().map(|(_, image)| image.clone()).collect();
        Some((self.base.clone(), volumes))
    }

    /// The definition as it was read, and as it is wanted.
    pub(super) fn texts(&self) -> (String, String) {
        (self.base.clone(), self.doc.to_string())
    }

    /// The edits go on top of `theirs`: as `merged`, or as they are.
    ///
    /// # Errors
    /// If one is no well-formed XML; then nothing changes.
    pub(super) fn rebase(&mut self, theirs: String, merged: Option<&str>) -> Result<(), XmlError> {
        let before = Document::parse(&theirs)?;
        if let Some(merged) = merged {
            self.doc = Document::parse(merged)?;
        }
        self.waiting = waiting(self.live.as_ref(), &before);
        self.had = DeviceTable::of(&before);
        (self.base, self.before) = (theirs, before);
        Ok(())
    }

    pub(super) fn devices(&self) -> Vec<Device> {
        if self.is_edited() { hardware::devices(&self.doc) } else { self.had.all().to_vec() }
    }

    pub(super) fn device(&self, identity: &str) -> Option<Device> {
        hardware::find(&self.doc, identity)
    }

    /// The edited device, which may have another name now.
    pub(super) fn in_place_of(&self, device: &Device) -> Option<Device> {
        hardware::in_place_of(&self.doc, device)
    }

    /// Whether the guest runs and could be given such a device now; nothing for
    /// a guest that is off.
    pub(super) fn can_be_now(&self, new: &NewDevice) -> Option<bool> {
        let met = hardware::needs(&self.doc, new).is_empty();
        self.live.as_ref().map(|live| met && hardware::can_be_now(live, new))
    }

    pub(super) fn needs(&self, new: &NewDevice) -> Vec<hardware::Need> {
        hardware::needs(&self.doc, new)
    }

    /// Whether the guest will have this device of its host.
    pub(super) fn has_host_device(&self, device: &NodeDevice) -> bool {
        device.is_in(&self.doc)
    }

    /// Whether the guest has one such device and can have no other.
    pub(super) fn is_full(&self, kind: DeviceKind) -> bool {
        hardware::is_only_one(kind) && self.devices().iter().any(|device| device.kind == kind)
    }

    /// The device as it was before it was edited, if it was there.
    pub(super) fn had(&self, identity: &str) -> Option<Device> {
        self.had.find(self.former(identity))
    }

    /// By what the device was known before it was edited.
    fn former<'a>(&'a self, identity: &'a str) -> &'a str {
        self.renamed.get(identity).map_or(identity, String::as_str)
    }

    pub(super) fn value(&self, device: Option<&Device>, field: &Field) -> Option<String> {
        hardware::get(&self.doc, device, field)
    }

    /// The least and the most that the field can be here.
    pub(super) fn limits(&self, field: &Field) -> Option<(u64, u64)> {
        hardware::limits(&self.doc, field)
    }

    /// The most processors of the guest.
    pub(super) fn processors(&self) -> Option<u64> {
        self.doc.get("vcpu")?.trim().parse().ok()
    }

    /// Whether the field means something beside the others' values.
    pub(super) fn is_shown(&self, device: Option<&Device>, field: &Field) -> bool {
        let arch = self.platform().0;
        if !hardware::is_meant(field, device, arch.as_deref()) {
            return self.value(device, field).is_some();
        }
        // A disk without groups to be in has no use for one.
        if self.words(field).is_some_and(|words| words.is_empty()) {
            return self.value(device, field).is_some();
        }
        if field.id == "machine.tb_cache" && self.doc.get("@type").as_deref() != Some("qemu") {
            return self.value(device, field).is_some();
        }
        if hardware::is_single_feature(field.id) && self.has_all_of_hyperv() {
            return self.value(device, field).is_some();
        }
        let needs = hardware::depends(field.id);
        let of = |other: &Field| device.filter(|_| !matches!(other.place, Place::Guest(_)));
        let met = |(id, wanted): &(&str, &str)| {
            let other = hardware::all_fields().find(|other| other.id == *id);
            let is = other.and_then(|other| self.value(of(other), other));
            is.is_some_and(|is| wanted.is_empty() || is == *wanted)
        };
        let is_set = |id: &&str| met(&(*id, ""));
        let means = needs.is_empty() || needs.iter().any(met);
        means && !hardware::excludes(field.id).iter().any(is_set)
            || self.value(device, field).is_some()
    }

    /// Whether the guest has all of the host's Hyper-V features, and none by itself.
    fn has_all_of_hyperv(&self) -> bool {
        self.doc.get("features/hyperv/@mode").as_deref() == Some("passthrough")
    }

    /// Sets a field; nothing leaves it to libvirt. What the last value of the same
    /// field had brought with it goes: a value comes key by key.
    ///
    /// # Errors
    /// Why the value cannot be.
    pub(super) fn set(
        &mut self,
        device: Option<&Device>,
        field: &Field,
        value: Option<&str>,
    ) -> Result<(), FieldError> {
        let of = (device.map(Device::path), field.id);
        let last = self.last.take().filter(|last| last.of == of && last.after == self.doc);
        let (before, former) = match last {
            Some(last) => (last.before, last.former),
            None => (self.doc.clone(), self.renamed.clone()),
        };
        // The device as it was before it was edited.
        let had = device.filter(|device| !device.kind.is_part());
        let had = had.and_then(|now| hardware::in_place_of(&before, now));
        let device = had.as_ref().or(device);
        let mut after = before.clone();
        let done = try_out(&mut after, device, field, value);
        if done.is_ok() {
            self.doc = after;
            self.renamed.clone_from(&former);
            self.follow(device);
        }
        self.last = Some(LastEdit { of, before, former, after: self.doc.clone() });
        done
    }

    /// Remembers by what an edited device was known.
    fn follow(&mut self, device: Option<&Device>) {
        let Some(device) = device.filter(|device| !device.kind.is_part()) else { return };
        let now = self.in_place_of(device).filter(|now| now.identity != device.identity);
        let Some(now) = now else { return };
        let former = self.renamed.remove(&device.identity);
        let former = former.unwrap_or_else(|| device.identity.clone());
        if former != now.identity {
            self.renamed.insert(now.identity, former);
        }
    }

    /// Gives all changes up.
    pub(super) fn discard(&mut self) {
        self.volumes.clear();
        self.doomed.clear();
        self.renamed.clear();
        self.doc = self.before.clone();
    }

    pub(super) fn add(&mut self, new: &NewDevice) -> Result<Device, XmlError> {
        hardware::add(&mut self.doc, new)
    }

    /// Adds a disk whose image is made, at `path`, when all is applied.
    pub(super) fn add_disk(&mut self, path: String, image: NewVolume) -> Result<Device, XmlError> {
        let device = self.add_image(&path, &image.format)?;
        self.volumes.push((path, image));
        Ok(device)
    }

    /// Adds a disk with an image that is there.
    pub(super) fn add_image(&mut self, path: &str, format: &str) -> Result<Device, XmlError> {
        let mut new = self.new_disk();
        if let NewDevice::Disk { source, format: is, .. } = &mut new {
            *source = Some(path.to_owned());
            format.clone_into(is);
        }
        self.add(&new)
    }

    /// A disk as it would be added, but for its image.
    pub(super) fn new_disk(&self) -> NewDevice {
        NewDevice::Disk {
            device: "disk".to_owned(),
            bus: self.usual_bus(),
            source: None,
            format: "qcow2".to_owned(),
        }
    }

    /// That of the first disk: the guest's system has the driver for it.
    fn usual_bus(&self) -> String {
        let mut disks = self.devices().into_iter().filter(|device| {
            device.kind == DeviceKind::Disk && device.fact("device").unwrap_or("disk") == "disk"
        });
        let bus = disks.find_map(|disk| disk.fact("bus").map(str::to_owned));
        bus.unwrap_or_else(|| "virtio".to_owned())
    }

    /// Takes a device away, and the image at this path once that is applied.
    pub(super) fn remove(
        &mut self,
        device: &Device,
        image: Option<String>,
    ) -> Result<(), XmlError> {
        hardware::remove(&mut self.doc, device)?;
        self.doomed.extend(image);
        Ok(())
    }

    /// The images to delete once all is applied.
    pub(super) fn doomed(&self) -> Vec<String> {
        let used = self.devices();
        let is_used = |path: &str| used.iter().any(|device| device.fact("source") == Some(path));
        self.doomed.iter().filter(|path| !is_used(path)).cloned().collect()
    }

    pub(super) fn firmware(&self) -> hardware::Firmware {
        hardware::firmware(&self.doc)
    }

    /// Sets the firmware; nothing takes a change of it back.
    pub(super) fn set_firmware(
        &mut self,
        wanted: Option<hardware::Firmware>,
    ) -> Result<(), XmlError> {
        let former = self.live.as_ref().filter(|_| !self.has_new_firmware());
        match wanted {
            Some(wanted) => hardware::set_firmware(&mut self.doc, wanted),
            None => hardware::take_firmware(&mut self.doc, former.unwrap_or(&self.before)),
        }
    }

    /// Whether the guest runs.
    pub(super) fn is_running(&self) -> bool {
        self.live.is_some()
    }

    /// Whether UEFI keeps settings of the guest as it is defined now.
    pub(super) fn keeps_firmware_settings(&self) -> bool {
        let uefi = matches!(hardware::firmware(&self.before), hardware::Firmware::Uefi { .. });
        uefi || self.before.find("os/nvram").is_some()
    }

    pub(super) fn screen_protocol(&self) -> Option<ScreenProtocol> {
        hardware::screen_protocol(&self.doc)
    }

    /// Changes the only server to the other protocol, with what belongs to it.
    pub(super) fn change_screen(
        &mut self,
        to: ScreenProtocol,
        video: &Offer,
    ) -> Result<Device, XmlError> {
        hardware::change_screen_protocol(&mut self.doc, to, video)?;
        let mut devices = self.devices().into_iter();
        let missing = || XmlError::NotFound("graphics".to_owned());
        let is_it = |device: &Device| {
            device.kind == DeviceKind::Graphics && device.fact("type") == Some(to.name())
        };
        devices.find(is_it).ok_or_else(missing)
    }

    pub(super) fn boot_order(&self) -> Vec<hardware::BootEntry> {
        hardware::boot_order(&self.doc)
    }

    pub(super) fn set_boot_order(&mut self, order: &[hardware::BootEntry]) -> Result<(), XmlError> {
        hardware::set_boot_order(&mut self.doc, order)
    }

    /// The edits are in libvirt's definition now.
    pub(super) fn apply(&mut self) {
        self.applied = true;
    }

    pub(super) fn is_applied(&self) -> bool {
        self.applied
    }

    /// The definition as it was read.
    pub(super) fn as_read(&self) -> &Document {
        &self.before
    }

    /// How many things are changed.
    pub(super) fn changes(&self) -> usize {
        if !self.is_edited() {
            return 0;
        }
        // What no field stands for (the order of starting, say) counts, too.
        hardware::differences(&self.before, &self.doc).len().max(1)
    }

    /// Whether the guest runs with something else than it will start with.
    pub(super) fn waits_for_restart(&self) -> bool {
        !self.waiting.is_empty() || self.waiting_firmware().is_some()
    }

    /// What to ask the host for, and how many changes wait for the next start
    /// in any case.
    ///
    /// # Errors
    /// If a value cannot be written.
    pub(super) fn plan(&self) -> Result<(Modification, usize), XmlError> {
        let definition = Some((self.base.clone(), self.doc.to_string()));
        // Only those that are still used.
        let used: Vec<Device> = self.devices();
        let is_used = |path: &str| used.iter().any(|device| device.fact("source") == Some(path));
        let volumes = self.volumes.iter().filter(|(path, _)| is_used(path));
        let volumes = volumes.map(|(_, image)| image.clone()).collect();
        let Some(live) = &self.live else {
            return Ok((Modification { definition, volumes, live: Vec::new() }, 0));
        };
        let edits = hardware::live_changes(live, &self.before, &self.doc)?;
        let all = hardware::differences(&self.before, &self.doc);
        let waits = |difference: &&Difference| match difference {
            Difference::Field { field, .. } => {
                !field.can_be_live() && !hardware::is_of_modules(difference, &all)
            }
            Difference::Added(device) => {
                self.lives.find(&device.identity).is_none() && !hardware::is_pluggable(live, device)
            }
            Difference::Removed(_) => false,
        };
        let waiting = all.iter().filter(waits).count();
        let live = edits.into_iter().map(|(edit, _)| edit).collect();
        Ok((Modification { definition, volumes, live }, waiting))
    }
}

fn waiting(live: Option<&Document>, next: &Document) -> Vec<Difference> {
    live.map(|live| hardware::waiting(live, next)).unwrap_or_default()
}

/// Sets a field, if it can have this value.
fn try_out(
    doc: &mut Document,
    device: Option<&Device>,
    field: &Field,
    value: Option<&str>,
) -> Result<(), FieldError> {
    match value {
        Some(value) => {
            hardware::check(field, value)?;
            hardware::check_limits(doc, field, value)?;
        }
        None if field.is_required() => return Err(FieldError::Empty),
        None => {}
    }
    hardware::edit(doc, device, field, value).map_err(|_| FieldError::BadCharacter)
}
