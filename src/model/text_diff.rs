//! How two texts differ, line by line, and how changes of two people go
//! together.
//!
//! The texts may be definitions with passwords: nothing here prints them.

use std::{
    fmt,
    time::{Duration, Instant},
};

use similar::{ChangeTag, TextDiff, TextDiffConfig, TextMerge};

/// A comparison that takes longer becomes coarser instead.
const PATIENCE: Duration = Duration::from_secs(2);

/// Unchanged lines that are shown around a change.
const AROUND: usize = 3;

/// What a line is in a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// In both texts.
    Same,
    /// Only in the old text.
    Removed,
    /// Only in the new text.
    Added,
}

impl LineKind {
    /// How the line begins in a unified diff.
    #[must_use]
    pub fn sign(self) -> char {
        match self {
            Self::Same => ' ',
            Self::Removed => '-',
            Self::Added => '+',
        }
    }
}

/// Lines that belong together: changes with what stands around them.
#[derive(Clone, PartialEq, Eq)]
pub struct Hunk {
    /// The number of its first line in the old text, from 1.
    pub old_start: usize,
    /// The same in the new text.
    pub new_start: usize,
    /// Its lines, without their ends.
    pub lines: Vec<(LineKind, String)>,
}

/// How a new text differs from an old one.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// The changed places with their surroundings.
    pub hunks: Vec<Hunk>,
    /// The lines that are only in the old text, counted from 0.
    pub removed: Vec<usize>,
    /// The lines that are only in the new text, counted from 0.
    pub added: Vec<usize>,
}

impl fmt::Debug for Hunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hunk").field("old_start", &self.old_start).finish_non_exhaustive()
    }
}

impl fmt::Debug for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Comparison")
            .field("removed", &self.removed)
            .field("added", &self.added)
            .finish_non_exhaustive()
    }
}

