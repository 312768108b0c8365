//! libvirt's event loop on a thread of our own.
//!
//! libvirt's default implementation is bound to `GLib`'s default main context,
//! which is the window's. This one is a plain `poll(2)` loop that lives as long
//! as the process, so that events and keepalive depend on no window.
//!
//! Contract (libvirt-event.h): registered once, before the first connection;
//! callbacks run without any lock of ours held; the free functions run between
//! callbacks, never inside a remove call.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    os::raw::{c_int, c_void},
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use virt_sys::{
    VIR_EVENT_HANDLE_ERROR, VIR_EVENT_HANDLE_HANGUP, VIR_EVENT_HANDLE_READABLE,
    VIR_EVENT_HANDLE_WRITABLE, virEventHandleCallback, virEventTimeoutCallback, virFreeCallback,
};

/// A pointer of libvirt's that only libvirt looks into.
#[derive(Clone, Copy)]
struct Opaque(*mut c_void);

// SAFETY: the pointer is handed back to libvirt's own callbacks and never
// dereferenced here; libvirt's contract lets the loop run on any thread.
unsafe impl Send for Opaque {}

struct Handle {
    fd: c_int,
    events: c_int,
    /// How many want that nothing is read from it for now.
    held: usize,
    callback: virEventHandleCallback,
    opaque: Opaque,
    free: virFreeCallback,
}

impl Handle {
    /// The events to wait for.
    fn wanted(&self) -> c_int {
        let reading = VIR_EVENT_HANDLE_READABLE.cast_signed();
        if self.held > 0 { self.events & !reading } else { self.events }
    }
}

struct Timeout {
    /// `None` while disabled.
    due: Option<Instant>,
    period: Option<Duration>,
    callback: virEventTimeoutCallback,
    opaque: Opaque,
    free: virFreeCallback,
}

#[derive(Default)]
struct Registry {
    next: c_int,
    handles: BTreeMap<c_int, Handle>,
    timeouts: BTreeMap<c_int, Timeout>,
    /// What was removed and waits for its free function.
    garbage: Vec<(virFreeCallback, Opaque)>,
    /// What is to be done on the loop's thread.
    tasks: Vec<Box<dyn FnOnce() + Send>>,
}

impl Registry {
    fn next_id(&mut self) -> c_int {
        // Ids start at 1 and are not used again: 2³¹ watches outlast any run.
        self.next = self.next.wrapping_add(1).max(1);
        self.next
    }
}

struct Loop {
    registry: Mutex<Registry>,
    /// An eventfd that wakes `poll`.
    wake: c_int,
}

thread_local! {
    /// The handles that this thread has added, while somebody wants to know.
    static ADDED: RefCell<Option<Vec<c_int>>> = const { RefCell::new(None) };
}

/// What `work` returns, and the handles that it has added on this thread: those
/// of the connection that it opens.
pub(super) fn with_handles<T>(work: impl FnOnce() -> T) -> (T, Vec<c_int>) {
    ADDED.set(Some(Vec::new()));
    let result = work();
    (result, ADDED.take().unwrap_or_default())
}

/// Reads nothing from the handles (`true`), or no longer so (`false`); to be
/// called as often with the one as with the other. What the other side sends
/// meanwhile waits in its own buffers.
pub(super) fn hold(handles: &[c_int], hold: bool) {
    let Some(active) = active() else { return };
    let mut registry = active.registry();
    for id in handles {
        if let Some(handle) = registry.handles.get_mut(id) {
            handle.held = if hold { handle.held + 1 } else { handle.held.saturating_sub(1) };
        }
    }
    drop(registry);
    active.wake();
}

/// Does `task` soon on the loop's thread, after earlier ones and while no
/// callback runs. It must not wait.
pub(super) fn run_soon(task: impl FnOnce() + Send + 'static) {
    let Some(active) = active() else { return };
    active.registry().tasks.push(Box::new(task));
    active.wake();
}

static LOOP: OnceLock<Option<Loop>> = OnceLock::new();

/// Whether the loop's thread runs.
static THREAD: Mutex<bool> = Mutex::new(false);

impl Loop {
    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake(&self) {
        let one = 1_u64;
        // SAFETY: `wake` is an open eventfd for the life of the process and the
        // buffer has the eight bytes it wants. A full counter (EAGAIN) already
        // wakes the loop.
        unsafe { libc::write(self.wake, (&raw const one).cast(), size_of::<u64>()) };
    }

    fn drain(&self) {
        let mut count = 0_u64;
        // SAFETY: as in `wake`; the eventfd does not block.
        unsafe { libc::read(self.wake, (&raw mut count).cast(), size_of::<u64>()) };
    }
}

