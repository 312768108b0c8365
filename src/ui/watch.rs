//! From the backend's watch channels to a component's command messages.

use std::time::Duration;

use relm4::{JoinHandle, Sender};
use tokio::sync::watch;

/// A running subscription; dropping it ends it. Components keep it in their
/// model, so that it ends with them or when what they watch is another one.
#[derive(Debug)]
#[must_use = "a subscription ends when it is dropped"]
pub struct Subscription(JoinHandle<()>);

impl Drop for Subscription {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Sends the present value and every later one through `map` to a component
/// (its `sender.command_sender()`). Values that come faster than they are
/// taken are merged: the latest wins.
pub fn follow<T, M>(
    receiver: watch::Receiver<T>,
    sender: &Sender<M>,
    map: impl Fn(T) -> M + Send + 'static,
) -> Subscription
where
    T: Clone + Send + Sync + 'static,
    M: Send + 'static,
{
    run(receiver, sender.clone(), move |value: &T| Some(map(value.clone())))
}

/// As [`follow`], for a part of the value: sends only when `project` gives
/// something else than before.
pub fn follow_part<T, P, M>(
    receiver: watch::Receiver<T>,
    sender: &Sender<M>,
    project: impl Fn(&T) -> P + Send + 'static,
    map: impl Fn(P) -> M + Send + 'static,
) -> Subscription
where
    T: Send + Sync + 'static,
    P: Clone + PartialEq + Send + 'static,
    M: Send + 'static,
{
    let mut last: Option<P> = None;
    run(receiver, sender.clone(), move |value: &T| {
        let part = project(value);
        if last.as_ref() == Some(&part) {
            return None;
        }
        last = Some(part.clone());
        Some(map(part))
    })
}

/// Sends `message()` with every change of `receiver`, at most once in `pace`.
///
/// The message carries no value: the component reads the newest from a
/// receiver of its own when it gets to it, so changes that arrive faster than
/// they can be shown cost nothing.
pub fn on_change<T, M>(
    mut receiver: watch::Receiver<T>,
    pace: Duration,
    sender: Sender<M>,
    message: impl Fn() -> M + Send + 'static,
) -> Subscription
where
    T: Send + Sync + 'static,
    M: Send + 'static,
{
    Subscription(relm4::spawn(async move {
        while receiver.changed().await.is_ok() {
            receiver.mark_unchanged();
            if sender.send(message()).is_err() {
                break;
            }
            tokio::time::sleep(pace).await;
        }
    }))
}

fn run<T, M>(
    mut receiver: watch::Receiver<T>,
    sender: Sender<M>,
    mut message: impl FnMut(&T) -> Option<M> + Send + 'static,
) -> Subscription
where
    T: Send + Sync + 'static,
    M: Send + 'static,
{
    Subscription(relm4::spawn(async move {
        loop {
            let next = message(&receiver.borrow_and_update());
            if next.is_some_and(|next| sender.send(next).is_err()) {
                return; // the component is gone
            }
            if receiver.changed().await.is_err() {
                return; // the backend is gone
            }
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_once_and_the_end_is_clean() {
        let (tx, rx) = watch::channel((0, 'a'));
        let (sender, receiver) = relm4::channel();
        let subscription = follow_part(rx, &sender, |value| value.1, |part| part);
        let next = || receiver.recv_sync();
        assert_eq!(next(), Some('a'));
        tx.send((1, 'a')).unwrap();
        tx.send((1, 'b')).unwrap();
        assert_eq!(next(), Some('b'));
        drop(subscription);
        drop(sender);
        assert_eq!(next(), None, "the task's sender is dropped with the subscription");
    }
}
