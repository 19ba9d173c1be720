"""Twilio's description of messages, reduced to facts, and a check of calls and answers against it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from werkzeug.datastructures import Headers, ImmutableMultiDict

FILE = Path(__file__).with_name("twilio_messages.json")
# The paths name Twilio's own host; calls to a stand-in elsewhere are described as if made there.
HOST = "https://api.twilio.com"


class NotAsDescribed(Exception):
    """A call or an answer differs from the published description; the message says how."""


@dataclass(kw_only=True)
class Call:
    """One request as openapi-core wants it."""

    method: str
    path: str
    headers: Mapping[str, str]
    query: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    host_url: str = HOST
    parameters: RequestParameters = field(init=False)

    def __post_init__(self) -> None:
        self.method = self.method.lower()
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(self.query), header=Headers(list(self.headers.items()))
        )

    @property
    def content_type(self) -> str:
        return str(self.headers.get("Content-Type", "")).lower()

    @property
    def form(self) -> dict[str, str]:
        """The fields of the body; a field that is sent twice keeps its last value."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One response as openapi-core wants it."""

    status_code: int
    document: dict[str, Any] | None

    content_type = "application/json"

    @property
    def data(self) -> bytes:
        return b"" if self.document is None else json.dumps(self.document).encode()

    @property
    def headers(self) -> Headers:
        return Headers({"Content-Type": self.content_type})


@cache
def description() -> OpenAPI:
    return OpenAPI.from_dict(json.loads(FILE.read_text()))


@cache
def described_fields() -> frozenset[str]:
    """The fields a new message may carry; OpenAPI itself lets others pass."""
    document = json.loads(FILE.read_text())
    post = document["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"]["post"]
    schema = post["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    return frozenset(schema["properties"])


def require_described_call(call: Call) -> None:
    try:
        description().validate_request(call)
    except OpenAPIError as error:
        raise NotAsDescribed(_reasons(error)) from error
    if call.method == "post":
        _require_described_form(call.form)


def require_described_answer(call: Call, answer: Answer) -> None:
    try:
        description().validate_response(call, answer)
    except OpenAPIError as error:
        raise NotAsDescribed(_reasons(error)) from error


def _require_described_form(form: Mapping[str, str]) -> None:
    unknown = sorted(set(form) - described_fields())
    if unknown:
        raise NotAsDescribed(f"fields that are not described: {', '.join(unknown)}")
    # openapi-core does not check "format: uri".
    callback = form.get("StatusCallback")
    if callback is not None:
        parts = urlsplit(callback)
        if (
            parts.scheme not in {"http", "https"}
            or not parts.hostname
            or "_" in parts.hostname
            or " " in callback
        ):
            raise NotAsDescribed(f"StatusCallback is not an address: {callback}")


def _reasons(error: OpenAPIError) -> str:
    causes = getattr(error.__cause__, "schema_errors", None) or [error.__cause__ or error]
    return "; ".join(str(getattr(cause, "message", cause))[:200] for cause in causes)