fn active() -> Option<&'static Loop> {
    LOOP.get().and_then(Option::as_ref)
}

/// Registers the implementation and starts its thread, once per process.
pub(crate) fn start() -> std::io::Result<()> {
    let mut failure = None;
    let started = LOOP.get_or_init(|| {
        // SAFETY: plain system call without pointers.
        let wake = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        if wake < 0 {
            failure = Some(std::io::Error::last_os_error());
            return None;
        }
        Some(Loop { registry: Mutex::default(), wake })
    });
    let Some(events) = started else {
        return Err(failure.unwrap_or_else(|| std::io::Error::other("no event loop")));
    };
    let mut running = THREAD.lock().unwrap_or_else(PoisonError::into_inner);
    if !*running {
        std::thread::Builder::new().name("libvirt-events".to_owned()).spawn(move || run(events))?;
        // SAFETY: the six functions follow the contract of the module's page
        // and stay valid for the life of the process.
        unsafe {
            virt_sys::virEventRegisterImpl(
                Some(add_handle),
                Some(update_handle),
                Some(remove_handle),
                Some(add_timeout),
                Some(update_timeout),
                Some(remove_timeout),
            );
        }
        *running = true;
    }
    Ok(())
}

fn run(events: &'static Loop) {
    loop {
        let garbage = std::mem::take(&mut events.registry().garbage);
        for (free, opaque) in garbage {
            if let Some(free) = free {
                // SAFETY: libvirt gave the function for exactly this pointer;
                // the watch is gone, so this is its only and last use.
                unsafe { free(opaque.0) };
            }
        }
        let tasks = std::mem::take(&mut events.registry().tasks);
        for task in tasks {
            task();
        }
        let (mut fds, watches, wait) = prepare(events);
        // SAFETY: `fds` is a valid array of its own length for the whole call.
        let ready = unsafe { libc::poll(fds.as_mut_ptr(), fds.len() as libc::nfds_t, wait) };
        if ready < 0 {
            // EINTR, or out of memory: try again, without spinning.
            std::thread::sleep(Duration::from_millis(1));
            continue;
        }
        if fds.first().is_some_and(|fd| fd.revents != 0) {
            events.drain();
        }
        dispatch_timeouts(events);
        if ready > 0 {
            dispatch_handles(events, &fds, &watches);
        }
    }
}

/// The poll array (the wake-up descriptor first), the watch of each of its
/// other entries, and how long to wait in milliseconds.
fn prepare(events: &Loop) -> (Vec<libc::pollfd>, Vec<c_int>, c_int) {
    let registry = events.registry();
    let mut fds = vec![libc::pollfd { fd: events.wake, events: libc::POLLIN, revents: 0 }];
    let mut watches = Vec::new();
    for (watch, handle) in &registry.handles {
        let wanted = handle.wanted();
        if wanted == 0 {
            continue;
        }
        fds.push(libc::pollfd { fd: handle.fd, events: to_poll(wanted), revents: 0 });
        watches.push(*watch);
    }
    let now = Instant::now();
    let wait =
        registry.timeouts.values().filter_map(|timeout| timeout.due).min().map_or(-1, |due| {
            // Rounded up, so that a timer never spins through its last millisecond.
            let micros = due.saturating_duration_since(now).as_micros();
            c_int::try_from(micros.div_ceil(1000)).unwrap_or(c_int::MAX)
        });
    (fds, watches, wait)
}

fn dispatch_timeouts(events: &Loop) {
    let now = Instant::now();
    let due: Vec<c_int> = events
        .registry()
        .timeouts
        .iter()
        .filter(|(_, timeout)| timeout.due.is_some_and(|due| due <= now))
        .map(|(id, _)| *id)
        .collect();
    for id in due {
        let call = {
            let mut registry = events.registry();
            // An earlier callback may have removed or moved it.
            let Some(timeout) = registry.timeouts.get_mut(&id) else { continue };
            if timeout.due.is_none_or(|due| due > now) {
                continue;
            }
            timeout.due = timeout.period.map(|period| now + period);
            (timeout.callback, timeout.opaque)
        };
        if let (Some(callback), opaque) = call {
            // SAFETY: registered by libvirt with this pointer; it is freed on
            // this thread only, between iterations.
            unsafe { callback(id, opaque.0) };
        }
    }
}

