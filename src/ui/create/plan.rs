//! From the draft to what libvirt gets.

use std::path::Path;

use gettextrs::gettext;
use uuid::Uuid;

use super::{
    draft::{DiskKind, Draft, FirmwareChoice, Method, Source},
    helpers,
    pages::{Problem, Severity},
};
use crate::{
    backend::{CreateRequest, NewVolume},
    i18n::gettext_f,
    model::{
        DomainId, HostFacts, NetworkChoice, PoolSummary, VolumeSummary,
        capabilities::{DomainCapabilities, HostCapabilities},
        disk_image::{DiskFormat, FileKind},
        install::{
            self, DiskSpec, GuestPlan, GuestSpec, InstallRequest, Location, Medium, PlanError,
            VirtType, name, resources::Use,
        },
        osinfo::OsProfile,
        units::{GIB, MIB},
        xml::{Document, Position, XmlError},
    },
};

/// What the draft comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// The guest's future id.
    pub(super) domain: DomainId,
    /// What the backend gets.
    pub(super) request: CreateRequest,
    /// What the model made of it.
    pub(super) guest: GuestPlan,
}

/// All that a plan is made from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sources<'a> {
    /// The user's choices.
    pub(super) draft: &'a Draft,
    /// The new guest's id.
    pub(super) uuid: Uuid,
    /// The host.
    pub(super) facts: &'a HostFacts,
    /// What the host can run.
    pub(super) capabilities: &'a HostCapabilities,
    /// What the platform offers.
    pub(super) offered: &'a DomainCapabilities,
    /// The operating system on the platform.
    pub(super) os: &'a OsProfile,
    /// The architecture and the way to run.
    pub(super) platform: (Option<&'a str>, Option<&'a str>),
    /// The pool for a new disk or the copy of an image.
    pub(super) pool: Option<&'a PoolSummary>,
    /// The volumes that the pool has.
    pub(super) taken: &'a [VolumeSummary],
    /// The pool that a chosen volume is in.
    pub(super) source_pool: Option<&'a PoolSummary>,
    /// The pool that the volume for the disk is in.
    pub(super) disk_pool: Option<&'a PoolSummary>,
    /// What the chosen image is, and its size in bytes.
    pub(super) image: Option<(&'a FileKind, u64)>,
    /// Whether the medium can only be run.
    pub(super) live_only: bool,
    /// Whether the hypervisor can read the medium as its owner left it.
    pub(super) readable: bool,
    /// Where the interface goes.
    pub(super) network: &'a NetworkChoice,
}

/// Why the draft comes to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoPlan {
    /// There is no pool for the disk.
    NoPool,
    /// The pool of this name is not started.
    PoolStopped(String),
    /// A path cannot be written down.
    BadPath,
    /// The model refuses.
    Refused(PlanError),
    /// The definition made cannot be changed as it must.
    Definition(XmlError),
}

