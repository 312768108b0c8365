//! A small tree over XML that libvirt hands out, for reading only, and text
//! made safe for XML that is handed to libvirt.

use quick_xml::{Reader, events::BytesStart, events::Event};

use crate::model::{Failure, FailureKind};

/// Deeper documents are refused, since nothing of libvirt's nests so far.
const MAX_DEPTH: usize = 100;

/// An element with its attributes, its own text and its child elements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    pub(super) text: String,
    pub(super) children: Vec<Element>,
}

impl Element {
    /// Reads a document.
    pub(super) fn parse(xml: &str) -> Result<Self, Failure> {
        let mut reader = Reader::from_str(xml);
        let mut open: Vec<Element> = vec![Element::default()];
        loop {
            match reader.read_event().map_err(broken)? {
                Event::Start(start) => {
                    if open.len() > MAX_DEPTH {
                        return Err(broken("nested too deep"));
                    }
                    open.push(Element::start(&start)?);
                }
                Event::Empty(start) => {
                    let element = Element::start(&start)?;
                    if let Some(parent) = open.last_mut() {
                        parent.children.push(element);
                    }
                }
                Event::End(_) => {
                    if let (Some(element), Some(parent)) = (open.pop(), open.last_mut()) {
                        parent.children.push(element);
                    }
                }
                Event::Text(text) => {
                    if let Some(element) = open.last_mut() {
                        element.text.push_str(&text);
                    }
                }
                Event::CData(data) => {
                    if let Some(element) = open.last_mut() {
                        element.text.push_str(&data);
                    }
                }
                Event::GeneralRef(reference) => {
                    let text = format!("&{};", &*reference);
                    let text = quick_xml::escape::unescape(&text).map_err(broken)?;
                    if let Some(element) = open.last_mut() {
                        element.text.push_str(&text);
                    }
                }
                Event::Eof => break,
                _ => {}
            }
        }
        let mut documents = open.pop().filter(|_| open.is_empty()).unwrap_or_default().children;
        if documents.len() == 1 { Ok(documents.remove(0)) } else { Err(broken("not one element")) }
    }

    fn start(start: &BytesStart<'_>) -> Result<Self, Failure> {
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(broken)?;
            let key = attribute.key.as_ref().to_owned();
            let value = quick_xml::escape::unescape(&attribute.value).map_err(broken)?.into_owned();
            attributes.push((key, value));
        }
        let name = start.name().as_ref().to_owned();
        Ok(Self { name, attributes, ..Self::default() })
    }

    /// The value of an attribute.
    pub(super) fn attr(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first child of this name.
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// All children of this name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The element at `path` (`"os/nvram"`), taking the first of each name.
    pub(super) fn at(&self, path: &str) -> Option<&Element> {
        path.split('/').try_fold(self, |element, name| element.child(name))
    }

    /// The trimmed text of the element at `path`, where there is any.
    pub(super) fn text_at(&self, path: &str) -> Option<&str> {
        self.at(path).map(|element| element.text.trim()).filter(|text| !text.is_empty())
    }
}

/// `text` for use in an element or in a quoted attribute.
pub(super) fn escaped(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

fn broken(why: impl ToString) -> Failure {
    Failure::new(FailureKind::InvalidDefinition, why.to_string())
}

#[cfg(test)]
mod tests {
    use super::{Element, escaped};

    #[test]
    fn paths_and_attributes_are_found_and_unescaped() {
        let xml = "<domain type='test'><name>a &amp; &#x42;&lt;</name><os><nvram x=\"1&quot;\"/></os></domain>";
        let domain = Element::parse(xml).unwrap();
        assert_eq!(domain.attr("type"), Some("test"));
        assert_eq!(domain.text_at("name"), Some("a & B<"));
        assert_eq!(domain.at("os/nvram").and_then(|nvram| nvram.attr("x")), Some("1\""));
        assert_eq!(domain.at("os/loader"), None);
        assert_eq!(domain.text_at("os/nvram"), None);
    }

    #[test]
    fn broken_and_hostile_documents_are_refused() {
        for xml in ["", "<a>", "<a></b>", "<a/><b/>", "<a b='&nope;'/>", "text"] {
            assert!(Element::parse(xml).is_err(), "{xml}");
        }
        assert!(Element::parse(&"<a>".repeat(100_000)).is_err());
    }

    #[test]
    fn what_is_escaped_reads_the_same() {
        let name = "it's <\"x\"> & ü";
        let xml = format!("<a n='{0}'>{0}</a>", escaped(name));
        let element = Element::parse(&xml).unwrap();
        assert_eq!(element.attr("n"), Some(name));
        assert_eq!(element.text, name);
    }
}
