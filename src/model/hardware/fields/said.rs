//! What the guest is told of the machine that it runs on, and what the host
//! counts of its work.

use crate::model::hardware::{
    Applies::{NextStart, Tuning},
    Field, Kind, Place, Rule, Section,
    field::{YES_NO, field},
};

const BOOT: Place = Place::Guest(Section::Boot);
const TUNING: Place = Place::Guest(Section::Tuning);
const LINE: Kind = Kind::Text(Rule::Line);

#[rustfmt::skip]
pub(super) const FIELDS: &[Field] = &[
    field("boot.smbios", BOOT, "os/smbios/@mode", Kind::Choice(&["emulate", "host", "sysinfo"]), NextStart, "whose maker and serial number the guest sees"),
    field("bios.vendor", BOOT, "sysinfo[@type='smbios']/bios/entry[@name='vendor']", LINE, NextStart, "the maker of the firmware"),
    field("bios.version", BOOT, "sysinfo[@type='smbios']/bios/entry[@name='version']", LINE, NextStart, "the firmware's version"),
    field("bios.date", BOOT, "sysinfo[@type='smbios']/bios/entry[@name='date']", LINE, NextStart, "its date, as 04/01/2014"),
    field("bios.release", BOOT, "sysinfo[@type='smbios']/bios/entry[@name='release']", LINE, NextStart, "its release, as 0.0"),
    field("system.manufacturer", BOOT, "sysinfo[@type='smbios']/system/entry[@name='manufacturer']", LINE, NextStart, "the maker of the computer"),
    field("system.product", BOOT, "sysinfo[@type='smbios']/system/entry[@name='product']", LINE, NextStart, "its name"),
    field("system.version", BOOT, "sysinfo[@type='smbios']/system/entry[@name='version']", LINE, NextStart, "its version"),
    field("system.serial", BOOT, "sysinfo[@type='smbios']/system/entry[@name='serial']", LINE, NextStart, "its serial number"),
    field("system.sku", BOOT, "sysinfo[@type='smbios']/system/entry[@name='sku']", LINE, NextStart, "its number in the shop"),
    field("system.family", BOOT, "sysinfo[@type='smbios']/system/entry[@name='family']", LINE, NextStart, "what it belongs to"),
    field("board.manufacturer", BOOT, "sysinfo[@type='smbios']/baseBoard/entry[@name='manufacturer']", LINE, NextStart, "the maker of the board"),
    field("board.product", BOOT, "sysinfo[@type='smbios']/baseBoard/entry[@name='product']", LINE, NextStart, "its name"),
    field("board.version", BOOT, "sysinfo[@type='smbios']/baseBoard/entry[@name='version']", LINE, NextStart, "its version"),
    field("board.serial", BOOT, "sysinfo[@type='smbios']/baseBoard/entry[@name='serial']", LINE, NextStart, "its serial number"),
    field("board.asset", BOOT, "sysinfo[@type='smbios']/baseBoard/entry[@name='asset']", LINE, NextStart, "the owner's number for it"),
    field("board.location", BOOT, "sysinfo[@type='smbios']/baseBoard/entry[@name='location']", LINE, NextStart, "where in the case it is"),
    field("case.manufacturer", BOOT, "sysinfo[@type='smbios']/chassis/entry[@name='manufacturer']", LINE, NextStart, "the maker of the case"),
    field("case.version", BOOT, "sysinfo[@type='smbios']/chassis/entry[@name='version']", LINE, NextStart, "its version"),
    field("case.serial", BOOT, "sysinfo[@type='smbios']/chassis/entry[@name='serial']", LINE, NextStart, "its serial number"),
    field("case.asset", BOOT, "sysinfo[@type='smbios']/chassis/entry[@name='asset']", LINE, NextStart, "the owner's number for it"),
    field("case.sku", BOOT, "sysinfo[@type='smbios']/chassis/entry[@name='sku']", LINE, NextStart, "its number in the shop"),

    field("perf.cmt", TUNING, "perf/event[@name='cmt']/@enabled", YES_NO, Tuning, "counts the host's cache that the guest uses"),
    field("perf.mbmt", TUNING, "perf/event[@name='mbmt']/@enabled", YES_NO, Tuning, "counts memory bandwidth, all of it"),
    field("perf.mbml", TUNING, "perf/event[@name='mbml']/@enabled", YES_NO, Tuning, "counts memory bandwidth of its own node"),
    field("perf.cpu_cycles", TUNING, "perf/event[@name='cpu_cycles']/@enabled", YES_NO, Tuning, "counts cycles of processors"),
    field("perf.instructions", TUNING, "perf/event[@name='instructions']/@enabled", YES_NO, Tuning, "counts instructions that ran"),
    field("perf.cache_references", TUNING, "perf/event[@name='cache_references']/@enabled", YES_NO, Tuning, "counts looks into the cache"),
    field("perf.cache_misses", TUNING, "perf/event[@name='cache_misses']/@enabled", YES_NO, Tuning, "counts looks into the cache that found nothing"),
    field("perf.branch_instructions", TUNING, "perf/event[@name='branch_instructions']/@enabled", YES_NO, Tuning, "counts branches"),
    field("perf.branch_misses", TUNING, "perf/event[@name='branch_misses']/@enabled", YES_NO, Tuning, "counts branches that were foretold wrongly"),
    field("perf.bus_cycles", TUNING, "perf/event[@name='bus_cycles']/@enabled", YES_NO, Tuning, "counts cycles of the bus"),
    field("perf.stalled_cycles_frontend", TUNING, "perf/event[@name='stalled_cycles_frontend']/@enabled", YES_NO, Tuning, "counts cycles that waited for instructions"),
    field("perf.stalled_cycles_backend", TUNING, "perf/event[@name='stalled_cycles_backend']/@enabled", YES_NO, Tuning, "counts cycles that waited for data"),
    field("perf.ref_cpu_cycles", TUNING, "perf/event[@name='ref_cpu_cycles']/@enabled", YES_NO, Tuning, "counts cycles that do not follow the frequency"),
    field("perf.cpu_clock", TUNING, "perf/event[@name='cpu_clock']/@enabled", YES_NO, Tuning, "counts time of the processor's clock"),
    field("perf.task_clock", TUNING, "perf/event[@name='task_clock']/@enabled", YES_NO, Tuning, "counts time that the guest ran"),
    field("perf.page_faults", TUNING, "perf/event[@name='page_faults']/@enabled", YES_NO, Tuning, "counts page faults"),
    field("perf.context_switches", TUNING, "perf/event[@name='context_switches']/@enabled", YES_NO, Tuning, "counts switches to other programs"),
    field("perf.cpu_migrations", TUNING, "perf/event[@name='cpu_migrations']/@enabled", YES_NO, Tuning, "counts moves to another processor"),
    field("perf.page_faults_min", TUNING, "perf/event[@name='page_faults_min']/@enabled", YES_NO, Tuning, "counts page faults without reading"),
    field("perf.page_faults_maj", TUNING, "perf/event[@name='page_faults_maj']/@enabled", YES_NO, Tuning, "counts page faults with reading"),
    field("perf.alignment_faults", TUNING, "perf/event[@name='alignment_faults']/@enabled", YES_NO, Tuning, "counts accesses that were not aligned"),
    field("perf.emulation_faults", TUNING, "perf/event[@name='emulation_faults']/@enabled", YES_NO, Tuning, "counts instructions that were emulated"),
];
