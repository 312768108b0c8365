//! Which tags can be chosen, and what has been.

use crate::model::{
    TagChange, Tags,
    tags::{fold, tag},
};

/// How many of the guests had a tag before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Has {
    None,
    /// So many, but not all.
    Some(usize),
    All,
}

/// A tag and what was chosen for it.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) tag: String,
    pub(super) has: Has,
    /// Nothing until the user has said it.
    pub(super) wanted: Option<bool>,
}

/// The tags of some guests: first those that one of them has, then the rest,
/// each in alphabetical order; what is added comes at the top.
#[derive(Debug)]
pub(super) struct Choices {
    of_each: Vec<Tags>,
    all: Vec<Choice>,
}

impl Choices {
    /// For guests with these tags.
    pub(super) fn new(of_each: Vec<Tags>) -> Self {
        let mut all: Vec<Choice> = Vec::new();
        for tag in of_each.iter().flat_map(Tags::iter) {
            if !all.iter().any(|known| fold(&known.tag) == fold(tag)) {
                let count = of_each.iter().filter(|tags| tags.contains(tag)).count();
                let has = if count == of_each.len() { Has::All } else { Has::Some(count) };
                all.push(Choice { tag: tag.to_owned(), has, wanted: None });
            }
        }
        all.sort_by_cached_key(|choice| fold(&choice.tag));
        Self { of_each, all }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Choice> {
        self.all.iter()
    }

    fn find(&mut self, tag: &str) -> Option<&mut Choice> {
        let key = fold(tag);
        self.all.iter_mut().find(|choice| fold(&choice.tag) == key)
    }

    /// Offers a tag that other guests have.
    pub(super) fn suggest(&mut self, tag: &str) {
        if self.find(tag).is_some() {
            return;
        }
        let key = fold(tag);
        let others = |choice: &Choice| choice.has == Has::None && choice.wanted.is_none();
        let later = |choice: &Choice| others(choice) && fold(&choice.tag) > key;
        let place = self.all.iter().position(later).unwrap_or(self.all.len());
        self.all.insert(place, Choice { tag: tag.to_owned(), has: Has::None, wanted: None });
    }

    /// Chooses a tag for all guests. Gives it as it was written first.
    pub(super) fn add(&mut self, text: &str) -> String {
        let Ok(text) = tag(text) else { return String::new() };
        if let Some(known) = self.find(text) {
            known.wanted = Some(true);
            return known.tag.clone();
        }
        let new = Choice { tag: text.to_owned(), has: Has::None, wanted: Some(true) };
        self.all.insert(0, new);
        text.to_owned()
    }

    /// All guests are to have the tag, or none.
    pub(super) fn choose(&mut self, tag: &str, wanted: bool) {
        if let Some(choice) = self.find(tag) {
            choice.wanted = Some(wanted);
        }
    }

    /// What is to be done.
    pub(super) fn change(&self) -> TagChange {
        let mut change = TagChange::default();
        for choice in &self.all {
            match (choice.wanted, choice.has) {
                (Some(true), Has::None | Has::Some(_)) => change.add.push(choice.tag.clone()),
                (Some(false), Has::All | Has::Some(_)) => change.remove.push(choice.tag.clone()),
                _ => {}
            }
        }
        change
    }

    /// How many tags the guest with most of them has after that, and after
    /// `typed` has been added, too.
    pub(super) fn most(&self, typed: &str) -> usize {
        let change = self.change();
        let count = |tags: &Tags| {
            let kept = tags.iter().filter(|tag| !change.remove.iter().any(|gone| gone == tag));
            let added = change.add.iter().filter(|new| !tags.contains(new)).count();
            let known =
                || tags.contains(typed) || change.add.iter().any(|new| fold(new) == fold(typed));
            kept.count() + added + usize::from(!typed.is_empty() && !known())
        };
        self.of_each.iter().map(count).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Choices, Has};
    use crate::model::{TagChange, Tags};

    fn tags(list: &[&str]) -> Tags {
        let mut tags = Tags::default();
        for tag in list {
            tags.insert(tag).expect("a tag");
        }
        tags
    }

    fn change(add: &[&str], remove: &[&str]) -> TagChange {
        let own = |list: &[&str]| list.iter().map(|tag| (*tag).to_owned()).collect();
        TagChange { add: own(add), remove: own(remove) }
    }

    #[test]
    fn what_the_guests_have_comes_before_what_others_have() {
        let mut choices = Choices::new(vec![tags(&["web", "prod"]), tags(&["PROD"])]);
        for other in ["zoo", "dmz", "Web"] {
            choices.suggest(other);
        }
        let listed: Vec<_> =
            choices.iter().map(|choice| (choice.tag.as_str(), choice.has)).collect();
        let expected =
            [("prod", Has::All), ("web", Has::Some(1)), ("dmz", Has::None), ("zoo", Has::None)];
        assert_eq!(listed, expected);
    }

    #[test]
    fn only_what_was_chosen_changes() {
        let mut choices = Choices::new(vec![tags(&["all", "some"]), tags(&["all"])]);
        choices.suggest("other");
        assert!(choices.change().is_empty());
        choices.choose("some", true);
        choices.choose("all", true);
        assert_eq!(choices.add(" NEW "), "NEW");
        assert_eq!(choices.add("Other"), "other");
        assert_eq!(choices.change(), change(&["NEW", "some", "other"], &[]));
        choices.choose("some", false);
        choices.choose("all", false);
        choices.choose("NEW", false);
        choices.choose("other", false);
        assert_eq!(choices.change(), change(&[], &["all", "some"]));
    }

    #[test]
    fn the_fullest_guest_counts() {
        let mut choices = Choices::new(vec![tags(&["a", "b"]), tags(&["c"])]);
        assert_eq!(choices.most(""), 2);
        assert_eq!(choices.most("d"), 3);
        assert_eq!(choices.most("A"), 2);
        choices.add("c");
        assert_eq!(choices.most("C"), 3);
        choices.choose("a", false);
        assert_eq!(choices.most(""), 2);
    }
}
