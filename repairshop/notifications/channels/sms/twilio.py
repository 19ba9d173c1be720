"""Twilio: sends texts, lists them, checks its signatures. The only file that imports its library."""

import math
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from repairshop.notifications.channels.gateways import (
    Accepted,
    AnswerLost,
    ListUnavailable,
    NotAccepted,
    SentText,
    TextToSend,
    TooLate,
    Verdict,
)

CONNECT_SECONDS, READ_SECONDS = 3.0, 10.0
LONGEST_VALIDITY_SECONDS = 36_000  # Twilio's own limit
_LISTED_AT_MOST = 200
# Two clocks are never quite equal; the list is read from a little before the attempt.
_CLOCK_SKEW = timedelta(minutes=15)

# What Twilio's error codes mean for a second try (https://www.twilio.com/docs/api/errors). Codes that stand
# for a wrong recipient or text are permanent; those for our own account are for the manager to mend.
VERDICTS: dict[int, Verdict] = {
    14107: Verdict.RETRY,  # rate limit of the account
    20003: Verdict.SETUP,  # account SID or token are wrong
    20005: Verdict.SETUP,  # account is not active
    20403: Verdict.SETUP,  # the account may not do this
    20404: Verdict.SETUP,  # no such account
    20429: Verdict.RETRY,  # too many requests
    21211: Verdict.PERMANENT,  # not a phone number
    21212: Verdict.SETUP,  # our sender number is wrong
    21214: Verdict.PERMANENT,  # number cannot be reached
    21217: Verdict.PERMANENT,  # number does not look valid
    21408: Verdict.SETUP,  # texts to this country are switched off in the account
    21601: Verdict.PERMANENT,  # number cannot take texts
    21602: Verdict.PERMANENT,  # no text
    21603: Verdict.SETUP,  # no sender
    21606: Verdict.SETUP,  # our sender number cannot send texts
    21608: Verdict.SETUP,  # trial account, recipient not confirmed there
    21610: Verdict.OPTED_OUT,  # the person said STOP
    21611: Verdict.RETRY,  # our sender's queue is full
    21612: Verdict.PERMANENT,  # no way from our sender to this number
    21614: Verdict.PERMANENT,  # not a mobile number
    21617: Verdict.PERMANENT,  # too long
    21635: Verdict.PERMANENT,  # a landline
    21703: Verdict.SETUP,  # the messaging service has no sender
    30001: Verdict.RETRY,  # queue overflow
    30002: Verdict.SETUP,  # account suspended
    30003: Verdict.PERMANENT,  # handset unreachable, and Twilio gave up
    30004: Verdict.PERMANENT,  # blocked by the person or the network
    30005: Verdict.PERMANENT,  # unknown or inactive number
    30006: Verdict.PERMANENT,  # landline or carrier out of reach
    30007: Verdict.PERMANENT,  # filtered
    30008: Verdict.PERMANENT,  # unknown, and Twilio gave up
    63038: Verdict.RETRY,  # daily limit of the account
}


def verdict_of(*, status: int, code: int) -> Verdict | None:
    """What an error answer means; None when it leaves open whether the message was accepted."""
    if code in VERDICTS:
        return VERDICTS[code]
    if status in {401, 403}:
        return Verdict.SETUP
    if status in {425, 429}:
        return Verdict.RETRY
    # A 408 or a 5xx may come from a proxy that had already passed the request on.
    return Verdict.PERMANENT if 400 <= status < 500 and status != 408 else None


class _Body:
    """A request body that remembers whether any of it was handed to the network.

    Without its body no request can be accepted, so a failure before that is a definite "not accepted",
    whatever went wrong: name, connection, TLS, or a kept connection that the other side had closed.
    """

    def __init__(self, data: bytes, *, until: float) -> None:
        self._data, self._position, self._until = data, 0, until
        self.was_read = False

    def __len__(self) -> int:
        return len(self._data)

    def read(self, size: int = -1) -> bytes:
        if not self.was_read and time.monotonic() > self._until:
            raise TooLate
        self.was_read = True
        end = len(self._data) if size < 0 else self._position + size
        chunk = self._data[self._position : end]
        self._position += len(chunk)
        return chunk


