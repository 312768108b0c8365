//! Whether this computer can play sound.

use std::{
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
};

/// Whether there is something that plays sound; otherwise where that was looked for.
pub(in crate::console) fn sound_server() -> Result<(), String> {
    let given = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    // The second is the SPICE library's own, for another way out.
    if given("PULSE_SERVER").is_some() || given("SPICE_GST_AUDIOSINK").is_some() {
        return Ok(());
    }
    let folder = given("XDG_RUNTIME_DIR").map(PathBuf::from).unwrap_or_default();
    let sockets = [folder.join("pulse/native"), folder.join("pipewire-0")];
    if sockets.iter().any(|socket| UnixStream::connect(socket).is_ok()) {
        return Ok(());
    }
    let plays = |name: &str| name.starts_with("pcm") && name.ends_with('p');
    let card = Path::new("/dev/snd").read_dir().is_ok_and(|mut entries| {
        entries.any(|entry| entry.is_ok_and(|entry| entry.file_name().to_str().is_some_and(plays)))
    });
    if card {
        return Ok(());
    }
    let looked = sockets.map(|socket| socket.display().to_string());
    Err(format!("{}, /dev/snd", looked.join(", ")))
}
