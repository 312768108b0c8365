//! TLS to a server, in place of the libraries'.
//!
//! gvnc and spice-client-glib speak TLS themselves, but neither shows the
//! certificate of a server that it refuses, gvnc refuses for good what the user
//! may want to take (a date, a name), and spice-client-glib speaks no TLS on a
//! line that it is given, which a tunnel is. So TLS ends here, and a library
//! gets a plain line within this process.

use std::{
    os::{
        fd::{AsFd, OwnedFd},
        unix::net::UnixStream,
    },
    path::PathBuf,
};

use relm4::gtk::{
    gio::{self, prelude::*},
    glib,
};

use super::{
    certificate,
    line::{Fields, Malformed, Writer},
};
use crate::model::{ServerCertificate, ServerPlace};

/// Bytes that are carried at a time: what a record of TLS holds.
const LOAD: usize = 1 << 14;

/// What a server's certificate must be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::console) struct Server {
    /// Where it is; its host is whom the certificate is to be made out to.
    pub(in crate::console) place: ServerPlace,
    /// Certificates of authorities, in PEM; empty for those of this computer.
    pub(in crate::console) authorities: String,
    /// Whom it must be made out to in place of the host, in OpenSSL's words;
    /// may be empty.
    pub(in crate::console) subject: String,
    /// Fingerprints that are good whatever else is wrong.
    pub(in crate::console) trusted: Vec<String>,
}

impl Server {
    /// Appends it to a message.
    pub(in crate::console) fn write<'a>(&self, writer: Writer<'a>) -> Writer<'a> {
        let writer = writer.text(&self.place.host).u32(self.place.port.into());
        let writer = writer.text(&self.authorities).text(&self.subject);
        certificate::write_list(&self.trusted, writer)
    }

    /// Reads it from a message.
    pub(in crate::console) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        let place = ServerPlace { host: fields.text()?, port: fields.u16()? };
        let (authorities, subject) = (fields.text()?, fields.text()?);
        let trusted = certificate::read_list(fields)?;
        Ok(Self { place, authorities, subject, trusted })
    }
}

/// Why there is no TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::console) enum TlsProblem {
    /// Nobody vouches for the server.
    Untrusted(Box<ServerCertificate>),
    /// It did not come about, in the library's words.
    Failed(String),
    /// The server wants a certificate of the user's, and was shown none.
    WantsCertificate(String),
}

/// What a server that has said nothing within TLS has against this side;
/// nothing if it just went away. `asked` says that it wanted a certificate:
/// QEMU hangs up without a word if there is none, or none that it takes.
fn objection(error: Option<&glib::Error>, asked: bool) -> Option<TlsProblem> {
    let text = error.map(|error| error.message().to_owned()).unwrap_or_default();
    match error.and_then(glib::Error::kind::<gio::TlsError>) {
        Some(gio::TlsError::CertificateRequired) => Some(TlsProblem::WantsCertificate(text)),
        _ if asked => Some(TlsProblem::WantsCertificate(text)),
        None | Some(gio::TlsError::Eof) => None,
        Some(_) => Some(TlsProblem::Failed(text)),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is for what maps errors")]
fn failed<E: ToString>(error: E) -> TlsProblem {
    TlsProblem::Failed(error.to_string())
}

/// A connection of gio's over `fd`.
pub(in crate::console) fn stream(fd: OwnedFd) -> Result<gio::SocketConnection, glib::Error> {
    Ok(gio::Socket::from_fd(fd)?.connection_factory_create_connection())
}

/// Speaks TLS on `line` from now on; gives a plain end. To be awaited on this
/// thread's main context, which carries the bytes. What the server has against
/// this side is told later: in TLS 1.3 a client is done with the handshake
/// before the server has looked at it.
pub(in crate::console) async fn secure(
    line: gio::SocketConnection,
    server: &Server,
    refused: impl Fn(TlsProblem) + 'static,
) -> Result<OwnedFd, TlsProblem> {
    let tls = gio::TlsClientConnection::new(&line, gio::SocketConnectable::NONE).map_err(failed)?;
    if let Some(own) = own_certificate() {
        tls.set_certificate(&own);
    }
    // Nothing is said before the certificate was looked at, below.
    tls.connect_accept_certificate(|_, _, _| true);
    let shaken = tls.handshake_future(glib::Priority::DEFAULT).await;
    let asked = !tls.accepted_cas().is_empty();
    shaken.map_err(|error| objection(Some(&error), asked).unwrap_or_else(|| failed(error)))?;
    let shown = tls.peer_certificate().ok_or_else(|| failed("no certificate"))?;
    let certificate = certificate::examine(&shown, server);
    if !certificate.problems.is_empty() && !server.trusted.contains(&certificate.fingerprint) {
        return Err(TlsProblem::Untrusted(Box::new(certificate)));
    }
    let (ours, theirs) = UnixStream::pair().map_err(failed)?;
    let plain = stream(ours.into()).map_err(failed)?;
    let context = glib::MainContext::default();
    let inwards = carry(tls.input_stream(), plain.output_stream());
    let outwards = carry(plain.input_stream(), tls.output_stream());
    // Each holds both ends: the streams do not keep their connections.
    let ends = (tls.clone(), plain.clone());
    context.spawn_local(async move {
        let silent = inwards.await.err();
        if let Some(problem) = silent.and_then(|error| objection(error.as_ref(), asked)) {
            refused(problem);
        }
        hang_up(&ends.1);
    });
    context.spawn_local(async move {
        let _ends = (tls, plain);
        let _ = outwards.await;
        hang_up(&line);
    });
    Ok(theirs.into())
}

fn hang_up(line: &gio::SocketConnection) {
    let _ = line.socket().shutdown(true, true);
}

/// Carries bytes until one end is closed.
///
/// # Errors
/// If there were none, with what went wrong, if anything did.
async fn carry(from: gio::InputStream, to: gio::OutputStream) -> Result<(), Option<glib::Error>> {
    let mut silent = true;
    loop {
        let bytes = match from.read_bytes_future(LOAD, glib::Priority::DEFAULT).await {
            Ok(bytes) if !bytes.is_empty() => bytes,
            end if silent => return Err(end.err()),
            _ => return Ok(()),
        };
        silent = false;
        match to.write_all_future(bytes, glib::Priority::DEFAULT).await {
            Ok((_, _, None)) => {}
            _ => return Ok(()),
        }
    }
}

/// Makes a line of gio's blocking again.
pub(in crate::console) fn plain(line: &gio::SocketConnection) -> std::io::Result<OwnedFd> {
    let fd = line.socket().as_fd().try_clone_to_owned()?;
    rustix::io::ioctl_fionbio(&fd, false)?;
    Ok(fd)
}

/// What this computer shows of itself, if the server asks: where libvirt's own
/// clients have it.
fn own_certificate() -> Option<gio::TlsCertificate> {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let folders = [home.join(".pki/libvirt"), PathBuf::from("/etc/pki/libvirt")];
    // libvirt has a user's key beside the certificate, gvnc below it.
    let keys = ["private/clientkey.pem", "clientkey.pem"];
    let pairs = folders.iter().flat_map(|folder| keys.map(|key| (folder, folder.join(key))));
    let mut read = pairs
        .map(|(folder, key)| gio::TlsCertificate::from_files(folder.join("clientcert.pem"), key));
    read.find_map(Result::ok)
}
