//! The parts of the guest that is edited which are no devices.

use super::draft::Draft;
use crate::model::{
    hardware::{self, Device, DeviceKind, Field},
    xml::XmlError,
};

impl Draft {
    /// The parts of a kind that there are places for.
    pub(super) fn part_slots(&self, kind: DeviceKind) -> Vec<Device> {
        hardware::part_slots(&self.doc, kind)
    }

    pub(super) fn can_add_part(&self, kind: DeviceKind) -> bool {
        hardware::can_add_part(&self.doc, kind)
    }

    pub(super) fn add_part(&mut self, kind: DeviceKind, text: &str) -> Result<Device, XmlError> {
        hardware::add_part(&mut self.doc, kind, text)
    }

    pub(super) fn remove_part(&mut self, part: &Device) -> Result<(), XmlError> {
        hardware::remove_part(&mut self.doc, part)
    }

    /// Whether the definition says something of the part.
    pub(super) fn has_part(&self, part: &Device) -> bool {
        part.xml(&self.doc).is_some()
    }

    pub(super) fn has_feature(&self, name: &str) -> bool {
        let part = hardware::part(DeviceKind::CpuFeature, name);
        part.is_some_and(|part| self.has_part(&part))
    }

    /// The words for a field which the guest itself has to offer.
    pub(super) fn words(&self, field: &Field) -> Option<Vec<String>> {
        match field.id {
            "disk.throttle" => {
                let groups = self.part_slots(DeviceKind::ThrottleGroup);
                Some(groups.iter().map(|group| group.key().to_owned()).collect())
            }
            "graphics.audio" => Some(self.sound_outputs()),
            _ => None,
        }
    }

    /// The numbers of the guest's sound outputs.
    fn sound_outputs(&self) -> Vec<String> {
        self.doc.select("devices/audio").iter().filter_map(|output| output.attr("id")).collect()
    }

    pub(super) fn nodes(&self) -> usize {
        hardware::node_count(&self.doc)
    }

    /// The fewest and the most NUMA nodes.
    pub(super) fn node_limits(&self) -> (usize, usize) {
        (hardware::fewest_nodes(&self.doc), hardware::most_nodes(&self.doc).max(self.nodes()))
    }

    pub(super) fn set_nodes(&mut self, count: usize) -> Result<(), XmlError> {
        hardware::set_node_count(&mut self.doc, count)
    }
}
