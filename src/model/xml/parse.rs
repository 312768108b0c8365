//! From text to spans. quick-xml finds the parts; what it lets pass (several
//! roots, bare entities, doubled attributes, forbidden characters) is checked
//! here, so that what is accepted is what libvirt's parser would accept.

use std::ops::Range;

use quick_xml::{Reader, errors::IllFormedError, events::Event};

use super::{
    Document, XmlError, XmlProblem, check_chars,
    escape::{resolve, shorten, unescape},
    tree::{Attr, Node, NodeKind, Tag},
};

/// libvirt's own limit for a string on the wire is 4 MiB; a document on disk
/// or in an editor gets room above that.
pub(super) const MAX_BYTES: usize = 16 * 1024 * 1024;
/// libxml2's limit, which is the daemon's.
pub(super) const MAX_DEPTH: usize = 256;
const MAX_NODES: usize = 1_000_000;

pub(super) fn document(source: String, generation: u32) -> Result<Document, XmlError> {
    match build(&source) {
        Ok((nodes, root)) => Ok(Document { source, nodes, root, generation }),
        Err((at, problem)) => {
            let before = source.get(..at).unwrap_or(&source);
            let line = before.bytes().filter(|&b| b == b'\n').count() + 1;
            Err(XmlError::Malformed { line, problem })
        }
    }
}

type Failure = (usize, XmlProblem);

fn build(source: &str) -> Result<(Vec<Node>, u32), Failure> {
    if source.len() > MAX_BYTES {
        return Err((0, XmlProblem::TooLarge { limit: MAX_BYTES }));
    }
    if let Some((at, c)) = source.char_indices().find(|&(_, c)| !super::is_xml_char(c)) {
        return Err((at, super::ForbiddenChar(c).into()));
    }
    // A byte order mark is the reader's to skip; it does not count it.
    let shift = if source.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
    let mut reader = Reader::from_str(&source[shift..]);
    let config = reader.config_mut();
    config.check_comments = true;
    config.trim_text(false);

    let mut builder = Builder { source, nodes: Vec::new(), open: Vec::new(), root: None };
    loop {
        let start = position(&reader, shift);
        let event = reader.read_event().map_err(|e| {
            let at = usize::try_from(reader.error_position()).unwrap_or(0) + shift;
            (at, syntax(&e))
        })?;
        let span = start..position(&reader, shift);
        match event {
            Event::Eof => break,
            other => builder.event(&other, span)?,
        }
    }
    builder.finish()
}

fn position(reader: &Reader<&[u8]>, shift: usize) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX).saturating_add(shift)
}

fn syntax(error: &quick_xml::Error) -> XmlProblem {
    match error {
        quick_xml::Error::IllFormed(IllFormedError::MismatchedEndTag { expected, .. }) => {
            XmlProblem::Unbalanced(shorten(expected))
        }
        quick_xml::Error::IllFormed(IllFormedError::UnmatchedEndTag(name)) => {
            XmlProblem::Unbalanced(shorten(name))
        }
        other => XmlProblem::Syntax(shorten(&other.to_string())),
    }
}

struct Builder<'a> {
    source: &'a str,
    nodes: Vec<Node>,
    /// The open elements, the innermost last.
    open: Vec<u32>,
    root: Option<u32>,
}