fn dispatch_handles(events: &Loop, fds: &[libc::pollfd], watches: &[c_int]) {
    for (fd, watch) in fds.iter().skip(1).zip(watches) {
        if fd.revents == 0 {
            continue;
        }
        let call = {
            let registry = events.registry();
            let Some(handle) = registry.handles.get(watch) else { continue };
            // Errors and hang-ups are always reported; the rest only if libvirt
            // still wants it (an earlier callback may have changed its mind).
            let always = (VIR_EVENT_HANDLE_ERROR | VIR_EVENT_HANDLE_HANGUP).cast_signed();
            let happened = from_poll(fd.revents) & (handle.wanted() | always);
            if handle.wanted() == 0 || happened == 0 {
                continue;
            }
            (handle.callback, handle.opaque, happened)
        };
        if let (Some(callback), opaque, happened) = call {
            // SAFETY: as in `dispatch_timeouts`.
            unsafe { callback(*watch, fd.fd, happened, opaque.0) };
        }
    }
}

fn to_poll(events: c_int) -> i16 {
    let wants = |flag: u32| events & flag.cast_signed() != 0;
    let mut poll = 0;
    if wants(VIR_EVENT_HANDLE_READABLE) {
        poll |= libc::POLLIN;
    }
    if wants(VIR_EVENT_HANDLE_WRITABLE) {
        poll |= libc::POLLOUT;
    }
    if wants(VIR_EVENT_HANDLE_ERROR) {
        poll |= libc::POLLERR;
    }
    if wants(VIR_EVENT_HANDLE_HANGUP) {
        poll |= libc::POLLHUP;
    }
    poll
}

fn from_poll(poll: i16) -> c_int {
    let mut events = 0;
    if poll & libc::POLLIN != 0 {
        events |= VIR_EVENT_HANDLE_READABLE;
    }
    if poll & libc::POLLOUT != 0 {
        events |= VIR_EVENT_HANDLE_WRITABLE;
    }
    // A closed descriptor (POLLNVAL) is an error like any other.
    if poll & (libc::POLLERR | libc::POLLNVAL) != 0 {
        events |= VIR_EVENT_HANDLE_ERROR;
    }
    if poll & libc::POLLHUP != 0 {
        events |= VIR_EVENT_HANDLE_HANGUP;
    }
    events.cast_signed()
}

unsafe extern "C" fn add_handle(
    fd: c_int,
    events: c_int,
    callback: virEventHandleCallback,
    opaque: *mut c_void,
    free: virFreeCallback,
) -> c_int {
    let Some(active) = active() else { return -1 };
    let mut registry = active.registry();
    let id = registry.next_id();
    registry
        .handles
        .insert(id, Handle { fd, events, held: 0, callback, opaque: Opaque(opaque), free });
    drop(registry);
    active.wake();
    ADDED.with_borrow_mut(|added| {
        if let Some(added) = added {
            added.push(id);
        }
    });
    id
}

unsafe extern "C" fn update_handle(watch: c_int, events: c_int) {
    let Some(active) = active() else { return };
    if let Some(handle) = active.registry().handles.get_mut(&watch) {
        handle.events = events;
    }
    active.wake();
}

unsafe extern "C" fn remove_handle(watch: c_int) -> c_int {
    let Some(active) = active() else { return -1 };
    let mut registry = active.registry();
    let Some(handle) = registry.handles.remove(&watch) else { return -1 };
    registry.garbage.push((handle.free, handle.opaque));
    drop(registry);
    active.wake();
    0
}

/// When a timer of `milliseconds` is due, and how often: a negative value
/// disables it, 0 means with every turn of the loop.
fn schedule(milliseconds: c_int) -> (Option<Instant>, Option<Duration>) {
    let period = u64::try_from(milliseconds).ok().map(Duration::from_millis);
    (period.map(|period| Instant::now() + period), period)
}

unsafe extern "C" fn add_timeout(
    milliseconds: c_int,
    callback: virEventTimeoutCallback,
    opaque: *mut c_void,
    free: virFreeCallback,
) -> c_int {
    let Some(active) = active() else { return -1 };
    let (due, period) = schedule(milliseconds);
    let mut registry = active.registry();
    let id = registry.next_id();
    registry.timeouts.insert(id, Timeout { due, period, callback, opaque: Opaque(opaque), free });
    drop(registry);
    active.wake();
    id
}

unsafe extern "C" fn update_timeout(id: c_int, milliseconds: c_int) {
    let Some(active) = active() else { return };
    if let Some(timeout) = active.registry().timeouts.get_mut(&id) {
        (timeout.due, timeout.period) = schedule(milliseconds);
    }
    active.wake();
}

unsafe extern "C" fn remove_timeout(id: c_int) -> c_int {
    let Some(active) = active() else { return -1 };
    let mut registry = active.registry();
    let Some(timeout) = registry.timeouts.remove(&id) else { return -1 };
    registry.garbage.push((timeout.free, timeout.opaque));
    drop(registry);
    active.wake();
    0
}
