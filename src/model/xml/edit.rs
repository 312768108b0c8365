//! Edits: each replaces one span of the source and reads the result again, so
//! the tree is always that of the text, and an edit that would break the
//! document leaves it as it was.

#![allow(clippy::needless_pass_by_value, reason = "a path or an id is written in the call")]

use std::ops::Range;

use super::{
    Document, Element, ElementId, Locate, XmlError, escape_attr, escape_text,
    parse::{self, check_name},
    path::Path,
};

/// Where among an element's children a new one goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// Before all others.
    First,
    /// After all others.
    Last,
    /// Right before this child.
    Before(ElementId),
    /// Right after this child.
    After(ElementId),
}

impl Document {
    /// Sets the text of the element at `at`.
    ///
    /// # Errors
    /// If there is no such element, it holds other elements, or `text` has a
    /// character that XML cannot hold.
    pub fn set_text(&mut self, at: impl Locate, text: &str) -> Result<(), XmlError> {
        let element = self.element(at.locate(self)?)?;
        if element.children().next().is_some() {
            return Err(XmlError::HasChildren(element.name().to_owned()));
        }
        if element.tag().is_some_and(|t| t.inner.is_some()) && element.text() == text {
            return Ok(());
        }
        let text = escape_text(text)?.into_owned();
        self.set_inner(at.locate(self)?, &text)
    }

    /// Sets an attribute of the element at `at`, in its place if it has one.
    ///
    /// # Errors
    /// If there is no such element, or name or value cannot be written.
    pub fn set_attr(&mut self, at: impl Locate, name: &str, value: &str) -> Result<(), XmlError> {
        check_name(name).map_err(|problem| XmlError::Malformed { line: 0, problem })?;
        let element = self.element(at.locate(self)?)?;
        if element.attr(name).as_deref() == Some(value) {
            return Ok(());
        }
        let value = escape_attr(value)?;
        let Some(tag) = element.tag() else { return Err(XmlError::Stale) };
        let existing = tag.attrs.iter().find(|a| self.text_of(&a.name) == name);
        if let Some(attr) = existing {
            let span = attr.value.clone();
            return self.replace(span, &value);
        }
        // After the last one, in its quotes: the document's own style.
        let last = tag.attrs.last();
        let at = last.map_or(tag.name.end, |a| a.value.end + 1);
        let style = last.or_else(|| element.doc.root().tag().and_then(|t| t.attrs.first()));
        let quote = style.map_or("'", |a| self.text_of(&(a.value.end..a.value.end + 1)));
        let text = format!(" {name}={quote}{value}{quote}");
        self.replace(at..at, &text)
    }

    /// Removes an attribute; nothing happens if it is not there.
    ///
    /// # Errors
    /// If there is no such element.
    pub fn remove_attr(&mut self, at: impl Locate, name: &str) -> Result<(), XmlError> {
        let element = self.element(at.locate(self)?)?;
        let Some(tag) = element.tag() else { return Err(XmlError::Stale) };
        let Some(attr) = tag.attrs.iter().find(|a| self.text_of(&a.name) == name) else {
            return Ok(());
        };
        let before = self.text_of(&(tag.name.end..attr.name.start));
        let space = before.len() - before.trim_end().len();
        let span = attr.name.start - space..attr.value.end + 1;
        self.replace(span, "")
    }

    /// Inserts the element written in `xml` into the element at `at`, on a line
    /// of its own if the others have one.
    ///
    /// # Errors
    /// If there is no such element, `xml` is not one well-formed element, or a
    /// sibling given in `position` is not a child of it.
    pub fn insert_child(
        &mut self,
        at: impl Locate,
        position: Position,
        xml: &str,
    ) -> Result<(), XmlError> {
        let xml = xml.trim();
        let id = at.locate(self)?;
        let element = self.element(id)?;
        let Some(tag) = element.tag() else { return Err(XmlError::Stale) };
        check_fragment(element, xml)?;
        let Some(inner) = tag.inner.clone() else {
            let text = match self.indent_of(element) {
                Some(own) => format!("{own}  {xml}{own}"),
                None => xml.to_owned(),
            };
            return self.set_inner(id, &text);
        };
        let children: Vec<_> = element.children().collect();
        let sibling = |id: ElementId| {
            let child = self.element(id)?;
            let mine = child.parent().is_some_and(|p| p.index == element.index);
            if mine { Ok(child) } else { Err(XmlError::NotFound(child.name().to_owned())) }
        };
        // The new child stands before or after a sibling and is set apart from
        // it as that one is from what comes before it.
        let (anchor, before) = match position {
            Position::Before(id) => (Some(sibling(id)?), true),
            Position::After(id) => (Some(sibling(id)?), false),
            Position::First => (children.first().copied(), true),
            Position::Last => (children.last().copied(), false),
        };
        let (offset, text) = match (anchor, before) {
            (Some(next), true) => {
                let indent = self.indent_of(next).unwrap_or_default();
                (next.node().span.start, format!("{xml}{indent}"))
            }
            (Some(previous), false) => {
                let indent = self.indent_of(previous).unwrap_or_default();
                (previous.node().span.end, format!("{indent}{xml}"))
            }
            (None, _) => match self.indent_of(element) {
                Some(own) if self.text_of(&inner).trim().is_empty() => {
                    return self.set_inner(id, &format!("{own}  {xml}{own}"));
                }
                _ => (inner.end, xml.to_owned()),
            },
        };
        self.replace(offset..offset, &text)
    }

