"""Certificates of a certification authority of the test's own."""

import subprocess


def run(*command):
    subprocess.run(["openssl", *map(str, command)], check=True, capture_output=True)


def authority(folder, name="cacert"):
    """Makes one: `name.pem` with its key."""
    folder.mkdir(exist_ok=True)
    run(
        *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
        *("-subj", "/CN=Test Authority", "-days", 2),
        *("-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"),
        *("-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem"),
    )


def issue(folder, name, key, usage, *, expired=False):
    """A certificate for 127.0.0.1, signed by the folder's authority."""
    request, extensions = folder / "request.pem", folder / "extensions"
    extensions.write_text(
        "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
        f"extendedKeyUsage={usage}\nsubjectAltName=IP:127.0.0.1\n"
    )
    run(
        *("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
        *("-subj", "/CN=127.0.0.1", "-keyout", folder / key, "-out", request),
    )
    dates = ("20200101000000Z", "20200201000000Z") if expired else None
    run(
        *("x509", "-req", "-in", request, "-CA", folder / "cacert.pem", "-CAkey", folder / "cacert.key"),
        *("-CAcreateserial", "-extfile", extensions, "-out", folder / name),
        *(("-not_before", dates[0], "-not_after", dates[1]) if dates else ("-days", 2)),
    )


def fingerprint(folder, name="server-cert.pem"):
    """The SHA-256 digest of a certificate, as people compare it."""
    show = ["openssl", "x509", "-noout", "-fingerprint", "-sha256", "-in", folder / name]
    return subprocess.run(show, check=True, capture_output=True, text=True).stdout.strip().split("=")[1]
