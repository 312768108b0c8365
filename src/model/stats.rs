//! Load of guests over time.

use std::{collections::BTreeMap, sync::Arc};

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
