"""Pages and their parts that were drawn, by what they show: kept per process, never by time."""

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence

_MOST = 256


def tag_of(*facts: object) -> str:
    """The tag of a page that shows these facts and nothing else; each says itself whole by repr()."""
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]


class Bodies:
    """The latest ones read; what no browser asks for any more falls out at the end."""

    def __init__(self, *, most: int = _MOST) -> None:
        self._most = most
        self._bodies: OrderedDict[Hashable, str] = OrderedDict()
        # What stands in a kept body for the words of one reading. Nobody outside can write it.
        self._gap = secrets.token_hex(16)

    def get(self, tag: Hashable, draw: Callable[[], str], *, passing: Sequence[str] = ()) -> str:
        """The body of this tag (everything it shows, or tag_of() that), drawn if nobody
        read it lately; one that fails to draw is not kept.

        `passing` are words that belong to this one reading, such as a form's token: they are not kept, and
        those of today stand in their place. Each must be unlike anything else on the page.
        """
        body = self._bodies.get(tag)
        if body is None:
            body = draw()
            for number, word in enumerate(passing):
                body = body.replace(word, self._mark(number))
            self._bodies[tag] = body
        # Another thread may have dropped it meanwhile; the body in hand is right all the same.
        if tag in self._bodies:
            self._bodies.move_to_end(tag)
        while len(self._bodies) > self._most:
            self._bodies.popitem(last=False)
        for number, word in enumerate(passing):
            body = body.replace(self._mark(number), word)
        return body

    def find(self, tag: Hashable) -> str | None:
        """The body of this tag, if it is here and holds no passing words."""
        return self._bodies.get(tag)

    def _mark(self, number: int) -> str:
        return f"{self._gap}-{number}-"
