//! Calls of a host's libvirt from async code: what `ops` is built on.

use std::{sync::Arc, time::Duration};

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use virt::{connect::Connect, domain::Domain, network::Network, storage_pool::StoragePool};

use super::{ConnectionHandle, link::Link, pool::Key};
use crate::{
    backend::{
        error::{BackendError, Operation, Result},
        sys::SharedConnect,
    },
    model::{DomainId, Failure, FailureKind, NetworkId, PoolId},
};

/// How long a caller waits for a quick call. Keepalive finds a dead host
/// sooner; this is for a daemon that lives and still does not answer.
const QUICK_LIMIT: Duration = Duration::from_secs(90);

/// Which of a host's connections and which queue a call takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// For what answers at once. The caller waits at most 90 seconds.
    Quick(Key),
    /// For what may take long (start, save, agent, uploads): own connection, few
    /// threads, no limit but the connection's end.
    Slow(Key),
    /// For what is read unasked and may have to wait for a guest's monitor or
    /// agent (load, addresses, pictures): own connection, so that a guest that
    /// does not answer holds up nothing that the user asks for.
    Read(Key),
}

impl ConnectionHandle {
    /// Runs `work` with the host's connection on one of its worker threads:
    /// after all earlier calls of the same lane and key, in parallel to others.
    ///
    /// libvirt's errors become [`Failure`]s with `?`. The answer never hangs:
    /// when the connection breaks or is closed, the caller is told at once,
    /// though a call that libvirt has begun may still finish by itself.
    ///
    /// # Errors
    /// What `work` returns; `Disconnected` without a connection; `TimedOut`;
    /// `Internal` if `work` panics.
    pub(crate) async fn call<T, F>(
        &self,
        lane: Lane,
        operation: Operation,
        object: impl Into<String>,
        work: F,
    ) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connect) -> std::result::Result<T, Failure> + Send + 'static,
    {
        let object = object.into();
        let fail = |failure| BackendError { operation, object, failure };
        let Some(link) = self.link() else { return Err(fail(disconnected())) };
        let answer = start(&link, lane, move |connect| work(connect));
        let limit = match lane {
            Lane::Quick(_) => Some(QUICK_LIMIT),
            Lane::Slow(_) | Lane::Read(_) => None,
        };
        let ended = link.ended.clone();
        // On the backend's runtime, so that callers need none of their own.
        let waiting = self.runtime().spawn(async move {
            let timeout = async {
                match limit {
                    Some(limit) => tokio::time::sleep(limit).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                answer = answer => answer.unwrap_or_else(|_| Err(if ended.is_cancelled() {
                    disconnected()
                } else {
                    Failure::new(FailureKind::Internal, "the call ended without an answer")
                })),
                () = ended.cancelled() => Err(disconnected()),
                () = timeout => Err(Failure::new(FailureKind::TimedOut, "")),
            }
        });
        waiting
            .await
            .unwrap_or_else(|_| Err(Failure::new(FailureKind::Cancelled, "shutting down")))
            .map_err(fail)
    }

    /// The connection for a job's own thread: the one for slow calls. It may be
    /// dropped anywhere.
    ///
    /// # Errors
    /// If the host is not connected or refuses a second connection.
    pub(crate) async fn job_connection(
        &self,
        operation: Operation,
        object: impl Into<String>,
    ) -> Result<SharedConnect> {
        let link = self.link();
        self.call(Lane::Slow(Key::Any), operation, object, move |_| {
            link.as_ref().map_or_else(|| Err(disconnected()), |link| link.slow_connect())
        })
        .await
    }
}

impl ConnectionHandle {
    /// A connection for a text console, and what is cancelled when the host is
    /// given up.
    ///
    /// # Errors
    /// As [`Self::job_connection`].
    pub(crate) async fn console_connection(
        &self,
        operation: Operation,
        object: String,
    ) -> Result<(SharedConnect, CancellationToken)> {
        let fail = |failure| BackendError { operation, object, failure };
        let Some(link) = self.link() else { return Err(fail(disconnected())) };
        let (reply, answer) = oneshot::channel();
        let (own, ended) = (Arc::clone(&link), link.ended.clone());
        // Opening it may take long; the thread needs no other connection.
        link.slow.run(Key::Any, move || drop(reply.send(own.console_connect())));
        let opened = tokio::select! {
            answer = answer => answer.unwrap_or_else(|_| Err(disconnected())),
            () = ended.cancelled() => Err(disconnected()),
        };
        opened.map(|connect| (connect, ended)).map_err(fail)
    }
}

/// Queues `work`; the receiver gets its answer.
pub(super) fn start<T, F>(
    link: &Arc<Link>,
    lane: Lane,
    work: F,
) -> oneshot::Receiver<std::result::Result<T, Failure>>
where
    T: Send + 'static,
    F: FnOnce(&SharedConnect) -> std::result::Result<T, Failure> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    let own = Arc::clone(link);
    match lane {
        Lane::Quick(key) => link.quick.run(key, move || {
            // Nobody waits any more: spare the host the question.
            if !reply.is_closed() {
                let outcome = work(own.quick_connect());
                own.look_after(&outcome);
                let _ = reply.send(outcome);
            }
        }),
        Lane::Slow(key) => link.slow.run(key, move || {
            if !reply.is_closed() {
                let _ = reply.send(own.slow_connect().and_then(|connect| work(&connect)));
            }
        }),
        Lane::Read(key) => link.reads.run(key, move || {
            if !reply.is_closed() {
                let _ = reply.send(own.reads_connect().and_then(|connect| work(&connect)));
            }
        }),
    }
    answer
}

pub(super) fn disconnected() -> Failure {
    Failure::new(FailureKind::Disconnected, "not connected")
}

/// The guest `id`: one round trip.
pub(crate) fn lookup_domain(
    connect: &Connect,
    id: DomainId,
) -> std::result::Result<Domain, Failure> {
    Ok(connect.lookup_domain_by_uuid(id.0)?)
}

/// The network `id`: one round trip.
pub(crate) fn lookup_network(
    connect: &Connect,
    id: NetworkId,
) -> std::result::Result<Network, Failure> {
    Ok(connect.lookup_network_by_uuid(id.0)?)
}

/// The pool `id`: one round trip.
pub(crate) fn lookup_pool(
    connect: &Connect,
    id: PoolId,
) -> std::result::Result<StoragePool, Failure> {
    Ok(connect.lookup_storage_pool_by_uuid(id.0)?)
}
