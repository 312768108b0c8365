//! What the build knows. meson sets the environment; a plain `cargo build`
//! takes the defaults.

/// The application's name for the desktop, D-Bus and settings.
pub const APP_ID: &str = "io.github.posada_vm.Posada";

/// The version, from `Cargo.toml`.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Where the project lives; its issues are below.
pub const WEBSITE: &str = "https://github.com/posada-vm/posada";

/// Where the translations are installed.
pub const LOCALEDIR: &str = match option_env!("POSADA_LOCALEDIR") {
    Some(dir) => dir,
    None => "/usr/share/locale",
};

/// The gettext domain.
pub const GETTEXT_PACKAGE: &str = "posada";
