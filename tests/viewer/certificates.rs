//! Certificates of the tests' own.

use std::{path::Path, process::Command};

fn openssl(folder: &Path, arguments: &str) {
    let done = Command::new("openssl")
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .output()
        .expect("openssl");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

const KEY: &str = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";

/// Makes an authority in `folder`, and gives its certificate.
pub(crate) fn authority(folder: &Path) -> String {
    openssl(
        folder,
        &format!("req -x509 {KEY} -days 2 -subj /CN=authority -keyout ca-key.pem -out ca-cert.pem"),
    );
    std::fs::read_to_string(folder.join("ca-cert.pem")).expect("a certificate")
}

/// Makes a server's certificate, signed by the folder's authority; `valid` is
/// "-days 2" or the like.
pub(crate) fn server(folder: &Path, name: &str, valid: &str) {
    let kind = if name.parse::<std::net::IpAddr>().is_ok() { "IP" } else { "DNS" };
    openssl(
        folder,
        &format!(
            "req -x509 {KEY} {valid} -subj /O=Inn/CN={name} -addext subjectAltName={kind}:{name} \
             -addext basicConstraints=CA:FALSE -CA ca-cert.pem -CAkey ca-key.pem \
             -keyout server-key.pem -out server-cert.pem"
        ),
    );
}

/// Makes a server's certificate that nobody else has signed.
pub(crate) fn self_signed(folder: &Path, name: &str) {
    openssl(
        folder,
        &format!(
            "req -x509 {KEY} -days 2 -subj /CN={name} -addext subjectAltName=DNS:{name} \
             -keyout server-key.pem -out server-cert.pem"
        ),
    );
    std::fs::copy(folder.join("server-cert.pem"), folder.join("ca-cert.pem")).expect("a copy");
}

/// The SHA-256 digest of the folder's certificate of a server.
pub(crate) fn fingerprint(folder: &Path) -> String {
    let done = Command::new("openssl")
        .args(["x509", "-noout", "-fingerprint", "-sha256", "-in", "server-cert.pem"])
        .current_dir(folder)
        .output()
        .expect("openssl");
    let text = String::from_utf8(done.stdout).expect("text");
    text.trim().split_once('=').expect("a fingerprint").1.to_owned()
}
