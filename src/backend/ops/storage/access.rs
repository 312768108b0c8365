//! Whether the hypervisor can read a file of this computer as the file is.
//!
//! The hypervisor of `qemu:///system` runs as a user of its own (Debian:
//! `libvirt-qemu`, Fedora: `qemu`), which libvirt's capabilities name. When a
//! guest starts, libvirt with its usual `dynamic_ownership` makes that user the
//! owner of each disk and medium; it never touches the folders on the way. It
//! gives a disk back after the guest has stopped, but not a read-only medium,
//! since another guest may be using it. So:
//!
//! - a folder that this user may not pass is what keeps a guest from starting;
//! - a file that this user may not read would work, but only by changing hands,
//!   without anybody having been asked. It counts as not readable here.
//!
//! A medium in a definition should carry `<seclabel model='dac' relabel='no'/>`
//! where this module found it readable: then it stays as it is.

use std::{
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use crate::model::{FileAccess, xml::Document};

const READ: u32 = 4;
const SEARCH: u32 = 1;

/// A user of this computer, as far as file modes go.
#[derive(Clone, Debug, PartialEq, Eq)]
struct User {
    name: String,
    uid: u32,
    groups: Vec<u32>,
}

/// Whether the hypervisor that `capabilities` describe can read the file.
pub(in crate::backend::ops) fn by_hypervisor(capabilities: &str, path: &Path) -> FileAccess {
    match hypervisor_user(capabilities) {
        Some(user) => check(path, &user),
        None => FileAccess::Unknown,
    }
}

/// Whether a hypervisor with this process' own rights can read the file.
pub(in crate::backend::ops) fn by_myself(path: &Path) -> FileAccess {
    let uid = rustix::process::geteuid().as_raw();
    for (step, wanted) in steps(path) {
        let wanted =
            if wanted == READ { rustix::fs::Access::READ_OK } else { rustix::fs::Access::EXEC_OK };
        match rustix::fs::accessat(rustix::fs::CWD, &step, wanted, rustix::fs::AtFlags::EACCESS) {
            Ok(()) => {}
            Err(rustix::io::Errno::ACCESS) => {
                let name = lookup_name("/etc/passwd", uid).unwrap_or_else(|| uid.to_string());
                return FileAccess::Denied { at: step.to_string_lossy().into_owned(), user: name };
            }
            Err(_) => return FileAccess::Unknown,
        }
    }
    FileAccess::Readable
}

/// The user of the `dac` security model: `<baselabel type='kvm'>+64055:+106`.
fn hypervisor_user(capabilities: &str) -> Option<User> {
    let capabilities = Document::parse(capabilities).ok()?;
    let label = capabilities.get("host/secmodel[model='dac']/baselabel")?;
    let (uid, gid) = label.trim().split_once(':')?;
    let uid = id_of("/etc/passwd", uid)?;
    let gid = id_of("/etc/group", gid)?;
    let name = lookup_name("/etc/passwd", uid).unwrap_or_else(|| uid.to_string());
    let mut groups = supplementary_groups(&name);
    groups.push(gid);
    Some(User { name, uid, groups })
}

/// `+107` is a number; else it is a name.
fn id_of(table: &str, text: &str) -> Option<u32> {
    if let Ok(id) = text.trim_start_matches('+').parse() {
        return Some(id);
    }
    let table = std::fs::read_to_string(table).ok()?;
    table.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == text).then(|| fields.nth(1)?.parse().ok())?
    })
}

fn lookup_name(table: &str, id: u32) -> Option<String> {
    let table = std::fs::read_to_string(table).ok()?;
    table.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse::<u32>().ok()? == id).then(|| name.to_owned())
    })
}

/// Groups that have the user as a member; libvirt gives them to the hypervisor.
/// System users such as this one are in the local table, not on a network.
fn supplementary_groups(user: &str) -> Vec<u32> {
    let table = std::fs::read_to_string("/etc/group").unwrap_or_default();
    let gid_if_member = |line: &str| {
        let mut fields = line.split(':').skip(2);
        let gid = fields.next()?.parse().ok()?;
        fields.next()?.split(',').any(|member| member.trim() == user).then_some(gid)
    };
    table.lines().filter_map(gid_if_member).collect()
}

/// Folders to be passed and the file to be read, from the root on; by the path
/// as it is written, then by where its symbolic links lead.
fn steps(path: &Path) -> Vec<(PathBuf, u32)> {
    let mut steps: Vec<(PathBuf, u32)> = Vec::new();
    let mut add = |path: &Path| {
        let mut ways: Vec<_> = path.ancestors().skip(1).map(|up| (up.to_owned(), SEARCH)).collect();
        ways.reverse();
        ways.push((path.to_owned(), READ));
        for way in ways {
            if !way.0.as_os_str().is_empty() && !steps.contains(&way) {
                steps.push(way);
            }
        }
    };
    add(path);
    if let Ok(real) = path.canonicalize() {
        add(&real);
    }
    steps
}

fn check(path: &Path, user: &User) -> FileAccess {
    for (step, wanted) in steps(path) {
        match may(&step, wanted, user) {
            Some(true) => {}
            Some(false) => {
                let at = step.to_string_lossy().into_owned();
                return FileAccess::Denied { at, user: user.name.clone() };
            }
            None => return FileAccess::Unknown,
        }
    }
    FileAccess::Readable
}

