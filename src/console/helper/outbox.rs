//! Orders on their way to a helper.

use std::{
    fmt::Debug,
    io::{self, Write},
    os::{fd::BorrowedFd, unix::net::UnixStream},
    sync::{Condvar, Mutex},
};

use zeroize::Zeroizing;

use super::{line, lock};

/// More orders than this wait only if the helper does not read.
const MOST_WAITING: usize = 4096;

/// What a helper can be told to do.
pub(in crate::console) trait Order: Debug + Send + 'static {
    /// Appends the message's bytes.
    fn encode(&self, out: &mut Vec<u8>);

    /// A descriptor that goes along.
    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    /// Takes the order that follows into this one, if the two are one.
    fn absorb(&mut self, next: &Self) -> bool;

    /// Whether it must not be dropped, whatever is waiting.
    fn is_needed(&self) -> bool {
        false
    }
}

/// Orders on their way to a helper.
#[derive(Debug)]
pub(in crate::console) struct Outbox<O> {
    waiting: Mutex<Waiting<O>>,
    ready: Condvar,
}

#[derive(Debug)]
struct Waiting<O> {
    orders: Vec<O>,
    closed: bool,
}

impl<O> Default for Outbox<O> {
    fn default() -> Self {
        let waiting = Waiting { orders: Vec::new(), closed: false };
        Self { waiting: Mutex::new(waiting), ready: Condvar::new() }
    }
}

impl<O: Order> Outbox<O> {
    /// Queues an order; never waits. A helper that reads nothing loses input
    /// instead of filling the memory.
    pub(in crate::console) fn send(&self, order: O) {
        let mut waiting = lock(&self.waiting);
        let full = waiting.orders.len() >= MOST_WAITING && !order.is_needed();
        if waiting.closed || full {
            return;
        }
        if !waiting.orders.last_mut().is_some_and(|last| last.absorb(&order)) {
            waiting.orders.push(order);
        }
        drop(waiting);
        self.ready.notify_one();
    }

    /// Waits for orders; nothing once the outbox is closed.
    pub(in crate::console) fn take(&self) -> Option<Vec<O>> {
        let mut waiting = lock(&self.waiting);
        while waiting.orders.is_empty() && !waiting.closed {
            waiting = self.ready.wait(waiting).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
        if waiting.closed { None } else { Some(std::mem::take(&mut waiting.orders)) }
    }

    /// Ends the writer.
    pub(in crate::console) fn close(&self) {
        let mut waiting = lock(&self.waiting);
        waiting.closed = true;
        // With the descriptors that they hold.
        waiting.orders.clear();
        drop(waiting);
        self.ready.notify_all();
    }

    /// Writes orders until the outbox is closed.
    pub(super) fn write_to(&self, mut line: &UnixStream) -> io::Result<()> {
        let mut bytes = Zeroizing::new(Vec::new());
        while let Some(orders) = self.take() {
            bytes.clear();
            for order in &orders {
                if let Some(fd) = order.descriptor() {
                    line.write_all(&bytes)?;
                    bytes.clear();
                    order.encode(&mut bytes);
                    line::send_with(line, &bytes, &[fd])?;
                    bytes.clear();
                } else {
                    order.encode(&mut bytes);
                }
            }
            line.write_all(&bytes)?;
        }
        Ok(())
    }
}
