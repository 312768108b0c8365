//! Sorts libvirt's errors and ssh's texts into kinds that a person can act on.
//!
//! libvirt gives a number for what went wrong inside a driver, but opening a
//! connection fails nearly always with a general number and the system's or
//! ssh's own words. Those are English here: the worker threads ask libvirt for
//! untranslated messages, and libvirt starts ssh in the C locale. Where libvirt
//! keeps the system's error number, that number counts, since the C library's
//! texts may come translated from a cache.

#[cfg(test)]
mod tests;

use virt::error::{Error, ErrorNumber};
use virt_sys as sys;

use super::sys::process as sys_process;
use crate::model::{Failure, FailureKind};

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = error.code().to_raw();
        let domain = error.domain().to_raw();
        let kind = sys_process::errno_of(&error)
            .and_then(|errno| by_errno(errno, error.message()))
            .unwrap_or_else(|| classify(code, domain, error.message()));
        Self::new(kind, shortened(error.message()))
    }
}

/// The longest detail that is passed on, in characters: some texts repeat a
/// whole definition or URI.
const LONGEST: usize = 4000;

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Whether an error says that the driver lacks a call.
pub(crate) fn is_unsupported(error: &Error) -> bool {
    error.code().is(ErrorNumber::NoSupport)
        || error.code().is(ErrorNumber::OperationUnsupported)
        || error.code().is(ErrorNumber::ArgumentUnsupported)
}

/// The system's error numbers, as far as they are certain.
fn by_errno(errno: i32, message: &str) -> Option<FailureKind> {
    // "Failed to connect socket to '/run/libvirt/libvirt-sock'": no address.
    let local_socket = message.contains("-sock'");
    Some(match errno {
        libc::ENOENT | libc::ECONNREFUSED if local_socket => FailureKind::DaemonNotRunning,
        libc::EACCES | libc::EPERM if local_socket => FailureKind::PermissionDenied,
        // The address of ssh's failure is in its words, and the number is that
        // of the pipe to it.
        _ if message.contains("ssh") => return None,
        libc::ECONNREFUSED => FailureKind::ConnectionRefused,
        libc::EHOSTUNREACH | libc::ENETUNREACH => FailureKind::Unreachable,
        libc::ETIMEDOUT => FailureKind::TimedOut,
        libc::ENOSPC | libc::EDQUOT => FailureKind::NoSpace,
        libc::ENOMEM => FailureKind::NoMemory,
        _ => return None,
    })
}

/// The kind of a libvirt error, from its number, its origin and its text.
pub(crate) fn classify(code: u32, domain: u32, message: &str) -> FailureKind {
    by_certain_code(code)
        .or_else(|| by_text(message))
        .or_else(|| by_code(code, domain))
        .unwrap_or(FailureKind::Other)
}

/// Numbers that say everything by themselves.
fn by_certain_code(code: u32) -> Option<FailureKind> {
    Some(match code {
        sys::VIR_ERR_NO_DOMAIN
        | sys::VIR_ERR_NO_NETWORK
        | sys::VIR_ERR_NO_STORAGE_POOL
        | sys::VIR_ERR_NO_STORAGE_VOL
        | sys::VIR_ERR_NO_NODE_DEVICE
        | sys::VIR_ERR_NO_INTERFACE
        | sys::VIR_ERR_NO_SECRET
        | sys::VIR_ERR_NO_NWFILTER
        | sys::VIR_ERR_NO_DOMAIN_SNAPSHOT
        | sys::VIR_ERR_NO_DOMAIN_METADATA
        | sys::VIR_ERR_DEVICE_MISSING => FailureKind::NotFound,
        sys::VIR_ERR_DOM_EXIST | sys::VIR_ERR_NETWORK_EXIST | sys::VIR_ERR_STORAGE_VOL_EXIST => {
            FailureKind::AlreadyExists
        }
        sys::VIR_ERR_AUTH_CANCELLED => FailureKind::AuthenticationCancelled,
        sys::VIR_ERR_ACCESS_DENIED | sys::VIR_ERR_OPERATION_DENIED => FailureKind::PermissionDenied,
        sys::VIR_ERR_OPERATION_ABORTED => FailureKind::Cancelled,
        sys::VIR_ERR_NO_SUPPORT
        | sys::VIR_ERR_OPERATION_UNSUPPORTED
        | sys::VIR_ERR_ARGUMENT_UNSUPPORTED => FailureKind::Unsupported,
        sys::VIR_ERR_XML_INVALID_SCHEMA => FailureKind::SchemaViolation,
        _ => return None,
    })
}

