//! What the tests of consoles share.

use relm4::gtk;

/// Runs `test` where there is a display.
pub(super) fn on_gtk(test: impl FnOnce() + Send + std::panic::UnwindSafe + 'static) {
    if std::env::var_os("DISPLAY").is_none() {
        assert!(std::env::var_os("POSADA_REAL").is_none(), "no display");
        eprintln!("skipped: no display");
        return;
    }
    gtk::test_synced(test);
}
