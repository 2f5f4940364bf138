"""A certificate authority for one run, which can speak for the exchange's hosts and nobody else.

Its key signs one certificate and is forgotten: it is never written anywhere. The certificate names
the hosts as a critical constraint, so that a client that trusts it trusts it for these names only.
Nothing is installed: the program is told of it by the usual environment variables.
"""

from __future__ import annotations

import datetime
import os
import re
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from utabox.redirect.folder import Folder
from utabox.redirect.surroundings import BUNDLES

LIFE = datetime.timedelta(days=7)
SKEW = datetime.timedelta(hours=1)
"""How far the clock of a program's machine, or of a container, may lag behind ours."""

BUNDLE_BYTES_MAX = 8 * 1024 * 1024
CERTIFICATE = re.compile(rb"-----BEGIN ((?:TRUSTED |X509 )?CERTIFICATE)-----[^-]*-----END \1-----")
"""What is copied of a bundle: a private key that lies beside it stays where it is."""
OF_THE_MACHINE = (
    ssl.get_default_verify_paths().openssl_cafile,
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Alpine, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora
    "/etc/ssl/cert.pem",  # macOS, BSD
)


class Authority:
    """A name-constrained authority whose key lives in this object only.

    Args:
        hosts: The only DNS names (and what is below them) that it can speak for.
    """

    def __init__(self, hosts: Sequence[str]) -> None:
        self.hosts = tuple(hosts)
        self._key = generate_private_key(SECP256R1())
        self._name = _named("utabox run: authority of one run")
        self._from = datetime.datetime.now(datetime.UTC) - SKEW
        self.certificate = self._certify_itself()

    @property
    def pem(self) -> bytes:
        """Its certificate."""
        return self.certificate.public_bytes(Encoding.PEM)

    def issue(self, hosts: Sequence[str]) -> tuple[bytes, bytes]:
        """A server's certificate and its new key, as PEM.

        Names beyond the authority's are put in as well: it is the client that refuses them.
        """
        key = generate_private_key(SECP256R1())
        builder = (
            self._begin(_named("utabox run: server"), key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(
                x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
        )
        return builder.sign(self._key, SHA256()).public_bytes(Encoding.PEM), _pem(key)

    def _begin(self, name: x509.Name, key: EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._from)
            .not_valid_after(self._from + SKEW + LIFE)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        )

    def _certify_itself(self) -> x509.Certificate:
        # A constraint on DNS names says nothing of addresses: those are excluded, all of them.
        anywhere = [x509.IPAddress(ip_network(net)) for net in ("0.0.0.0/0", "::/0")]
        names = x509.NameConstraints([x509.DNSName(host) for host in self.hosts], anywhere)
        return (
            self._begin(self._name, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(names, critical=True)
            .sign(self._key, SHA256())
        )


class Trust:
    """The certificates of one run, in its folder, until the block ends.

    Args:
        hosts: For which the server's certificate is.
        environment: Where the user may name CA bundles of their own (SSL_CERT_FILE and the like),
            and what is trusted beside the usual (NODE_EXTRA_CA_CERTS).
    Raises:
        NoFolder: there is no place for them.
    """

    def __init__(self, hosts: Sequence[str], environment: Mapping[str, str] = os.environ) -> None:
        self._folder = Folder()
        self.folder = self._folder.path
        try:
            authority = Authority(hosts)
            self.ca = self.folder / "ca.pem"
            """Our authority alone."""
            self.bundle = self.folder / "bundle.pem"
            """The machine's authorities, and ours."""
            self.extra = self.folder / "extra.pem"
            """What the user trusts beside those, and ours."""
            self.context = self._server_context(*authority.issue(hosts))
            """Of the server."""
            self.ca.write_bytes(authority.pem)
            usual = usual_authorities(environment)
            self.bundle.write_bytes(usual + authority.pem)
            self.bundles = dict.fromkeys(BUNDLES, self.bundle)
            """By the variable that names it: the user's authorities, if others, and ours."""
            for name, looked_at in BUNDLES.items():
                named = filter(None, (_named_by(environment, each) for each in looked_at))
                if (own := next(named, usual)) != usual:
                    self.bundles[name] = self.folder / f"{name.lower()}.pem"
                    self.bundles[name].write_bytes(own + authority.pem)
            self.extra.write_bytes(_named_by(environment, "NODE_EXTRA_CA_CERTS") + authority.pem)
        except BaseException:
            self.remove()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.remove()

    def remove(self) -> None:
        """Take the folder away. Idempotent."""
        self._folder.remove()

    def _server_context(self, certificate: bytes, key: bytes) -> ssl.SSLContext:
        """OpenSSL reads a key from a file only: it is there, for this user, while it is read."""
        private = self.folder / "private"
        private.mkdir(0o700)
        path = private / "server.pem"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(key + certificate)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            context.load_cert_chain(path)
            context.set_alpn_protocols(["http/1.1"])
        finally:
            path.unlink()
            private.rmdir()
        return context


def usual_authorities(environment: Mapping[str, str]) -> bytes:
    """The bundle that programs trust where no variable names another, PEM; empty: there is none.

    The first that there is: the machine's, the user's own (SSL_CERT_FILE), certifi's.
    """
    for path in OF_THE_MACHINE:
        if bundle := _bundle(path):
            return bundle
    if bundle := _named_by(environment, "SSL_CERT_FILE"):
        return bundle
    try:
        import certifi
    except ImportError:
        return b""
    return Path(certifi.where()).read_bytes().rstrip() + b"\n"


def _named_by(environment: Mapping[str, str], name: str) -> bytes:
    """The bundle that a variable names; empty if it names none."""
    return _bundle(environment.get(name) or os.devnull)


def _bundle(path: str) -> bytes:
    with suppress(OSError):
        return b"".join(block[0] + b"\n" for block in CERTIFICATE.finditer(_read(Path(path))))
    return b""


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(BUNDLE_BYTES_MAX)


def _named(common: str) -> x509.Name:
    # Not a CN: OpenSSL would hold a constraint against it, too.
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, common)])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
