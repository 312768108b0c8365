//! The program as ssh calls it: one question, one answer.

use std::{
    ffi::OsString,
    io::{Read, Write},
    net::Shutdown,
    os::unix::{ffi::OsStrExt, net::UnixStream},
    path::Path,
    process::ExitCode,
};

use zeroize::Zeroizing;

use super::{PROGRAM, SOCKET};

/// Longer questions and answers are not worth an answer.
pub(super) const LONGEST: u64 = 64 * 1024;

/// Does ssh's errand if the program was called by the name for that; to be
/// asked first in `main`. Nothing otherwise.
#[must_use]
pub fn main_if_called() -> Option<ExitCode> {
    let mut arguments = std::env::args_os();
    let name = arguments.next()?;
    let path = Path::new(&name);
    if path.file_name()? != PROGRAM {
        return None;
    }
    let socket = path.parent()?.join(SOCKET);
    let question = arguments.next().unwrap_or_default();
    let hint = std::env::var_os("SSH_ASKPASS_PROMPT").unwrap_or_default();
    Some(match ask(&socket, &hint, &question) {
        Some(answer) => {
            let mut out = std::io::stdout();
            let written = out
                .write_all(answer.as_bytes())
                .and_then(|()| out.write_all(b"\n"))
                .and_then(|()| out.flush());
            if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        // ssh takes this as a refusal.
        None => ExitCode::FAILURE,
    })
}

/// Carries the question over: the hint, a NUL, the question, the end. The
/// answer is the rest of the connection after a `+`; nothing means cancelled.
fn ask(socket: &Path, hint: &OsString, question: &OsString) -> Option<Zeroizing<String>> {
    let mut stream = UnixStream::connect(socket).ok()?;
    stream.write_all(hint.as_bytes()).ok()?;
    stream.write_all(&[0]).ok()?;
    stream.write_all(question.as_bytes()).ok()?;
    stream.write_all(&[0]).ok()?;
    stream.flush().ok()?;
    let mut answer = Zeroizing::new(String::new());
    (&mut stream).take(LONGEST).read_to_string(&mut answer).ok()?;
    let _ = stream.shutdown(Shutdown::Both);
    answer.strip_prefix('+').map(|answer| Zeroizing::new(answer.to_owned()))
}
