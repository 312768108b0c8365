//! A guest's tags as small chips in one line.

use relm4::gtk::{self, pango, prelude::*};

use crate::model::Tags;

/// The most chips of a line. The last place tells how many more there are.
const MOST: usize = 4;

/// The most characters of a chip before its text is cut.
const CHARACTERS: i32 = 16;

/// The line. It can be as narrow as the chips with cut texts.
#[derive(Debug)]
pub(crate) struct Chips {
    pub(crate) line: gtk::Box,
    tags: [gtk::Label; MOST],
    more: gtk::Label,
}

impl Default for Chips {
    fn default() -> Self {
        let line = gtk::Box::builder().spacing(4).valign(gtk::Align::Center).visible(false).build();
        let chips = std::array::from_fn(|_| {
            let chip = gtk::Label::builder()
                .ellipsize(pango::EllipsizeMode::End)
                .max_width_chars(CHARACTERS)
                .css_classes(["caption", "tag-chip"])
                .build();
            line.append(&chip);
            chip
        });
        let more = gtk::Label::builder().css_classes(["caption", "dimmed"]).build();
        line.append(&more);
        Self { line, tags: chips, more }
    }
}

impl Chips {
    /// Shows these tags, as chips the first `most` of them.
    pub(crate) fn show(&self, tags: &Tags, most: usize) {
        let most = most.min(MOST);
        let mut shown = tags.iter().take(most);
        for chip in &self.tags {
            let tag = shown.next();
            chip.set_visible(tag.is_some());
            chip.set_label(tag.unwrap_or_default());
        }
        let more = tags.len().saturating_sub(most);
        self.more.set_visible(more > 0);
        self.more.set_label(&format!("+{more}"));
        self.line.set_visible(!tags.is_empty());
        let all = (!tags.is_empty()).then(|| tags.iter().collect::<Vec<_>>().join("\n"));
        self.line.set_tooltip_text(all.as_deref());
    }
}
