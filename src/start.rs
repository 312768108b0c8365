//! From the command line to the running application and back.

use std::{cell::OnceCell, io::Write, path::Path, process::ExitCode, rc::Rc, time::Duration};

use relm4::{
    RelmApp, adw,
    gtk::{gio, glib},
};

use crate::{
    backend::{Backend, askpass_main_if_called, waiter_main_if_called},
    cli,
    config::{APP_ID, GETTEXT_PACKAGE, LOCALEDIR},
    console, logging,
    ui::app::{App, AppInit},
};

/// How long the end of the program may wait for hosts and jobs.
const DEADLINE: Duration = Duration::from_secs(3);

/// Style sheet and icons, put together by `build.rs`.
static RESOURCES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/posada.gresource"));

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let other_duty = askpass_main_if_called()
        .or_else(console::helper_main_if_called)
        .or_else(waiter_main_if_called);
    if let Some(done) = other_duty {
        return done;
    }
    let arguments: Vec<_> = std::env::args_os().collect();
    let folder = std::env::current_dir().ok();
    let intent = match cli::parse(&arguments, folder.as_deref()) {
        Ok(intent) => intent,
        Err(refusal) => return answer(&refusal),
    };
    bind_catalogue();
    logging::init(intent.debug);
    // While there is one thread.
    if let Err(error) = Backend::prepare_environment(None) {
        tracing::warn!(%error, "ssh will not be able to ask for passwords");
    }
    spare_opengl();
    glib::set_application_name("Posada");
    // In one sentence, where GTK would only print a warning and exit.
    if let Err(error) = adw::init() {
        eprintln!("posada: no display to open a window on ({error}).");
        eprintln!("Start it from a desktop session, or set DISPLAY or WAYLAND_DISPLAY.");
        return ExitCode::FAILURE;
    }
    let _ = relm4::RELM_THREADS.set(3);
    if let Err(error) = register_resources() {
        tracing::error!("style and icons are missing: {error}");
    }

    let application = adw::Application::builder()
        .application_id(APP_ID)
        .flags(gio::ApplicationFlags::HANDLES_COMMAND_LINE | gio::ApplicationFlags::HANDLES_OPEN)
        .build();
    let backend = Rc::new(OnceCell::new());
    RelmApp::from_app(application)
        .with_args(arguments.iter().map(|text| text.to_string_lossy().into_owned()).collect())
        // The command line decides which window is seen.
        .visible_on_activate(false)
        .run::<App>(AppInit { backend: Rc::clone(&backend) });
    if let Some(backend) = backend.get() {
        backend.shut_down(DEADLINE);
    }
    ExitCode::SUCCESS
}

/// Where the user draws with the processor alone, GTK still loads OpenGL to
/// choose a visual: 80 MB of compiler for nothing.
fn spare_opengl() {
    let cairo = std::env::var_os("GSK_RENDERER").is_some_and(|name| name == "cairo");
    if cairo && std::env::var_os("GDK_DISABLE").is_none() {
        Backend::set_environment("GDK_DISABLE", "gl,vulkan");
    }
}

/// Prints help, version or what is wrong with the command line.
fn answer(refusal: &cli::Refusal) -> ExitCode {
    // A closed pipe is the reader's choice, not an error.
    if refusal.is_error {
        let _ = std::io::stderr().write_all(refusal.text.as_bytes());
        ExitCode::from(2)
    } else {
        let _ = std::io::stdout().write_all(refusal.text.as_bytes());
        ExitCode::SUCCESS
    }
}

/// Says where the catalogues are. GTK sets the locale itself when it starts,
/// which is before any thread does.
fn bind_catalogue() {
    let folder = std::env::var_os("POSADA_LOCALEDIR")
        .map_or_else(|| Path::new(LOCALEDIR).to_path_buf(), Into::into);
    let bound = gettextrs::bindtextdomain(GETTEXT_PACKAGE, folder)
        .and_then(|_| gettextrs::bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8"))
        .and_then(|_| gettextrs::textdomain(GETTEXT_PACKAGE));
    if let Err(error) = bound {
        eprintln!("posada: no translations: {error}");
    }
}

/// Makes style sheet and icons known; libadwaita and GTK find them by the
/// application's id.
///
/// # Errors
/// If the bundle is broken, which would be a defect of the build.
pub fn register_resources() -> Result<(), glib::Error> {
    let resource = gio::Resource::from_data(&glib::Bytes::from_static(RESOURCES))?;
    gio::resources_register(&resource);
    Ok(())
}
