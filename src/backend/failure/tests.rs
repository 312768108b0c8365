use super::*;

/// What libvirt 11.3, OpenSSH 10 and QEMU 10 say, with libvirt's number.
#[test]
#[expect(clippy::too_many_lines, reason = "a table of texts")]
fn real_texts_are_sorted() {
    use FailureKind as K;
    const SYSTEM: u32 = sys::VIR_ERR_SYSTEM_ERROR;
    const INTERNAL: u32 = sys::VIR_ERR_INTERNAL_ERROR;
    const FAILED: u32 = sys::VIR_ERR_OPERATION_FAILED;
    let table: &[(u32, &str, K)] = &[
        (
            SYSTEM,
            "Failed to connect socket to '/var/run/libvirt/libvirt-sock': No such file or directory",
            K::DaemonNotRunning,
        ),
        (
            SYSTEM,
            "Failed to connect socket to '/run/user/1000/libvirt/virtqemud-sock': Connection refused",
            K::DaemonNotRunning,
        ),
        (
            SYSTEM,
            "Failed to connect socket to '/var/run/libvirt/libvirt-sock': Permission denied",
            K::PermissionDenied,
        ),
        (
            sys::VIR_ERR_AUTH_UNAVAILABLE,
            "authentication unavailable: no polkit agent available to authenticate action 'org.libvirt.unix.manage'",
            K::PermissionDenied,
        ),
        (
            sys::VIR_ERR_AUTH_CANCELLED,
            "authentication cancelled: user cancelled authentication process",
            K::AuthenticationCancelled,
        ),
        (
            sys::VIR_ERR_AUTH_FAILED,
            "authentication failed: access denied by policy",
            K::AuthenticationFailed,
        ),
        (
            SYSTEM,
            "Cannot recv data: ssh: connect to host 127.0.0.1 port 1: Connection refused: Connection reset by peer",
            K::ConnectionRefused,
        ),
        (
            SYSTEM,
            "Cannot recv data: ssh: Could not resolve hostname nohost.invalid: Name or service not known: Connection reset by peer",
            K::UnknownHost,
        ),
        (
            SYSTEM,
            "Cannot recv data: ssh: connect to host 10.9.9.9 port 22: No route to host: Connection reset by peer",
            K::Unreachable,
        ),
        (
            SYSTEM,
            "Cannot recv data: ssh: connect to host 10.9.9.9 port 22: Connection timed out: Connection reset by peer",
            K::TimedOut,
        ),
        (
            SYSTEM,
            "Cannot recv data: Host key verification failed.: Connection reset by peer",
            K::UnknownHostKey,
        ),
        (
            SYSTEM,
            "Cannot recv data: @@@@@@@@@@@\r\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\nHost key verification failed.: Connection reset by peer",
            K::HostKeyChanged,
        ),
        (
            SYSTEM,
            "Cannot recv data: me@127.0.0.1: Permission denied (publickey,password).: Connection reset by peer",
            K::AuthenticationFailed,
        ),
        (
            SYSTEM,
            "Cannot recv data: hostname contains invalid characters: Connection reset by peer",
            K::InvalidUri,
        ),
        (SYSTEM, "Cannot recv data: Bad port '99999999': Connection reset by peer", K::InvalidUri),
        (
            SYSTEM,
            "End of file while reading data: sh: 1: nc: not found: Input/output error",
            K::RemoteHelperMissing,
        ),
        (
            SYSTEM,
            "End of file while reading data: nc: /tmp/run/libvirt/libvirt-sock: Permission denied: Input/output error",
            K::PermissionDenied,
        ),
        (
            SYSTEM,
            "End of file while reading data: nc: unix connect failed: No such file or directory: Input/output error",
            K::DaemonNotRunning,
        ),
        (INTERNAL, "internal error: Cannot find 'ssh' in path", K::NoSsh),
        (SYSTEM, "Cannot find 'ssh' in path: No such file or directory", K::NoSsh),
        (
            SYSTEM,
            "unable to connect to server at '127.0.0.1:1': Connection refused",
            K::ConnectionRefused,
        ),
        (
            SYSTEM,
            "Unable to resolve address 'nohost.invalid' service '16509': Name or service not known",
            K::UnknownHost,
        ),
        (
            SYSTEM,
            "Cannot read CA certificate '/etc/pki/CA/cacert.pem': No such file or directory",
            K::Certificate,
        ),
        (
            INTERNAL,
            "internal error: curl_easy_perform() returned an error: Could not connect to server (7) : Failed to connect to 127.0.0.1 port 1 after 0 ms: Could not connect to server",
            K::ConnectionRefused,
        ),
        (
            sys::VIR_ERR_CONFIG_UNSUPPORTED,
            "unsupported configuration: libvirt was built without the 'hyperv' driver",
            K::NoDriver,
        ),
        (
            sys::VIR_ERR_INVALID_ARG,
            "invalid argument: Path has to specify the datacenter and compute resource",
            K::InvalidUri,
        ),
        (
            sys::VIR_ERR_NO_CONNECT,
            "no connection driver available for URI 'nonsense' does not include a driver name",
            K::NoDriver,
        ),
        (INTERNAL, "internal error: Unable to parse URI ://", K::InvalidUri),
        (
            INTERNAL,
            "internal error: unexpected QEMU URI path '/nonsense', try qemu:///system",
            K::InvalidUri,
        ),
        (
            sys::VIR_ERR_INVALID_ARG,
            "invalid argument: remote_open: transport in URL not recognised (should be tls|unix|ssh|ext|tcp|libssh2|libssh)",
            K::InvalidUri,
        ),
        (INTERNAL, "internal error: client socket is closed", K::Disconnected),
        (INTERNAL, "internal error: connection closed due to keepalive timeout", K::TimedOut),
        (sys::VIR_ERR_NO_DOMAIN, "Domain not found: no domain with matching uuid '…'", K::NotFound),
        (
            FAILED,
            "operation failed: domain 'a' already exists with uuid 11111111-1111-1111-1111-111111111111",
            K::AlreadyExists,
        ),
        (
            sys::VIR_ERR_OPERATION_INVALID,
            "Requested operation is not valid: domain is not running",
            K::InvalidState,
        ),
        (
            sys::VIR_ERR_OPERATION_INVALID,
            "Requested operation is not valid: network 'default' is not active",
            K::NetworkInactive,
        ),
        (
            sys::VIR_ERR_OPERATION_TIMEOUT,
            "Timed out during operation: cannot acquire state change lock (held by monitor=remoteDispatchDomainSuspend)",
            K::Busy,
        ),
        (
            SYSTEM,
            "Cannot access storage file '/home/user/d.img' (as uid:64055, gid:994): Permission denied",
            K::FileAccess,
        ),
        (
            INTERNAL,
            "internal error: process exited while connecting to monitor: qemu-system-x86_64: -blockdev …: Failed to get \"write\" lock\nIs another process using the image [/x]?",
            K::InUse,
        ),
        (
            INTERNAL,
            "internal error: QEMU unexpectedly closed the monitor (vm='z'): qemu-system-x86_64: cannot set up guest memory 'pc.ram': Cannot allocate memory",
            K::NoMemory,
        ),
        (SYSTEM, "cannot extend file '/x.img': No space left on device", K::NoSpace),
        (
            sys::VIR_ERR_XML_DETAIL,
            "(domain_definition):1: Couldn't find end of Start Tag domain line 1",
            K::InvalidDefinition,
        ),
        (
            sys::VIR_ERR_NO_SUPPORT,
            "this function is not supported by the connection driver: virDomainListGetStats",
            K::Unsupported,
        ),
        (
            sys::VIR_ERR_OPERATION_ABORTED,
            "operation aborted: domain save job: canceled by client",
            K::Cancelled,
        ),
        (FAILED, "something nobody has seen", K::Other),
    ];
    let wrong: Vec<_> = table
        .iter()
        .filter_map(|(code, text, expected)| {
            let found = classify(*code, 0, text);
            (found != *expected).then(|| format!("{text}: {found:?}, not {expected:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_systems_numbers_count_whatever_the_language() {
    use FailureKind as K;
    let socket = "Fallo al conectar socket a '/var/run/libvirt/libvirt-sock': No existe";
    assert_eq!(by_errno(libc::ENOENT, socket), Some(K::DaemonNotRunning));
    assert_eq!(by_errno(libc::EACCES, socket), Some(K::PermissionDenied));
    assert_eq!(by_errno(libc::ECONNREFUSED, "no se puede conectar"), Some(K::ConnectionRefused));
    assert_eq!(by_errno(libc::ECONNRESET, "Cannot recv data: ssh: …"), None);
}

#[test]
fn long_texts_are_cut_between_characters() {
    let text = "ñ".repeat(LONGEST + 10);
    assert_eq!(shortened(&text).chars().count(), LONGEST + 1);
    assert_eq!(shortened("short"), "short");
}
