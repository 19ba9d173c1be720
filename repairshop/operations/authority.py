"""A certificate authority of the shop's own, for HTTPS where no public name leads to the machine.

script/server asks it before the program is loaded, so it imports nothing of ours. The authority may
vouch for private addresses and for the names it was made for, and for nothing else.
"""

import ipaddress
import os
import secrets
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PEM = serialization.Encoding.PEM
AUTHORITY_LIFETIME = timedelta(days=3650)
CERTIFICATE_LIFETIME = timedelta(days=397)  # phones refuse more than 398 days
RENEWED_BEFORE = timedelta(days=30)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_PRIVATE = [
    ipaddress.ip_network(network)
    for network in (
        *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"),
        *("::1/128", "fc00::/7", "fe80::/10"),
    )
]
_PRIVATE_NAMES = ("localhost", "local", "lan", "internal", "home.arpa")
# A clock that is a little behind must not find a certificate of the future.
_BACKDATED = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Papers:
    """Where the files are that a web server and a phone need."""

    authority: Path
    certificate: Path
    key: Path


@dataclass(frozen=True, kw_only=True)
class Look:
    """What the doctor and the page about trust say of them."""

    names: list[str]
    ends_at: datetime
    fingerprint: str  # of the authority, as phones and browsers show it
    is_key_open: bool  # others than the program's user may read a key


def papers_in(data: Path) -> Papers:
    folder = data / "tls"
    return Papers(
        authority=folder / "authority.crt", certificate=folder / "server.crt", key=folder / "server.key"
    )


def prepare(data: Path, *, names: Sequence[str], at: datetime) -> Papers:
    """Everything HTTPS needs for these names and addresses: what is there and good stays."""
    papers = papers_in(data)
    papers.key.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority, authority_key = _authority(papers, names=names, at=at)
    if not _is_good(papers, authority, names=names, at=at):
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = issue(authority, authority_key, key.public_key(), names=names, at=at)
        _write_key(papers.key, key)
        _write(papers.certificate, certificate.public_bytes(PEM))
    return papers


def find_names(host: str) -> list[str]:
    """What this machine is called by those who open the shop, when it listens on `host`."""
    names = ["localhost", "127.0.0.1", "::1"]
    if host in {"127.0.0.1", "localhost", "::1"}:
        return names
    machine = socket.gethostname().lower()
    names += [machine] if "." in machine else [machine, f"{machine}.local"]
    names += find_addresses() if host in {"0.0.0.0", "::"} else [host.lower()]  # noqa: S104 - compared, not bound
    return list(dict.fromkeys(name for name in names if _is_name(name)))


def find_addresses() -> list[str]:
    """The machine's own addresses in the shop's network, the one towards the router first."""
    found = []
    for family, elsewhere in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((elsewhere, 9))  # sends nothing; only asks which way it would go
                found.append(str(probe.getsockname()[0]))
            except OSError:
                continue
    return found


def look(data: Path) -> Look | None:
    """None where no authority was ever made."""
    papers = papers_in(data)
    if not papers.authority.exists() or not papers.certificate.exists():
        return None
    authority, certificate = (
        x509.load_pem_x509_certificate(path.read_bytes()) for path in (papers.authority, papers.certificate)
    )
    keys = (papers.key, _authority_key_path(papers))
    return Look(
        names=_names_of(certificate),
        ends_at=certificate.not_valid_after_utc,
        fingerprint=authority.fingerprint(hashes.SHA256()).hex(":").upper(),
        is_key_open=any(path.exists() and path.stat().st_mode & 0o077 for path in keys),
    )


def _authority_key_path(papers: Papers) -> Path:
    return papers.authority.with_suffix(".key")


