"""What the stand-in remembers: messages, who opted out, and the ledger of what it accepted."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any
from urllib.parse import urlencode

from tests.contract.faults import FaultPlan

_STOP = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"}
_START = {"START", "YES", "UNSTOP"}


@dataclass
class Message:
    """One message as the provider knows it."""

    sid: str
    account_sid: str
    sender: str | None
    to: str
    body: str
    callback: str | None
    direction: str = "outbound-api"
    service: str | None = None
    status: str = "queued"
    error_code: int | None = None
    created: float = field(default_factory=time.time)
    sent: float | None = None

    def document(self) -> dict[str, Any]:
        uri = f"/2010-04-01/Accounts/{self.account_sid}/Messages/{self.sid}"
        return {
            "sid": self.sid,
            "account_sid": self.account_sid,
            "api_version": "2010-04-01",
            "body": self.body,
            "date_created": _rfc_2822(self.created),
            "date_sent": None if self.sent is None else _rfc_2822(self.sent),
            "date_updated": _rfc_2822(self.sent or self.created),
            "direction": self.direction,
            "error_code": self.error_code,
            "error_message": None,
            "from": self.sender,
            "messaging_service_sid": self.service,
            "num_media": "0",
            "num_segments": "1",
            "price": None,
            "price_unit": "USD",
            "status": self.status,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": self.to,
            "uri": f"{uri}.json",
        }


def _rfc_2822(seconds: float) -> str:
    return formatdate(seconds, usegmt=True).replace("GMT", "+0000")


@dataclass
class Store:
    """Every message, in the order it was accepted."""

    messages: list[Message] = field(default_factory=list)
    opted_out: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def accept(self, *, account_sid: str, form: Mapping[str, str]) -> Message:
        with self.lock:
            message = Message(
                sid=f"SM{len(self.messages) + 1:032x}",
                account_sid=account_sid,
                sender=form.get("From"),
                service=form.get("MessagingServiceSid"),
                to=form["To"],
                body=form.get("Body", ""),
                callback=form.get("StatusCallback"),
            )
            self.messages.append(message)
        return message

    def receive(self, *, account_sid: str, sender: str, to: str, body: str) -> Message:
        """A message from a handset; like Twilio, the stand-in minds STOP and START itself."""
        word = body.strip().upper()
        with self.lock:
            if word in _STOP:
                self.opted_out.add(sender)
            elif word in _START:
                self.opted_out.discard(sender)
            message = Message(
                sid=f"SM{len(self.messages) + 1:032x}",
                account_sid=account_sid,
                sender=sender,
                to=to,
                body=body,
                callback=None,
                direction="inbound",
                status="received",
            )
            self.messages.append(message)
        return message

    def find(self, sid: str) -> Message | None:
        with self.lock:
            return next((message for message in self.messages if message.sid == sid), None)

    def page(self, *, account_sid: str, query: Mapping[str, str], faults: FaultPlan) -> dict[str, Any]:
        """One page of the list, newest first, as the query asks."""
        size, number = int(query.get("PageSize", "50")), int(query.get("Page", "0"))
        found = [] if faults.list_is_empty else self._listed(query, lag=faults.list_lag_seconds)
        shown = found[number * size : (number + 1) * size]
        base = f"/2010-04-01/Accounts/{account_sid}/Messages.json"

        def uri(page: int) -> str:
            kept = {name: value for name, value in query.items() if name not in {"Page", "PageToken"}}
            return f"{base}?{urlencode(kept | {'PageSize': size, 'Page': page, 'PageToken': f'PA{page}'})}"

        return {
            "messages": [message.document() for message in shown],
            "page": number,
            "page_size": size,
            "start": number * size,
            "end": number * size + max(len(shown) - 1, 0),
            "uri": uri(number),
            "first_page_uri": uri(0),
            "previous_page_uri": uri(number - 1) if number else None,
            "next_page_uri": uri(number + 1) if len(found) > (number + 1) * size else None,
        }

    def _listed(self, query: Mapping[str, str], *, lag: float) -> list[Message]:
        seen_until = time.time() - lag
        with self.lock:
            found = [message for message in reversed(self.messages) if message.created <= seen_until]
        wanted = {"to": query.get("To"), "sender": query.get("From")}
        for name, value in wanted.items():
            if value is not None:
                found = [message for message in found if getattr(message, name) == value]
        for name, keeps in (("DateSent>", _since), ("DateSent<", _before), ("DateSent", _same_day)):
            if name in query:
                found = [message for message in found if keeps(message, query[name])]
        return found


# Twilio compares whole days where only a day is given; a message that was not sent yet has no such date.
def _day(message: Message) -> str:
    return "" if message.sent is None else time.strftime("%Y-%m-%d", time.gmtime(message.sent))


def _since(message: Message, day: str) -> bool:
    return bool(_day(message)) and _day(message) >= day[:10]


def _before(message: Message, day: str) -> bool:
    return bool(_day(message)) and _day(message) <= day[:10]


def _same_day(message: Message, day: str) -> bool:
    return _day(message) == day[:10]
