//! Building new XML.

#![allow(clippy::needless_pass_by_value, reason = "values are written in the call")]

use std::fmt::Write as _;

use super::{ForbiddenChar, escape_attr, escape_text};

/// An element to be written.
///
/// ```
/// use posada::model::xml::NewElement;
///
/// let disk = NewElement::new("disk")
///     .attr("type", "file")
///     .child(NewElement::new("source").attr("file", "/srv/Tom & Ann's.iso"))
///     .child(NewElement::new("readonly"));
/// assert_eq!(
///     disk.to_xml().unwrap(),
///     "<disk type='file'>\n  <source file='/srv/Tom &amp; Ann&apos;s.iso'/>\n  <readonly/>\n</disk>\n"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewElement {
    name: &'static str,
    attrs: Vec<(&'static str, String)>,
    text: Option<String>,
    children: Vec<NewElement>,
}

impl NewElement {
    /// An empty element. Names are the program's own, never input.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self { name, attrs: Vec::new(), text: None, children: Vec::new() }
    }

    /// An element that holds a text.
    #[must_use]
    pub fn with_text(name: &'static str, text: impl Into<String>) -> Self {
        let mut element = Self::new(name);
        element.text = Some(text.into());
        element
    }

    /// With an attribute more.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "numbers and texts alike, at many places")]
    pub fn attr(mut self, name: &'static str, value: impl ToString) -> Self {
        self.attrs.push((name, value.to_string()));
        self
    }

    /// With an attribute more, if there is a value.
    #[must_use]
    pub fn attr_opt(self, name: &'static str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.attr(name, value),
            None => self,
        }
    }

    /// With a child more.
    #[must_use]
    pub fn child(mut self, child: Self) -> Self {
        self.children.push(child);
        self
    }

    /// With a child more, if there is one.
    #[must_use]
    pub fn child_opt(self, child: Option<Self>) -> Self {
        match child {
            Some(child) => self.child(child),
            None => self,
        }
    }

    /// With more children.
    #[must_use]
    pub fn children(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children);
        self
    }

    /// Whether it has neither text nor children nor attributes.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        self.attrs.is_empty() && self.text.is_none() && self.children.is_empty()
    }

    /// The text, two spaces a level, as libvirt writes it.
    ///
    /// # Errors
    /// If XML cannot hold one of the characters given.
    pub fn to_xml(&self) -> Result<String, ForbiddenChar> {
        let mut out = String::new();
        self.write(&mut out, 0)?;
        Ok(out)
    }

    fn write(&self, out: &mut String, level: usize) -> Result<(), ForbiddenChar> {
        // Writing into a string cannot fail.
        let _ = write!(out, "{:1$}<{2}", "", level * 2, self.name);
        for (name, value) in &self.attrs {
            let _ = write!(out, " {name}='{}'", escape_attr(value)?);
        }
        match &self.text {
            None if self.children.is_empty() => {
                out.push_str("/>\n");
                return Ok(());
            }
            Some(text) => {
                let _ = write!(out, ">{}", escape_text(text)?);
            }
            None => out.push('>'),
        }
        if !self.children.is_empty() {
            out.push('\n');
            for child in &self.children {
                child.write(out, level + 1)?;
            }
            let _ = write!(out, "{:1$}", "", level * 2);
        }
        let _ = writeln!(out, "</{}>", self.name);
        Ok(())
    }
}
