//! ssh's questions in a dialog instead of on a terminal.
//!
//! libvirt starts the system's `ssh`, which asks for passwords and host keys
//! through the program that `SSH_ASKPASS` names. Of the environment libvirt
//! passes on little more than that variable, so the path itself must say where
//! to ask: it is a link to this program in a private folder, next to the socket
//! of the running process. Called by that link's name, the program does nothing
//! but carry the question over and print the answer ([`main_if_called`]).
//!
//! Which host asks is found by the ssh process between: its arguments name
//! user, host and port.

mod caller;
mod client;
mod server;

use std::{
    io,
    os::unix::fs::{DirBuilderExt, symlink},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

pub use client::main_if_called;
pub(super) use server::serve;

use super::sys::process;

/// The link's name: how the program knows that ssh called it.
const PROGRAM: &str = "posada-ssh-askpass";

/// The socket next to it.
const SOCKET: &str = "socket";

/// A folder of this run with the link and the socket; removed at the end.
pub(super) struct Home {
    folder: PathBuf,
    pub(super) listener: std::os::unix::net::UnixListener,
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Made by [`prepare`], taken by the backend.
static HOME: Mutex<Option<Home>> = Mutex::new(None);

/// Makes the folder and sets the variables that ssh reads. `program` is this
/// program. Only for the beginning of `main`: it sets the environment.
///
/// # Errors
/// If the folder cannot be made; ssh then cannot ask.
pub(super) fn prepare(program: &Path) -> io::Result<()> {
    let folder = make_folder()?;
    symlink(program, folder.join(PROGRAM))?;
    let listener = std::os::unix::net::UnixListener::bind(folder.join(SOCKET))?;
    process::set_env("SSH_ASKPASS", folder.join(PROGRAM));
    process::set_env("SSH_ASKPASS_REQUIRE", "force");
    // libvirt before 10.8 does not pass on SSH_ASKPASS_REQUIRE. Then ssh uses
    // the program only with a DISPLAY and without a terminal.
    if virt::connect::Connect::version().unwrap_or(0) < 10_008_000 {
        process::leave_terminal();
        if std::env::var_os("DISPLAY").is_none() {
            process::set_env("DISPLAY", ":");
        }
    }
    *HOME.lock().unwrap_or_else(PoisonError::into_inner) = Some(Home { folder, listener });
    Ok(())
}

/// What [`prepare`] made, once.
pub(super) fn take_home() -> Option<Home> {
    HOME.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// A folder that only this user can enter, with a name nobody can foresee.
fn make_folder() -> io::Result<PathBuf> {
    let base = std::env::var_os("XDG_RUNTIME_DIR")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute() && path.is_dir())
        .unwrap_or_else(std::env::temp_dir);
    let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
    for _ in 0..8 {
        let folder = base.join(format!("posada-{}", uuid::Uuid::new_v4().simple()));
        // Fails if anything is there already.
        match std::fs::DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) => last = error,
        }
    }
    Err(last)
}
