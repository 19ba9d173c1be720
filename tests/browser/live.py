"""The real application behind a socket, and pages somebody is signed in on."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page
from werkzeug.serving import BaseWSGIServer, make_server

from tests.cast import Browser as Person

KEY_PAUSE = 60  # ms between two keys of a person: quicker ones are a scanner's (GAP in scan.js)

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Line:
    """The application on one port of this machine; it can be cut and joined again.

    Nothing of the application runs any more once it is cut. A request that outlived its test would bring the
    next one, which shares the application, a connection to the database of before.
    """

    def __init__(self, app: "WSGIApplication") -> None:
        self.app, self.port = app, 0
        self._server: BaseWSGIServer | None = None
        self._inside = 0
        self._change = threading.Condition()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def join(self) -> None:
        self._server = make_server("127.0.0.1", self.port, self._answer, threaded=True)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def cut(self) -> None:
        if self._server is None:
            return
        server, self._server = self._server, None
        server.shutdown()
        server.server_close()
        with self._change:
            self._change.wait_for(lambda: not self._inside)

    def _answer(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Whole: the server would leave the file of an answer open where the browser goes away meanwhile."""
        with self._change:
            if self._server is None:
                raise ConnectionAbortedError
            self._inside += 1
        try:
            chunks: Any = self.app(environ, start_response)
            with closing(chunks) if hasattr(chunks, "close") else nullcontext():
                return [b"".join(chunks)]
        finally:
            with self._change:
                self._inside -= 1
                self._change.notify_all()


@contextmanager
def serving(app: "WSGIApplication") -> Iterator[str]:
    """The application's address while the block runs."""
    line = Line(app)
    line.join()
    try:
        yield line.address
    finally:
        line.cut()


def signed_in(
    chromium: Browser,
    person: Person,
    address: str,
    *,
    width: int = 1280,
    scheme: str = "light",
    script: bool = True,
) -> BrowserContext:
    """A browser window of this person; `script` off is a browser without JavaScript."""
    context = chromium.new_context(
        base_url=address,
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
        java_script_enabled=script,
    )
    name = person.application.config["SESSION_COOKIE_NAME"]
    cookie = person.get_cookie(name)
    assert cookie is not None
    context.add_cookies([{"name": name, "value": cookie.value, "url": address}])
    return context


def stop_the_clock(page: Page) -> None:
    """From the next page on its time goes on only by `page.clock.run_for` and `fast_forward`."""
    page.clock.install(time=0)
    page.clock.pause_at(1000)


def submit(page: Page, what: str | Locator) -> None:
    """Press it and wait for the page that follows; a bare click may return before the server has answered."""
    with page.expect_navigation():
        (page.locator(what).first if isinstance(what, str) else what).click()
