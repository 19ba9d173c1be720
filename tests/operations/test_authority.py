"""The shop's own certificate authority: what it makes, keeps and renews, and that clients accept it."""

import socket
import ssl
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from config import Config
from repairshop.clock import now
from repairshop.operations import authority, checks
from repairshop.operations.authority import Papers
from tests.client import Client

NAMES = ["localhost", "127.0.0.1", "192.168.1.20", "till.local"]


def make(data: Path, *, names: list[str] = NAMES, later: timedelta = timedelta(0)) -> Papers:
    return authority.prepare(data, names=names, at=now() + later)


def shake_hands(papers: Papers, name: str, *, trusted: Path) -> None:
    """Connect as `name`: a client that trusts one authority, and a server with these papers."""
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(papers.certificate, papers.key)
    here, there = socket.socketpair()

    def answer() -> None:
        try:
            server.wrap_socket(there, server_side=True).close()
        except OSError:
            there.close()

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        ssl.create_default_context(cafile=str(trusted)).wrap_socket(here, server_hostname=name).close()
    finally:
        here.close()
        thread.join()


@pytest.mark.parametrize("name", NAMES)
def test_a_client_that_trusts_the_authority_connects(tmp_path: Path, name: str) -> None:
    papers = make(tmp_path)

    shake_hands(papers, name, trusted=papers.authority)


def test_other_names_and_other_authorities_are_refused(tmp_path: Path) -> None:
    papers, others = make(tmp_path / "one"), make(tmp_path / "other")

    for name, trusted in (("bank.example.com", papers.authority), ("localhost", others.authority)):
        with pytest.raises(ssl.SSLCertVerificationError):
            shake_hands(papers, name, trusted=trusted)


def test_the_authority_may_vouch_for_nothing_outside(tmp_path: Path) -> None:
    """Even somebody who copied its key makes no certificate of a bank that the shop's phones believe."""
    papers = make(tmp_path)
    inside = x509.load_pem_x509_certificate(papers.authority.read_bytes())
    key = authority.read_key(papers.authority.with_suffix(".key"))
    own = authority.read_key(papers.key)
    forged = authority.issue(inside, key, own.public_key(), names=["bank.example.com"], at=now())
    papers.certificate.write_bytes(forged.public_bytes(authority.PEM))

    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"):
        shake_hands(papers, "bank.example.com", trusted=papers.authority)


def test_keys_are_for_the_program_alone(tmp_path: Path) -> None:
    papers = make(tmp_path)

    assert {path.stat().st_mode & 0o777 for path in papers.key.parent.glob("*.key")} == {0o600}
    assert papers.key.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("names", "later", "is_new_certificate", "is_new_authority"),
    [
        (NAMES, timedelta(0), False, False),
        (NAMES, timedelta(days=360), False, False),
        (NAMES, timedelta(days=367), True, False),
        ([*NAMES, "10.0.0.7"], timedelta(0), True, False),
        ([*NAMES, "shop.example.com"], timedelta(0), True, True),
        (NAMES, timedelta(days=3300), True, True),
    ],
)
def test_what_is_good_stays_and_what_ends_or_lacks_a_name_is_made_anew(
    tmp_path: Path, names: list[str], later: timedelta, is_new_certificate: bool, is_new_authority: bool
) -> None:
    papers = make(tmp_path)
    before = papers.certificate.read_bytes(), papers.authority.read_bytes()

    make(tmp_path, names=names, later=later)

    assert (papers.certificate.read_bytes() != before[0]) is is_new_certificate
    assert (papers.authority.read_bytes() != before[1]) is is_new_authority
    seen = authority.look(tmp_path)
    assert seen
    assert set(seen.names) == set(names)


def test_a_certificate_whose_key_is_gone_is_made_anew(tmp_path: Path) -> None:
    papers = make(tmp_path)
    papers.key.unlink()

    shake_hands(make(tmp_path), "localhost", trusted=papers.authority)


def test_the_page_offers_the_certificate_and_no_key(config: Config, anonymous: Client) -> None:
    assert anonymous.get("/trust-this-shop/repairshop.crt").status_code == 404
    assert "--tls" in anonymous.get("/trust-this-shop").text
    papers = make(config.data)

    page = anonymous.get("/trust-this-shop").text
    given = anonymous.get("/trust-this-shop/repairshop.crt")

    seen = authority.look(config.data)
    assert seen
    assert seen.fingerprint.replace(":", " ") in page
    assert given.mimetype == "application/x-x509-ca-cert"
    assert given.data == papers.authority.read_bytes()
    assert b"PRIVATE" not in given.data


@pytest.mark.usefixtures("app_context")
def test_the_doctor_names_the_end_and_an_open_key(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(checks.check_tls(config)) == []
    papers = make(config.data)
    assert [one.level.value for one in checks.check_tls(config)] == ["ok"]

    later = now() + timedelta(days=380)
    monkeypatch.setattr(checks.clock, "now", lambda: later)
    assert [one.level.value for one in checks.check_tls(config)] == ["hint"]

    papers.key.chmod(0o644)
    assert [one.level.value for one in checks.check_tls(config)] == ["wrong"]
