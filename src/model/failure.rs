//! What can go wrong on a host, in the terms a person would use.
//!
//! The backend sorts libvirt's error codes and texts into these kinds; the
//! interface turns a kind into a sentence with what to do. libvirt's own text
//! goes along as detail and is only shown under "Details".

/// The cause of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureKind {
    /// No daemon listens on the socket that the URI names.
    DaemonNotRunning,
    /// The daemon refused this user (group `libvirt` or a polkit rule).
    PermissionDenied,
    /// No `ssh` program, or it could not be started.
    NoSsh,
    /// The SSH server's key is not known and was not accepted.
    UnknownHostKey,
    /// The SSH server's key is another one than before.
    HostKeyChanged,
    /// User name, password or key were refused.
    AuthenticationFailed,
    /// The user closed the dialog that asked for a credential.
    AuthenticationCancelled,
    /// The remote side has neither `virt-ssh-helper` nor a usable `nc`, or no libvirt.
    RemoteHelperMissing,
    /// Nothing listens at host and port.
    ConnectionRefused,
    /// The host name does not resolve.
    UnknownHost,
    /// No route to the host.
    Unreachable,
    /// A TLS certificate is missing, expired or not trusted.
    Certificate,
    /// No answer in time.
    TimedOut,
    /// The connection broke, or is not open.
    Disconnected,
    /// This libvirt has no driver for the URI.
    NoDriver,
    /// The URI cannot be understood.
    InvalidUri,
    /// The object is gone.
    NotFound,
    /// The name or path is taken.
    AlreadyExists,
    /// Another operation on the same object is running.
    Busy,
    /// Not possible in the object's present state.
    InvalidState,
    /// The definition is not accepted.
    InvalidDefinition,
    /// The definition is understood, but it does not follow libvirt's schema.
    SchemaViolation,
    /// The hypervisor cannot do this.
    Unsupported,
    /// No space left on the storage.
    NoSpace,
    /// The hypervisor may not read or write a file.
    FileAccess,
    /// A virtual network that is needed is not running.
    NetworkInactive,
    /// Not enough memory on the host.
    NoMemory,
    /// Another file or device is using what is needed.
    InUse,
    /// The guest is deleted, but not all disks that were to go with it.
    DisksLeft,
    /// The user cancelled.
    Cancelled,
    /// A defect of this program: something that should not happen did.
    Internal,
    /// Anything else; the detail says more.
    Other,
}

/// A failure with libvirt's (or the system's) own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The cause.
    pub kind: FailureKind,
    /// The library's own text, untranslated, possibly empty; never a secret.
    pub detail: String,
}

impl Failure {
    /// A failure of `kind`, explained by `detail`.
    pub fn new(kind: FailureKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }
}
