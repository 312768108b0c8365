//! From one order of a list to the next in few steps.
//!
//! A list view that is rebuilt loses its focus, its selection and its place.
//! [`reconcile`] finds which entries may stay where they are and what must be
//! taken out and put in around them.

use std::{collections::HashMap, hash::Hash, ops::Range};

/// A step from the old order to the new one. Steps are to be taken in the
/// order in which they are given: each position counts in the list as the
/// steps before have left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Splice {
    /// Where.
    pub at: usize,
    /// How many entries leave here.
    pub removed: usize,
    /// Which entries of the new order come here instead.
    pub inserted: Range<usize>,
}

/// More steps than this cost a list view more than one large step.
const MAX_STEPS: usize = 128;

/// The steps from `old` to `new`; both without repetitions.
///
/// An entry that moves is taken out and put in again under the same key:
/// whoever takes the steps keeps the objects by key. The fewest possible
/// entries move. A change of one entry costs O(n) comparisons and no
/// allocation to speak of; a new sort order O(n log n).
#[must_use]
pub fn reconcile<K: Eq + Hash>(old: &[K], new: &[K]) -> Vec<Splice> {
    let prefix = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (&old[prefix..], &new[prefix..]);
    let suffix = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b);
    let suffix = suffix.count();
    let old_middle = &old_rest[..old_rest.len() - suffix];
    let new_middle = &new_rest[..new_rest.len() - suffix];
    if old_middle.is_empty() && new_middle.is_empty() {
        return Vec::new();
    }
    let whole = Splice {
        at: prefix,
        removed: old_middle.len(),
        inserted: prefix..prefix + new_middle.len(),
    };
    if old_middle.is_empty() || new_middle.is_empty() {
        return vec![whole];
    }

    let stays = staying(old_middle, new_middle);
    let steps = around(&stays, &whole);
    if steps.len() > MAX_STEPS { vec![whole] } else { steps }
}

/// The largest set of entries that are in both lists in the same order, as
/// pairs of positions (old, new), ascending.
fn staying<K: Eq + Hash>(old: &[K], new: &[K]) -> Vec<(usize, usize)> {
    let places: HashMap<&K, usize> = old.iter().enumerate().map(|(at, key)| (key, at)).collect();
    let kept = new.iter().enumerate().filter_map(|(at, key)| Some((*places.get(key)?, at)));
    longest_rise(&kept.collect::<Vec<_>>())
}

/// The longest subsequence whose first numbers rise (patience sorting).
fn longest_rise(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // For each length, the index of the pair with the smallest end.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (index, (old, _)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| pairs[*end].0 < *old);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        if length == ends.len() {
            ends.push(index);
        } else {
            ends[length] = index;
        }
    }
    let mut rise = Vec::with_capacity(ends.len());
    let mut at = ends.last().copied();
    while let Some(index) = at {
        rise.push(pairs[index]);
        at = before[index];
    }
    rise.reverse();
    rise
}

/// The steps that change everything between the staying entries.
fn around(stays: &[(usize, usize)], whole: &Splice) -> Vec<Splice> {
    let mut steps = Vec::new();
    let end = (whole.removed, whole.inserted.len());
    let (mut old, mut new) = (0, 0);
    for &(old_stay, new_stay) in stays.iter().chain(std::iter::once(&end)) {
        let removed = old_stay - old;
        if removed > 0 || new_stay > new {
            // All before this place is in the new order already.
            let at = whole.at + new;
            steps.push(Splice { at, removed, inserted: at..whole.at + new_stay });
        }
        (old, new) = (old_stay + 1, new_stay + 1);
    }
    steps
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Splice, reconcile};

    fn apply(old: &[u32], new: &[u32], steps: &[Splice]) -> Vec<u32> {
        let mut list = old.to_vec();
        for step in steps {
            list.splice(step.at..step.at + step.removed, new[step.inserted.clone()].to_vec());
        }
        list
    }

    #[test]
    fn equal_lists_need_no_step() {
        assert_eq!(reconcile(&[1, 2, 3], &[1, 2, 3]), []);
        assert_eq!(reconcile::<u32>(&[], &[]), []);
    }

    #[test]
    fn a_single_change_is_a_single_step() {
        let old: Vec<u32> = (0..5000).collect();
        let mut new = old.clone();
        new.remove(2500);
        assert_eq!(reconcile(&old, &new), [Splice { at: 2500, removed: 1, inserted: 2500..2500 }]);
        assert_eq!(reconcile(&new, &old), [Splice { at: 2500, removed: 0, inserted: 2500..2501 }]);
        assert_eq!(reconcile(&[], &old), [Splice { at: 0, removed: 0, inserted: 0..5000 }]);
    }

    #[test]
    fn one_entry_that_moves_takes_no_other_along() {
        let old: Vec<u32> = (0..100).collect();
        let mut new = old.clone();
        let moved = new.remove(10);
        new.insert(80, moved);
        let steps = reconcile(&old, &new);
        assert_eq!(steps.iter().map(|step| step.removed).sum::<usize>(), 1);
        assert_eq!(steps.iter().map(|step| step.inserted.len()).sum::<usize>(), 1);
        assert_eq!(apply(&old, &new, &steps), new);
    }

    #[test]
    fn a_new_sort_order_takes_few_steps() {
        let old: Vec<u32> = (0..5000).collect();
        let new: Vec<u32> = (0..5000).rev().collect();
        assert!(reconcile(&old, &new).len() <= 2);
    }

    fn lists() -> impl Strategy<Value = (Vec<u32>, Vec<u32>)> {
        let keys: Vec<u32> = (0..40).collect();
        let list = move || proptest::sample::subsequence(keys.clone(), 0..=40).prop_shuffle();
        (list(), list())
    }

    proptest! {
        #[test]
        fn the_steps_lead_to_the_new_list((old, new) in lists()) {
            prop_assert_eq!(apply(&old, &new, &reconcile(&old, &new)), new);
        }

        #[test]
        fn removing_and_adding_alone_moves_nothing(
            old in proptest::sample::subsequence((0..200).collect::<Vec<u32>>(), 0..=200),
            new in proptest::sample::subsequence((0..200).collect::<Vec<u32>>(), 0..=200),
        ) {
            let steps = reconcile(&old, &new);
            if steps.len() > 1 {
                let removed: usize = steps.iter().map(|step| step.removed).sum();
                let gone = old.iter().filter(|key| !new.contains(key)).count();
                prop_assert_eq!(removed, gone);
            }
            prop_assert_eq!(apply(&old, &new, &steps), new);
        }
    }
}
