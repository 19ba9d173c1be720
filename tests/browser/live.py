"""The real application behind a socket, and pages somebody is signed in on."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Locator, Page
from werkzeug.serving import make_server

from tests.cast import Browser as Person

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The application's address while the block runs."""
    server = make_server("127.0.0.1", 0, read_whole(app), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def read_whole(app: Flask) -> "WSGIApplication":
    """The application with answers that hold no file open.

    The tests' server leaves the file of an answer open where the browser goes away in the middle of it.
    """

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        chunks: Any = app(environ, start_response)
        with closing(chunks) if hasattr(chunks, "close") else nullcontext():
            return [b"".join(chunks)]

    return answer


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


def submit(page: Page, what: str | Locator) -> None:
    """Press it and wait for the page that follows; a bare click may return before the server has answered."""
    with page.expect_navigation():
        (page.locator(what).first if isinstance(what, str) else what).click()
