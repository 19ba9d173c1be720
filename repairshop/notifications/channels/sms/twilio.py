"""Twilio: sends texts, lists them, checks its signatures. The only file that imports its library."""

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import urlencode

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
# A connection that rested longer is not used again: somebody on the way may have forgotten it without a word,
# and a text that is lost in it keeps its customer waiting for the grace time.
_IDLE_SECONDS = 20.0


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


def _encoded(data: Mapping[str, object] | None) -> bytes:
    """As a form: what is None is left out, a list gives its name several times."""
    given = [(name, value) for name, value in (data or {}).items() if value is not None]
    return urlencode(given, doseq=True).encode()


class _HttpClient(TwilioHttpClient):  # type: ignore[misc]
    """Twilio's client with time-outs, without redirects, on one kept session."""

    def __init__(self) -> None:
        super().__init__(pool_connections=True)
        self._environment: dict[str, Any] = {}
        self._prepared, self._prepared_for = requests.PreparedRequest(), cast("Any", None)
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
        prepared = self._prepare(method.upper(), url, params, headers or {}, auth)
        body = _Body(_encoded(data), until=self.hand_over_until)
        if len(body):
            prepared.headers["Content-Length"] = str(len(body))
            prepared.body = cast("Any", body)
        try:
            answer = self.session.get_adapter(url).send(
                prepared,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                **self._environment_for(url),
            )
            text = answer.text  # this reads it
        except requests.RequestException as error:
            code = type(error).__name__
            if len(body) and not body.was_read:
                raise NotAccepted(Verdict.RETRY, code=code) from error
            raise AnswerLost(code) from error
        return Response(answer.status_code, text, answer.headers)

    def _prepare(
        self,
        method: str,
        url: str,
        params: dict[str, object] | None,
        headers: dict[str, str],
        auth: tuple[str, str] | None,
    ) -> requests.PreparedRequest:
        """A request without its body. Calls of a batch differ in nothing else, so the last one is kept.

        The headers are the library's: nothing of the session's own, cookies least of all, belongs there.
        """
        key = (method, url, str(params), str(headers), auth)
        if key != self._prepared_for:
            self._prepared = requests.PreparedRequest()
            query = cast("Any", params)
            self._prepared.prepare(method=method, url=url, params=query, headers=headers, auth=auth)
            self._prepared_for = key
        return self._prepared.copy()

    def _environment_for(self, url: str) -> dict[str, Any]:
        """Proxies and certificates as the environment names them, read once: one client calls one host."""
        if not self._environment:
            self._environment = dict(self.session.merge_environment_settings(url, {}, None, None, None))
        return self._environment


@dataclass(kw_only=True)
class _Line:
    """One client with its kept connection, used by one thread at a time."""

    client: Client
    http: _HttpClient
    used_at: float = -math.inf

    def close(self) -> None:
        self.http.session.close()


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
        self._idle: list[_Line] = []
        self._choosing = threading.Lock()

    def warm(self) -> None:
        """Load what Twilio's library loads at its first call, which takes a second."""
        with self._line() as line:
            _ = line.client.messages

    @contextmanager
    def _line(self) -> Iterator[_Line]:
        """A line of one's own, and back among the idle ones afterwards; any number of threads may ask."""
        line = self._take_idle() or self._new_line()
        try:
            yield line
        finally:
            line.used_at = time.monotonic()
            with self._choosing:
                self._idle.append(line)

    def _take_idle(self) -> _Line | None:
        """The one used last: those that are not needed any more grow old and are closed."""
        oldest = time.monotonic() - _IDLE_SECONDS
        with self._choosing:
            rested = [line for line in self._idle if line.used_at < oldest]
            self._idle = [line for line in self._idle if line.used_at >= oldest]
            line = self._idle.pop() if self._idle else None
        for one in rested:
            one.close()
        return line

    def _new_line(self) -> _Line:
        http = _HttpClient()
        client = Client(*self._account, http_client=http)
        client.api.base_url = self._api_base
        return _Line(client=client, http=http)

    def send(self, message: MessageToSend) -> Accepted:
        callback = (
            {"status_callback": self._status_callback(message.attempt)} if self._status_callback else {}
        )
        valid_seconds = max(1, min(message.valid_seconds, LONGEST_VALIDITY_SECONDS))
        try:
            with self._line() as line:
                line.http.hand_over_until = message.hand_over_until
                sent = line.client.messages.create(
                    to=message.to,
                    body=message.text,
                    validity_period=valid_seconds,
                    **self._sender,
                    **callback,
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
        """The lines stay for the next batch; each is closed when it has rested."""

    def list_sent(self, *, to: str, since: datetime) -> list[SentText]:
        # Not filtered by date: a message that is still queued has no date of sending and would be left out.
        earliest = since - _CLOCK_SKEW
        found = []
        try:
            with self._line() as line:
                for message in line.client.messages.stream(to=to, page_size=50, limit=_LISTED_AT_MOST):
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
