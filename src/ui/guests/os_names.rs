//! Names of operating systems, by their libosinfo ids.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
    sync::Arc,
};

use crate::{model::osinfo::OsDatabase, ui::os_database::name_from_id};

/// The names asked for so far, and where they are from.
#[derive(Debug, Default)]
pub(super) struct OsNames {
    systems: Option<Arc<OsDatabase>>,
    known: RefCell<HashMap<String, Rc<str>>>,
    /// Whether the database would help, and nobody has asked for it yet.
    wish: Cell<Wish>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Wish {
    #[default]
    None,
    New,
    Told,
}

impl OsNames {
    /// The name of the system `id`, such as `http://debian.org/debian/12`:
    /// the database's, or until it is read one made from the id.
    pub(super) fn name(&self, id: &str) -> Option<Rc<str>> {
        if let Some(name) = self.known.borrow().get(id) {
            return Some(Rc::clone(name));
        }
        if self.systems.is_none() && self.wish.get() == Wish::None {
            self.wish.set(Wish::New);
        }
        let listed = self.systems.as_ref().and_then(|systems| systems.by_id(id));
        let name: Rc<str> = match listed {
            Some(os) => os.name.as_str().into(),
            None => name_from_id(id)?.into(),
        };
        self.known.borrow_mut().insert(id.to_owned(), Rc::clone(&name));
        Some(name)
    }

    /// Whether the database is to be read now; true only once.
    pub(super) fn take_wish(&self) -> bool {
        let new = self.wish.get() == Wish::New;
        if new {
            self.wish.set(Wish::Told);
        }
        new
    }

    /// Uses this database from now on.
    pub(super) fn set(&mut self, systems: Arc<OsDatabase>) {
        self.systems = Some(systems);
        self.known.borrow_mut().clear();
    }
}

#[cfg(test)]
mod tests {
    use super::OsNames;

    #[test]
    fn an_id_gives_a_readable_name() {
        let names = OsNames::default();
        let name = |id| names.name(id).map(|name| name.to_string());
        assert_eq!(name("http://debian.org/debian/12").as_deref(), Some("Debian 12"));
        assert_eq!(name("http://ubuntu.com/ubuntu/24.04").as_deref(), Some("Ubuntu 24.04"));
        assert_eq!(name("debian"), None);
        assert_eq!(name(""), None);
        assert!(names.take_wish(), "the database would know better");
        assert!(!names.take_wish(), "but is read once");
    }
}
