//! Names of operating systems, by their libosinfo ids.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

/// The names asked for so far.
#[derive(Debug, Default)]
pub(super) struct OsNames {
    known: RefCell<HashMap<String, Rc<str>>>,
}

impl OsNames {
    /// The name of the system `id`, such as `http://debian.org/debian/12`.
    pub(super) fn name(&self, id: &str) -> Option<Rc<str>> {
        if let Some(name) = self.known.borrow().get(id) {
            return Some(Rc::clone(name));
        }
        let name: Rc<str> = from_id(id)?.into();
        self.known.borrow_mut().insert(id.to_owned(), Rc::clone(&name));
        Some(name)
    }
}

/// A name made from the id's last parts: "Debian 12".
fn from_id(id: &str) -> Option<String> {
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
    }
}
