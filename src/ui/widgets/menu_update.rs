//! Menus that change while they may be open.

use relm4::gtk::gio::{self, prelude::*};

/// Makes `menu` like `wanted`, and touches only the items that differ.
///
/// An item that is taken out and put back goes from under the pointer of whoever
/// has the menu open, and loses the keyboard. Sections and submenus at the same
/// place stay and are brought up to date themselves: GTK cannot put a submenu in
/// place of its like.
pub(crate) fn update_menu(menu: &gio::Menu, wanted: &gio::Menu) {
    if menu == wanted {
        return;
    }
    for place in 0..wanted.n_items() {
        if let (Some(menu), Some(wanted)) = (below(menu, place), below(wanted, place)) {
            update_menu(&menu, &wanted);
            continue;
        }
        if place < menu.n_items() {
            if same(menu, wanted, place) {
                continue;
            }
            menu.remove(place);
        }
        menu.insert_item(place, &gio::MenuItem::from_model(wanted, place));
    }
    while menu.n_items() > wanted.n_items() {
        menu.remove(menu.n_items() - 1);
    }
}

/// The section or submenu at a place.
fn below(menu: &gio::Menu, place: i32) -> Option<gio::Menu> {
    if place >= menu.n_items() {
        return None;
    }
    let links = [gio::MENU_LINK_SECTION, gio::MENU_LINK_SUBMENU];
    links.into_iter().find_map(|link| menu.item_link(place, link))?.downcast().ok()
}

/// Whether two items, of which one at least leads nowhere, show and do the same.
fn same(menu: &gio::Menu, wanted: &gio::Menu, place: i32) -> bool {
    let told = [gio::MENU_ATTRIBUTE_LABEL, gio::MENU_ATTRIBUTE_ACTION, gio::MENU_ATTRIBUTE_TARGET];
    below(menu, place).is_none()
        && below(wanted, place).is_none()
        && told.into_iter().all(|attribute| {
            menu.item_attribute_value(place, attribute, None)
                == wanted.item_attribute_value(place, attribute, None)
        })
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, rc::Rc};

    use super::*;

    fn menu(labels: &[&str]) -> gio::Menu {
        let menu = gio::Menu::new();
        for label in labels {
            menu.append(Some(label), Some("test.act"));
        }
        menu
    }

    fn labels(menu: &gio::Menu) -> Vec<String> {
        let label = |place| {
            menu.item_attribute_value(place, gio::MENU_ATTRIBUTE_LABEL, None)?.get::<String>()
        };
        (0..menu.n_items()).filter_map(label).collect()
    }

    /// The places where a menu changes.
    fn changes(menu: &gio::Menu) -> Rc<RefCell<Vec<i32>>> {
        let places = Rc::new(RefCell::new(Vec::new()));
        let seen = places.clone();
        menu.connect_items_changed(move |_, place, _, _| seen.borrow_mut().push(place));
        places
    }

    #[test]
    fn only_what_differs_is_touched() {
        let shown = menu(&["one", "two", "three"]);
        let touched = changes(&shown);
        update_menu(&shown, &menu(&["one", "two", "three"]));
        assert!(touched.borrow().is_empty());
        update_menu(&shown, &menu(&["one", "2", "three", "four"]));
        assert_eq!(labels(&shown), ["one", "2", "three", "four"]);
        assert_eq!(*touched.borrow(), [1, 1, 3]);
        update_menu(&shown, &menu(&["one"]));
        assert_eq!(labels(&shown), ["one"]);
    }

    #[test]
    fn sections_and_submenus_stay() {
        let (section, submenu) = (menu(&["one"]), menu(&["two"]));
        let shown = gio::Menu::new();
        shown.append_section(None, &section);
        shown.append_submenu(Some("more"), &submenu);
        let touched = changes(&shown);
        let wanted = gio::Menu::new();
        wanted.append_section(None, &menu(&["1"]));
        wanted.append_submenu(Some("more"), &menu(&["two", "three"]));
        update_menu(&shown, &wanted);
        assert!(touched.borrow().is_empty());
        assert_eq!(labels(&section), ["1"]);
        assert_eq!(labels(&submenu), ["two", "three"]);
    }

    #[test]
    fn an_item_comes_before_a_section() {
        let shown = menu(&["one"]);
        shown.append_section(None, &menu(&["two"]));
        let wanted = menu(&["one", "one more"]);
        wanted.append_section(None, &menu(&["two"]));
        update_menu(&shown, &wanted);
        assert_eq!(labels(&shown), ["one", "one more"]);
        assert!(below(&shown, 2).is_some_and(|section| labels(&section) == ["two"]));
        assert_eq!(shown.n_items(), 3);
    }
}
