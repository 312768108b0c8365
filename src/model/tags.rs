//! Short words by which people sort their guests. They live in the guest's own
//! definition, so that everybody who manages the host sees the same ones.

use thiserror::Error;

use crate::model::xml::{Document, Element, XmlError, escape_text, is_xml_char};

/// The namespace of what this program keeps in a definition. Guests have it
/// written down: it never changes.
pub const NAMESPACE: &str = "https://github.com/posada-vm/posada/xmlns/guest/1.0";

/// The prefix that the namespace gets where this program writes it.
pub const PREFIX: &str = "posada";

/// The most characters of a tag: it has to fit on a row.
pub const MAX_LENGTH: usize = 40;

/// The most tags of a guest.
pub const MAX_TAGS: usize = 32;

/// So many elements are looked at: a definition may come from anybody.
const MAX_ELEMENTS: usize = 1000;

/// Why a text cannot be a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum TagProblem {
    /// There is none.
    #[error("the tag is empty")]
    Empty,
    /// It has a line break or another character that cannot be seen or stored.
    #[error("the tag has the character U+{:04X}", *.0 as u32)]
    Character(char),
    /// It has more than [`MAX_LENGTH`] characters.
    #[error("the tag is longer than {MAX_LENGTH} characters")]
    TooLong,
    /// The guest has [`MAX_TAGS`] already.
    #[error("a guest has at most {MAX_TAGS} tags")]
    TooMany,
}

/// The tag that `text` means: without white space at its ends.
///
/// # Errors
/// The first reason why it is none.
pub fn tag(text: &str) -> Result<&str, TagProblem> {
    let tag = text.trim();
    if tag.is_empty() {
        return Err(TagProblem::Empty);
    }
    if let Some(c) = tag.chars().find(|&c| is_hidden(c)) {
        return Err(TagProblem::Character(c));
    }
    if tag.chars().nth(MAX_LENGTH).is_some() {
        return Err(TagProblem::TooLong);
    }
    Ok(tag)
}

/// Whether a character cannot be seen, or turns round those beside it: a tag
/// with one would look like another tag.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || !is_xml_char(c)
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// What tags are compared by: letter case does not count.
#[must_use]
pub fn fold(tag: &str) -> String {
    tag.to_lowercase()
}

/// A guest's tags: in alphabetical order, none twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags(Vec<String>);

impl Tags {
    /// Reads them from a definition's `<metadata>`. What can be no tag is left
    /// out, and so is what comes after [`MAX_TAGS`].
    #[must_use]
    pub fn read(metadata: Element<'_>) -> Self {
        let own = |e: &Element<'_>| e.namespace().as_deref() == Some(NAMESPACE);
        let ours = metadata.children().take(MAX_ELEMENTS).find(own);
        ours.map(Self::within).unwrap_or_default()
    }

    /// Reads them from this program's own element.
    fn within(ours: Element<'_>) -> Self {
        let mut tags = Self::default();
        for element in ours.children().take(MAX_ELEMENTS).filter(is_tag) {
            // A bad one among them does not hide the rest.
            let _ = tags.insert(&element.text());
        }
        tags
    }

    /// Adds a tag. Returns whether it is new.
    ///
    /// # Errors
    /// If the text can be no tag, or there are too many.
    pub fn insert(&mut self, text: &str) -> Result<bool, TagProblem> {
        let new = tag(text)?;
        let Err(place) = self.place(new) else { return Ok(false) };
        if self.0.len() >= MAX_TAGS {
            return Err(TagProblem::TooMany);
        }
        self.0.insert(place, new.to_owned());
        Ok(true)
    }

    /// Takes a tag away. Returns whether it was there.
    pub fn remove(&mut self, tag: &str) -> bool {
        let place = self.place(tag.trim());
        if let Ok(place) = place {
            self.0.remove(place);
        }
        place.is_ok()
    }

    /// Whether the tag is among them.
    #[must_use]
    pub fn contains(&self, tag: &str) -> bool {
        self.place(tag.trim()).is_ok()
    }

    /// The tags in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn place(&self, tag: &str) -> Result<usize, usize> {
        let key = fold(tag);
        self.0.binary_search_by(|known| fold(known).cmp(&key))
    }
}

fn is_tag(element: &Element<'_>) -> bool {
    element.local_name() == "tag"
}

/// What is to become of the tags of one or more guests. A tag that is in
/// neither list stays as it is with each of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagChange {
    /// These are added.
    pub add: Vec<String>,
    /// These are taken away.
    pub remove: Vec<String>,
}

impl TagChange {
    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.add.is_empty() && self.remove.is_empty()
    }

    /// Makes the change in this program's element of a definition, which is
    /// nothing where there is none yet. What else is in the element stays.
    /// Gives nothing if the element is not needed any more.
    ///
    /// # Errors
    /// If the element cannot be read, or a tag cannot be added.
    pub fn apply(&self, element: Option<&str>) -> Result<Option<String>, TagChangeError> {
        let known = element.map(Document::parse).transpose()?;
        let mut tags = known.as_ref().map(|known| Tags::within(known.root())).unwrap_or_default();
        for old in &self.remove {
            tags.remove(old);
        }
        for new in &self.add {
            tags.insert(new)?;
        }
        let mut content = String::new();
        if let Some(known) = &known {
            known.root().children().filter(|e| !is_tag(e)).for_each(|e| content += e.source());
        }
        for tag in tags.iter() {
            let text = escape_text(tag).map_err(|bad| TagProblem::Character(bad.0))?;
            content.extend(["<tag>", &*text, "</tag>"]);
        }
        Ok((!content.is_empty()).then(|| format!("<guest>{content}</guest>")))
    }
}

