//! Many small requests to a host at once.

use std::{
    sync::{Mutex, PoisonError},
    thread,
};

/// So many requests are under way at most: enough to hide a long way to the
/// host, few enough to leave room for others.
const WIDTH: usize = 8;

/// The results of `read` for every item, in the items' order.
pub(super) fn map<T: Sync, R: Send>(items: &[T], read: impl Fn(&T) -> R + Sync) -> Vec<R> {
    if items.len() < 2 {
        return items.iter().map(read).collect();
    }
    let queue = Mutex::new(items.iter().enumerate());
    let results = Mutex::new(Vec::with_capacity(items.len()));
    thread::scope(|scope| {
        for _ in 0..WIDTH.min(items.len()) {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some((index, item)) = next else { break };
                    let result = read(item);
                    let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
                    results.push((index, result));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::map;

    #[test]
    fn results_keep_the_order_of_the_items() {
        let items: Vec<u32> = (0..200).collect();
        assert_eq!(map(&items, |item| item * 2), (0..400).step_by(2).collect::<Vec<u32>>());
        assert_eq!(map(&[] as &[u32], |item| *item), Vec::<u32>::new());
    }
}
