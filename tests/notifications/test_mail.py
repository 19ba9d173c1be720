"""E-mail over a real SMTP server: what was accepted, what surely was not, and what nobody knows."""

# ruff: noqa: ARG002 - aiosmtpd gives its handlers more than they need
import datetime as dt
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from repairshop.notifications.channels.email import smtp
from repairshop.notifications.channels.email.smtp import SmtpGateway, is_private, message_bytes
from repairshop.notifications.channels.gateways import AnswerLost, MessageToSend, NotAccepted, Verdict
from tests.services import free_port

SENDER = "repairs@example.com"
LETTER = MessageToSend(
    to="carl@example.com",
    subject="R-1: your phone is ready to collect",
    text="Your phone is ready.\n.\n..a line with dots\nSeñor\n",
    html="<p>Your phone is ready.</p>",
    message_id="<0123456789abcdef@example.com>",
    dated=dt.datetime(2026, 3, 4, 10, 0, tzinfo=dt.UTC),
    sender_name="Fixwell",
    reply_to="hello@example.com",
    attempt="a",
    valid_seconds=3600,
)


class Mailbox:
    """Keeps what it is given; `answers` are said instead of 250, in order."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []
        self.recipients: list[str] = []
        self.answers: list[str] = []
        self.recipient_answers: list[str] = []
        self.hang_up_after_data = False
        self.peers: set[Any] = set()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's names
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.recipients.append(address)
        if self.recipient_answers:
            return self.recipient_answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.peers.add(session.peer)
        assert isinstance(envelope.content, bytes)
        self.kept.append(envelope.content)
        if self.hang_up_after_data:
            assert server.transport is not None
            server.transport.abort()
        return self.answers.pop(0) if self.answers else "250 kept"


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def server(mailbox: Mailbox) -> Iterator[Controller]:
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture
def gateway(server: Controller) -> Iterator[SmtpGateway]:
    gateway = SmtpGateway(address=f"smtp://127.0.0.1:{server.port}", sender=SENDER)
    yield gateway
    gateway.close()


def test_a_letter_arrives_whole_with_both_parts(gateway: SmtpGateway, mailbox: Mailbox) -> None:
    accepted = gateway.send(LETTER)

    (kept,) = mailbox.kept
    letter = message_from_bytes(kept, policy=default)
    plain, html = letter.iter_parts()
    assert accepted.provider_id == LETTER.message_id
    assert letter["Message-ID"] == LETTER.message_id
    assert letter["From"] == "Fixwell <repairs@example.com>"
    assert letter["Reply-To"] == "hello@example.com"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Date"].datetime == LETTER.dated
    assert letter.get_content_type() == "multipart/alternative"
    assert plain.get_content().replace("\r\n", "\n") == LETTER.text
    assert html.get_content().strip() == LETTER.html


def test_the_same_letter_is_the_same_bytes(gateway: SmtpGateway, mailbox: Mailbox) -> None:
    gateway.send(LETTER)
    gateway.send(LETTER)

    assert mailbox.kept[0] == mailbox.kept[1]


def test_one_connection_carries_many_letters(gateway: SmtpGateway, mailbox: Mailbox) -> None:
    for _ in range(3):
        gateway.send(LETTER)

    assert len(mailbox.peers) == 1


def test_a_connection_the_server_closed_is_opened_again(
    server: Controller, gateway: SmtpGateway, mailbox: Mailbox
) -> None:
    gateway.send(LETTER)
    assert gateway._kept
    assert gateway._kept.sock
    gateway._kept.sock.shutdown(socket.SHUT_RDWR)

    gateway.send(LETTER)

    assert len(mailbox.kept) == 2


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("R-1\r\nBcc: everybody@example.com", "subject"),
        ("R-1\nBcc: everybody@example.com", "subject"),
        ("R-1\r\n\r\nAnother letter", "subject"),
        ("Fixwell\r\nBcc: everybody@example.com", "sender_name"),
    ],
)
def test_words_cannot_become_a_header(gateway: SmtpGateway, mailbox: Mailbox, text: str, where: str) -> None:
    gateway.send(replace(LETTER, **{where: text}))  # type: ignore[arg-type]

    letter = message_from_bytes(mailbox.kept[0], policy=default)
    assert letter["Bcc"] is None
    assert mailbox.recipients == ["carl@example.com"]
    assert letter.get_content_type() == "multipart/alternative"


@pytest.mark.parametrize(
    "address",
    [
        "carl@example.com\r\nRCPT TO:<eve@example.com>",
        "carl@example.com>\r\n",
        "carl@example.com, eve@example.com",
        "carl",
        "",
        "@example.com",
    ],
)
def test_an_address_that_is_none_is_refused_before_anything_is_said(
    gateway: SmtpGateway, mailbox: Mailbox, address: str
) -> None:
    with pytest.raises(NotAccepted) as caught:
        gateway.send(replace(LETTER, to=address))

    assert caught.value.verdict is Verdict.PERMANENT
    assert mailbox.recipients == []


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("450 try later", Verdict.RETRY),
        ("451 greylisted", Verdict.RETRY),
        ("552 too big", Verdict.PERMANENT),
        ("554 no", Verdict.PERMANENT),
        ("530 sign in first", Verdict.SETUP),
    ],
)
def test_a_reply_that_was_read_is_definite(
    gateway: SmtpGateway, mailbox: Mailbox, answer: str, verdict: Verdict
) -> None:
    mailbox.answers.append(answer)

    with pytest.raises(NotAccepted) as caught:
        gateway.send(LETTER)

    assert (caught.value.verdict, caught.value.code) == (verdict, answer[:3])
    gateway.send(LETTER)


@pytest.mark.parametrize(
    ("answer", "verdict"), [("550 nobody", Verdict.PERMANENT), ("452 full", Verdict.RETRY)]
)
def test_a_refused_recipient_is_definite(
    gateway: SmtpGateway, mailbox: Mailbox, answer: str, verdict: Verdict
) -> None:
    mailbox.recipient_answers.append(answer)

    with pytest.raises(NotAccepted) as caught:
        gateway.send(LETTER)

    assert caught.value.verdict is verdict
    assert mailbox.kept == []


def test_a_connection_lost_after_the_last_dot_leaves_it_open(gateway: SmtpGateway, mailbox: Mailbox) -> None:
    mailbox.hang_up_after_data = True

    with pytest.raises(AnswerLost):
        gateway.send(LETTER)

    assert len(mailbox.kept) == 1
    mailbox.hang_up_after_data = False
    gateway.send(LETTER)


def test_nobody_listening_is_definite() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        gateway = SmtpGateway(address=f"smtp://127.0.0.1:{taken.getsockname()[1]}", sender=SENDER)

        with pytest.raises(NotAccepted) as caught:
            gateway.send(LETTER)

    assert caught.value.verdict is Verdict.RETRY


def test_a_server_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "READ_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        gateway = SmtpGateway(address=f"smtp://127.0.0.1:{silent.getsockname()[1]}", sender=SENDER)

        with pytest.raises(NotAccepted) as caught:
            gateway.send(LETTER)

    assert caught.value.verdict is Verdict.RETRY


def test_a_letter_that_comes_too_late_is_not_handed_over(gateway: SmtpGateway, mailbox: Mailbox) -> None:
    with pytest.raises(NotAccepted) as caught:
        gateway.send(replace(LETTER, hand_over_until=0.0))

    assert caught.value.code == "too_late"
    assert mailbox.kept == []


@pytest.mark.parametrize(
    ("host", "private"),
    [("127.0.0.1", True), ("localhost", True), ("10.1.2.3", True), ("192.168.0.7", True), ("8.8.8.8", False)],
)
def test_only_loopback_and_private_addresses_may_have_plain_mail(host: str, private: bool) -> None:
    assert is_private(host) is private


def test_plain_mail_to_the_world_is_a_set_up_problem() -> None:
    gateway = SmtpGateway(address="smtp://8.8.8.8:25", sender=SENDER)

    with pytest.raises(NotAccepted) as caught:
        gateway.send(LETTER)

    assert (caught.value.verdict, caught.value.code) == (Verdict.SETUP, "plain_smtp")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for "localhost" that signs itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=3650))
        .not_valid_after(now + dt.timedelta(days=3650))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


def server_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def encrypted_server(mailbox: Mailbox, certificate: Path) -> Iterator[Controller]:
    """Wants TLS first and a sign-in after it."""

    def may(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
        right = (data.login, data.password) == (b"fixwell", b"p@ss/word")
        return AuthResult(success=right, handled=False)

    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=free_port(),
        tls_context=server_context(certificate),
        require_starttls=True,
        authenticator=may,
        auth_required=True,
    )
    controller.start()
    yield controller
    controller.stop()


def encrypted(server: Controller, certificate: Path | None, password: str = "p%40ss%2Fword") -> SmtpGateway:
    context = ssl.create_default_context(cafile=str(certificate)) if certificate else None
    address = f"smtp+starttls://fixwell:{password}@localhost:{server.port}"
    return SmtpGateway(address=address, sender=SENDER, context=context)


def test_starttls_and_sign_in_carry_a_letter(
    encrypted_server: Controller, certificate: Path, mailbox: Mailbox
) -> None:
    gateway = encrypted(encrypted_server, certificate)

    gateway.send(LETTER)
    gateway.close()

    assert len(mailbox.kept) == 1


def test_a_certificate_nobody_vouches_for_ends_the_call(
    encrypted_server: Controller, mailbox: Mailbox
) -> None:
    with pytest.raises(NotAccepted) as caught:
        encrypted(encrypted_server, None).send(LETTER)

    assert (caught.value.verdict, caught.value.code) == (Verdict.SETUP, "certificate")
    assert mailbox.kept == []


def test_a_certificate_for_another_name_ends_the_call(
    encrypted_server: Controller, certificate: Path, mailbox: Mailbox
) -> None:
    context = ssl.create_default_context(cafile=str(certificate))
    address = f"smtp+starttls://fixwell:p%40ss%2Fword@127.0.0.1:{encrypted_server.port}"

    with pytest.raises(NotAccepted) as caught:
        SmtpGateway(address=address, sender=SENDER, context=context).send(LETTER)

    assert caught.value.code == "certificate"


def test_a_wrong_password_is_a_set_up_problem(encrypted_server: Controller, certificate: Path) -> None:
    with pytest.raises(NotAccepted) as caught:
        encrypted(encrypted_server, certificate, password="wrong").send(LETTER)

    assert (caught.value.verdict, caught.value.code) == (Verdict.SETUP, "535 5.7.8")


def test_a_server_without_starttls_never_sees_the_letter(server: Controller, mailbox: Mailbox) -> None:
    gateway = SmtpGateway(address=f"smtp+starttls://localhost:{server.port}", sender=SENDER)

    with pytest.raises(NotAccepted) as caught:
        gateway.send(LETTER)

    assert (caught.value.verdict, caught.value.code) == (Verdict.SETUP, "not_supported")
    assert mailbox.kept == []


def test_tls_from_the_first_byte_carries_a_letter(mailbox: Mailbox, certificate: Path) -> None:
    controller = Controller(
        mailbox, hostname="127.0.0.1", port=free_port(), ssl_context=server_context(certificate)
    )
    controller.start()
    context = ssl.create_default_context(cafile=str(certificate))
    gateway = SmtpGateway(address=f"smtps://localhost:{controller.port}", sender=SENDER, context=context)
    try:
        gateway.send(LETTER)
        gateway.close()
    finally:
        controller.stop()

    assert len(mailbox.kept) == 1


def test_a_connection_lost_before_the_last_dot_is_definite() -> None:
    """A server that hangs up in the middle of the letter has not got it."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"220 hello\r\n")
            for answer in (b"250 hello\r\n", b"250 sender\r\n", b"250 recipient\r\n"):
                connection.recv(4096)
                connection.sendall(answer)
            connection.recv(4096)
            connection.sendall(b"421 going down\r\n")

    thread = threading.Thread(target=serve)
    thread.start()
    gateway = SmtpGateway(address=f"smtp://127.0.0.1:{listener.getsockname()[1]}", sender=SENDER)

    with pytest.raises(NotAccepted) as caught:
        gateway.send(LETTER)

    thread.join()
    listener.close()
    assert (caught.value.verdict, caught.value.code) == (Verdict.RETRY, "421")


def test_a_long_line_of_any_letters_survives() -> None:
    text = "ż" * 3000 + "\n" + "." * 50 + "\n"

    letter = message_from_bytes(message_bytes(replace(LETTER, text=text), sender=SENDER), policy=default)

    plain = next(iter(letter.iter_parts()))
    assert plain.get_content().replace("\r\n", "\n") == text