/// Numbers that are as good as it gets when the text is not known.
fn by_code(code: u32, domain: u32) -> Option<FailureKind> {
    Some(match code {
        sys::VIR_ERR_NO_CONNECT => FailureKind::NoDriver,
        sys::VIR_ERR_AUTH_FAILED => FailureKind::AuthenticationFailed,
        sys::VIR_ERR_AUTH_UNAVAILABLE => FailureKind::PermissionDenied,
        sys::VIR_ERR_GNUTLS_ERROR => FailureKind::Certificate,
        sys::VIR_ERR_UNKNOWN_HOST => FailureKind::UnknownHost,
        sys::VIR_ERR_OPERATION_INVALID => FailureKind::InvalidState,
        sys::VIR_ERR_OPERATION_TIMEOUT => FailureKind::Busy,
        sys::VIR_ERR_RESOURCE_BUSY => FailureKind::InUse,
        sys::VIR_ERR_NO_MEMORY => FailureKind::NoMemory,
        sys::VIR_ERR_XML_ERROR | sys::VIR_ERR_XML_DETAIL => FailureKind::InvalidDefinition,
        sys::VIR_ERR_CONFIG_UNSUPPORTED => FailureKind::Unsupported,
        sys::VIR_ERR_AGENT_UNRESPONSIVE => FailureKind::TimedOut,
        sys::VIR_ERR_INVALID_ARG if domain == sys::VIR_FROM_URI => FailureKind::InvalidUri,
        sys::VIR_ERR_RPC | sys::VIR_ERR_INVALID_CONN => FailureKind::Disconnected,
        _ => return None,
    })
}

