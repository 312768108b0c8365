//! Worker threads of one connection: first come, first served for each object,
//! in parallel across objects.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{
    backend::sys::process::use_english_messages,
    model::{DomainId, NetworkId},
};

/// The object that calls are kept in order for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// A guest.
    Domain(DomainId),
    /// A network.
    Network(NetworkId),
    /// The host itself: definitions of new objects and the like.
    Host,
    /// No order at all.
    Any,
}

type Task = Box<dyn FnOnce() + Send>;

/// How long a thread without work stays.
const IDLE: Duration = Duration::from_secs(10);

#[derive(Default)]
struct State {
    /// Tasks that may start, the oldest first.
    ready: VecDeque<(Key, Task)>,
    /// Keys with a task that is running or in `ready`.
    busy: HashSet<Key>,
    /// Tasks behind another one of their key.
    waiting: HashMap<Key, VecDeque<Task>>,
    threads: usize,
    idle: usize,
    closed: bool,
}

struct Inner {
    name: String,
    limit: usize,
    state: Mutex<State>,
    work: Condvar,
}

/// A set of threads, made on demand and ended when idle or closed.
pub(crate) struct Pool(Arc<Inner>);

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("name", &self.0.name).finish_non_exhaustive()
    }
}

impl Pool {
    /// At most `limit` threads named `name` (the system shows 15 characters).
    pub(crate) fn new(name: &str, limit: usize) -> Self {
        Self(Arc::new(Inner {
            name: name.to_owned(),
            limit,
            state: Mutex::default(),
            work: Condvar::new(),
        }))
    }

    /// Runs `task` after all earlier ones of the same key. It is dropped unrun
    /// if the pool is closed or no thread can be started.
    pub(crate) fn run(&self, key: Key, task: impl FnOnce() + Send + 'static) {
        let mut state = self.0.state();
        if state.closed {
            drop(state);
            return;
        }
        if key != Key::Any && !state.busy.insert(key) {
            state.waiting.entry(key).or_default().push_back(Box::new(task));
            return;
        }
        state.ready.push_back((key, Box::new(task)));
        let start = state.idle < state.ready.len() && state.threads < self.0.limit;
        if start {
            state.threads += 1;
        }
        drop(state);
        self.0.work.notify_one();
        if start {
            self.0.start_thread();
        }
    }

    /// Drops what has not begun; threads end when their present call returns.
    pub(crate) fn close(&self) {
        let mut state = self.0.state();
        state.closed = true;
        let unrun = (std::mem::take(&mut state.ready), std::mem::take(&mut state.waiting));
        drop(state);
        self.0.work.notify_all();
        drop(unrun);
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.close();
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start_thread(self: &Arc<Self>) {
        let inner = Arc::clone(self);
        let spawned =
            std::thread::Builder::new().name(self.name.clone()).spawn(move || inner.work());
        if let Err(error) = spawned {
            tracing::error!(%error, "no worker thread");
            let mut state = self.state();
            state.threads -= 1;
            // With no thread at all nothing would ever answer: fail the calls.
            if state.threads == 0 {
                let unrun = (std::mem::take(&mut state.ready), std::mem::take(&mut state.waiting));
                state.busy.clear();
                drop(state);
                drop(unrun);
            }
        }
    }

    fn work(&self) {
        use_english_messages();
        let mut state = self.state();
        loop {
            if let Some((key, task)) = state.ready.pop_front() {
                drop(state);
                if catch_unwind(AssertUnwindSafe(task)).is_err() {
                    // The caller learns of it by its dropped reply.
                    tracing::error!(pool = self.name, "a call panicked");
                }
                state = self.state();
                self.finished(&mut state, key);
                continue;
            }
            if state.closed {
                break;
            }
            state.idle += 1;
            let (back, wait) =
                self.work.wait_timeout(state, IDLE).unwrap_or_else(PoisonError::into_inner);
            state = back;
            state.idle -= 1;
            if wait.timed_out() && state.ready.is_empty() {
                break;
            }
        }
        state.threads -= 1;
    }

    /// Lets the next task of `key` go.
    fn finished(&self, state: &mut State, key: Key) {
        if key == Key::Any {
            return;
        }
        let next = state.waiting.get_mut(&key).and_then(VecDeque::pop_front);
        if let Some(task) = next {
            state.ready.push_back((key, task));
            // This thread takes one; others may be idle for the rest.
            self.work.notify_one();
        } else {
            state.waiting.remove(&key);
            state.busy.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Barrier, mpsc};

    use super::*;

    fn key(number: u128) -> Key {
        Key::Domain(DomainId(uuid::Uuid::from_u128(number)))
    }

    #[test]
    fn tasks_of_one_key_keep_their_order() {
        let pool = Pool::new("test", 8);
        let (sender, receiver) = mpsc::channel();
        for number in 0..200 {
            let sender = sender.clone();
            pool.run(key(1), move || sender.send(number).unwrap());
        }
        drop(sender);
        assert_eq!(receiver.iter().collect::<Vec<_>>(), (0..200).collect::<Vec<_>>());
    }

    #[test]
    fn tasks_of_different_keys_run_at_the_same_time() {
        let pool = Pool::new("test", 4);
        let together = Arc::new(Barrier::new(4));
        let (sender, receiver) = mpsc::channel();
        for number in 0..4 {
            let (together, sender) = (Arc::clone(&together), sender.clone());
            pool.run(key(number), move || {
                together.wait();
                sender.send(()).unwrap();
            });
        }
        for _ in 0..4 {
            receiver.recv_timeout(Duration::from_secs(10)).unwrap();
        }
    }

    #[test]
    fn a_panic_stops_neither_its_key_nor_its_thread() {
        let pool = Pool::new("test", 1);
        let (sender, receiver) = mpsc::channel();
        pool.run(key(1), || panic!("on purpose"));
        pool.run(key(1), move || sender.send(()).unwrap());
        receiver.recv_timeout(Duration::from_secs(10)).unwrap();
    }

    #[test]
    fn closing_drops_what_has_not_begun() {
        let pool = Pool::new("test", 1);
        let (begun, has_begun) = mpsc::channel::<()>();
        let (release, wait) = mpsc::channel::<()>();
        let (sender, receiver) = mpsc::channel::<()>();
        pool.run(key(1), move || {
            begun.send(()).unwrap();
            let _ = wait.recv();
        });
        has_begun.recv_timeout(Duration::from_secs(10)).unwrap();
        let unrun = sender.clone();
        pool.run(key(1), move || unrun.send(()).unwrap());
        drop(sender);
        pool.close();
        assert!(receiver.recv_timeout(Duration::from_secs(10)).is_err());
        drop(release);
    }
}
