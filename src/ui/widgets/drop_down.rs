//! A list of words to choose from, whose items have their words as names: GTK's
//! own have none for assistive technology.

use relm4::gtk::{self, pango, prelude::*};

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
    list
}