impl Sources<'_> {
    /// What the draft comes to.
    pub(super) fn plan(&self) -> Result<Plan, NoPlan> {
        let draft = self.draft;
        let (arch, virt_type) = self.platform;
        let virt_type = virt_type.map(VirtType::from_name);
        let machine = draft.machine.as_deref();
        let target = install::target(self.capabilities, self.os, arch, virt_type.as_ref(), machine)
            .map_err(NoPlan::Refused)?;
        let memory = draft.memory.value.saturating_mul(MIB);
        let vcpus = u32::try_from(draft.cpus.value).unwrap_or(u32::MAX);
        let name = draft.name.value.clone();
        let mut volumes = Vec::new();
        let mut spec = GuestSpec::new(name.clone(), self.uuid, target, memory, vcpus);
        spec.firmware = match draft.firmware {
            FirmwareChoice::Auto => install::FirmwareChoice::Auto,
            FirmwareChoice::Bios => install::FirmwareChoice::Bios,
            FirmwareChoice::Uefi => install::FirmwareChoice::Uefi,
            FirmwareChoice::SecureBoot => install::FirmwareChoice::UefiSecureBoot,
        };
        spec.screen = draft.screen;
        spec.network = self.network.clone();
        spec.medium = self.medium()?;
        spec.disk = self.disk(&name, &mut volumes)?;
        let guest = install::plan(&InstallRequest {
            host: self.facts,
            capabilities: self.capabilities,
            domain: self.offered,
            os: self.os,
            guest: &spec,
        })
        .map_err(NoPlan::Refused)?;
        let mut request = CreateRequest {
            name,
            xml: guest.persistent_xml.clone(),
            first_boot_xml: guest.first_boot_xml.clone(),
            volumes,
            start: true,
        };
        if self.keeps_owner() {
            request.xml = keep_owner(&request.xml).map_err(NoPlan::Definition)?;
            request.first_boot_xml = request
                .first_boot_xml
                .map(|xml| keep_owner(&xml))
                .transpose()
                .map_err(NoPlan::Definition)?;
        }
        Ok(Plan { domain: DomainId(self.uuid), request, guest })
    }

    /// libvirt hands a medium over to the hypervisor's user and does not give
    /// it back. Where that user can read it anyway, it shall not.
    fn keeps_owner(&self) -> bool {
        self.readable && self.capabilities.security.iter().any(|model| model.model == "dac")
    }

    fn medium(&self) -> Result<Option<Medium>, NoPlan> {
        let (Method::Iso, Some(source)) = (self.draft.method, &self.draft.iso) else {
            return Ok(None);
        };
        let location = Self::location(source, self.source_pool)?;
        Ok(Some(Medium { location, live_only: self.live_only }))
    }

    fn location(source: &Source, pool: Option<&PoolSummary>) -> Result<Location, NoPlan> {
        match source {
            Source::File(path) if helpers::can_be_written(path) => {
                Ok(Location::File(path.to_string_lossy().into_owned()))
            }
            Source::File(_) => Err(NoPlan::BadPath),
            Source::Volume { volume, .. } => Ok(volume_location(volume, pool)),
        }
    }

    fn disk(&self, guest: &str, volumes: &mut Vec<NewVolume>) -> Result<Option<DiskSpec>, NoPlan> {
        let draft = self.draft;
        match (draft.method, &draft.image, draft.disk) {
            (Method::Image, Some(Source::File(file)), _) if draft.copies_image() => {
                Ok(Some(self.copied(file, volumes)?))
            }
            (Method::Image, Some(source), _) => Ok(Some(DiskSpec {
                location: Self::location(source, self.source_pool)?,
                format: self.image_format(source),
                blank: false,
            })),
            (Method::Image, None, _) | (_, _, DiskKind::None) => Ok(None),
            (_, _, DiskKind::Volume) => Ok(draft.disk_volume.as_ref().map(|volume| DiskSpec {
                location: volume_location(volume, self.disk_pool),
                format: volume.format.clone().unwrap_or_else(|| "raw".to_owned()),
                // A volume that takes up nothing has nothing on it.
                blank: volume.allocation == 0,
            })),
            (_, _, DiskKind::New) => {
                let pool = self.started_pool()?;
                // Only folders hold files with a format of their own.
                let files = matches!(pool.kind.as_str(), "dir" | "fs" | "netfs" | "vstorage");
                let format = if draft.disk_raw || !files { "raw" } else { "qcow2" };
                let taken: Vec<String> =
                    self.taken.iter().map(|volume| volume.name.clone()).collect();
                let name = name::propose_volume(guest, format, &taken);
                volumes.push(NewVolume {
                    pool: pool.id,
                    name: name.clone(),
                    format: format.to_owned(),
                    capacity: draft.disk_size.value.saturating_mul(GIB),
                    copy_of: None,
                });
                Ok(Some(DiskSpec {
                    location: Location::in_pool(pool, &name),
                    format: format.to_owned(),
                    blank: true,
                }))
            }
        }
    }

    fn started_pool(&self) -> Result<&PoolSummary, NoPlan> {
        let pool = self.pool.ok_or(NoPlan::NoPool)?;
        if pool.active { Ok(pool) } else { Err(NoPlan::PoolStopped(pool.name.clone())) }
    }

    /// A copy of a disk image in the pool.
    fn copied(&self, file: &Path, volumes: &mut Vec<NewVolume>) -> Result<DiskSpec, NoPlan> {
        let pool = self.started_pool()?;
        let name = helpers::volume_name(file, |name| self.taken.iter().any(|had| had.name == name));
        let format = self.image_format(&Source::File(file.to_owned()));
        volumes.push(NewVolume {
            pool: pool.id,
            name: name.clone(),
            // The bytes are copied as they are; what they mean the guest's
            // definition says.
            format: "raw".to_owned(),
            capacity: self.image.map_or(0, |(_, size)| size),
            copy_of: Some(file.to_owned()),
        });
        Ok(DiskSpec { location: Location::in_pool(pool, &name), format, blank: false })
    }

    /// A disk image's format: what the pool says of a volume, what the header
    /// says of a file. A guest may write any header into its raw volume, so
    /// that one is not believed over the pool.
    fn image_format(&self, source: &Source) -> String {
        let by_pool = match source {
            Source::Volume { volume, .. } => volume.format.clone(),
            Source::File(_) => None,
        };
        by_pool.unwrap_or_else(|| {
            let format = match self.image {
                Some((FileKind::Disk(image), _)) => image.format,
                _ => DiskFormat::Raw,
            };
            format.libvirt_name().to_owned()
        })
    }
}

