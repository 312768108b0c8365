//! Messages for developers, on standard error.

use relm4::gtk::glib::{self, LogLevel};
use tracing_subscriber::EnvFilter;

/// Starts the log. `POSADA_LOG` sets the filter in tracing's syntax.
///
/// The default keeps Relm4's own spans out: they would format every message
/// between components, definitions and all.
pub fn init(debug: bool) {
    let default = if debug { "posada=debug,warn" } else { "posada=info,warn" };
    let filter = EnvFilter::try_from_env("POSADA_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    // A second call, in tests, finds the log started already.
    let _ =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
    // Only the default handler, not the writer: GLib's own code before it
    // still ends the program where G_DEBUG asks for that.
    glib::log_set_default_handler(|domain, level, text| {
        let domain = domain.unwrap_or("GLib");
        match level {
            LogLevel::Error | LogLevel::Critical => {
                tracing::error!(target: "posada::glib", "{domain}: {text}");
            }
            LogLevel::Warning => tracing::warn!(target: "posada::glib", "{domain}: {text}"),
            _ => tracing::debug!(target: "posada::glib", "{domain}: {text}"),
        }
    });
}
