"""E-mail over SMTP. The only file that imports smtplib.

A reply code that was read is definite. What was lost before the final dot was not accepted; what was lost
after it is ambiguous (RFC 1047), and there is no list to ask.
"""

import contextlib
import hashlib
import ipaddress
import re
import smtplib
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import HeaderParseError, MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from repairshop.notifications.channels.email.codes import kept_code, verdict_of_reply
from repairshop.notifications.channels.gateways import (
    Accepted,
    AnswerLost,
    MessageToSend,
    NoList,
    NotAccepted,
    Verdict,
)

CONNECT_SECONDS, READ_SECONDS = 3.0, 10.0
# Servers hang up on idle clients after a minute or more; a fresh connection costs less than finding out.
_IDLE_SECONDS = 30.0
_DEFAULT_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
_LINE_ENDS = re.compile(r"[\r\n\x00-\x1f\x7f]+")


@dataclass(frozen=True, kw_only=True)
class Server:
    """Where mail is handed over, read from SMTP_URL."""

    scheme: str
    host: str
    port: int
    user: str
    password: str


def read_server(address: str) -> Server:
    parts = urlsplit(address)
    return Server(
        scheme=parts.scheme,
        host=parts.hostname or "localhost",
        port=parts.port or _DEFAULT_PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


class _Connection(smtplib.SMTP):
    """SMTP whose connecting and answering have limits of their own."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:  # noqa: ARG002
        connected = socket.create_connection((host, port), CONNECT_SECONDS)
        connected.settimeout(READ_SECONDS)
        return connected


class _TlsConnection(_Connection):
    """SMTP inside TLS from the first byte."""

    def __init__(self, *, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(timeout=READ_SECONDS)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = super()._get_socket(host, port, timeout)
        return self._context.wrap_socket(plain, server_hostname=host)


class SmtpGateway(NoList):
    """Sends through one mail server and keeps the connection. Not for sharing between threads."""

    name = "smtp"

    def __init__(self, *, address: str, sender: str, context: ssl.SSLContext | None = None) -> None:
        self._server = read_server(address)
        self._sender = sender
        self._context = context or ssl.create_default_context()
        self._kept: smtplib.SMTP | None = None
        self._used_at = 0.0

    def send(self, mail: MessageToSend) -> Accepted:
        data = message_bytes(mail, sender=self._sender)
        with self._classified():
            connection = self._connected()
            self._begin(connection, mail.to)
            if time.monotonic() > mail.hand_over_until:
                raise NotAccepted(Verdict.RETRY, code="too_late")
        return self._hand_over(connection, data, mail.message_id)

    def close(self) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                kept.quit()
            kept.close()

    @contextlib.contextmanager
    def _classified(self) -> Iterator[None]:
        """Everything up to the final dot: whatever happens, the message was not accepted."""
        try:
            yield
        except (smtplib.SMTPException, OSError, UnicodeError) as error:
            self._drop()
            raise _not_accepted(error) from error
        except NotAccepted:
            self._drop()
            raise

    def _connected(self) -> smtplib.SMTP:
        if self._kept is not None and time.monotonic() - self._used_at < _IDLE_SECONDS:
            try:
                if self._kept.noop()[0] == 250:
                    return self._kept
            except (smtplib.SMTPException, OSError):
                pass  # the server hung up; connect again
        self._drop()
        self._kept = self._connect()
        return self._kept

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        if server.scheme == "smtp" and not is_private(server.host):
            raise NotAccepted(Verdict.SETUP, code="plain_smtp")
        connection = (
            _TlsConnection(context=self._context)
            if server.scheme == "smtps"
            else _Connection(timeout=READ_SECONDS)
        )
        try:
            code, _ = connection.connect(server.host, server.port)
            if code != 220:
                raise smtplib.SMTPConnectError(code, b"")
            if server.scheme == "smtp+starttls":
                # smtplib takes the name it checks from here; connect() alone does not set it.
                connection._host = server.host  # type: ignore[attr-defined]
                connection.starttls(context=self._context)
            connection.ehlo_or_helo_if_needed()
            if server.user:
                connection.login(server.user, server.password)
        except BaseException:
            connection.close()
            raise
        return connection

    def _begin(self, connection: smtplib.SMTP, recipient: str) -> None:
        options = ["SMTPUTF8"] if not recipient.isascii() else []
        if options and not connection.has_extn("smtputf8"):
            raise NotAccepted(Verdict.PERMANENT, code="smtputf8")
        code, reply = connection.mail(self._sender, options)
        if code != 250:
            raise smtplib.SMTPSenderRefused(code, reply, self._sender)
        code, reply = connection.rcpt(recipient)
        if code not in {250, 251}:
            raise smtplib.SMTPResponseException(code, reply)
        code, reply = connection.docmd("DATA")
        if code != 354:
            raise smtplib.SMTPDataError(code, reply)

    def _hand_over(self, connection: smtplib.SMTP, data: bytes, message_id: str) -> Accepted:
        with self._classified():
            connection.send(_dotted(data))
        try:
            code, reply = connection.getreply()
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            raise AnswerLost(type(error).__name__) from error
        with self._classified():
            if code != 250:
                raise smtplib.SMTPDataError(code, reply)
        self._used_at = time.monotonic()
        return Accepted(provider_id=message_id, status=str(code))

    def _drop(self) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.close()


def is_private(host: str) -> bool:
    """Whether every address of this host is loopback or private: only there may mail go unencrypted."""
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(host, None)}
    except OSError:
        return False
    addresses = [ipaddress.ip_address(str(address).partition("%")[0]) for address in found]
    return bool(addresses) and all(address.is_loopback or address.is_private for address in addresses)


def _not_accepted(error: Exception) -> NotAccepted:
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return NotAccepted(Verdict.SETUP, code="not_supported")
    if isinstance(error, ssl.SSLCertVerificationError):
        return NotAccepted(Verdict.SETUP, code="certificate")
    if isinstance(error, smtplib.SMTPResponseException):
        reply = error.smtp_error.decode("ascii", "replace") if isinstance(error.smtp_error, bytes) else ""
        about_sender = isinstance(error, (smtplib.SMTPAuthenticationError, smtplib.SMTPSenderRefused))
        verdict = verdict_of_reply(error.smtp_code, reply, about_sender=about_sender)
        return NotAccepted(verdict, code=kept_code(error.smtp_code, reply))
    return NotAccepted(Verdict.RETRY, code=type(error).__name__)


def message_bytes(mail: MessageToSend, *, sender: str) -> bytes:
    """The whole message; equal input gives equal bytes, so that a repeat is the same message."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(display_name=_one_line(mail.sender_name), addr_spec=sender)
    message["To"] = _address(mail.to)
    if mail.reply_to:
        message["Reply-To"] = _address(mail.reply_to)
    message["Subject"] = _one_line(mail.subject)
    message["Date"] = format_datetime(mail.dated)
    message["Message-ID"] = mail.message_id
    if mail.in_reply_to:
        message["In-Reply-To"] = mail.in_reply_to
        message["References"] = mail.in_reply_to
    if mail.unsubscribe:
        message["List-Unsubscribe"] = f"<{mail.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    message.set_boundary("=_" + hashlib.sha256(mail.message_id.encode()).hexdigest()[:32])
    return message.as_bytes()


def _one_line(text: str) -> str:
    """Headers end at a line end; text that people typed must not be able to start another one."""
    return _LINE_ENDS.sub(" ", text).strip()


def _address(text: str) -> Address:
    try:
        return Address(addr_spec=text)
    except (HeaderParseError, MessageError, ValueError, IndexError) as error:
        raise NotAccepted(Verdict.PERMANENT, code="address") from error


def _dotted(data: bytes) -> bytes:
    """The text as it goes over the line: lines that start with a dot get another (RFC 5321, 4.5.2)."""
    lines = data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    if lines.startswith(b"."):
        lines = b"." + lines
    lines = lines.replace(b"\r\n.", b"\r\n..")
    return lines + (b".\r\n" if lines.endswith(b"\r\n") else b"\r\n.\r\n")
