"""One process that guesses codes: python -m tests.portal.guesser, with its order as JSON on the input.

It answers on the output with what it got: how often each status, and how many different pages. The clock
stands still, so that no waiting time runs out meanwhile.
"""

import json
import re
import sys
from collections import Counter
from datetime import datetime
from random import Random
from typing import Any

import time_machine

from config import load_config
from repairshop.codes import new_code
from tests import apps
from tests.cast import Browser

# What is not the same on two equal pages: the form's own tokens, and what was typed.
_OWN = re.compile(r'value="[^"]*"')


def main() -> None:
    order = json.load(sys.stdin)
    with time_machine.travel(datetime.fromisoformat(order["at"]), tick=False):
        json.dump(guess(order), sys.stdout)


def guess(order: dict[str, Any]) -> dict[str, Any]:
    app = apps.build(load_config(order["settings"]))
    browser, rng = Browser(app, app.response_class), Random(order["seed"])
    statuses: Counter[int] = Counter()
    pages: set[str] = set()
    for number in range(order["guesses"]):
        # Every tenth knows a code that exists, and one of those the digits too.
        knows = number % 10 == 0
        fields = {
            "code": rng.choice(order["codes"]) if knows else new_code(),
            "phone_tail": order["tail"] if number % 100 == 0 else f"{rng.randrange(10_000):04}",
        }
        address = ".".join(str(rng.randrange(1, 255)) for _ in range(4))
        answer = browser.send("/find-my-repair", fields, environ_base={"REMOTE_ADDR": address})
        statuses[answer.status_code] += 1
        if answer.status_code != 303:
            pages.add(_OWN.sub("", answer.text))
    return {"statuses": dict(statuses), "pages": sorted(pages)}


if __name__ == "__main__":
    main()