impl Comparison {
    /// Whether the texts are the same.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hunks.is_empty()
    }

    /// How many lines differ: one that was changed counts once.
    #[must_use]
    pub fn differing(&self) -> usize {
        self.runs().iter().map(|run| run.removed.max(run.added)).sum()
    }

    /// Where each run of changed lines begins, in the old and in the new text,
    /// counted from 0.
    #[must_use]
    pub fn places(&self) -> Vec<(usize, usize)> {
        self.runs().iter().map(|run| run.place).collect()
    }

    fn runs(&self) -> Vec<Run> {
        let mut runs = Vec::new();
        for hunk in &self.hunks {
            let (mut old, mut new) = (hunk.old_start - 1, hunk.new_start - 1);
            let mut run: Option<Run> = None;
            for (kind, _) in &hunk.lines {
                if *kind == LineKind::Same {
                    runs.extend(run.take());
                } else {
                    let run = run.get_or_insert(Run { place: (old, new), removed: 0, added: 0 });
                    run.removed += usize::from(*kind == LineKind::Removed);
                    run.added += usize::from(*kind == LineKind::Added);
                }
                old += usize::from(*kind != LineKind::Added);
                new += usize::from(*kind != LineKind::Removed);
            }
            runs.extend(run);
        }
        runs
    }

    /// The names of the XML elements on changed lines, each once, in order.
    #[must_use]
    pub fn elements(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        let changed = self.hunks.iter().flat_map(|hunk| &hunk.lines);
        for (_, line) in changed.filter(|(kind, _)| *kind != LineKind::Same) {
            let Some(rest) = line.trim_start().strip_prefix('<') else { continue };
            let rest = rest.strip_prefix('/').unwrap_or(rest);
            let end = rest.find(|c: char| !is_name(c)).unwrap_or(rest.len());
            let name = &rest[..end];
            if !name.is_empty() && !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

/// Changed lines without an unchanged one between them.
struct Run {
    place: (usize, usize),
    removed: usize,
    added: usize,
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':')
}

/// Compares two texts. Takes up to seconds for large ones.
#[must_use]
pub fn compare(old: &str, new: &str) -> Comparison {
    let mut config = TextDiffConfig::default();
    config.deadline(Instant::now() + PATIENCE);
    let diff = config.diff_lines(old, new);
    let mut comparison = Comparison::default();
    for group in diff.grouped_ops(AROUND) {
        let Some(first) = group.first() else { continue };
        let mut hunk = Hunk {
            old_start: first.old_range().start + 1,
            new_start: first.new_range().start + 1,
            lines: Vec::new(),
        };
        for op in &group {
            take(&diff, op, &mut hunk, &mut comparison);
        }
        comparison.hunks.push(hunk);
    }
    comparison
}

fn take(
    diff: &TextDiff<'_, '_, str>,
    op: &similar::DiffOp,
    hunk: &mut Hunk,
    comparison: &mut Comparison,
) {
    for change in diff.iter_changes(op) {
        let kind = match change.tag() {
            ChangeTag::Equal => LineKind::Same,
            ChangeTag::Delete => LineKind::Removed,
            ChangeTag::Insert => LineKind::Added,
        };
        match kind {
            LineKind::Same => {}
            LineKind::Removed => comparison.removed.extend(change.old_index()),
            LineKind::Added => comparison.added.extend(change.new_index()),
        }
        let line: &str = change.value();
        hunk.lines.push((kind, line.trim_end_matches(['\n', '\r']).to_owned()));
    }
}

/// Both changes of `base` in one text; nothing if they touch the same lines.
#[must_use]
pub fn merge(base: &str, ours: &str, theirs: &str) -> Option<String> {
    let merged = TextMerge::from_lines(base, ours, theirs);
    (!merged.is_conflicted()).then(|| merged.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{LineKind, compare, merge};

    #[test]
    fn changed_lines_are_told_for_both_sides() {
        let old = "<a>\n  <memory>1</memory>\n  <x/>\n</a>\n";
        let new = "<a>\n  <memory>2</memory>\n  <x/>\n  <y/>\n</a>\n";
        let found = compare(old, new);
        assert_eq!(found.removed, [1]);
        assert_eq!(found.added, [1, 3]);
        assert_eq!(found.hunks.len(), 1);
        assert_eq!(found.hunks[0].lines[1], (LineKind::Removed, "  <memory>1</memory>".to_owned()));
        assert_eq!(found.elements(), ["memory", "y"]);
        assert_eq!((found.differing(), found.places()), (2, vec![(1, 1), (3, 3)]));
        assert!(compare(old, old).is_empty());
    }

    #[test]
    fn nothing_of_the_text_is_printed() {
        let found = compare("<a passwd='hunter2'/>", "<a/>");
        assert!(!format!("{found:?} {:?}", found.hunks).contains("hunter2"));
    }

    #[test]
    fn changes_of_different_lines_go_together() {
        let base = "one\ntwo\nthree\nfour\nfive\n";
        let ours = base.replace("one", "1");
        let theirs = base.replace("five", "5");
        assert_eq!(merge(base, &ours, &theirs).as_deref(), Some("1\ntwo\nthree\nfour\n5\n"));
        assert_eq!(merge(base, &ours, &base.replace("one", "uno")), None);
    }

    proptest! {
        #[test]
        fn the_lines_of_a_comparison_make_both_texts(
            old in proptest::collection::vec("[ab]{0,2}", 0..30),
            new in proptest::collection::vec("[ab]{0,2}", 0..30),
        ) {
            let text = |lines: &[String]| lines.iter().fold(String::new(), |all, line| all + line + "\n");
            let found = compare(&text(&old), &text(&new));
            for hunk in &found.hunks {
                let part = |without| hunk.lines.iter().filter(move |(kind, _)| *kind != without)
                    .map(|(_, line)| line.clone()).collect::<Vec<_>>();
                let (removed, added) = (part(LineKind::Added), part(LineKind::Removed));
                prop_assert_eq!(&old[hunk.old_start - 1..][..removed.len()], &removed[..]);
                prop_assert_eq!(&new[hunk.new_start - 1..][..added.len()], &added[..]);
            }
            let kept = |lines: &[String], gone: &[usize]| lines.iter().enumerate()
                .filter(|(at, _)| !gone.contains(at)).map(|(_, l)| l.clone()).collect::<Vec<_>>();
            prop_assert_eq!(kept(&old, &found.removed), kept(&new, &found.added));
        }
    }
}