impl Builder<'_> {
    fn event(&mut self, event: &Event<'_>, span: Range<usize>) -> Result<(), Failure> {
        let at = span.start;
        match event {
            Event::Start(_) => {
                if self.open.len() >= MAX_DEPTH {
                    return Err((at, XmlProblem::TooDeep { limit: MAX_DEPTH }));
                }
                let tag = self.tag(&span, Some(span.end..span.end))?;
                let index = self.push(span, NodeKind::Element(tag))?;
                self.open.push(index);
            }
            Event::Empty(_) => {
                let tag = self.tag(&span, None)?;
                self.push(span, NodeKind::Element(tag))?;
            }
            Event::End(_) => {
                let Some(index) = self.open.pop() else {
                    return Err((at, XmlProblem::Unbalanced(shorten(&self.source[span]))));
                };
                let node = &mut self.nodes[index as usize];
                node.span.end = span.end;
                if let NodeKind::Element(Tag { inner: Some(inner), .. }) = &mut node.kind {
                    inner.end = span.start;
                }
            }
            Event::Text(_) => {
                let raw = &self.source[span.clone()];
                if self.open.is_empty() {
                    return if raw.trim_matches([' ', '\t', '\n', '\r', '\u{FEFF}']).is_empty() {
                        Ok(())
                    } else {
                        Err((at, XmlProblem::OutsideRoot))
                    };
                }
                if raw.contains("]]>") {
                    return Err((at, XmlProblem::Syntax("“]]>” in a text".to_owned())));
                }
                self.push(span, NodeKind::Text)?;
            }
            Event::GeneralRef(_) => {
                if self.open.is_empty() {
                    return Err((at, XmlProblem::OutsideRoot));
                }
                let raw = &self.source[span.clone()];
                let name = raw.trim_start_matches('&').trim_end_matches(';');
                resolve(name).map_err(|problem| (at, problem))?;
                self.push(span, NodeKind::Text)?;
            }
            Event::CData(_) => {
                if self.open.is_empty() {
                    return Err((at, XmlProblem::OutsideRoot));
                }
                self.push(span, NodeKind::CData)?;
            }
            Event::Decl(_) => {
                if !self.source[..at].trim_start_matches('\u{FEFF}').is_empty() {
                    let problem = "an XML declaration inside the document".to_owned();
                    return Err((at, XmlProblem::Syntax(problem)));
                }
            }
            Event::DocType(_) => return Err((at, XmlProblem::DocType)),
            Event::Comment(_) | Event::PI(_) => {
                if !self.open.is_empty() {
                    self.push(span, NodeKind::Other)?;
                }
            }
            Event::Eof => {}
        }
        Ok(())
    }

    fn push(&mut self, span: Range<usize>, kind: NodeKind) -> Result<u32, Failure> {
        let at = span.start;
        let index = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        if self.nodes.len() >= MAX_NODES {
            return Err((at, XmlProblem::TooManyNodes { limit: MAX_NODES }));
        }
        let parent = self.open.last().copied();
        match parent {
            Some(parent) => {
                if let NodeKind::Element(tag) = &mut self.nodes[parent as usize].kind {
                    tag.children.push(index);
                }
            }
            None if self.root.is_some() => return Err((at, XmlProblem::OutsideRoot)),
            None => self.root = Some(index),
        }
        self.nodes.push(Node { span, parent, kind });
        Ok(index)
    }

    /// The name and attributes of the start tag at `span`.
    fn tag(&self, span: &Range<usize>, inner: Option<Range<usize>>) -> Result<Tag, Failure> {
        let source = self.source;
        let is_space = |b: u8| matches!(b, b' ' | b'\t' | b'\n' | b'\r');
        let bytes = source.as_bytes();
        let end = span.end - if inner.is_none() { 2 } else { 1 };
        let name_end = (span.start + 1..end).find(|&i| is_space(bytes[i])).unwrap_or(end);
        let name = span.start + 1..name_end;
        check_name(&source[name.clone()]).map_err(|p| (span.start, p))?;

        let bad = |at: usize| (at, XmlProblem::BadAttribute(shorten(&source[name.clone()])));
        let skip = |mut i: usize| {
            while i < end && is_space(bytes[i]) {
                i += 1;
            }
            i
        };
        let mut attrs: Vec<Attr> = Vec::new();
        let mut at = name_end;
        loop {
            let next = skip(at);
            if next >= end {
                break;
            }
            if next == at {
                return Err(bad(at));
            }
            let equals = (next..end).find(|&i| bytes[i] == b'=').ok_or_else(|| bad(next))?;
            let attr_name = next..next + source[next..equals].trim_end().len();
            check_name(&source[attr_name.clone()]).map_err(|p| (next, p))?;
            let open = skip(equals + 1);
            let quote =
                bytes.get(open).copied().filter(|b| open < end && matches!(b, b'\'' | b'"'));
            let quote = quote.ok_or_else(|| bad(next))?;
            let close = (open + 1..end).find(|&i| bytes[i] == quote).ok_or_else(|| bad(next))?;
            let value = open + 1..close;
            if source[value.clone()].contains('<') {
                return Err(bad(next));
            }
            unescape(&source[value.clone()], true).map_err(|p| (next, p))?;
            if attrs.iter().any(|a| source[a.name.clone()] == source[attr_name.clone()]) {
                let name = shorten(&source[attr_name]);
                return Err((next, XmlProblem::DuplicateAttribute(name)));
            }
            attrs.push(Attr { name: attr_name, value });
            at = close + 1;
        }
        Ok(Tag { name, inner, attrs, children: Vec::new() })
    }

    fn finish(self) -> Result<(Vec<Node>, u32), Failure> {
        let end = self.source.len();
        if let Some(&index) = self.open.last() {
            let name = match &self.nodes[index as usize].kind {
                NodeKind::Element(tag) => shorten(&self.source[tag.name.clone()]),
                _ => String::new(),
            };
            return Err((end, XmlProblem::Unbalanced(name)));
        }
        let root = self.root.ok_or((end, XmlProblem::NoRoot))?;
        Ok((self.nodes, root))
    }
}

/// XML's rule for names, without its long list of letters: any character
/// beyond ASCII counts as one, as it does in nearly all cases.
pub(super) fn check_name(name: &str) -> Result<(), XmlProblem> {
    let start = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | ':') || !c.is_ascii();
    let inside = |c: char| start(c) || c.is_ascii_digit() || matches!(c, '-' | '.');
    let good = name.chars().next().is_some_and(start) && name.chars().all(inside);
    if good && check_chars(name).is_ok() { Ok(()) } else { Err(XmlProblem::BadName(shorten(name))) }
}
