//! From a watch channel to messages, never faster than a list needs them.

use std::time::Duration;

use tokio::sync::watch;

/// A running subscription; ends when dropped.
#[derive(Debug)]
pub(super) struct Subscription(relm4::tokio::task::JoinHandle<()>);

impl Drop for Subscription {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Sends `message()` with every change of `channel`, at most once in `pace`.
///
/// The message carries no value: the component reads the newest from a
/// receiver of its own when it gets to it, so changes that arrive faster than
/// they can be shown cost nothing.
pub(super) fn on_change<T, M>(
    mut channel: watch::Receiver<T>,
    pace: Duration,
    out: relm4::Sender<M>,
    message: impl Fn() -> M + Send + 'static,
) -> Subscription
where
    T: Send + Sync + 'static,
    M: Send + 'static,
{
    Subscription(relm4::spawn(async move {
        while channel.changed().await.is_ok() {
            channel.mark_unchanged();
            if out.send(message()).is_err() {
                break;
            }
            relm4::tokio::time::sleep(pace).await;
        }
    }))
}
