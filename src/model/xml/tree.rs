//! The tree and the read-only views into it.

use std::{fmt, ops::Range};

use super::{XmlError, escape::unescape, parse, path::Path};

/// An XML document: its source text and the spans of its parts.
#[derive(Clone, Debug)]
pub struct Document {
    pub(super) source: String,
    pub(super) nodes: Vec<Node>,
    pub(super) root: u32,
    pub(super) generation: u32,
}

/// A part of the document.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// Where it is in the source, all of it.
    pub(super) span: Range<usize>,
    /// The element that it is in.
    pub(super) parent: Option<u32>,
    pub(super) kind: NodeKind,
}

#[derive(Clone, Debug)]
pub(super) enum NodeKind {
    Element(Tag),
    Text,
    CData,
    /// Comments and processing instructions.
    Other,
}

/// What an element has beside its span.
#[derive(Clone, Debug)]
pub(super) struct Tag {
    pub(super) name: Range<usize>,
    /// Between the start tag and the end tag; nothing in `<a/>`.
    pub(super) inner: Option<Range<usize>>,
    pub(super) attrs: Vec<Attr>,
    pub(super) children: Vec<u32>,
}

#[derive(Clone, Debug)]
pub(super) struct Attr {
    pub(super) name: Range<usize>,
    /// Between the quotes.
    pub(super) value: Range<usize>,
}

/// An element by number. Valid until the next edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ElementId {
    pub(super) index: u32,
    pub(super) generation: u32,
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Document {}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

impl Document {
    /// Reads `source`.
    ///
    /// # Errors
    /// [`XmlError::Malformed`] with line and reason if it is not well-formed,
    /// has a document type, or is larger or deeper than a definition can be.
    pub fn parse(source: &str) -> Result<Self, XmlError> {
        parse::document(source.to_owned(), 0)
    }

    /// The text: what was parsed, with the edits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// The root element.
    #[must_use]
    pub fn root(&self) -> Element<'_> {
        Element { doc: self, index: self.root }
    }

    /// The element with this id.
    ///
    /// # Errors
    /// [`XmlError::Stale`] if the document was edited after the id was made.
    pub fn element(&self, id: ElementId) -> Result<Element<'_>, XmlError> {
        if id.generation != self.generation || id.index as usize >= self.nodes.len() {
            return Err(XmlError::Stale);
        }
        Ok(Element { doc: self, index: id.index })
    }

    /// The text or attribute at `path`; nothing if it is absent or no path.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<String> {
        self.root().get(path)
    }

    /// The first element at `path`.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<Element<'_>> {
        self.root().find(path)
    }

    /// All elements at `path`, in document order.
    #[must_use]
    pub fn select(&self, path: &str) -> Vec<Element<'_>> {
        self.root().select(path)
    }

    /// The bytes of a span.
    pub(super) fn text_of(&self, span: &Range<usize>) -> &str {
        self.source.get(span.clone()).unwrap_or_default()
    }
}

/// A view of one element.
#[derive(Clone, Copy)]
pub struct Element<'a> {
    pub(super) doc: &'a Document,
    pub(super) index: u32,
}

impl fmt::Debug for Element<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Names only: values may be passwords.
        write!(f, "<{}>", self.name())
    }
}

impl<'a> Element<'a> {
    pub(super) fn node(&self) -> &'a Node {
        &self.doc.nodes[self.index as usize]
    }

    pub(super) fn tag(&self) -> Option<&'a Tag> {
        match &self.node().kind {
            NodeKind::Element(tag) => Some(tag),
            _ => None,
        }
    }

    /// Its number, to use it in an edit.
    #[must_use]
    pub fn id(&self) -> ElementId {
        ElementId { index: self.index, generation: self.doc.generation }
    }

    /// Its name as written, with a prefix if there is one.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.tag().map_or("", |tag| self.doc.text_of(&tag.name))
    }

    /// Its name without prefix.
    #[must_use]
    pub fn local_name(&self) -> &'a str {
        let name = self.name();
        name.split_once(':').map_or(name, |(_, local)| local)
    }

    /// The namespace it is in; nothing where none is declared.
    #[must_use]
    pub fn namespace(&self) -> Option<String> {
        let declaration = match self.name().split_once(':') {
            Some((prefix, _)) => format!("xmlns:{prefix}"),
            None => "xmlns".to_owned(),
        };
        let mut at = Some(*self);
        while let Some(element) = at {
            if let Some(uri) = element.attr(&declaration) {
                return (!uri.is_empty()).then_some(uri);
            }
            at = element.parent();
        }
        None
    }

    /// The element it is in; nothing for the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        self.node().parent.map(|index| Self { doc: self.doc, index })
    }

    /// The elements in it.
    pub fn children(&self) -> impl Iterator<Item = Self> + use<'a> {
        let doc = self.doc;
        self.tag()
            .map_or(&[][..], |tag| &tag.children)
            .iter()
            .map(move |&index| Self { doc, index })
            .filter(|child| child.tag().is_some())
    }

    /// The first child of this name.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<Self> {
        self.children().find(|child| child.name() == name)
    }

    /// All children of this name.
    pub fn children_named<'n>(&self, name: &'n str) -> impl Iterator<Item = Self> + use<'a, 'n> {
        self.children().filter(move |child| child.name() == name)
    }

    /// An attribute's value.
    #[must_use]
    pub fn attr(&self, name: &str) -> Option<String> {
        let attr = self.tag()?.attrs.iter().find(|a| self.doc.text_of(&a.name) == name)?;
        unescape(self.doc.text_of(&attr.value), true).ok()
    }

    /// Its attributes in order.
    #[must_use]
    pub fn attrs(&self) -> Vec<(&'a str, String)> {
        self.tag().map_or_else(Vec::new, |tag| {
            tag.attrs
                .iter()
                .map(|a| {
                    let value = unescape(self.doc.text_of(&a.value), true);
                    (self.doc.text_of(&a.name), value.unwrap_or_default())
                })
                .collect()
        })
    }

    /// The text directly in it, as written, without that of its children.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        for &child in self.tag().map_or(&[][..], |tag| &tag.children) {
            let node = &self.doc.nodes[child as usize];
            let raw = self.doc.text_of(&node.span);
            match node.kind {
                NodeKind::Text => out.push_str(&unescape(raw, false).unwrap_or_default()),
                NodeKind::CData => {
                    let inner = raw.strip_prefix("<![CDATA[").and_then(|r| r.strip_suffix("]]>"));
                    out.push_str(&inner.unwrap_or_default().replace("\r\n", "\n"));
                }
                NodeKind::Element(_) | NodeKind::Other => {}
            }
        }
        out
    }

    /// Its source text, from `<` to `>`.
    #[must_use]
    pub fn source(&self) -> &'a str {
        self.doc.text_of(&self.node().span)
    }

    /// The text or attribute at `path` under it; `@name` alone is its own attribute.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<String> {
        let path = Path::parse(path).ok()?;
        let element = path.select(*self).into_iter().next()?;
        match &path.attribute {
            Some(name) => element.attr(name),
            None => Some(element.text()),
        }
    }

    /// The first element at `path` under it.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<Self> {
        self.select(path).into_iter().next()
    }

    /// All elements at `path` under it, in document order.
    #[must_use]
    pub fn select(&self, path: &str) -> Vec<Self> {
        Path::parse(path).map_or_else(|_| Vec::new(), |path| path.select(*self))
    }
}