/// Phrases of libvirt, ssh, `GnuTLS`, QEMU and the C library, the telling
/// ones first: a text of ssh often ends with "Connection reset by peer", and a
/// socket's text with the reason why it could not be opened.
const PHRASES: &[(&[&str], FailureKind)] = &[
    (&["remote host identification has changed"], FailureKind::HostKeyChanged),
    (&["host key for", "has changed"], FailureKind::HostKeyChanged),
    (&["host key verification failed"], FailureKind::UnknownHostKey),
    (&["ssh host key", "is not known"], FailureKind::UnknownHostKey),
    (&["active console session exists"], FailureKind::InUse),
    (&["cannot find 'ssh' in path"], FailureKind::NoSsh),
    (&["cannot execute binary ssh:"], FailureKind::NoSsh),
    (&["cannot execute binary", "/ssh:"], FailureKind::NoSsh),
    (&["could not resolve hostname"], FailureKind::UnknownHost),
    (&["unable to resolve address"], FailureKind::UnknownHost),
    (&["name or service not known"], FailureKind::UnknownHost),
    (&["temporary failure in name resolution"], FailureKind::UnknownHost),
    (&["no address associated with hostname"], FailureKind::UnknownHost),
    (&["permission denied (publickey"], FailureKind::AuthenticationFailed),
    (&["permission denied (password"], FailureKind::AuthenticationFailed),
    (&["permission denied (keyboard-interactive"], FailureKind::AuthenticationFailed),
    (&["permission denied (gssapi"], FailureKind::AuthenticationFailed),
    (&["permission denied (hostbased"], FailureKind::AuthenticationFailed),
    (&["permission denied, please try again"], FailureKind::AuthenticationFailed),
    (&["too many authentication failures"], FailureKind::AuthenticationFailed),
    (&["failed to start sasl"], FailureKind::AuthenticationFailed),
    (&["authentication cancelled"], FailureKind::AuthenticationCancelled),
    (&["no polkit agent"], FailureKind::PermissionDenied),
    (&["not authorized"], FailureKind::PermissionDenied),
    (&["failed to connect socket to '", "permission denied"], FailureKind::PermissionDenied),
    (
        &["failed to connect socket to '", "no such file or directory"],
        FailureKind::DaemonNotRunning,
    ),
    (&["failed to connect socket to '", "connection refused"], FailureKind::DaemonNotRunning),
    (&["unable to connect to", "-sock", "no such file"], FailureKind::DaemonNotRunning),
    (&["-sock: no such file or directory"], FailureKind::DaemonNotRunning),
    (&["-sock: connection refused"], FailureKind::DaemonNotRunning),
    (&["-sock: permission denied"], FailureKind::PermissionDenied),
    (&["virt-ssh-helper", "not found"], FailureKind::RemoteHelperMissing),
    (&["nc: command not found"], FailureKind::RemoteHelperMissing),
    (&["nc: not found"], FailureKind::RemoteHelperMissing),
    (&["netcat", "not found"], FailureKind::RemoteHelperMissing),
    (&["nc: invalid option"], FailureKind::RemoteHelperMissing),
    (&["nc: unix connect failed: no such file"], FailureKind::DaemonNotRunning),
    (&["nc: unix connect failed: permission denied"], FailureKind::PermissionDenied),
    (&["built without the '", "driver"], FailureKind::NoDriver),
    (&["could not connect to server"], FailureKind::ConnectionRefused),
    (&["could not resolve host"], FailureKind::UnknownHost),
    (&["incorrect user name or password"], FailureKind::AuthenticationFailed),
    (&["path has to specify the datacenter"], FailureKind::InvalidUri),
    (&["sh: ", "not found"], FailureKind::RemoteHelperMissing),
    (&["certificate"], FailureKind::Certificate),
    (&["tls handshake"], FailureKind::Certificate),
    (&["tls session"], FailureKind::Certificate),
    // A daemon that does not accept a client's certificate closes without words.
    (&["unable to read tls confirmation"], FailureKind::Certificate),
    (&["no space left on device"], FailureKind::NoSpace),
    (&["disk quota exceeded"], FailureKind::NoSpace),
    (&["failed to get \"", "lock"], FailureKind::InUse),
    (&["is another process using the image"], FailureKind::InUse),
    (&["already in use by other guests"], FailureKind::InUse),
    (&["network '", "is not active"], FailureKind::NetworkInactive),
    (&["cannot access storage file", "permission denied"], FailureKind::FileAccess),
    (&["cannot access storage file", "no such file"], FailureKind::FileAccess),
    (&["could not open '", "permission denied"], FailureKind::FileAccess),
    (&["could not open '", "no such file"], FailureKind::FileAccess),
    (&["failed to open file '", "permission denied"], FailureKind::FileAccess),
    (&["failed to open file '", "no such file"], FailureKind::NotFound),
    (&["cannot set up guest memory"], FailureKind::NoMemory),
    (&["cannot allocate memory"], FailureKind::NoMemory),
    (&["cannot acquire state change lock"], FailureKind::Busy),
    (&["no connection driver available"], FailureKind::NoDriver),
    (&["failed to find module"], FailureKind::NoDriver),
    (&["failed to load module"], FailureKind::NoDriver),
    (&["unable to parse uri"], FailureKind::InvalidUri),
    (&["invalid uri"], FailureKind::InvalidUri),
    (&["uri is missing the"], FailureKind::InvalidUri),
    (&["unexpected", "uri path"], FailureKind::InvalidUri),
    (&["missing server name in"], FailureKind::InvalidUri),
    (&["transport in url not recognised"], FailureKind::InvalidUri),
    (&["transport methods unix, ssh and ext are not supported"], FailureKind::InvalidUri),
    (&["using unix socket and remote server", "not supported"], FailureKind::InvalidUri),
    (&["hostname starts with invalid character"], FailureKind::InvalidUri),
    (&["hostname contains invalid characters"], FailureKind::InvalidUri),
    (&["cannot recv data: bad port '"], FailureKind::InvalidUri),
    (&["keepalive timeout"], FailureKind::TimedOut),
    (&["no route to host"], FailureKind::Unreachable),
    (&["network is unreachable"], FailureKind::Unreachable),
    (&["connection timed out"], FailureKind::TimedOut),
    (&["operation timed out"], FailureKind::TimedOut),
    (&["connection refused"], FailureKind::ConnectionRefused),
    (&["already exists"], FailureKind::AlreadyExists),
    (&["already defined"], FailureKind::AlreadyExists),
    (&["client socket is closed"], FailureKind::Disconnected),
    (&["end of file while reading data"], FailureKind::Disconnected),
    (&["cannot recv data"], FailureKind::Disconnected),
    (&["cannot write data"], FailureKind::Disconnected),
    (&["connection reset by peer"], FailureKind::Disconnected),
    (&["broken pipe"], FailureKind::Disconnected),
    (&["received hangup"], FailureKind::Disconnected),
    (&["connection closed"], FailureKind::Disconnected),
];

fn by_text(message: &str) -> Option<FailureKind> {
    let message = message.to_lowercase();
    PHRASES
        .iter()
        .find(|(parts, _)| {
            // The parts in this order.
            parts
                .iter()
                .try_fold(message.as_str(), |rest, part| {
                    rest.find(part).map(|at| &rest[at + part.len()..])
                })
                .is_some()
        })
        .map(|(_, kind)| *kind)
}

/// Whether trying again by itself makes no sense: it would only ask the user
/// again or fail in the same way.
pub(crate) fn needs_the_user(kind: FailureKind) -> bool {
    matches!(
        kind,
        FailureKind::AuthenticationCancelled
            | FailureKind::AuthenticationFailed
            | FailureKind::HostKeyChanged
            | FailureKind::UnknownHostKey
            | FailureKind::Certificate
            | FailureKind::InvalidUri
            | FailureKind::NoDriver
    )
}
