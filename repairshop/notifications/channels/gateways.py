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


class Trouble(StrEnum):
    """What a refusal means to people who decide; sentences in templates/notifications/_words.html."""

    ADDRESS = "address"  # the number or address cannot get messages
    OPTED_OUT = "opted_out"
    UNREACHED = "unreached"  # the phone was off, the mailbox full
    BLOCKED = "blocked"  # by the person or the network
    FILTERED = "filtered"
    WORDS = "words"  # the provider does not take these words
    ACCOUNT = "account"  # our own account needs attention
    ABANDONED = "abandoned"  # our process died in the middle
    PROVIDER = "provider"  # it could not be reached, or answered with an error


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
class MessageToSend:
    """One message for any channel, which takes of it what it needs.

    `attempt` names this call alone. After `valid_seconds` the provider gives up. The same `message_id`,
    `dated` and words make the same bytes, so that a repeat can be recognised. After `hand_over_until`
    (time.monotonic) the words must not leave any more: a process that was stopped for a while may have
    lost its claim to another one.
    """

    to: str
    text: str
    attempt: str
    valid_seconds: int
    dated: datetime
    subject: str = ""
    html: str = ""
    message_id: str = ""
    in_reply_to: str = ""  # the Message-ID of the first one to this address about this visit
    sender_name: str = ""
    reply_to: str = ""
    unsubscribe: str = ""  # the address that ends messages of this kind; empty where they cannot be ended
    hand_over_until: float = math.inf


@dataclass(frozen=True, kw_only=True)
class SentText:
    """A message as the provider's list shows it."""

    provider_id: str
    body: str
    created_at: datetime | None
    status: str
    error_code: str | None


class Gateway(Protocol):
    """Hands messages over. `lists` says whether what was accepted can be looked up afterwards."""

    name: str
    lists: bool

    def send(self, message: MessageToSend) -> Accepted:
        """Raises NotAccepted or AnswerLost."""
        ...

    def list_sent(self, *, to: str, since: datetime) -> list[SentText]:
        """What the provider has for this recipient, newest first; raises ListUnavailable."""
        ...

    def close(self) -> None: ...


class NoList:
    """For gateways whose provider keeps no list."""

    lists = False

    def list_sent(self, *, to: str, since: datetime) -> list[SentText]:  # noqa: ARG002 - the protocol
        raise ListUnavailable("there is no list")


class OutboxGateway(NoList):
    """Delivers to the outbox page: for demo shops, and where no provider is set up."""

    name = "outbox"

    def send(self, message: MessageToSend) -> Accepted:
        return Accepted(provider_id=f"outbox-{message.attempt}", status="delivered")

    def close(self) -> None:
        """Nothing is open."""