    /// Removes an element, with the line it leaves empty.
    ///
    /// # Errors
    /// If there is no such element, or it is the root.
    pub fn remove(&mut self, at: impl Locate) -> Result<(), XmlError> {
        let element = self.element(at.locate(self)?)?;
        if element.index == self.root {
            return Err(XmlError::Root);
        }
        let mut span = element.node().span.clone();
        if let Some(indent) = self.indent_of(element)
            && self.source[span.end..].starts_with(['\n', '\r'])
        {
            span.start -= indent.len();
        }
        self.replace(span, "")
    }

    /// Writes an element with nothing but white space in it as `<a/>`; any
    /// other stays as it is.
    ///
    /// # Errors
    /// If there is no such element.
    pub fn collapse(&mut self, at: impl Locate) -> Result<(), XmlError> {
        let element = self.element(at.locate(self)?)?;
        let inner = element.tag().and_then(|tag| tag.inner.clone());
        match inner.filter(|inner| self.text_of(inner).trim().is_empty()) {
            // From the `>` of the start tag on.
            Some(inner) => self.replace(inner.start - 1..element.node().span.end, "/>"),
            None => Ok(()),
        }
    }

    /// Replaces an element by the one written in `xml`.
    ///
    /// # Errors
    /// If there is no such element, or `xml` is not one well-formed element.
    pub fn replace_element(&mut self, at: impl Locate, xml: &str) -> Result<(), XmlError> {
        let element = self.element(at.locate(self)?)?;
        let xml = xml.trim();
        check_fragment(element, xml)?;
        let span = element.node().span.clone();
        self.replace(span, xml)
    }

    /// Makes the elements of a plain path (names only) that are missing, at the
    /// end of their parents.
    ///
    /// # Errors
    /// If a missing step has a predicate or is `*`: what it would be is unknown.
    pub fn ensure(&mut self, path: &str) -> Result<ElementId, XmlError> {
        let parsed = Path::parse(path)?;
        let mut at = self.root().id();
        for (index, step) in parsed.steps.iter().enumerate() {
            let one = Path { steps: vec![step.clone()], attribute: None };
            if let Some(found) = one.select(self.element(at)?).first() {
                at = found.id();
                continue;
            }
            if step.name == "*" || !step.predicates.is_empty() {
                return Err(XmlError::NotFound(path.to_owned()));
            }
            self.insert_child(at, Position::Last, &format!("<{}/>", step.name))?;
            // All steps up to here exist now; find them in the new tree.
            let so_far = Path { steps: parsed.steps[..=index].to_vec(), attribute: None };
            let found = so_far.select(self.root()).pop();
            at = found.ok_or_else(|| XmlError::NotFound(path.to_owned()))?.id();
        }
        Ok(at)
    }

    /// The line break and white space before an element, if it begins a line.
    fn indent_of(&self, element: Element<'_>) -> Option<String> {
        let start = element.node().span.start;
        let before = &self.source[..start];
        let line = before.trim_end_matches([' ', '\t']);
        let bare = line.strip_suffix('\n')?;
        let from = bare.strip_suffix('\r').unwrap_or(bare).len();
        Some(before[from..].to_owned())
    }

    fn set_inner(&mut self, id: ElementId, text: &str) -> Result<(), XmlError> {
        let element = self.element(id)?;
        let Some(tag) = element.tag() else { return Err(XmlError::Stale) };
        if let Some(inner) = tag.inner.clone() {
            self.replace(inner, text)
        } else {
            let end = element.node().span.end;
            let head = self.text_of(&(tag.name.end..end - 2));
            // `<a />` keeps no space that only stood before the slash.
            let from = tag.name.end + head.trim_end().len();
            let text = format!(">{text}</{}>", element.name());
            self.replace(from..end, &text)
        }
    }

    fn replace(&mut self, span: Range<usize>, text: &str) -> Result<(), XmlError> {
        let mut source = String::with_capacity(self.source.len() + text.len());
        source.push_str(&self.source[..span.start]);
        source.push_str(text);
        source.push_str(&self.source[span.end..]);
        *self = parse::document(source, self.generation.wrapping_add(1))?;
        Ok(())
    }
}

/// Whether `xml` is exactly one element, so that it cannot close its parent.
fn check_fragment(at: Element<'_>, xml: &str) -> Result<(), XmlError> {
    let fragment = Document::parse(xml)?;
    if fragment.root().source() != xml {
        // A comment or declaration beside the element.
        return Err(XmlError::Malformed { line: 1, problem: super::XmlProblem::OutsideRoot });
    }
    debug_assert!(at.tag().is_some());
    Ok(())
}
