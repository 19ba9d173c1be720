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
    MessageToSend,
    NotAccepted,
    SentText,
    TooLate,
    Verdict,
)
from repairshop.notifications.channels.sms.codes import verdict_of

CONNECT_SECONDS, READ_SECONDS = 3.0, 10.0
LONGEST_VALIDITY_SECONDS = 36_000  # Twilio's own limit
_LISTED_AT_MOST = 200
# Two clocks are never quite equal; the list is read from a little before the attempt.
_CLOCK_SKEW = timedelta(minutes=15)


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
    lists = True

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        sender: str = "",
        messaging_service_sid: str = "",
        api_base: str = "https://api.twilio.com",
        status_callback: Callable[[str], str] | None = None,
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

    def send(self, message: MessageToSend) -> Accepted:
        callback = (
            {"status_callback": self._status_callback(message.attempt)} if self._status_callback else {}
        )
        valid_seconds = max(1, min(message.valid_seconds, LONGEST_VALIDITY_SECONDS))
        client = self._client
        self._kept.http.hand_over_until = message.hand_over_until
        try:
            sent = client.messages.create(
                to=message.to, body=message.text, validity_period=valid_seconds, **self._sender, **callback
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

    def close(self) -> None:
        """Each thread's session ends with the thread."""

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
