//! A running guest's load as curves, each with its newest value in words.

use gettextrs::gettext;
use relm4::{
    adw,
    adw::prelude::*,
    gtk::{self},
};

use super::helpers;
use crate::{
    i18n::gettext_f,
    model::GuestStats,
    ui::{widgets::Sparkline, words},
};

/// A slower rate than this fills no curve: in bytes per second.
const LEAST_RATE: f32 = 64.0 * 1024.0;

/// The curves.
#[derive(Debug)]
pub(super) struct Load {
    group: adw::PreferencesGroup,
    cpu: Curve,
    memory: Curve,
    disk: Curve,
    network: Curve,
}

#[derive(Debug)]
struct Curve {
    row: adw::ActionRow,
    line: Sparkline,
}

impl Curve {
    fn new(group: &adw::PreferencesGroup, title: &str, class: &str) -> Self {
        let row = adw::ActionRow::builder().title(title).build();
        let line = Sparkline::new();
        line.add_css_class(class);
        line.add_css_class("large-graph");
        row.add_suffix(&line);
        group.add(&row);
        Self { row, line }
    }

    fn show(&self, samples: &[f32], text: &str) {
        self.line.set_samples(samples);
        self.row.set_subtitle(text);
        // A curve says nothing to who cannot see it; its text does.
        let title = self.row.title();
        let label = gettext_f("{what}: {value}", &[("what", &title), ("value", text)]);
        self.line.update_property(&[gtk::accessible::Property::Label(&label)]);
    }
}

impl Load {
    pub(super) fn new() -> Self {
        let group = adw::PreferencesGroup::builder().title(gettext("Load")).build();
        let cpu = Curve::new(&group, &gettext("Processors"), "cpu");
        let memory = Curve::new(&group, &gettext("Memory"), "memory");
        let disk = Curve::new(&group, &gettext("Disks"), "cpu");
        let network = Curve::new(&group, &gettext("Network"), "memory");
        Self { group, cpu, memory, disk, network }
    }

    pub(super) fn group(&self) -> &adw::PreferencesGroup {
        &self.group
    }

    /// Shows the load of a guest with so much memory, in bytes.
    pub(super) fn show(&self, load: Option<&GuestStats>, memory: u64) {
        let none = GuestStats::default();
        let load = load.unwrap_or(&none);
        let unknown = || gettext("Not known yet");

        let cpu = load.cpu.last().map_or_else(unknown, |share| helpers::per_cent(*share));
        self.cpu.show(&load.cpu, &cpu);

        let used = (!load.memory.is_empty() && memory > 0).then(|| {
            let (used, total) = (words::size(load.memory_used), words::size(memory));
            gettext_f("{used} of {total}", &[("used", &used), ("total", &total)])
        });
        self.memory.show(&load.memory, &used.unwrap_or_else(unknown));

        let disk = load.disk.last().map_or_else(unknown, |(read, written)| {
            gettext_f(
                // Translators: bytes per second on a guest's disks
                "{read} per second read, {written} per second written",
                &[("read", &rate(*read)), ("written", &rate(*written))],
            )
        });
        self.disk.show(&shares(&load.disk), &disk);

        let network = load.network.last().map_or_else(unknown, |(received, sent)| {
            gettext_f(
                // Translators: bytes per second on a guest's network interfaces
                "{received} per second received, {sent} per second sent",
                &[("received", &rate(*received)), ("sent", &rate(*sent))],
            )
        });
        self.network.show(&shares(&load.network), &network);
    }
}

/// A rate is finite and not negative; its fraction does not matter.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn rate(bytes: f32) -> String {
    words::size(bytes as u64)
}

/// Both directions together, as shares of the greatest.
fn shares(rates: &[(f32, f32)]) -> Vec<f32> {
    let sums: Vec<f32> = rates.iter().map(|(one, other)| one + other).collect();
    let most = sums.iter().copied().fold(LEAST_RATE, f32::max);
    sums.into_iter().map(|sum| sum / most).collect()
}

#[cfg(test)]
mod tests {
    use super::shares;

    #[test]
    fn the_greatest_rate_fills_the_curve_and_a_trickle_does_not() {
        assert_eq!(shares(&[]), Vec::<f32>::new());
        assert_eq!(shares(&[(1e6, 1e6), (0.0, 1e6)]), [1.0, 0.5]);
        assert!(shares(&[(100.0, 0.0)])[0] < 0.01);
    }
}
