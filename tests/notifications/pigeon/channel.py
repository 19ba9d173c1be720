"""A whole channel in one folder, as WhatsApp or push will be: pigeons, for those who asked."""

import hashlib
import hmac
from dataclasses import dataclass, field

from config import Config
from repairshop.customers.rules import ContactKind
from repairshop.notifications.channels.carrier import (
    Callback,
    Callbacks,
    Carrier,
    Provider,
    StatusReport,
)
from repairshop.notifications.channels.gateways import (
    Accepted,
    MessageToSend,
    NoList,
    NotAccepted,
    Trouble,
    Verdict,
)
from repairshop.notifications.channels.signed_attempts import StatusCallback
from repairshop.notifications.rules import Channel, Notice
from repairshop.notifications.texts import Rendered, TextFacts, Wording
from repairshop.tickets.rules import LinkOrigin

KEY = "the loft's own key"
PIGEON = Channel("pigeon")
_WORDS = {"landed": "delivered", "lost": "undelivered"}


@dataclass
class Loft(NoList):
    """Keeps what was sent; refuses what is longer than a pigeon carries."""

    callback: StatusCallback
    name: str = "loft"
    sent: list[MessageToSend] = field(default_factory=list)
    callbacks: list[str] = field(default_factory=list)

    def send(self, message: MessageToSend) -> Accepted:
        if message.to.endswith("666"):
            raise NotAccepted(Verdict.PERMANENT, code="hawk")
        self.sent.append(message)
        self.callbacks.append(self.callback(message.attempt))
        return Accepted(provider_id=f"ring-{len(self.sent)}", status="queued")

    def close(self) -> None:
        """Pigeons come home by themselves."""


LOFTS: list[Loft] = []


def _open(config: Config) -> Loft:
    LOFTS.append(Loft(StatusCallback("loft", config)))
    return LOFTS[-1]


def signature(url: str) -> str:
    return hmac.new(KEY.encode(), url.encode(), hashlib.sha256).hexdigest()


def _is_signed(config: Config, callback: Callback) -> bool:
    return hmac.compare_digest(callback.header("X-Loft-Signature") or "", signature(callback.url))


def _read_status(callback: Callback) -> StatusReport | None:
    status = _WORDS.get(callback.fields.get("bird", ""))
    return (
        StatusReport(provider_id=callback.fields["ring"], status=status, error_code="hawk")
        if status
        else None
    )


def _render(notice: Notice, facts: TextFacts, language: str, wording: Wording) -> Rendered:
    return Rendered(text=f"{facts.tickets[0]} {notice.value} {{link}}", language=language)


def _reword(words: str, before: Rendered, facts: TextFacts, wording: Wording) -> Rendered:
    return Rendered(text=words.upper(), language=before.language)


CARRIER = Carrier(
    channel=PIGEON,
    reaches=ContactKind.PHONE,
    wakes=False,
    on_request=True,
    link_origin=LinkOrigin.SMS,
    render=_render,
    reword=_reword,
    provider=Provider(
        name="loft",
        is_set_up=lambda config: bool(config.public_url),
        host=lambda config: "localhost",  # noqa: ARG005 - as Provider says
        open=_open,
        trouble=lambda code: Trouble.BLOCKED if code == "hawk" else Trouble.PROVIDER,
        callbacks=Callbacks(is_signed=_is_signed, read_status=_read_status),
    ),
)
