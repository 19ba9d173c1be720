"""Which gateway a message goes through: the real one, or the outbox page with the reason why."""

import hashlib
import hmac
import ipaddress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from config import Config
from repairshop.notifications.channels.email.smtp import SmtpGateway, is_private, read_server
from repairshop.notifications.channels.gateways import MailGateway, OutboxGateway, TextGateway
from repairshop.notifications.channels.sms.twilio import StatusCallback, TwilioGateway
from repairshop.notifications.rules import Channel, OutboxReason, why_outbox
from repairshop.tickets.links import token_for

STATUS_PATH = "/callbacks/twilio/status"
INBOUND_PATH = "/callbacks/twilio/inbound"
_SIGNATURE_LENGTH = 32


def sign_attempt(attempt: str, *, key: str) -> str:
    """The attempt with our own signature: Twilio's proves who calls, ours that the attempt was ours."""
    digest = hmac.new(key.encode(), f"attempt {attempt}".encode(), hashlib.sha256).hexdigest()
    return f"{attempt}.{digest[:_SIGNATURE_LENGTH]}"


def read_attempt(text: str, *, key: str) -> str | None:
    """The attempt in a callback's address, or None when its signature is not ours."""
    attempt = text.partition(".")[0]
    expected = sign_attempt(attempt, key=key)
    return attempt if hmac.compare_digest(expected.encode(), text.encode()) else None


@dataclass
class Providers:
    """The gateways of one worker thread, made from the settings at first need and kept."""

    config: Config
    _texts: TextGateway | None = field(default=None, init=False)
    _mails: MailGateway | None = field(default=None, init=False)
    _outbox: OutboxGateway = field(default_factory=OutboxGateway, init=False)

    def why_outbox(self, channel: Channel, *, is_demo: bool) -> OutboxReason | None:
        return why_outbox(
            is_set_up=bool(
                self.config.twilio_account_sid if channel is Channel.SMS else self.config.smtp_url
            ),
            is_demo=is_demo,
            provider_is_local=_is_loopback(self._provider_host(channel)),
            address_is_private=_is_private_address(self.config.public_host),
        )

    def texts(self, *, is_demo: bool) -> TextGateway:
        if self.why_outbox(Channel.SMS, is_demo=is_demo) is not None:
            return self._outbox
        if self._texts is None:
            self._texts = self._twilio()
        return self._texts

    def mails(self, *, is_demo: bool) -> MailGateway:
        if self.why_outbox(Channel.EMAIL, is_demo=is_demo) is not None:
            return self._outbox
        if self._mails is None:
            self._mails = SmtpGateway(address=self.config.smtp_url, sender=self.config.mail_from)
        return self._mails

    def link(self, link_id: int, *, version: int) -> str:
        """The customer's address for a link row; the token exists only here and on the way."""
        token = token_for(link_id, version=version, key=self.config.link_key)
        return f"{self.config.public_url.rstrip('/')}/t/{token}"

    def message_id(self, uid: str) -> str:
        domain = self.config.mail_from.rpartition("@")[2] or self.config.public_host or "localhost"
        return f"<{uid}@{domain}>"

    def close(self) -> None:
        if self._mails is not None:
            self._mails.close()

    def _twilio(self) -> TwilioGateway:
        config = self.config
        return TwilioGateway(
            account_sid=config.twilio_account_sid,
            auth_token=config.twilio_auth_token,
            sender=config.twilio_from,
            messaging_service_sid=config.twilio_messaging_service_sid,
            api_base=config.twilio_api_base,
            status_callback=StatusCallback(
                config.public_url.rstrip("/") + STATUS_PATH,
                sign=lambda attempt: sign_attempt(attempt, key=config.secret_key),
            ),
        )

    def _provider_host(self, channel: Channel) -> str:
        if channel is Channel.SMS:
            return urlsplit(self.config.twilio_api_base).hostname or ""
        return read_server(self.config.smtp_url).host if self.config.smtp_url else ""


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_private_address(host: str) -> bool:
    """Whether customers could not reach this host; a name is not looked up, only judged by its ending."""
    if host.endswith((".local", ".internal", ".lan", ".home.arpa", ".localhost")) or "." not in host.strip(
        "[]"
    ):
        return ":" not in host or is_private(host)
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False
