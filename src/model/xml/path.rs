//! Paths: `devices/disk[target/@dev='vda']/source/@file`.

use super::{Document, Element, ElementId, XmlError};

/// A parsed path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) steps: Vec<Step>,
    /// The attribute at its end.
    pub(super) attribute: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) name: String,
    pub(super) predicates: Vec<Predicate>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Predicate {
    /// The n-th, from 1.
    Index(usize),
    /// The text or attribute at a path is this.
    Equals(Path, String),
    /// Something is at a path.
    Has(Path),
}

impl Path {
    pub(super) fn parse(text: &str) -> Result<Self, XmlError> {
        let bad = || XmlError::BadPath(super::escape::shorten(text));
        let mut steps = Vec::new();
        let mut attribute = None;
        for part in split(text).ok_or_else(bad)? {
            if attribute.is_some() {
                return Err(bad());
            }
            if let Some(name) = part.strip_prefix('@') {
                super::parse::check_name(name).map_err(|_| bad())?;
                attribute = Some(name.to_owned());
            } else if part != "." {
                steps.push(Step::parse(part).ok_or_else(bad)?);
            }
        }
        Ok(Self { steps, attribute })
    }

    /// The elements it leads to from `from`; its attribute is not looked at.
    pub(super) fn select<'a>(&self, from: Element<'a>) -> Vec<Element<'a>> {
        let mut found = vec![from];
        for step in &self.steps {
            found = found.into_iter().flat_map(|element| step.select(element)).collect();
        }
        found
    }
}

impl Step {
    fn parse(text: &str) -> Option<Self> {
        let name_end = text.find('[').unwrap_or(text.len());
        let name = &text[..name_end];
        if name != "*" {
            super::parse::check_name(name).ok()?;
        }
        let mut predicates = Vec::new();
        let mut rest = &text[name_end..];
        while !rest.is_empty() {
            let end = close(rest)?;
            predicates.push(Predicate::parse(&rest[1..end])?);
            rest = &rest[end + 1..];
        }
        Some(Self { name: name.to_owned(), predicates })
    }

    fn select<'a>(&self, from: Element<'a>) -> Vec<Element<'a>> {
        let mut found: Vec<_> =
            from.children().filter(|c| self.name == "*" || c.name() == self.name).collect();
        for predicate in &self.predicates {
            found = match predicate {
                Predicate::Index(n) => found.get(n - 1).copied().into_iter().collect(),
                Predicate::Equals(path, value) => {
                    found.into_iter().filter(|e| values(path, *e).any(|v| v == *value)).collect()
                }
                Predicate::Has(path) => {
                    found.into_iter().filter(|e| values(path, *e).next().is_some()).collect()
                }
            };
        }
        found
    }
}

fn values<'a>(path: &'a Path, from: Element<'a>) -> impl Iterator<Item = String> + 'a {
    path.select(from).into_iter().filter_map(|e| match &path.attribute {
        Some(name) => e.attr(name),
        None => Some(e.text()),
    })
}

impl Predicate {
    fn parse(text: &str) -> Option<Self> {
        if let Ok(index) = text.parse::<usize>() {
            return (index > 0).then_some(Self::Index(index));
        }
        let Some(equals) = text.find('=') else {
            return Path::parse(text).ok().map(Self::Has);
        };
        let path = Path::parse(text[..equals].trim()).ok()?;
        let value = text[equals + 1..].trim();
        let quote = value.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let value = value.strip_prefix(quote)?.strip_suffix(quote)?;
        (!value.contains(quote)).then(|| Self::Equals(path, value.to_owned()))
    }
}

/// Splits at the slashes that are not in brackets or quotes.
fn split(text: &str) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    let (mut start, mut depth, mut quote) = (0, 0_usize, None);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(q), c) if q == c => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '[') => depth += 1,
            (None, ']') => depth = depth.checked_sub(1)?,
            (None, '/') if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    (depth == 0 && quote.is_none()).then_some(parts)
}

/// Where the bracket that opens `text` closes.
fn close(text: &str) -> Option<usize> {
    let (mut depth, mut quote) = (0_usize, None);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(q), c) if q == c => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '[') => depth += 1,
            (None, ']') => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            (None, _) if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// Something that names one element: a path (its first match) or an id.
pub trait Locate: Copy {
    /// The element in `doc`.
    ///
    /// # Errors
    /// If it is not there, or the id is older than the last edit.
    fn locate(&self, doc: &Document) -> Result<ElementId, XmlError>;
}

impl Locate for ElementId {
    fn locate(&self, doc: &Document) -> Result<ElementId, XmlError> {
        doc.element(*self).map(|e| e.id())
    }
}

impl Locate for &str {
    fn locate(&self, doc: &Document) -> Result<ElementId, XmlError> {
        let path = Path::parse(self)?;
        if path.attribute.is_some() {
            return Err(XmlError::BadPath((*self).to_owned()));
        }
        let found = path.select(doc.root()).into_iter().next();
        found.map(|e| e.id()).ok_or_else(|| XmlError::NotFound((*self).to_owned()))
    }
}

impl Locate for &String {
    fn locate(&self, doc: &Document) -> Result<ElementId, XmlError> {
        self.as_str().locate(doc)
    }
}
