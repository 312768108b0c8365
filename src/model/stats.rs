//! Load of guests over time.

// Shares and rates for graphs: their last digits do not matter.
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use crate::model::DomainId;

/// How many samples a history keeps.
pub const HISTORY: usize = 60;

/// Load of the guests that some window shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StatsSnapshot {
    /// By guest; a guest nobody shows is absent.
    pub guests: BTreeMap<DomainId, Arc<GuestStats>>,
}

/// Load of one guest: the newest value last, at most [`HISTORY`] of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GuestStats {
    /// Share of the guest's own processors in use, 0.0 to 1.0.
    pub cpu: Vec<f32>,
    /// Share of the guest's memory in use, 0.0 to 1.0.
    pub memory: Vec<f32>,
    /// Memory in use, in bytes.
    pub memory_used: u64,
    /// Bytes read and written per second on all disks.
    pub disk: Vec<(f32, f32)>,
    /// Bytes received and sent per second on all interfaces.
    pub network: Vec<(f32, f32)>,
}

/// Counters of one guest at a moment, from which rates are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoadSample {
    /// When it was read, from any fixed point.
    pub at: Duration,
    /// Processor time used since the guest's start.
    pub cpu_time: Duration,
    /// Processors in use.
    pub vcpus: u32,
    /// Memory the guest has now, in bytes.
    pub memory_total: u64,
    /// Memory in use, in bytes.
    pub memory_used: u64,
    /// Bytes read and written since the guest's start on all disks.
    pub disk: (u64, u64),
    /// Bytes received and sent since the guest's start on all interfaces.
    pub network: (u64, u64),
}

impl LoadSample {
    /// From libvirt's bulk statistics (`cpu.time`, `block.0.rd.bytes`…); nothing
    /// without processor time, as for a guest that does not run.
    #[must_use]
    pub fn from_figures(figures: &HashMap<String, u64>, at: Duration) -> Option<Self> {
        let figure = |name: &str| figures.get(name).copied();
        let cpu_time = Duration::from_nanos(figure("cpu.time")?);
        let kib = |name: &str| figure(name).map(|kib| kib.saturating_mul(1024));
        let memory_total = kib("balloon.current").or_else(|| kib("balloon.maximum")).unwrap_or(0);
        // What the guest itself says (its balloon driver), else what its process
        // takes on the host: a guest without the driver seems to use everything.
        let free = kib("balloon.usable").or_else(|| kib("balloon.unused"));
        let memory_used = match (kib("balloon.available"), free) {
            (Some(available), Some(free)) => available.saturating_sub(free),
            _ => kib("balloon.rss").map_or(memory_total, |rss| rss.min(memory_total)),
        };
        let sum = |group: &str, suffix: &str| {
            let count = figure(&format!("{group}.count")).unwrap_or(0);
            (0..count.min(4096))
                .filter_map(|index| figure(&format!("{group}.{index}.{suffix}")))
                .fold(0_u64, u64::saturating_add)
        };
        Some(Self {
            at,
            cpu_time,
            vcpus: figure("vcpu.current").and_then(|count| u32::try_from(count).ok()).unwrap_or(1),
            memory_total,
            memory_used,
            disk: (sum("block", "rd.bytes"), sum("block", "wr.bytes")),
            network: (sum("net", "rx.bytes"), sum("net", "tx.bytes")),
        })
    }
}

impl GuestStats {
    /// This history with one more sample. Rates need the sample `before`; a
    /// counter that went back (the guest was started anew) gives none.
    #[must_use]
    pub fn with(&self, before: Option<&LoadSample>, now: &LoadSample) -> Self {
        let mut next = self.clone();
        next.memory_used = now.memory_used;
        push(&mut next.memory, share(now.memory_used as f64, now.memory_total as f64));
        let Some(before) = before else { return next };
        let Some(seconds) = now.at.checked_sub(before.at).map(|time| time.as_secs_f64()) else {
            return next;
        };
        let Some(used) = now.cpu_time.checked_sub(before.cpu_time) else { return next };
        if seconds <= 0.0 {
            return next;
        }
        push(&mut next.cpu, share(used.as_secs_f64(), seconds * f64::from(now.vcpus.max(1))));
        let rate = |before: u64, now: u64| (now.saturating_sub(before) as f64 / seconds) as f32;
        let rates =
            |before: (u64, u64), now: (u64, u64)| (rate(before.0, now.0), rate(before.1, now.1));
        push(&mut next.disk, rates(before.disk, now.disk));
        push(&mut next.network, rates(before.network, now.network));
        next
    }
}