/// By the access list where there is one, else by the mode. libvirt takes the
/// capabilities away from a hypervisor that runs as root, so that root too
/// needs the permission bits.
fn may(path: &Path, wanted: u32, user: &User) -> Option<bool> {
    let metadata = std::fs::metadata(path).ok()?;
    let mode = metadata.mode();
    if user.uid == metadata.uid() {
        return Some((mode >> 6) & wanted == wanted);
    }
    let mut buffer = [0_u8; 4096];
    if let Ok(length) = rustix::fs::getxattr(path, "system.posix_acl_access", &mut buffer[..]) {
        return by_acl(&buffer[..length], wanted, user, metadata.gid());
    }
    let shift = if user.groups.contains(&metadata.gid()) { 3 } else { 0 };
    Some((mode >> shift) & wanted == wanted)
}

/// The kernel's form of an access list: a version, then tag, permissions and id
/// of each entry, little-endian.
fn by_acl(acl: &[u8], wanted: u32, user: &User, group: u32) -> Option<bool> {
    const USER: u16 = 0x02;
    const GROUP_OBJ: u16 = 0x04;
    const GROUP: u16 = 0x08;
    const MASK: u16 = 0x10;
    const OTHER: u16 = 0x20;

    let entries: Vec<(u16, u32, u32)> = acl
        .get(4..)?
        .chunks_exact(8)
        .map(|entry| {
            let tag = u16::from_le_bytes([entry[0], entry[1]]);
            let permissions = u16::from_le_bytes([entry[2], entry[3]]);
            let id = u32::from_le_bytes([entry[4], entry[5], entry[6], entry[7]]);
            (tag, u32::from(permissions), id)
        })
        .collect();
    let mask = entries.iter().find(|entry| entry.0 == MASK).map_or(7, |entry| entry.1);
    if let Some(own) = entries.iter().find(|entry| entry.0 == USER && entry.2 == user.uid) {
        return Some(own.1 & mask & wanted == wanted);
    }
    let mut in_group = false;
    for (tag, permissions, id) in &entries {
        let member = match *tag {
            GROUP_OBJ => user.groups.contains(&group),
            GROUP => user.groups.contains(id),
            _ => false,
        };
        if member && permissions & mask & wanted == wanted {
            return Some(true);
        }
        in_group |= member;
    }
    let other = entries.iter().find(|entry| entry.0 == OTHER)?;
    Some(!in_group && other.1 & wanted == wanted)
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;

    fn nobody() -> User {
        User { name: "guest".to_owned(), uid: 64_055, groups: vec![64_055, 64_106] }
    }

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_closed_folder_or_file_is_named() {
        let folder = tempfile::tempdir_in("/tmp").unwrap();
        let home = folder.path().join("home");
        fs::create_dir(&home).unwrap();
        let iso = home.join("a b.iso");
        fs::write(&iso, "x").unwrap();
        mode(folder.path(), 0o755);
        mode(&home, 0o755);
        mode(&iso, 0o644);
        assert_eq!(check(&iso, &nobody()), FileAccess::Readable);
        let denied = |at: &Path| FileAccess::Denied {
            at: at.to_str().unwrap().to_owned(),
            user: "guest".to_owned(),
        };
        mode(&iso, 0o600);
        assert_eq!(check(&iso, &nobody()), denied(&iso));
        mode(&home, 0o700);
        assert_eq!(check(&iso, &nobody()), denied(&home));
        // A link does not hide what lies behind it.
        let link = folder.path().join("link.iso");
        std::os::unix::fs::symlink(&iso, &link).unwrap();
        mode(&iso, 0o644);
        assert_eq!(check(&link, &nobody()), denied(&home));
        assert_eq!(check(&home.join("none"), &nobody()), denied(&home));
        mode(&home, 0o755);
        assert_eq!(check(&home.join("none"), &nobody()), FileAccess::Unknown);
    }

    #[test]
    fn an_access_list_decides_before_the_mode() {
        let acl = |entries: &[(u16, u16, u32)]| {
            let mut bytes = 2_u32.to_le_bytes().to_vec();
            for (tag, permissions, id) in entries {
                bytes.extend(tag.to_le_bytes());
                bytes.extend(permissions.to_le_bytes());
                bytes.extend(id.to_le_bytes());
            }
            bytes
        };
        let none = u32::MAX;
        let named =
            acl(&[(1, 7, none), (2, 5, 64_055), (4, 0, none), (16, 5, none), (32, 0, none)]);
        assert_eq!(by_acl(&named, READ, &nobody(), 0), Some(true));
        let masked =
            acl(&[(1, 7, none), (2, 7, 64_055), (4, 0, none), (16, 2, none), (32, 7, none)]);
        assert_eq!(by_acl(&masked, READ, &nobody(), 0), Some(false));
        let group =
            acl(&[(1, 7, none), (4, 0, none), (8, 4, 64_106), (16, 7, none), (32, 0, none)]);
        assert_eq!(by_acl(&group, READ, &nobody(), 0), Some(true));
        assert_eq!(by_acl(&group, SEARCH, &nobody(), 0), Some(false));
        let other = acl(&[(1, 7, none), (4, 0, none), (16, 7, none), (32, 4, none)]);
        assert_eq!(by_acl(&other, READ, &nobody(), 0), Some(true));
        assert_eq!(by_acl(&other, READ, &nobody(), 64_106), Some(false));
        assert_eq!(by_acl(&[1, 2], READ, &nobody(), 0), None);
    }

    #[test]
    fn the_hypervisors_user_comes_from_the_capabilities() {
        let xml = "<capabilities><host><secmodel><model>apparmor</model></secmodel><secmodel>\
            <model>dac</model><doi>0</doi><baselabel type='kvm'>+64999:+64998</baselabel>\
            </secmodel></host></capabilities>";
        let user = hypervisor_user(xml).unwrap();
        assert_eq!((user.uid, user.groups), (64_999, vec![64_998]));
        let root = xml.replace("+64999", "root");
        assert_eq!(hypervisor_user(&root).unwrap().name, "root");
        assert_eq!(hypervisor_user("<capabilities/>"), None);
    }
}
