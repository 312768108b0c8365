//! What is wrong with which certificate, from libvirt's words.

use gettextrs::gettext;

use super::{CommandHint, hint};
use crate::model::uri::HostUri;

/// What happened and what to do; `{host}` stands for the host's name.
pub(super) fn what(detail: &str, uri: Option<&HostUri>) -> String {
    let says = |text: &str| detail.to_lowercase().contains(text);
    if own_protocol(uri) {
        gettext(
            "The certificate of “{host}” is not signed by an authority that this computer trusts. Have that authority added on this computer. On a network of your own, you can also add ?no_verify=1 to the connection’s URI.",
        )
    } else if says("verify peer's certificate") {
        gettext(
            "The certificate of “{host}” has expired, is made for another name, or is not signed by the authority in your cacert.pem. Use the name that stands in the certificate, or ask whoever looks after the host.",
        )
    } else if says("tls confirmation") {
        gettext(
            "“{host}” does not accept your own certificate, or did not get one. Have one issued for you, and put it with its key into /etc/pki/libvirt or ~/.pki/libvirt.",
        )
    } else if says("has expired") {
        gettext(
            "A certificate on this computer has expired; the details name its file. Have a new one issued by whoever looks after “{host}”.",
        )
    } else if says("cannot read") {
        gettext(
            "A certificate on this computer is missing; the details name its file. Get it from whoever looks after “{host}”.",
        )
    } else if says("our own certificate") {
        gettext(
            "Your own certificate is not signed by the authority in your cacert.pem. Both must come from whoever looks after “{host}”.",
        )
    } else {
        gettext(
            "The TLS certificate of “{host}”, or your own, is missing, expired or not trusted. They belong into /etc/pki or ~/.pki/libvirt.",
        )
    }
}

/// libvirt's own check of the places that it looks at.
pub(super) fn commands(uri: Option<&HostUri>) -> Vec<CommandHint> {
    let elsewhere = uri.is_some_and(|uri| uri.parameter("pkipath").is_some());
    if elsewhere || own_protocol(uri) {
        return Vec::new();
    }
    vec![hint(gettext("To check the certificates"), "virt-pki-validate")]
}

/// Whether the host is asked by its own protocol, with the system's authorities.
fn own_protocol(uri: Option<&HostUri>) -> bool {
    uri.is_some_and(|uri| ["esx", "vpx", "gsx", "hyperv"].contains(&uri.driver.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libvirts_words_say_which_certificate_it_is() {
        // As libvirt 11.3 says it.
        let uri = HostUri::parse("qemu+tls://inn/system").unwrap();
        for (detail, part) in [
            ("The client certificate /etc/pki/x.pem has expired", "has expired; the details"),
            ("Cannot read CA certificate '/x/cacert.pem': No such file or directory", "is missing"),
            (
                "Our own certificate /x/clientcert.pem failed validation against /x/cacert.pem: The certificate hasn't got a known issuer.",
                "Your own certificate is not signed",
            ),
            (
                "authentication failed: Failed to verify peer's certificate",
                "of “{host}” has expired,",
            ),
            ("Unable to read TLS confirmation: Input/output error", "does not accept your own"),
        ] {
            assert!(what(detail, Some(&uri)).contains(part), "{detail}");
        }
        assert_eq!(commands(Some(&uri)).len(), 1);
        let esx = HostUri::parse("esx://inn/").unwrap();
        assert!(what("SSL peer certificate was not OK", Some(&esx)).contains("no_verify=1"));
    }
}
