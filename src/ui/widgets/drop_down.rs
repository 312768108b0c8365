//! A list of words to choose from, whose items have their words as names: GTK's
//! own have none for assistive technology.

use relm4::gtk::{self, gdk, glib, pango, prelude::*};

use super::find;

/// So many words are searched, not looked through.
const MANY: usize = 12;

/// The room of a word that is not torn apart, in characters; what is longer is.
const WORD: usize = 16;

/// The least width of what is chosen, in characters: no word is torn apart, and
/// it takes two lines at most, as high as a row.
fn width(text: &str) -> i32 {
    let longest = text.split_whitespace().map(|word| word.chars().count()).max().unwrap_or(0);
    let longest = longest.max(text.chars().count() * 3 / 5);
    i32::try_from(longest.clamp(6, WORD)).unwrap_or(0)
}

/// A list of these words.
pub(crate) fn drop_down(words: &[&str]) -> gtk::DropDown {
    let factory = gtk::SignalListItemFactory::new();
    factory.connect_setup(|_, object| {
        if let Some(item) = object.downcast_ref::<gtk::ListItem>() {
            // Where there is no room for a line there is some for three.
            let label = gtk::Label::builder()
                .xalign(0.0)
                .wrap(true)
                .wrap_mode(pango::WrapMode::WordChar)
                .lines(3)
                .ellipsize(pango::EllipsizeMode::End)
                .build();
            item.set_child(Some(&label));
        }
    });
    factory.connect_bind(|_, object| {
        let Some(item) = object.downcast_ref::<gtk::ListItem>() else { return };
        let word = item.item().and_downcast::<gtk::StringObject>();
        let label = item.child().and_downcast::<gtk::Label>();
        if let (Some(word), Some(label)) = (word, label) {
            label.set_width_chars(width(&word.string()));
            label.set_label(&word.string());
            item.set_accessible_label(&word.string());
        }
    });
    let list = gtk::DropDown::from_strings(words);
    if words.len() > MANY {
        let text = gtk::PropertyExpression::new(
            gtk::StringObject::static_type(),
            None::<&gtk::Expression>,
            "string",
        );
        list.set_expression(Some(&text));
        list.set_search_match_mode(gtk::StringFilterMatchMode::Substring);
        list.set_enable_search(true);
    }
    // Last: an expression brings GTK's own factory back.
    list.set_factory(Some(&factory));
    mend_keyboard(&list);
    list
}

/// Opens the list with the keyboard at what is chosen, where GTK begins at the first
/// item (what is searched begins with the search). And takes what the keyboard is at:
/// GTK takes what was selected last, which after a search is another item.
fn mend_keyboard(list: &gtk::DropDown) {
    let Some(popover) = find::<gtk::Popover>(list.upcast_ref()) else { return };
    let Some(items) = find::<gtk::ListView>(popover.upcast_ref()) else { return };
    let keys = gtk::EventControllerKey::new();
    keys.set_propagation_phase(gtk::PropagationPhase::Capture);
    keys.connect_key_pressed(|keys, key, _, _| {
        if matches!(key, gdk::Key::Return | gdk::Key::KP_Enter | gdk::Key::ISO_Enter)
            && let Some(item) = keys.widget().and_then(|items| items.focus_child())
        {
            let alone = (false, false).to_variant();
            if let Err(error) = item.activate_action("listitem.select", Some(&alone)) {
                tracing::error!(%error, "an item of a list cannot be selected");
            }
        }
        glib::Propagation::Proceed
    });
    items.add_controller(keys);
    let list = list.downgrade();
    popover.connect_show(move |_| {
        let Some(list) = list.upgrade() else { return };
        let flags = if list.enables_search() {
            gtk::ListScrollFlags::NONE
        } else {
            gtk::ListScrollFlags::FOCUS
        };
        if list.selected() != gtk::INVALID_LIST_POSITION {
            items.scroll_to(list.selected(), flags, None);
        }
    });
}

#[cfg(test)]
mod tests {
    use relm4::gtk::{self, prelude::*};

    use super::super::{drop_down, find};
    use crate::ui::testing::{run, wait_until};

    #[test]
    fn it_opens_at_what_is_chosen() {
        run(|| {
            let list = drop_down(&["one", "two", "three"]);
            list.set_selected(2);
            let window = gtk::Window::builder().child(&list).build();
            window.present();
            wait_until("the window", || list.is_mapped());
            find::<gtk::Popover>(list.upcast_ref()).expect("its list").popup();
            let focused = || {
                let label = gtk::prelude::GtkWindowExt::focus(&window).and_then(|item| find(&item));
                label.map(|label: gtk::Label| label.label().to_string())
            };
            wait_until("the third item", || focused().as_deref() == Some("three"));
            window.destroy();
        });
    }
}
