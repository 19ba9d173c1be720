"""The server of the browser tests: nothing of a test runs on when it is over."""

import http.client
import threading

import pytest

from tests.browser.live import Line

PATIENCE = 30


def ask(port: int) -> bytes:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    line.request("GET", "/")
    return line.getresponse().read()


def test_a_cut_line_has_finished_what_it_began_and_takes_nothing_more():
    began, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def app(_environ, start_response):
        began.set()
        may_end.wait(PATIENCE)
        ended.set()
        start_response("200 OK", [])
        return [b"here"]

    line = Line(app)
    line.join()
    threading.Thread(target=ask, args=[line.port], daemon=True).start()
    assert began.wait(PATIENCE)
    threading.Timer(0.2, may_end.set).start()

    line.cut()

    assert ended.is_set()
    with pytest.raises(ConnectionRefusedError):
        ask(line.port)


def test_a_line_is_joined_again_at_the_same_address():
    def app(_environ, start_response):
        start_response("200 OK", [])
        return [b"here"]

    line = Line(app)
    line.join()
    before = line.address
    line.cut()
    line.join()

    assert (line.address, ask(line.port)) == (before, b"here")
    line.cut()
