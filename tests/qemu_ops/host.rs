//! A connected host of the backend, and what the tests need around it.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

use posada::{
    backend::{Backend, BackendError, ConnectionHandle, JobHandle},
    model::{ConnectionId, DomainId, Failure, FailureKind, HostState, JobEnd, JobSnapshot, PoolId},
};
use tokio::{runtime::Runtime, sync::mpsc, time::timeout};
use uuid::Uuid;

use crate::common::{self, Guest, Libvirt};

/// Under emulation, on a machine with other work.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);

/// A host that is connected.
pub(crate) struct Host {
    pub(crate) libvirt: Libvirt,
    pub(crate) handle: ConnectionHandle,
    backend: Backend,
    runtime: Runtime,
}

impl Host {
    pub(crate) fn connect(libvirt: Libvirt) -> Self {
        let uri = libvirt.uri.clone();
        Self::connect_by(libvirt, &uri)
    }

    /// By another URI than that of the test's own `virsh`.
    pub(crate) fn connect_by(libvirt: Libvirt, uri: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (prompts, _) = mpsc::unbounded_channel();
        let backend = Backend::start(prompts).unwrap();
        let handle = backend.connection(ConnectionId(Uuid::new_v4()), uri);
        handle.connect();
        let mut inventory = handle.inventory();
        runtime.block_on(async {
            let settled = inventory.wait_for(|inventory| {
                !matches!(inventory.state, HostState::Disconnected | HostState::Connecting)
            });
            let state = timeout(PATIENCE, settled).await.unwrap().unwrap().state.clone();
            assert_eq!(state, HostState::Ready, "{uri}");
        });
        Self { libvirt, handle, backend, runtime }
    }

    pub(crate) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(async { timeout(PATIENCE, future).await.expect("an answer in time") })
    }

    /// The job's end.
    pub(crate) fn end(&self, job: &JobHandle) -> JobEnd {
        self.wait(job.ended())
    }

    /// Waits for a state of the job.
    pub(crate) fn until(&self, job: &JobHandle, condition: impl FnMut(&JobSnapshot) -> bool) {
        let mut snapshots = job.watch();
        self.wait(async { snapshots.wait_for(condition).await.map(drop).unwrap() });
    }

    /// A folder pool of this test; gone with everything in it when dropped.
    pub(crate) fn pool(&self, name: &str) -> TestPool {
        let name = common::unique(name);
        let path = self.libvirt.folder.join(&name);
        fs::create_dir_all(&path).unwrap();
        TestPool::of(self.libvirt.clone(), name, path)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.backend.shut_down(Duration::from_secs(10));
    }
}

pub(crate) struct TestPool {
    pub(crate) id: PoolId,
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    libvirt: Libvirt,
}

impl TestPool {
    /// Over a folder that is there.
    pub(crate) fn of(libvirt: Libvirt, name: String, path: PathBuf) -> Self {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).unwrap();
        let target = path.to_string_lossy().into_owned();
        libvirt.virsh(&["pool-define-as", &name, "dir", "--target", &target]);
        libvirt.virsh(&["pool-start", &name]);
        let uuid = libvirt.virsh(&["pool-uuid", &name]);
        Self { id: PoolId(Uuid::parse_str(&uuid).unwrap()), name, path, libvirt }
    }

    /// The files that are there, by name.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.path).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// A volume of 16 MiB; its path.
    pub(crate) fn volume(&self, name: &str) -> String {
        self.libvirt.virsh(&["vol-create-as", &self.name, name, "16M", "--format", "qcow2"]);
        self.path(name)
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.path.join(name).to_string_lossy().into_owned()
    }
}

impl Drop for TestPool {
    fn drop(&mut self) {
        let _ = self.libvirt.try_virsh(&["pool-destroy", &self.name]);
        let _ = self.libvirt.try_virsh(&["pool-undefine", &self.name]);
        let _ = fs::remove_dir_all(&self.path);
    }
}

pub(crate) fn id(guest: &Guest) -> DomainId {
    DomainId(Uuid::parse_str(&guest.uuid).unwrap())
}

pub(crate) fn failure(end: JobEnd) -> Failure {
    match end {
        JobEnd::Failed(failure) => failure,
        end => panic!("did not fail: {end:?}"),
    }
}

pub(crate) fn kind<T: std::fmt::Debug>(result: Result<T, BackendError>) -> FailureKind {
    result.unwrap_err().failure.kind
}

/// A file with `size` bytes that are no zeroes.
pub(crate) fn data_file(path: &Path, size: usize) {
    let block: Vec<u8> = (0..1 << 20).map(|at: u32| (at % 251) as u8 + 1).collect();
    let mut file = fs::File::create(path).unwrap();
    for start in (0..size).step_by(block.len()) {
        file.write_all(&block[..block.len().min(size - start)]).unwrap();
    }
}
