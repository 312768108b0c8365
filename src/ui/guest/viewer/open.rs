//! Reading the file or the address of a screen.

use std::{collections::BTreeMap, path::PathBuf};

use relm4::gtk::{gio, glib, prelude::*};

use crate::{
    cli::ScreenSource,
    model::{Viewer, ViewerError},
};

/// More than any connection file has, in bytes: one with a chain of
/// certificates has some ten thousand.
const LARGEST: u64 = 1 << 20;

/// The group of a connection file.
const GROUP: &str = "virt-viewer";

/// Why a screen cannot be opened.
#[derive(Debug)]
pub enum OpenError {
    /// The file cannot be read.
    Unreadable(String),
    /// It is no connection file.
    NotAFile(String),
    /// What it says, or the address, cannot be.
    Wrong(ViewerError),
}

/// Reads what names a screen. A file that asks for it is deleted: its password
/// is good for one time.
///
/// # Errors
/// If no screen can be made out of it.
pub(crate) async fn open(source: ScreenSource) -> Result<Viewer, OpenError> {
    match source {
        ScreenSource::Address(text) => {
            Viewer::from_address(text.expose()).map_err(OpenError::Wrong)
        }
        ScreenSource::File(path) => gio::spawn_blocking(move || read(&path))
            .await
            .unwrap_or_else(|_| Err(OpenError::Unreadable(String::new()))),
    }
}

fn read(path: &PathBuf) -> Result<Viewer, OpenError> {
    let unreadable = |error: std::io::Error| OpenError::Unreadable(error.to_string());
    let about = std::fs::metadata(path).map_err(unreadable)?;
    if !about.is_file() || about.len() > LARGEST {
        return Err(OpenError::NotAFile(String::new()));
    }
    let bytes = zeroize::Zeroizing::new(std::fs::read(path).map_err(unreadable)?);
    let viewer = Viewer::from_file(&keys(&bytes)?).map_err(OpenError::Wrong)?;
    if viewer.once
        && let Err(error) = gio::File::for_path(path).delete(None::<&gio::Cancellable>)
    {
        tracing::warn!("the connection file could not be deleted: {error}");
    }
    Ok(viewer)
}

fn keys(bytes: &[u8]) -> Result<BTreeMap<String, String>, OpenError> {
    let wrong = |error: glib::Error| OpenError::NotAFile(error.message().to_owned());
    let file = glib::KeyFile::new();
    file.load_from_bytes(&glib::Bytes::from(bytes), glib::KeyFileFlags::NONE).map_err(wrong)?;
    let names = file.keys(GROUP).map_err(wrong)?;
    let value = |name: &str| file.string(GROUP, name).map(|value| value.to_string());
    names.iter().map(|name| Ok((name.to_string(), value(name).map_err(wrong)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::{OpenError, keys, read};

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), text).expect("written");
        file
    }

    #[test]
    fn escapes_of_the_format_are_resolved() {
        let keys = keys(b"# by hand\n[virt-viewer]\ntype=spice\nca=a\\nb\n[other]\ntype=vnc\n");
        let keys = keys.expect("a key file");
        assert_eq!((keys["type"].as_str(), keys["ca"].as_str()), ("spice", "a\nb"));
    }

    #[test]
    fn only_a_file_that_asks_for_it_is_deleted() {
        let kept = file("[virt-viewer]\ntype=vnc\nhost=inn\nport=5900\n");
        read(&kept.path().to_owned()).expect("a screen");
        assert!(kept.path().exists());
        let once = file("[virt-viewer]\ntype=vnc\nhost=inn\nport=5900\ndelete-this-file=1\n");
        read(&once.path().to_owned()).expect("a screen");
        assert!(!once.path().exists());
        let wrong = file("[virt-viewer]\ntype=vnc\ndelete-this-file=1\n");
        read(&wrong.path().to_owned()).expect_err("no host");
        assert!(wrong.path().exists(), "what was not understood stays");
    }

    #[test]
    fn other_files_are_told_apart() {
        for text in ["", "type=vnc", "[virt-viewer", "[other]\ntype=vnc\n", "\0\u{1}"] {
            let file = file(text);
            assert!(matches!(read(&file.path().to_owned()), Err(OpenError::NotAFile(_))), "{text}");
        }
        let folder = tempfile::tempdir().expect("a folder");
        assert!(matches!(read(&folder.path().to_owned()), Err(OpenError::NotAFile(_))));
        assert!(matches!(read(&folder.path().join("no")), Err(OpenError::Unreadable(_))));
    }
}
