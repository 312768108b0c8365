//! The operating systems that the libosinfo database knows, read once.

use std::sync::Arc;

use relm4::{gtk::glib, tokio::sync::OnceCell};

use crate::model::osinfo::{OsDatabase, default_paths};

/// The database; the first call reads it, on a thread of its own.
pub async fn os_database() -> Arc<OsDatabase> {
    static DATABASE: OnceCell<Arc<OsDatabase>> = OnceCell::const_new();
    let read = || async {
        let language = glib::language_names().first().map(ToString::to_string);
        let task = relm4::spawn_blocking(move || {
            let paths = default_paths(|name| std::env::var_os(name));
            OsDatabase::load(&paths, &language.unwrap_or_default())
        });
        // If reading panicked, every system is unknown.
        Arc::new(task.await.unwrap_or_else(|_| OsDatabase::from_entries(Vec::new())))
    };
    Arc::clone(DATABASE.get_or_init(read).await)
}

/// A name made from the id's last parts: "Debian 12".
pub(crate) fn name_from_id(id: &str) -> Option<String> {
    let path = id.split_once("://").map_or(id, |(_, path)| path);
    let mut parts = path.split('/').skip(1).filter(|part| !part.is_empty());
    let system = parts.next()?;
    let mut letters = system.chars();
    let first = letters.next()?;
    let mut name: String = first.to_uppercase().chain(letters).collect();
    for part in parts {
        name.push(' ');
        name.push_str(part);
    }
    Some(name)
}
