"""What delivery asks of a provider, and how a call can end: accepted, not accepted, answer lost."""

import math
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from repairshop.errors import RepairshopError


class Verdict(StrEnum):
    """What a refusal means for the next step."""

    RETRY = "retry"  # not accepted, may work later
    SETUP = "setup"  # not accepted until somebody changes the set-up; retried and shown as such
    PERMANENT = "permanent"  # this text will never reach this address
    OPTED_OUT = "opted_out"  # the person said STOP


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """The provider took the message over; `status` is its own word."""

    provider_id: str
    status: str = "accepted"


class NotAccepted(RepairshopError):
    """Definitely not accepted: sending again cannot make a second copy."""

    def __init__(self, verdict: Verdict, *, code: str) -> None:
        super().__init__(f"{verdict.value}: {code}")
        self.verdict = verdict
        self.code = code


class TooLate(RepairshopError):
    """The claim is too old to hand the message over; somebody else may have it."""


class AnswerLost(RepairshopError):
    """The message may or may not have been accepted."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ListUnavailable(RepairshopError):
    """The provider's list could not be read; nothing follows from that."""


@dataclass(frozen=True, kw_only=True)
class TextToSend:
    """One SMS. `attempt` names this call alone; after `valid_seconds` the provider gives up.

    After `hand_over_until` (time.monotonic) the body must not leave any more: a process that was stopped for
    a while may have lost its claim to another one.
    """

    to: str
    body: str
    attempt: str
    valid_seconds: int
    hand_over_until: float = math.inf


@dataclass(frozen=True, kw_only=True)
class SentText:
    """A message as the provider's list shows it."""

    provider_id: str
    body: str
    created_at: datetime | None
    status: str
    error_code: str | None


@dataclass(frozen=True, kw_only=True)
class MailToSend:
    """One e-mail; the same values make the same bytes, so a repeat can be recognised."""

    to: str
    subject: str
    text: str
    html: str
    message_id: str
    dated: datetime
    sender_name: str
    reply_to: str
    attempt: str
    hand_over_until: float = math.inf


class TextGateway(Protocol):
    """Sends SMS. Raises NotAccepted or AnswerLost."""

    name: str

    def send(self, text: TextToSend) -> Accepted: ...

    def list_sent(self, *, to: str, since: datetime) -> list[SentText]:
        """What the provider has for this recipient; raises ListUnavailable."""
        ...


class MailGateway(Protocol):
    """Sends e-mail. Raises NotAccepted or AnswerLost."""

    name: str

    def send(self, mail: MailToSend) -> Accepted: ...

    def close(self) -> None: ...


class OutboxGateway:
    """Delivers to the outbox page: for demo shops, and where no provider is set up."""

    name = "outbox"

    def send(self, message: TextToSend | MailToSend) -> Accepted:
        return Accepted(provider_id=f"outbox-{message.attempt}", status="delivered")

    def list_sent(self, *, to: str, since: datetime) -> list[SentText]:  # noqa: ARG002 - the protocol
        raise ListUnavailable("the outbox keeps no list")

    def close(self) -> None:
        """Nothing is open."""
