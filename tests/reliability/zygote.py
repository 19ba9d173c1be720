"""A process that has loaded the program and splits off the drill's children: one line in, one line out.

Reads orders as JSON lines; writes {"started": pid} for each and {"ended": pid, "status": n} when a child is
gone, negative for a signal. Ends, with its children, when its input does.
"""

import json
import os
import select
import sys
import traceback

from tests.reliability.children import read_order, run


def main() -> int:
    from wsgi import app

    _load_what_comes_late()
    children: set[int] = set()
    _say(ready=os.getpid())
    waiting = b""
    while True:
        if select.select([0], [], [], 0.02)[0]:
            read = os.read(0, 65536)
            if not read:
                return 0  # the children die with us
            *lines, waiting = (waiting + read).split(b"\n")
            for line in lines:
                children.add(_fork(app, line))
        _reap(children)


def _load_what_comes_late() -> None:
    """Most of Twilio's library loads at the first call: hundreds of children would each do it again."""
    from twilio.rest import Client

    _ = Client("AC" + "0" * 32, "nothing is sent").messages


def _fork(app: object, line: bytes) -> int:
    pid = os.fork()
    if pid:
        _say(started=pid)
        return pid
    status = 1
    try:
        run(app, read_order(json.loads(line)))  # type: ignore[arg-type]
        status = 0
    except SystemExit as end:
        status = int(end.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)
    return 0


def _reap(children: set[int]) -> None:
    for pid in list(children):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            children.discard(pid)
            _say(ended=pid, status=os.waitstatus_to_exitcode(status))


def _say(**words: int) -> None:
    os.write(1, json.dumps(words).encode() + b"\n")


if __name__ == "__main__":
    sys.exit(main())