/// The use that the medium points to.
pub(super) fn usage(live: bool, iso_size: Option<u64>) -> Use {
    match iso_size {
        _ if live => Use::Desktop,
        Some(size) if size < 300 * MIB => Use::Text,
        Some(size) if size > 1200 * MIB => Use::Desktop,
        _ => Use::Unknown,
    }
}

fn volume_location(volume: &VolumeSummary, pool: Option<&PoolSummary>) -> Location {
    match pool {
        Some(pool) => Location::in_pool(pool, &volume.name),
        None => Location::File(volume.path.clone()),
    }
}

/// Tells libvirt to leave the medium's owner and mode as they are.
fn keep_owner(xml: &str) -> Result<String, XmlError> {
    const SOURCE: &str = "devices/disk[@device='cdrom']/source";
    let mut document = Document::parse(xml)?;
    if document.find(SOURCE).is_some() {
        document.insert_child(SOURCE, Position::Last, "<seclabel model='dac' relabel='no'/>")?;
    }
    Ok(document.as_str().to_owned())
}

/// Why an edited definition is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    /// What to show.
    pub(super) problem: Problem,
    /// The line it is on, from 1.
    pub(super) line: Option<u32>,
}

/// Puts the user's edits into a plan. The definition of the first run is the
/// edited one with the medium in its drive.
pub(super) fn with_edits(
    mut plan: Plan,
    edited: Option<&str>,
    more: &[NewVolume],
) -> Result<Plan, Refused> {
    let Some(edited) = edited else { return Ok(plan) };
    let mut document = Document::parse(edited).map_err(|error| malformed(&error))?;
    let refuse = |title: String, body: String| Refused {
        problem: Problem { severity: Severity::Error, title, body, detail: String::new() },
        line: None,
    };
    if document.root().name() != "domain" {
        return Err(refuse(
            gettext("This does not define a guest"),
            gettext("The outermost element must be <domain>."),
        ));
    }
    let Some(name) = document.get("name").filter(|name| !name.is_empty()) else {
        return Err(refuse(gettext("The guest needs a name"), gettext("Add a <name> element.")));
    };
    let ours = plan.domain.to_string();
    let uuid = if let Some(text) = document.get("uuid") {
        Uuid::parse_str(text.trim()).map_err(|_| {
            refuse(
                gettext_f("“{uuid}” is not a UUID", &[("uuid", text.trim())]),
                gettext("Remove the <uuid> element to get a new one."),
            )
        })?
    } else {
        let element = format!("<uuid>{ours}</uuid>");
        document
            .insert_child(document.root().id(), Position::First, &element)
            .map_err(|error| malformed(&error))?;
        plan.domain.0
    };
    plan.domain = DomainId(uuid);
    plan.request.name = name;
    plan.request.volumes.extend_from_slice(more);
    plan.request.volumes.retain(|volume| is_used(&document, volume));
    document.as_str().clone_into(&mut plan.request.xml);
    if let Some(first) = plan.request.first_boot_xml.take() {
        plan.request.first_boot_xml = with_medium_of(document, &first);
    }
    Ok(plan)
}