def _authority(
    papers: Papers, *, names: Sequence[str], at: datetime
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """The one that is there, unless it ends soon or may not vouch for one of the names."""
    path = _authority_key_path(papers)
    if papers.authority.exists() and path.exists():
        authority = x509.load_pem_x509_certificate(papers.authority.read_bytes())
        key = read_key(path)
        ends_late = authority.not_valid_after_utc > at + CERTIFICATE_LIFETIME
        if ends_late and _may_vouch(authority, names):
            return authority, key
    key = ec.generate_private_key(ec.SECP256R1())
    authority = _make_authority(key, names=names, at=at)
    _write_key(path, key)
    _write(papers.authority, authority.public_bytes(PEM))
    return authority, key


def _make_authority(
    key: ec.EllipticCurvePrivateKey, *, names: Sequence[str], at: datetime
) -> x509.Certificate:
    # Each has a name of its own: a phone that knows two must not take one for the other.
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Repairshop {secrets.token_hex(4)}")])
    usage = dict.fromkeys(_USES, False) | {"key_cert_sign": True, "crl_sign": True}
    return (
        _builder(name, name, key.public_key(), at=at, lifetime=AUTHORITY_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        # Not critical: a phone that does not know the limit should still open the shop.
        .add_extension(x509.NameConstraints(_permitted(names), None), critical=False)
        .sign(key, hashes.SHA256())
    )


def issue(
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
    public_key: ec.EllipticCurvePublicKey,
    *,
    names: Sequence[str],
    at: datetime,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Repairshop")])
    usage = dict.fromkeys(_USES, False) | {"digital_signature": True}
    known_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    return (
        _builder(subject, authority.subject, public_key, at=at, lifetime=CERTIFICATE_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(_general(names)), critical=False)
        .add_extension(known_by, critical=False)
        .sign(authority_key, hashes.SHA256())
    )


_USES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public_key: ec.EllipticCurvePublicKey,
    *,
    at: datetime,
    lifetime: timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - _BACKDATED)
        .not_valid_after(at - _BACKDATED + lifetime)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _is_good(papers: Papers, authority: x509.Certificate, *, names: Sequence[str], at: datetime) -> bool:
    """Whether the server's certificate is of this authority, for its key and these names, and ends late."""
    if not papers.certificate.exists() or not papers.key.exists():
        return False
    certificate = x509.load_pem_x509_certificate(papers.certificate.read_bytes())
    key = read_key(papers.key)
    return (
        certificate.issuer == authority.subject
        and certificate.public_key() == key.public_key()
        and set(_names_of(certificate)) == set(names)
        and certificate.not_valid_after_utc > at + RENEWED_BEFORE
    )


def _names_of(certificate: x509.Certificate) -> list[str]:
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = [str(address) for address in names.get_values_for_type(x509.IPAddress)]
    return [*names.get_values_for_type(x509.DNSName), *addresses]


def _general(names: Iterable[str]) -> list[x509.GeneralName]:
    addresses = {name: _address(name) for name in names}
    return [x509.IPAddress(address) if address else x509.DNSName(name) for name, address in addresses.items()]


def _permitted(names: Sequence[str]) -> list[x509.GeneralName]:
    """The private ones, and those of `names` that are not."""
    outside = [name for name in names if not _is_within(name, _PRIVATE_NAMES, _PRIVATE)]
    own = [ipaddress.ip_network(address) for name in outside if (address := _address(name))]
    return [
        *(x509.DNSName(name) for name in (*_PRIVATE_NAMES, *outside) if not _address(name)),
        *(x509.IPAddress(network) for network in (*_PRIVATE, *own)),
    ]


def _may_vouch(authority: x509.Certificate, names: Sequence[str]) -> bool:
    limits = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    domains = [limit.value for limit in limits if isinstance(limit, x509.DNSName)]
    networks = [ipaddress.ip_network(limit.value) for limit in limits if isinstance(limit, x509.IPAddress)]
    return all(_is_within(name, domains, networks) for name in names)


def _is_within(name: str, domains: Iterable[str], networks: Iterable[Network]) -> bool:
    if address := _address(name):
        return any(address in network for network in networks)
    return any(name == domain or name.endswith(f".{domain}") for domain in domains)


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name.split("%")[0])
    except ValueError:
        return None


def _is_name(name: str) -> bool:
    """Machines may be called by words that no certificate can hold."""
    return name.isascii() and all(sign.isalnum() or sign in "-.:" for sign in name)


def read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path} holds another kind of key than we make")
    return key


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    _write(
        path,
        key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, and readable by the program's user only."""
    made = path.with_suffix(f"{path.suffix}.new")
    made.unlink(missing_ok=True)
    with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    made.replace(path)
