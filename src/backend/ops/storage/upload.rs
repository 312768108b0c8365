//! Making volumes and filling them with a file of this computer.

use std::{
    fs::File,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use virt::{connect::Connect, storage_pool::StoragePool, storage_vol::StorageVol, stream::Stream};
use virt_sys as libvirt;

use crate::{
    backend::{
        jobs::{JobContext, JobResult},
        ops::{
            Done,
            stream::{self, Transfer, unreadable},
            xml::escaped,
        },
    },
    model::{Failure, FailureKind, JobPhase},
};

/// After a transfer breaks off, the host takes a moment to let the volume go.
const RELEASE: Duration = Duration::from_secs(10);

/// A volume that is removed again unless it is kept.
pub(in crate::backend::ops) struct MadeVolume(Option<StorageVol>);

impl MadeVolume {
    /// The volume stays.
    pub(in crate::backend::ops) fn keep(mut self) {
        self.0 = None;
    }

    fn get(&self) -> Option<&StorageVol> {
        self.0.as_ref()
    }
}

impl Drop for MadeVolume {
    fn drop(&mut self) {
        let Some(volume) = self.0.take() else { return };
        let until = Instant::now() + RELEASE;
        while let Err(error) = volume.delete(libvirt::VIR_STORAGE_VOL_DELETE_NORMAL) {
            let failure = Failure::from(error);
            // "still in use" comes as an invalid operation.
            let busy = matches!(failure.kind, FailureKind::InUse | FailureKind::InvalidState);
            if !busy || Instant::now() > until {
                tracing::warn!("a volume stays behind: {}", failure.detail);
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Fails if `name` is no name for a volume or is taken.
pub(in crate::backend::ops) fn name_is_free(pool: &StoragePool, name: &str) -> Done {
    if name.is_empty() || name.contains(['/', '\0', '\n']) || matches!(name, "." | "..") {
        return Err(Failure::new(FailureKind::InvalidDefinition, format!("volume name {name:?}")));
    }
    match pool.lookup_storage_vol_by_name(name) {
        Ok(_) => Err(Failure::new(FailureKind::AlreadyExists, name)),
        Err(error) => match Failure::from(error) {
            failure if failure.kind == FailureKind::NotFound => Ok(()),
            failure => Err(failure),
        },
    }
}

/// Makes an empty volume: a raw one with all its space taken at once, which is
/// what raw is for (and what a logical volume must be, or it is a thin one that
/// breaks when it is full), others that take up next to nothing.
pub(in crate::backend::ops) fn make(
    pool: &StoragePool,
    name: &str,
    format: &str,
    capacity: u64,
) -> Done<MadeVolume> {
    let allocation = if format == "raw" { capacity } else { 0 };
    make_allocated(pool, name, format, capacity, allocation)
}

/// As [`make`], with space for the first `allocation` bytes taken at once.
fn make_allocated(
    pool: &StoragePool,
    name: &str,
    format: &str,
    capacity: u64,
    allocation: u64,
) -> Done<MadeVolume> {
    name_is_free(pool, name)?;
    let features = match format {
        // Fewer writes of metadata while the image grows.
        "qcow2" => "<compat>1.1</compat><features><lazy_refcounts/></features>",
        _ => "",
    };
    let xml = format!(
        "<volume><name>{}</name><capacity>{capacity}</capacity><allocation>{allocation}</allocation>\
         <target><format type='{}'/>{features}</target></volume>",
        escaped(name)?,
        escaped(format)?,
    );
    let volume = StorageVol::create_xml(pool, &xml, 0)?;
    Ok(MadeVolume(Some(volume)))
}

/// Makes a volume with the bytes of `file`. `done` is told the bytes that are
/// behind; the volume is gone again if it fails or is cancelled.
pub(in crate::backend::ops) fn copy(
    conn: &Connect,
    pool: &StoragePool,
    name: &str,
    file: &Path,
    job: &JobContext,
    done: impl FnMut(u64),
) -> JobResult<MadeVolume> {
    let mut file = File::open(file).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(Failure::new(FailureKind::Other, "this is a folder").into());
    }
    let length = length_of(&mut file)?;
    // Told before anything is made. What is sparse in the file stays so.
    let needed = if metadata.is_file() {
        use std::os::unix::fs::MetadataExt;
        length.min(metadata.blocks() * 512)
    } else {
        length
    };
    let dense = needed >= length;
    if !dense {
        // The host's figure is as old as its last look.
        pool.refresh(0)?;
    }
    let available = pool.info()?.available;
    if available > 0 && needed > available {
        let detail = format!("{needed} bytes needed, {available} free");
        return Err(Failure::new(FailureKind::NoSpace, detail).into());
    }
    job.check()?;
    // Always raw: the bytes say what they are, and libvirt looks at them after.
    // The space is taken before the bytes come: libvirt's daemon (11.3) dies of
    // an upload that runs into a full disk, and of an allocation it does not.
    let allocation = if dense { length } else { 0 };
    let made = make_allocated(pool, name, "raw", length, allocation)?;
    let Some(volume) = made.get() else { return Ok(made) };
    if length == 0 {
        return Ok(made);
    }
    let (stream, sparse) = begin(conn, volume, length)?;
    stream::write_file(stream, &mut file, length, sparse, job, done)?;
    Ok(made)
}

/// Begins an upload; sparse where the host can.
fn begin(conn: &Connect, volume: &StorageVol, length: u64) -> Done<(Transfer, bool)> {
    let stream = Transfer::new(Stream::new(conn, 0)?);
    let sparse = libvirt::VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM;
    if volume.upload(stream.get(), 0, length, sparse).is_ok() {
        return Ok((stream, true));
    }
    let stream = Transfer::new(Stream::new(conn, 0)?);
    volume.upload(stream.get(), 0, length, 0)?;
    Ok((stream, false))
}

/// The size of what [`copy`] would copy.
pub(in crate::backend::ops) fn file_length(file: &Path) -> Done<u64> {
    length_of(&mut File::open(file).map_err(unreadable)?)
}

/// The size, also of a block device such as an optical drive.
fn length_of(file: &mut File) -> Done<u64> {
    use std::io::{Seek, SeekFrom};
    let length = file.seek(SeekFrom::End(0)).map_err(unreadable)?;
    file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    Ok(length)
}

/// The job of an upload.
pub(in crate::backend::ops) fn upload(
    conn: &Connect,
    pool: &StoragePool,
    name: &str,
    file: &Path,
    job: &JobContext,
) -> JobResult {
    name_is_free(pool, name)?;
    let total = file_length(file)?;
    job.phase(JobPhase::Copying);
    let made = copy(conn, pool, name, file, job, |done| job.progress(done, Some(total)))?;
    job.check()?;
    made.keep();
    Ok(())
}
