"""A person at the counter who moves tickets over HTTP, and sends a form again when the answer was lost."""

import http.client
import time
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from tests.reliability.fleet import Fleet

_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Host": "localhost"}


@dataclass
class Counter:
    """One browser; `acknowledged` are the changes whose answer arrived."""

    fleet: Fleet
    acknowledged: int = 0
    broken_answers: int = 0
    refused: list[str] = field(default_factory=list)
    _in_repair: dict[str, bool] = field(default_factory=dict)
    _kept: http.client.HTTPConnection | None = None

    def move(self, reference: str) -> None:
        """One stage on. The same sending goes again until it is answered, as a person presses again."""
        in_repair = self._in_repair.get(reference, True)
        verb = "finish" if in_repair else "test-failed"
        fields = {"outcome": "repaired"} if in_repair else {"note": "Touch does not answer"}
        form = {"csrf_token": self.fleet.shop["csrf_token"], "once": uuid.uuid4().hex, **fields}
        for _ in range(60):
            status = self._post(f"/tickets/{reference}/{verb}", form)
            if status in {302, 303}:
                self.acknowledged += 1
                self._in_repair[reference] = not in_repair
                return
            # 409: the ticket changed in that moment, and the page says that nothing was saved.
            if status not in {0, 409, 500, 502, 503}:
                self.refused.append(f"{verb} of {reference}: {status}")
                return
            self.broken_answers += 1
            time.sleep(0.05)
        self.refused.append(f"{verb} of {reference}: no answer")

    def take_stages(self, rows: list[tuple[str, str]]) -> None:
        """Look where the tickets are; somebody else has moved them."""
        self._in_repair = {code: stage == "in_repair" for code, stage in rows}

    def get(self, path: str) -> int:
        """The status. A server may end a connection that was quiet: what only reads is asked once more."""
        return self._send("GET", path, None) or self._send("GET", path, None)

    def close(self) -> None:
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def _post(self, path: str, form: dict[str, Any]) -> int:
        return self._send("POST", path, urlencode(form))

    def _send(self, method: str, path: str, body: str | None) -> int:
        """The status; 0 when there was no answer."""
        if self._kept is None:
            self._kept = http.client.HTTPConnection("127.0.0.1", self.fleet.web_port, timeout=30)
        headers = {"Cookie": self.fleet.shop["cookie"], **(_FORM if body else {"Host": "localhost"})}
        try:
            self._kept.request(method, path, body, headers)
            answer = self._kept.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            self._kept.close()
            self._kept = None
            return 0
        return answer.status
