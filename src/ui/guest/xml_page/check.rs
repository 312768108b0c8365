//! Looking at texts in the background: nothing here touches a widget.

use crate::{
    backend::{SchemaProblem, check_schema},
    model::{
        no_snapshot,
        text_diff::compare,
        xml::{Document, XmlError},
    },
};

use super::{
    conflict::Conflict,
    messages::{Change, Checked, Hidden, Review},
};

/// Looks at the edited text.
pub(super) fn check(text: &str, original: &str, running: Option<&str>) -> Checked {
    let (malformed, schema) = faults(text);
    Checked {
        edited: text != original,
        malformed,
        schema,
        running: running.map(|running| compare(running, text)),
    }
}

/// Looks at what a change would do to `current`. `base` is what the edited text
/// was made from; nothing for an earlier definition. `running` is what runs.
pub(super) fn review(
    base: Option<&str>,
    current: String,
    xml: String,
    running: Option<&str>,
) -> Review {
    let xml = match base {
        Some(_) => xml,
        None => with_name_of(&current, xml),
    };
    let (malformed, schema) = faults(&xml);
    let overtaken = base.filter(|base| *base != current);
    let conflict = overtaken.map(|base| Conflict::between(base, &current, &xml));
    // A snapshot is of the disks that are in use.
    let disks = Document::parse(running.unwrap_or(&current)).ok();
    Review {
        no_snapshot: disks.as_ref().and_then(no_snapshot),
        comparison: compare(&current, &xml),
        change: Change {
            expected: Hidden(current),
            xml: Hidden(xml),
            edited: base.is_some(),
            checked: true,
            snapshot: None,
        },
        malformed,
        schema,
        conflict,
    }
}

fn faults(text: &str) -> (Option<(usize, String)>, Option<SchemaProblem>) {
    match Document::parse(text) {
        Ok(_) => (None, check_schema(text)),
        Err(XmlError::Malformed { line, problem }) => (Some((line, problem.to_string())), None),
        Err(other) => (Some((1, other.to_string())), None),
    }
}

/// libvirt would take another name for another guest.
fn with_name_of(current: &str, xml: String) -> String {
    let name = Document::parse(current).ok().and_then(|current| current.get("name"));
    let (Some(name), Ok(mut earlier)) = (name, Document::parse(&xml)) else { return xml };
    if earlier.get("name").as_ref() == Some(&name) || earlier.set_text("name", &name).is_err() {
        return xml;
    }
    earlier.as_str().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{check, review};

    const BASE: &str =
        "<domain>\n<name>a</name>\n<memory>1</memory>\n<vcpu>1</vcpu>\n<x/>\n</domain>";

    #[test]
    fn a_fault_has_its_line() {
        let found = check("<domain>\n<name>\n</domain>", BASE, None);
        assert_eq!(found.malformed.map(|(line, _)| line), Some(3));
        assert!(found.edited && found.running.is_none());
    }

    #[test]
    fn what_others_changed_is_a_conflict_only_for_the_editor() {
        let theirs = BASE.replace("<name>a", "<name>b");
        let mine = BASE.replace("<x/>", "<y/>");
        let found = review(Some(BASE), theirs.clone(), mine.clone(), None);
        let conflict = found.conflict.expect("a conflict");
        assert_eq!((conflict.theirs.differing(), conflict.mine.differing()), (1, 1));
        let merged = conflict.merged.expect("different places").0;
        assert!(merged.contains("<name>b") && merged.contains("<y/>"), "{merged}");
        let clash = review(Some(BASE), theirs.clone(), BASE.replace("<name>a", "<name>c"), None);
        assert!(clash.conflict.expect("a conflict").merged.is_none());
        assert!(review(Some(BASE), BASE.to_owned(), mine, None).conflict.is_none());
    }

    #[test]
    fn an_earlier_definition_keeps_the_present_name() {
        let renamed = BASE.replace("<name>a", "<name>b");
        let found = review(None, renamed, BASE.replace("<x/>", "<y/>"), None);
        assert!(found.conflict.is_none());
        assert!(found.change.xml.0.contains("<name>b"));
        assert_eq!(found.comparison.differing(), 1);
    }
}
