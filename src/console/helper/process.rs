//! A helper's start and its `main`.

use std::{
    io::{self, Write},
    os::{
        fd::{BorrowedFd, FromRawFd, OwnedFd},
        unix::net::UnixStream,
    },
    path::{Path, PathBuf},
    process::{Child, Command, ExitCode, Stdio},
    sync::OnceLock,
};

use relm4::gtk::glib;
use rustix::process::{Resource, Rlimit, setrlimit};

use super::line;

/// What a server may make a helper keep, in bytes, besides the screen.
const MEMORY: u64 = 1 << 30;

/// The longest start message, in bytes.
const LONGEST_START: usize = 1 << 20;

/// The program to run as a helper, where it is not the running one.
static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// Has helpers started from `program` instead of the running program: for
/// tests, which are programs of their own. Only the first call counts.
pub fn set_helper_program(program: impl Into<PathBuf>) {
    let _ = PROGRAM.set(program.into());
}

/// Starts a helper. Its standard input is the line to it.
pub(super) fn spawn(argument: &str) -> io::Result<(UnixStream, Child)> {
    let (ours, theirs) = UnixStream::pair()?;
    // Not `current_exe`, which names a file that an update may have replaced.
    let program = PROGRAM.get().map_or(Path::new("/proc/self/exe"), PathBuf::as_path);
    let child = Command::new(program)
        .arg(argument)
        // It is for finding defects of this program, not of the library.
        .env_remove("G_DEBUG")
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .stdout(Stdio::null())
        .spawn()?;
    Ok((ours, child))
}

/// What a helper begins with: its start message, the descriptors that came
/// along (the screen's memory first), and the line to the program.
pub(in crate::console) type Begin = (Vec<u8>, Vec<OwnedFd>, UnixStream);

/// Is the helper of `argument`, if the program was called as one. To be asked
/// first in `main`, before anything else is set up.
pub(in crate::console) fn main_if_called(
    argument: &str,
    main: impl FnOnce(Begin) -> io::Result<()>,
) -> Option<ExitCode> {
    if std::env::args_os().nth(1)? != argument {
        return None;
    }
    Some(match begin().and_then(main) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("posada: {argument}: {error}");
            ExitCode::FAILURE
        }
    })
}

#[allow(unsafe_code)]
fn begin() -> io::Result<Begin> {
    // What the desktop's volume control calls the guest's sound.
    glib::set_application_name("Posada");
    let limit = Rlimit { current: Some(MEMORY), maximum: Some(MEMORY) };
    setrlimit(Resource::Data, limit)?;
    // SAFETY: standard input is open, is the line that the program gave us,
    // and nothing else in this process reads it.
    let line = UnixStream::from(unsafe { OwnedFd::from_raw_fd(0) });
    let missing = || io::Error::from(io::ErrorKind::UnexpectedEof);
    let (start, fds) = line::receive(&line, LONGEST_START)?.ok_or_else(missing)?;
    Ok((start, fds, line))
}

/// The way back to the program.
#[derive(Debug)]
pub(in crate::console) struct Reporter(pub(in crate::console) UnixStream);

impl Reporter {
    /// Says what `encode` writes. A program that is gone ends this process.
    pub(in crate::console) fn say(&self, encode: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = Vec::new();
        encode(&mut bytes);
        if (&self.0).write_all(&bytes).is_err() {
            std::process::exit(0);
        }
    }

    /// As [`Self::say`], with a descriptor that comes along.
    pub(in crate::console) fn hand(&self, encode: impl FnOnce(&mut Vec<u8>), fd: BorrowedFd<'_>) {
        let mut bytes = Vec::new();
        encode(&mut bytes);
        if line::send_with(&self.0, &bytes, &[fd]).is_err() {
            std::process::exit(0);
        }
    }
}
