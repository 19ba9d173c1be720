"""A stand-in for Twilio's messages: remembers, lists, calls back, and fails on demand.

Every call and every answer is checked against Twilio's published description, so neither our code nor the
stand-in can drift from it unnoticed. In tests it runs in a thread on a free port; drills and demonstrations
run `python -m tests.contract.twilio_standin --port 5620`.
"""

import argparse
import base64
import contextlib
import json
import re
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import URLError
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from urllib.request import Request, urlopen

from twilio.request_validator import RequestValidator

from tests.contract.description import (
    Answer,
    Call,
    NotAsDescribed,
    require_described_answer,
    require_described_call,
)
from tests.contract.faults import Fault, FaultPlan, Planned
from tests.contract.messages import Message, Store

ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
AUTH_TOKEN = "a-token-of-the-stand-in"  # opens nothing but this stand-in
SENDER = "+15005550006"
_E164 = re.compile(r"\+[1-9]\d{6,14}")

Form = dict[str, str]
Deliver = Callable[[str, Form, dict[str, str]], int]
Reply = tuple[int, dict[str, Any] | None]


class Standin:
    """One provider account; `faults` may be changed at any time."""

    def __init__(
        self, *, deliver: Deliver | None = None, callback_delay: float = 0.0, send_callbacks: bool = True
    ) -> None:
        self.faults = FaultPlan()
        self.store = Store()
        self.account_sid, self.auth_token = ACCOUNT_SID, AUTH_TOKEN
        self.deliver = deliver or post_form
        self.callback_delay = callback_delay
        self.send_callbacks = send_callbacks
        self.callback_answers: list[tuple[str, int]] = []
        self.breaches: list[str] = []
        self.posts = 0
        self.url = ""
        self.checked_in_full = 0  # only so many calls are held to the description; 0 is all of them
        self._calls = 0
        self._open: set[threading.Thread] = set()

    @property
    def ledger(self) -> list[Message]:
        """What was accepted for delivery, in order: the truth that drills compare with."""
        with self.store.lock:
            return [message for message in self.store.messages if message.direction == "outbound-api"]

    def forget(self) -> None:
        """Begin with an empty account and no faults."""
        self.store, self.faults, self.posts, self._calls = Store(), FaultPlan(), 0, 0
        self.breaches.clear()
        self.callback_answers.clear()

    def answer(self, call: Call) -> Reply:
        """Check, do, check again."""
        if not self._is_authorised(call):
            return _error(401, 20003, "Authenticate")
        self._calls += 1
        is_checked = not self.checked_in_full or self._calls <= self.checked_in_full
        try:
            if is_checked:
                require_described_call(call)
        except NotAsDescribed as problem:
            self.breaches.append(f"call: {problem}")
            return _error(400, 21000, str(problem))
        status, document = self._do(call)
        if status < 300 and is_checked:
            try:
                require_described_answer(call, Answer(status_code=status, document=document))
            except NotAsDescribed as problem:
                self.breaches.append(f"answer: {problem}")
                return _error(500, 0, f"the stand-in breaks the description: {problem}")
        return status, document

    def _is_authorised(self, call: Call) -> bool:
        expected = base64.b64encode(f"{self.account_sid}:{self.auth_token}".encode()).decode()
        named = call.path.split("/")[3] if call.path.count("/") > 3 else ""
        return call.headers.get("Authorization") == f"Basic {expected}" and named == self.account_sid

    def _do(self, call: Call) -> Reply:
        single = re.fullmatch(r"/2010-04-01/Accounts/\w+/Messages/(\w+)\.json", call.path)
        if single:
            message = self.store.find(single[1])
            return (200, message.document()) if message else _error(404, 20404, "not found")
        if call.method == "get":
            return 200, self.store.page(
                account_sid=self.account_sid, query=dict(call.query), faults=self.faults
            )
        return self._create(call.form)

    def _create(self, form: Form) -> Reply:
        refusal = self._refusal(form)
        if refusal:
            return refusal
        message = self.store.accept(account_sid=self.account_sid, form=form)
        if message.callback and self.send_callbacks:
            self._in_background(lambda: self._call_back(message))
        return 201, message.document()

    def _refusal(self, form: Form) -> Reply | None:
        if not _E164.fullmatch(form["To"]):
            return _error(400, 21211, "The 'To' number is not a valid phone number.")
        if not (form.get("From") or form.get("MessagingServiceSid")):
            return _error(400, 21603, "A 'From' phone number is required.")
        if not form.get("Body"):
            return _error(400, 21602, "Message body is required.")
        if len(form["Body"]) > 1600:
            return _error(400, 21617, "The message body exceeds the 1600 character limit.")
        if not 1 <= int(form.get("ValidityPeriod", "36000")) <= 36000:
            return _error(400, 21000, "ValidityPeriod is out of range.")
        if form["To"] in self.store.opted_out:
            return _error(400, 21610, "Attempt to send to unsubscribed recipient")
        return None

    def _call_back(self, message: Message) -> None:
        """Report sent, then the final status; each may be lost or doubled."""
        for status in ("sent", self.faults.final_status):
            time.sleep(self.callback_delay)
            message.status, message.sent = status, message.sent or time.time()
            if status in {"failed", "undelivered"}:
                message.error_code = self.faults.final_code
            for _ in range(self.faults.copies_of_callback()):
                self.send_status(message, status)

    def send_status(self, message: Message, status: str, **extra: str) -> int:
        """One signed status callback; the answer's status code."""
        assert message.callback
        form = {
            "MessageSid": message.sid,
            "SmsSid": message.sid,
            "MessageStatus": status,
            "SmsStatus": status,
            "To": message.to,
            "From": message.sender or SENDER,
            "AccountSid": self.account_sid,
            "ApiVersion": "2010-04-01",
            **({"ErrorCode": str(message.error_code)} if message.error_code else {}),
            **extra,
        }
        return self._post_signed(message.callback, form)

    def send_inbound(self, url: str, *, sender: str, body: str, to: str = SENDER) -> int:
        """One signed inbound message from a handset; the answer's status code."""
        message = self.store.receive(account_sid=self.account_sid, sender=sender, to=to, body=body)
        form = {
            "MessageSid": message.sid,
            "SmsMessageSid": message.sid,
            "SmsSid": message.sid,
            "AccountSid": self.account_sid,
            "From": sender,
            "To": to,
            "Body": body,
            "NumMedia": "0",
            "NumSegments": "1",
            "ApiVersion": "2010-04-01",
        }
        return self._post_signed(url, form)

    def signature(self, url: str, form: Form) -> str:
        return str(RequestValidator(self.auth_token).compute_signature(url, form))

    def _post_signed(self, url: str, form: Form) -> int:
        status = self.deliver(url, form, {"X-Twilio-Signature": self.signature(url, form)})
        self.callback_answers.append((form.get("MessageStatus", "inbound"), status))
        return status

    def _in_background(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._open = {one for one in self._open if one.is_alive()} if len(self._open) > 500 else self._open
        self._open.add(thread)
        thread.start()

    def wait_for_callbacks(self, *, seconds: float = 10) -> None:
        """Return when every callback that is under way has been answered."""
        for thread in list(self._open):
            thread.join(seconds)
            self._open.discard(thread)


def post_form(url: str, form: Form, headers: dict[str, str]) -> int:
    """POST over HTTP; 0 when nobody answers. Twilio gives a callback 15 s."""
    request = Request(url, data=urlencode(form).encode(), headers=headers, method="POST")
    try:
        with urlopen(request, timeout=15) as answer:
            return int(answer.status)
    except URLError as error:
        return int(getattr(error, "code", 0))
    except OSError:
        return 0


def to_base(base: str) -> Deliver:
    """Deliver callbacks for a public address to a server of this machine, still signed as theirs."""

    def deliver(url: str, form: Form, headers: dict[str, str]) -> int:
        parts, local = urlsplit(url), urlsplit(base)
        return post_form(urlunsplit((local.scheme, local.netloc, parts.path, parts.query, "")), form, headers)

    return deliver


def _error(status: int, code: int, message: str) -> Reply:
    address = f"https://www.twilio.com/docs/errors/{code}"
    return status, {"code": code, "message": message, "more_info": address, "status": status}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    standin: Standin

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        if self.path == "/_standin/ledger":
            self._send(200, {"messages": [message.document() for message in self.standin.ledger]})
            return
        if self.path == "/_standin/accepted":
            self._send(200, self._accepted())
            return
        self._send(*self.standin.answer(self._call()))

    def _accepted(self) -> dict[str, Any]:
        """The ledger as drills compare it: to the microsecond, with the address that reports go to."""
        return {
            "accepted": [
                [one.sid, one.to, one.body, one.created, one.callback] for one in self.standin.ledger
            ],
            "breaches": self.standin.breaches,
            "lost_callbacks": self.standin.faults.lost_callbacks,
            "posts": self.standin.posts,
        }

    def do_POST(self) -> None:
        call = self._call()
        if call.path.startswith("/_standin/"):
            self._send(200, self._control(call))
            return
        self.standin.posts += 1
        planned = self.standin.faults.take()
        if planned is None:
            self._send(*self.standin.answer(call))
            return
        self._fail(planned, call)

    def _call(self) -> Call:
        path, _, query = self.path.partition("?")
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:
            raise ValueError("the client hung up in the middle of its request")
        return Call(
            method=self.command,
            path=path,
            headers=dict(self.headers.items()),
            query=tuple(parse_qsl(query)),
            body=body,
        )

    def _control(self, call: Call) -> dict[str, Any]:
        """Let another process plan faults: the fields of FaultPlan, or `next` with a fault and a code."""
        wanted = json.loads(call.body or b"{}")
        if "seed" in wanted:
            self.standin.faults.reseed(wanted.pop("seed"))
        if wanted.pop("forget", False):
            self.standin.forget()
        if wanted.pop("heal", False):
            self.standin.faults.heal()
        for name in ("checked_in_full", "send_callbacks", "callback_delay"):
            if name in wanted:
                setattr(self.standin, name, wanted.pop(name))
        for planned in wanted.pop("next", []):
            self.standin.faults.next(
                Fault(planned["fault"]), code=planned.get("code", 0), times=planned.get("times", 1)
            )
        for name, value in wanted.items():
            setattr(self.standin.faults, name, value)
        return {"breaches": self.standin.breaches}

    def _fail(self, planned: Planned, call: Call) -> None:  # noqa: C901 - one case a fault
        late = self.standin.faults.late_seconds
        match planned.fault:
            case Fault.RATE_LIMITED:
                self._send(*_error(429, 20429, "Too Many Requests"))
            case Fault.REFUSED:
                self._send(*_error(planned.status, planned.code, "refused"))
            case Fault.ERROR_BEFORE:
                self._send(*_error(500, 20500, "Internal Server Error"))
            case Fault.ERROR_AFTER:
                self.standin.answer(call)
                self._send(*_error(500, 20500, "Internal Server Error"))
            case Fault.LATE_ANSWER:
                reply = self.standin.answer(call)
                time.sleep(late)
                self._send(*reply)
            case Fault.LATE_ACCEPT:
                time.sleep(late)
                self._send(*self.standin.answer(call))
            case Fault.HANG:
                time.sleep(late)
                self.close_connection = True
            case Fault.RESET_BEFORE:
                self._reset()
            case Fault.RESET_AFTER:
                self.standin.answer(call)
                self._reset()
            case Fault.GARBLED_AFTER:
                self.standin.answer(call)
                self._send_bytes(201, b'{"sid": "SM')

    def _reset(self) -> None:
        """Close with a reset instead of a goodbye."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def _send(self, status: int, document: dict[str, Any] | None) -> None:
        self._send_bytes(status, b"" if document is None else json.dumps(document).encode())

    def _send_bytes(self, status: int, body: bytes) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True  # the client gave up waiting

    def handle(self) -> None:
        try:
            super().handle()
        except (OSError, ValueError):
            self.close_connection = True  # reset, by us or by them

    def finish(self) -> None:
        try:
            super().finish()
        except (OSError, ValueError):
            self.close_connection = True


class _Server(ThreadingHTTPServer):
    """Hangs up on everybody when it closes, as a server does that goes down."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._connections: set[socket.socket] = set()
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def make_server(standin: Standin, *, host: str = "127.0.0.1", port: int = 0) -> ThreadingHTTPServer:
    server = _Server((host, port), type("Handler", (_Handler,), {"standin": standin}))
    standin.url = f"http://{host}:{server.server_address[1]}"
    return server


@contextmanager
def running(standin: Standin | None = None) -> Iterator[Standin]:
    """The stand-in in a thread on a free port."""
    standin = standin or Standin()
    server = make_server(standin)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.004}, daemon=True)
    thread.start()
    try:
        yield standin
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        standin.wait_for_callbacks()


def main(arguments: list[str]) -> int:
    """Run until interrupted."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--port", type=int, default=5620)
    parser.add_argument("--callback-base", help="deliver callbacks to this address of this machine")
    parser.add_argument("--callback-delay", type=float, default=0.3, help="seconds before each callback")
    parser.add_argument("--faults", type=float, default=0.0, help="share of messages that go wrong, 0 to 1")
    parser.add_argument("--callbacks-lost", type=float, default=0.0, help="share of callbacks lost, 0 to 1")
    parser.add_argument("--late-seconds", type=float, default=12.0, help="how late a late answer is")
    chosen = parser.parse_args(arguments)
    deliver = to_base(chosen.callback_base) if chosen.callback_base else None
    standin = Standin(deliver=deliver, callback_delay=chosen.callback_delay)
    standin.faults.share, standin.faults.callbacks_lost = chosen.faults, chosen.callbacks_lost
    standin.faults.late_seconds = chosen.late_seconds
    server = make_server(standin, port=chosen.port)
    print(
        f"TWILIO_API_BASE={standin.url} TWILIO_ACCOUNT_SID={standin.account_sid} "
        f"TWILIO_AUTH_TOKEN={standin.auth_token}",
        flush=True,
    )
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