/// Whether a disk of the definition has the volume: nothing is made for one that
/// the user took out.
fn is_used(document: &Document, volume: &NewVolume) -> bool {
    document.select("devices/disk/source").into_iter().any(|source| {
        let path = source.attr("file").or_else(|| source.attr("dev"));
        let of_path = path.is_some_and(|path| path.rsplit('/').next() == Some(&volume.name));
        of_path || source.attr("volume").as_ref() == Some(&volume.name)
    })
}

/// `document` with the medium that `first` has in its CD drive, where there is
/// still an empty drive.
fn with_medium_of(mut document: Document, first: &str) -> Option<String> {
    const DRIVE: &str = "devices/disk[@device='cdrom']";
    let first = Document::parse(first).ok()?;
    let drive = first.find(DRIVE)?;
    let (kind, source) = (drive.attr("type")?, drive.child("source")?);
    let mine = document.find(DRIVE).filter(|mine| mine.child("source").is_none())?;
    let target = mine.child("target").map(|target| target.id());
    let position = target.map_or(Position::First, Position::Before);
    document.insert_child(mine.id(), position, source.source()).ok()?;
    document.set_attr(DRIVE, "type", &kind).ok()?;
    Some(document.as_str().to_owned())
}

fn malformed(error: &XmlError) -> Refused {
    let (line, reason) = match error {
        XmlError::Malformed { line, problem } => (u32::try_from(*line).ok(), problem.to_string()),
        other => (None, other.to_string()),
    };
    let title = match line {
        Some(line) => gettext_f("Line {line} is not well-formed", &[("line", &line.to_string())]),
        None => gettext("The definition is not well-formed"),
    };
    Refused {
        problem: Problem {
            severity: Severity::Error,
            title,
            body: gettext(
                "Correct it there, or go back to start again from the proposed definition.",
            ),
            detail: reason,
        },
        line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PoolId;

    const CAPABILITIES: &str = "<capabilities><host><cpu><arch>x86_64</arch></cpu>
        <secmodel><model>dac</model></secmodel></host>
        <guest><os_type>hvm</os_type><arch name='x86_64'><wordsize>64</wordsize>
        <machine canonical='pc-q35-10.0'>q35</machine><machine>pc-q35-10.0</machine>
        <domain type='qemu'/></arch></guest></capabilities>";

    fn pool() -> PoolSummary {
        PoolSummary {
            id: PoolId(Uuid::from_u128(7)),
            name: "default".into(),
            active: true,
            autostart: true,
            kind: "dir".into(),
            path: Some("/pool".into()),
            capacity: 1 << 40,
            available: 1 << 40,
        }
    }

    fn draft(iso: &str) -> Draft {
        let mut draft = Draft { iso: Some(Source::File(iso.into())), ..Draft::default() };
        draft.name.set("inn <1> & 'two'".to_owned());
        draft.memory.set(512);
        draft.cpus.set(2);
        draft.disk_size.set(8);
        draft
    }

    fn plan(draft: &Draft, pool: Option<&PoolSummary>, readable: bool) -> Result<Plan, NoPlan> {
        Sources {
            draft,
            uuid: Uuid::from_u128(1),
            facts: &HostFacts::default(),
            capabilities: &HostCapabilities::parse(CAPABILITIES).unwrap(),
            offered: &DomainCapabilities::default(),
            os: &OsProfile { arch: "x86_64".into(), ..OsProfile::default() },
            platform: (None, None),
            pool,
            taken: &[],
            source_pool: None,
            disk_pool: None,
            image: None,
            live_only: false,
            readable,
            network: &NetworkChoice::User,
        }
        .plan()
    }

    #[test]
    fn an_installation_has_its_medium_in_the_first_run_only() {
        let iso = "/media/my \"own\" & <b> 日本.iso";
        let plan = plan(&draft(iso), Some(&pool()), true).unwrap();
        let source = "devices/disk[@device='cdrom']/source/@file";
        let kept = Document::parse(&plan.request.xml).unwrap();
        assert_eq!(kept.get(source), None);
        assert_eq!(kept.get("name").as_deref(), Some("inn <1> & 'two'"));
        let first = Document::parse(&plan.request.first_boot_xml.unwrap()).unwrap();
        assert_eq!(first.get(source).as_deref(), Some(iso));
        assert_eq!(plan.request.volumes[0].capacity, 8 * GIB);
    }

    #[test]
    fn a_medium_that_can_be_read_keeps_its_owner() {
        let label = "devices/disk[@device='cdrom']/source/seclabel/@relabel";
        let of = |readable| {
            let plan = plan(&draft("/a.iso"), Some(&pool()), readable).unwrap();
            Document::parse(&plan.request.first_boot_xml.unwrap()).unwrap().get(label)
        };
        assert_eq!(of(true).as_deref(), Some("no"));
        assert_eq!(of(false), None);
    }

    #[test]
    fn a_new_disk_needs_a_pool_and_a_path_that_can_be_written() {
        assert_eq!(plan(&draft("/a.iso"), None, false), Err(NoPlan::NoPool));
        assert_eq!(plan(&draft("/a\nb.iso"), Some(&pool()), false), Err(NoPlan::BadPath));
        let mut draft = draft("/a.iso");
        draft.disk = DiskKind::None;
        assert!(plan(&draft, None, false).unwrap().request.volumes.is_empty());
    }

    #[test]
    fn edits_are_kept_and_the_medium_comes_along() {
        let plan = plan(&draft("/a.iso"), Some(&pool()), false).unwrap();
        let edited = plan.request.xml.replace("<vcpu>2</vcpu>", "<vcpu>3</vcpu><!-- mine -->");
        assert_ne!(edited, plan.request.xml);
        let made = with_edits(plan.clone(), Some(&edited), &[]).unwrap();
        assert_eq!(made.request.xml, edited);
        let first = made.request.first_boot_xml.unwrap();
        assert!(first.contains("<!-- mine -->") && first.contains("/a.iso"), "{first}");
        let same = with_edits(plan.clone(), None, &[]).unwrap();
        assert_eq!(same, plan);
    }

    #[test]
    fn a_broken_edit_names_its_line() {
        let plan = plan(&draft("/a.iso"), Some(&pool()), false).unwrap();
        let refused = with_edits(plan.clone(), Some("<domain>\n<name>a</nam>\n</domain>"), &[]);
        assert_eq!(refused.unwrap_err().line, Some(2));
        assert!(with_edits(plan.clone(), Some("<network><name>a</name></network>"), &[]).is_err());
        assert!(with_edits(plan.clone(), Some("<domain><uuid>1</uuid></domain>"), &[]).is_err());
        let made = with_edits(plan.clone(), Some("<domain><name>b</name></domain>"), &[]).unwrap();
        assert_eq!((made.domain, made.request.name.as_str()), (plan.domain, "b"));
        assert!(made.request.xml.contains(&plan.domain.to_string()));
    }
}
