//! A connection as a form shows it, and its URI.

use std::str::FromStr;

use super::{HostUri, UriError, UriErrorKind};

/// A kind of host, as a person chooses it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hypervisor {
    /// QEMU/KVM of the whole computer.
    #[default]
    QemuSystem,
    /// QEMU/KVM with the user's own rights.
    QemuSession,
    /// Xen.
    Xen,
    /// Linux containers.
    Lxc,
    /// `VMware` ESX, over its own protocol.
    Esx,
    /// Microsoft Hyper-V, over its own protocol.
    HyperV,
    /// FreeBSD's hypervisor.
    Bhyve,
    /// libvirt's built-in host for trying things.
    Test,
}

impl Hypervisor {
    /// All, in the order of the form.
    pub const ALL: [Self; 8] = [
        Self::QemuSystem,
        Self::QemuSession,
        Self::Xen,
        Self::Lxc,
        Self::Esx,
        Self::HyperV,
        Self::Bhyve,
        Self::Test,
    ];

    /// Driver and path of its URI.
    #[must_use]
    pub fn driver_and_path(self) -> (&'static str, &'static str) {
        match self {
            Self::QemuSystem => ("qemu", "/system"),
            Self::QemuSession => ("qemu", "/session"),
            Self::Xen => ("xen", "/system"),
            Self::Lxc => ("lxc", "/system"),
            Self::Esx => ("esx", "/"),
            Self::HyperV => ("hyperv", "/"),
            Self::Bhyve => ("bhyve", "/system"),
            Self::Test => ("test", "/default"),
        }
    }

    /// Whether it is reached over the network by a protocol of its own, not
    /// through a libvirt daemon.
    #[must_use]
    pub fn has_own_protocol(self) -> bool {
        matches!(self, Self::Esx | Self::HyperV)
    }
}

/// How the daemon is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// On this computer.
    #[default]
    Local,
    /// Through an SSH server.
    Ssh,
    /// Over TLS with certificates.
    Tls,
    /// Over TCP without encryption.
    Tcp,
}

impl Transport {
    /// All, in the order of the form.
    pub const ALL: [Self; 4] = [Self::Local, Self::Ssh, Self::Tls, Self::Tcp];

    fn name(self) -> Option<&'static str> {
        match self {
            Self::Local => None,
            Self::Ssh => Some("ssh"),
            Self::Tls => Some("tls"),
            Self::Tcp => Some("tcp"),
        }
    }
}

/// What the form's fields say; texts as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionSpec {
    /// The kind of host.
    pub hypervisor: Hypervisor,
    /// How it is reached; not used where the kind has its own protocol.
    pub transport: Transport,
    /// The user on the other side; empty is the default one.
    pub user: String,
    /// Host name or address.
    pub host: String,
    /// The port; empty is the usual one.
    pub port: String,
    /// Path of a private key for SSH; empty is ssh's own choice.
    pub keyfile: String,
}

/// A field of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpecField {
    /// The user.
    User,
    /// The host.
    Host,
    /// The port.
    Port,
    /// The key file.
    Keyfile,
}

/// A field that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecError {
    /// Which field.
    pub field: SpecField,
    /// What is wrong with it.
    pub kind: UriErrorKind,
}

impl ConnectionSpec {
    /// Whether another computer is named.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        self.hypervisor.has_own_protocol() || self.transport != Transport::Local
    }

    /// The form's URI.
    ///
    /// # Errors
    /// With the first field that cannot be used.
    pub fn to_uri(&self) -> Result<HostUri, SpecError> {
        let (driver, path) = self.hypervisor.driver_and_path();
        let mut uri =
            HostUri { driver: driver.to_owned(), path: path.to_owned(), ..HostUri::default() };
        if !self.is_remote() {
            return Ok(uri);
        }
        let own = self.hypervisor.has_own_protocol();
        uri.transport = if own { None } else { self.transport.name().map(str::to_owned) };
        let host = self.host.trim().trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err(SpecError { field: SpecField::Host, kind: UriErrorKind::NoHost });
        }
        uri.host = Some(host.to_owned());
        check_part(
            &HostUri { user: None, parameters: Vec::new(), ..uri.clone() },
            SpecField::Host,
        )?;
        uri.user = Some(self.user.trim().to_owned()).filter(|user| !user.is_empty());
        check_part(&uri, SpecField::User)?;
        let port = self.port.trim();
        if !port.is_empty() {
            let number = u16::from_str(port).ok().filter(|port| *port != 0);
            let wrong = SpecError { field: SpecField::Port, kind: UriErrorKind::Port };
            uri.port = Some(number.ok_or(wrong)?);
        }
        if self.transport == Transport::Ssh && !own && !self.keyfile.is_empty() {
            uri.parameters.push(("keyfile".to_owned(), self.keyfile.clone()));
            check_part(&uri, SpecField::Keyfile)?;
        }
        Ok(uri)
    }

    /// The form for a URI; nothing where the form cannot say all of it.
    #[must_use]
    pub fn from_uri(uri: &HostUri) -> Option<Self> {
        let hypervisor = Hypervisor::ALL
            .into_iter()
            .find(|one| one.driver_and_path() == (uri.driver.as_str(), uri.path.as_str()))?;
        let transport =
            Transport::ALL.into_iter().find(|one| one.name() == uri.transport.as_deref())?;
        let spec = Self {
            hypervisor,
            // libvirt takes TLS where a host is named without a transport.
            transport: if uri.host.is_some()
                && transport == Transport::Local
                && !hypervisor.has_own_protocol()
            {
                Transport::Tls
            } else {
                transport
            },
            user: uri.user.clone().unwrap_or_default(),
            host: uri.host.clone().unwrap_or_default(),
            port: uri.port.map(|port| port.to_string()).unwrap_or_default(),
            keyfile: uri.parameter("keyfile").unwrap_or_default().to_owned(),
        };
        let again = spec.to_uri().ok()?;
        let same = again == *uri
            || (uri.transport.is_none()
                && again == HostUri { transport: Some("tls".to_owned()), ..uri.clone() });
        same.then_some(spec)
    }
}

/// Lets the parser judge a URI of which one part is new: one set of rules.
fn check_part(uri: &HostUri, field: SpecField) -> Result<(), SpecError> {
    // Only the parser's own escapes are undone, so what is typed is what is judged.
    let host_as_typed = uri.to_string();
    match HostUri::parse(&host_as_typed) {
        Ok(parsed) if parsed == *uri => Ok(()),
        Ok(_) => {
            let char =
                uri.host.as_deref().and_then(|host| host.chars().find(|c| "@/?:#%".contains(*c)));
            Err(SpecError { field, kind: UriErrorKind::HostCharacter(char.unwrap_or('?')) })
        }
        Err(UriError { kind, .. }) => Err(SpecError { field, kind }),
    }
}
