//! libvirt's own test hypervisor, one of its own for each test.

use std::{fs, sync::Once};

use virt::connect::Connect;

use crate::backend::jobs::{JobContext, JobResult, Jobs};
use crate::model::{ConnectionId, JobEnd, JobKind};

/// A hypervisor with the guests, networks and pools in `objects`.
pub(super) fn connect(objects: &str) -> Connect {
    static QUIET: Once = Once::new();
    QUIET.call_once(virt::error::clear_error_callback);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("node.xml");
    let node = format!("<node><cpu><nodes>1</nodes></cpu>{objects}</node>");
    fs::write(&file, node).unwrap();
    Connect::open(Some(&format!("test://{}", file.display()))).unwrap()
}

/// A guest's definition with these devices.
pub(super) fn guest(name: &str, devices: &str) -> String {
    format!(
        "<domain type='test'><name>{name}</name><memory>65536</memory><os><type>hvm</type></os>\
         <devices>{devices}</devices></domain>"
    )
}

/// A disk in a file.
pub(super) fn disk(target: &str, file: &str, rest: &str) -> String {
    format!(
        "<disk type='file' device='disk'><source file='{file}'/><target dev='{target}'/>{rest}</disk>"
    )
}

/// A folder pool. The test hypervisor makes no files in it.
pub(super) fn pool(name: &str, path: &str) -> String {
    format!("<pool type='dir'><name>{name}</name><target><path>{path}</path></target></pool>")
}

/// Runs a job's code to its end.
pub(super) fn run(work: impl FnOnce(&JobContext) -> JobResult + Send + 'static) -> JobEnd {
    let jobs = Jobs::new();
    let kind = JobKind::Create { guest: String::new() };
    let job = jobs.start(ConnectionId(uuid::Uuid::nil()), kind, work);
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(job.ended())
}