fn share(part: f64, whole: f64) -> f32 {
    if whole > 0.0 { (part / whole).clamp(0.0, 1.0) as f32 } else { 0.0 }
}

fn push<T>(history: &mut Vec<T>, value: T) {
    if history.len() >= HISTORY {
        history.drain(..=history.len() - HISTORY);
    }
    history.push(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(seconds: u64, cpu_milliseconds: u64) -> LoadSample {
        LoadSample {
            at: Duration::from_secs(seconds),
            cpu_time: Duration::from_millis(cpu_milliseconds),
            vcpus: 2,
            memory_total: 1000,
            memory_used: 250,
            disk: (seconds * 100, 0),
            network: (0, seconds * 10),
        }
    }

    #[test]
    fn rates_come_from_two_samples() {
        let first = GuestStats::default().with(None, &sample(10, 1000));
        assert!(first.cpu.is_empty());
        assert_eq!(first.memory, [0.25]);
        let second = first.with(Some(&sample(10, 1000)), &sample(12, 3000));
        assert_eq!(second.cpu, [0.5]);
        assert_eq!(second.disk, [(100.0, 0.0)]);
        assert_eq!(second.network, [(0.0, 10.0)]);
        assert_eq!(second.memory_used, 250);
    }

    #[test]
    fn a_counter_that_goes_back_gives_no_rate() {
        let stats = GuestStats::default().with(Some(&sample(10, 5000)), &sample(12, 100));
        assert!(stats.cpu.is_empty() && stats.disk.is_empty());
        let stats = GuestStats::default().with(Some(&sample(12, 100)), &sample(12, 200));
        assert!(stats.cpu.is_empty());
    }

    #[test]
    fn a_share_stays_between_nothing_and_all() {
        let stats = GuestStats::default().with(Some(&sample(10, 0)), &sample(11, 9000));
        assert_eq!(stats.cpu, [1.0]);
        let none = LoadSample { memory_total: 0, ..sample(1, 1) };
        assert_eq!(GuestStats::default().with(None, &none).memory, [0.0]);
    }

    #[test]
    fn the_history_keeps_the_newest() {
        let mut stats = GuestStats::default();
        for second in 1..=100 {
            stats = stats.with(
                Some(&sample(second - 1, (second - 1) * 20)),
                &LoadSample { memory_used: second, ..sample(second, second * 20) },
            );
        }
        assert_eq!(stats.cpu.len(), HISTORY);
        assert_eq!(stats.memory.len(), HISTORY);
        assert_eq!(stats.memory.last(), Some(&0.1));
        assert_eq!(stats.memory.first(), Some(&0.041));
    }

    #[test]
    fn figures_are_summed_over_devices() {
        let figures: HashMap<String, u64> = [
            ("cpu.time", 2_000_000_000),
            ("vcpu.current", 4),
            ("balloon.current", 1024),
            ("balloon.rss", 512),
            ("block.count", 2),
            ("block.0.rd.bytes", 10),
            ("block.1.rd.bytes", 5),
            ("block.1.wr.bytes", 7),
            ("net.count", 1),
            ("net.0.rx.bytes", 3),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        let sample = LoadSample::from_figures(&figures, Duration::from_secs(1)).unwrap();
        assert_eq!(sample.cpu_time, Duration::from_secs(2));
        assert_eq!(sample.vcpus, 4);
        assert_eq!((sample.memory_total, sample.memory_used), (1 << 20, 1 << 19));
        assert_eq!(sample.disk, (15, 7));
        assert_eq!(sample.network, (3, 0));
    }

    #[test]
    fn the_guests_own_word_on_its_memory_counts() {
        let figures: HashMap<String, u64> = [
            ("cpu.time", 1),
            ("balloon.current", 1000),
            ("balloon.rss", 900),
            ("balloon.available", 950),
            ("balloon.unused", 100),
            ("balloon.usable", 500),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        let sample = LoadSample::from_figures(&figures, Duration::ZERO).unwrap();
        assert_eq!(sample.memory_used, 450 * 1024);
        assert_eq!(LoadSample::from_figures(&HashMap::new(), Duration::ZERO), None);
    }
}