/// Why tags could not be changed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TagChangeError {
    /// What is there cannot be read.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// A tag cannot be added.
    #[error(transparent)]
    Tag(#[from] TagProblem),
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{MAX_TAGS, NAMESPACE, TagChange, TagChangeError, TagProblem, Tags, tag};
    use crate::model::xml::Document;

    fn tags(list: &[&str]) -> Tags {
        let mut tags = Tags::default();
        for tag in list {
            tags.insert(tag).unwrap();
        }
        tags
    }

    fn listed(tags: &Tags) -> Vec<&str> {
        tags.iter().collect()
    }

    fn read(metadata: &str) -> Tags {
        Tags::read(Document::parse(metadata).unwrap().root())
    }

    fn change(add: &[&str], remove: &[&str]) -> TagChange {
        let own = |list: &[&str]| list.iter().map(|tag| (*tag).to_owned()).collect();
        TagChange { add: own(add), remove: own(remove) }
    }

    #[test]
    fn a_tag_is_a_short_visible_text() {
        assert_eq!(tag("  two words "), Ok("two words"));
        assert_eq!(tag("ñ & <b>"), Ok("ñ & <b>"));
        assert_eq!(tag(&"é".repeat(40)), Ok(&*"é".repeat(40)));
        assert_eq!(tag(" \t"), Err(TagProblem::Empty));
        assert_eq!(tag("a\nb"), Err(TagProblem::Character('\n')));
        assert_eq!(tag("a\u{202E}b"), Err(TagProblem::Character('\u{202E}')));
        assert_eq!(tag("a\u{200B}"), Err(TagProblem::Character('\u{200B}')));
        assert_eq!(tag(&"é".repeat(41)), Err(TagProblem::TooLong));
    }

    #[test]
    fn tags_are_in_order_and_none_is_there_twice() {
        let mut some = tags(&["web", "Ärger", "alpha", "Beta"]);
        assert_eq!(listed(&some), ["alpha", "Beta", "web", "Ärger"]);
        assert_eq!(some.insert(" WEB "), Ok(false));
        assert!(some.contains("wEb") && !some.contains("we"));
        assert!(some.remove("BETA") && !some.remove("BETA"));
        assert_eq!(listed(&some), ["alpha", "web", "Ärger"]);
        for number in some.len()..MAX_TAGS {
            some.insert(&number.to_string()).unwrap();
        }
        assert_eq!(some.insert("one more"), Err(TagProblem::TooMany));
        assert_eq!(some.insert("Web"), Ok(false));
    }

    #[test]
    fn only_our_own_element_is_read_and_within_bounds() {
        let ours = |content: &str| {
            read(&format!(
                "<metadata><p:guest xmlns:p='{NAMESPACE}'>{content}</p:guest></metadata>"
            ))
        };
        assert_eq!(
            listed(&ours("<p:tag> b </p:tag><p:other>x</p:other><p:tag>A</p:tag>")),
            ["A", "b"]
        );
        assert_eq!(listed(&ours("<p:tag>a&amp;b</p:tag><p:tag>A&amp;B</p:tag><p:tag/>")), ["a&b"]);
        let other = "<metadata><x:guest xmlns:x='http://example.org'><x:tag>no</x:tag></x:guest></metadata>";
        assert!(read(other).is_empty());
        assert!(read("<metadata><guest><tag>no</tag></guest></metadata>").is_empty());
        let long = format!("<p:tag>{}</p:tag>", "x".repeat(100_000));
        let many = (0..5000).map(|n| format!("<p:tag>{n}</p:tag>")).collect::<Vec<_>>().concat();
        assert_eq!(ours(&(long + &many)).len(), MAX_TAGS);
    }

    #[test]
    fn a_change_leaves_what_it_does_not_name() {
        let first = change(&["b", "<a>"], &["x"]).apply(None).unwrap().unwrap();
        assert_eq!(first, "<guest><tag>&lt;a&gt;</tag><tag>b</tag></guest>");
        let known = "<guest><colour of='desk'>red</colour><tag>b</tag></guest>";
        let next = change(&["c"], &["B"]).apply(Some(known)).unwrap().unwrap();
        assert_eq!(next, "<guest><colour of='desk'>red</colour><tag>c</tag></guest>");
        assert_eq!(change(&[], &["b"]).apply(Some("<guest><tag>b</tag></guest>")), Ok(None));
        let bad = change(&["a\0"], &[]).apply(None);
        assert_eq!(bad, Err(TagChangeError::Tag(TagProblem::Character('\0'))));
        assert!(matches!(change(&[], &[]).apply(Some("<a")), Err(TagChangeError::Xml(_))));
    }

    proptest! {
        #[test]
        fn what_was_added_is_read_again(text in ".{0,50}") {
            let added = change(&[&text], &[]).apply(None);
            prop_assert_eq!(added.is_ok(), tag(&text).is_ok());
            if let Ok(Some(element)) = added {
                let ours = element.replacen("<guest>", &format!("<guest xmlns='{NAMESPACE}'>"), 1);
                let again = read(&format!("<metadata>{ours}</metadata>"));
                prop_assert_eq!(listed(&again), vec![tag(&text).unwrap()]);
            }
        }
    }
}