class _HttpClient(TwilioHttpClient):  # type: ignore[misc]
    """Twilio's client with time-outs, without redirects, on one kept session."""

    def __init__(self) -> None:
        super().__init__(pool_connections=True)
        self.hand_over_until = math.inf  # of the call that is made now; one thread makes one call at a time

    def request(  # noqa: PLR0917 - the library's signature, whose time-out and redirects we never follow
        self,
        method: str,
        url: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ARG002
        allow_redirects: bool = False,  # noqa: ARG002
    ) -> Response:
        prepared = self.session.prepare_request(
            requests.Request(method.upper(), url, params=params, data=data, headers=headers, auth=auth)  # type: ignore[arg-type]
        )
        content = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body or b""
        body = _Body(content, until=self.hand_over_until)
        if len(body):
            prepared.body = body
        environment = self.session.merge_environment_settings(prepared.url, {}, None, None, None)
        try:
            answer = self.session.send(
                prepared, timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False, **environment
            )
        except requests.RequestException as error:
            code = type(error).__name__
            if len(body) and not body.was_read:
                raise NotAccepted(Verdict.RETRY, code=code) from error
            raise AnswerLost(code) from error
        return Response(answer.status_code, answer.text, answer.headers)


class TwilioGateway:
    """Sends through one account. `status_callback` makes the address that reports about an attempt."""

    name = "twilio"

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        sender: str = "",
        messaging_service_sid: str = "",
        api_base: str = "https://api.twilio.com",
        status_callback: "StatusCallback | None" = None,
    ) -> None:
        self._account = (account_sid, auth_token)
        self._sender: dict[str, Any] = (
            {"messaging_service_sid": messaging_service_sid} if messaging_service_sid else {"from_": sender}
        )
        self._api_base = api_base
        self._status_callback = status_callback
        self._kept = threading.local()

    @property
    def _client(self) -> Client:
        """One client, and so one kept session, per thread: a session is not made for sharing."""
        if not hasattr(self._kept, "client"):
            client = Client(*self._account, http_client=_HttpClient())
            client.api.base_url = self._api_base
            self._kept.client = client
            self._kept.http = client.http_client
        return self._kept.client

    def send(self, text: TextToSend) -> Accepted:
        callback = {"status_callback": self._status_callback(text.attempt)} if self._status_callback else {}
        valid_seconds = max(1, min(text.valid_seconds, LONGEST_VALIDITY_SECONDS))
        client = self._client
        self._kept.http.hand_over_until = text.hand_over_until
        try:
            sent = client.messages.create(
                to=text.to, body=text.body, validity_period=valid_seconds, **self._sender, **callback
            )
        except (TwilioRestException, TwilioServiceException) as error:
            raise _ending_of(error) from error
        except TooLate as error:
            raise NotAccepted(Verdict.RETRY, code="too_late") from error
        except (TwilioException, ValueError, TypeError, KeyError, AttributeError) as error:
            # A 2xx whose body makes no sense: the message was probably accepted.
            raise AnswerLost(type(error).__name__) from error
        if not sent.sid:
            raise AnswerLost("no sid")
        return Accepted(provider_id=sent.sid, status=str(sent.status or "queued"))

    def list_sent(self, *, to: str, since: datetime) -> list[SentText]:
        # Not filtered by date: a message that is still queued has no date of sending and would be left out.
        earliest = since - _CLOCK_SKEW
        found = []
        try:
            for message in self._client.messages.stream(to=to, page_size=50, limit=_LISTED_AT_MOST):
                if message.date_created is not None and message.date_created < earliest:
                    break
                if str(message.direction).startswith("outbound"):
                    found.append(_sent_text(message))
        except (TwilioException, AnswerLost, NotAccepted, ValueError, TypeError, KeyError) as error:
            raise ListUnavailable(type(error).__name__) from error
        return found


class StatusCallback:
    """Makes the address for a status callback, which carries our attempt id with our signature."""

    def __init__(self, address: str, *, sign: Callable[[str], str]) -> None:
        self._address, self._sign = address, sign

    def __call__(self, attempt: str) -> str:
        return f"{self._address}?attempt={self._sign(attempt)}"


def _ending_of(error: TwilioRestException | TwilioServiceException) -> NotAccepted | AnswerLost:
    verdict = verdict_of(status=int(error.status), code=int(error.code or 0))
    code = str(error.code or error.status)
    return AnswerLost(code) if verdict is None else NotAccepted(verdict, code=code)


def _sent_text(message: Any) -> SentText:
    return SentText(
        provider_id=message.sid,
        body=message.body or "",
        created_at=message.date_created,
        status=str(message.status),
        error_code=None if message.error_code is None else str(message.error_code),
    )


def is_signed_by_twilio(
    *, auth_token: str, url: str, fields: Mapping[str, str], signature: str | None
) -> bool:
    """Whether Twilio signed this callback with the account's own token.

    `url` is made of the configured public address and the raw query; `fields` are all fields, untrimmed.
    The header that names another algorithm is never read: it would let the sender choose.
    """
    if not auth_token or not signature:
        return False
    try:
        return bool(RequestValidator(auth_token).validate(url, fields, signature))
    except (TypeError, ValueError):
        return False
