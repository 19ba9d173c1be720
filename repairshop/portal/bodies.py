"""Pages that were drawn, by the tag that names everything they show: kept per process, never by time."""

from collections import OrderedDict
from collections.abc import Callable

_MOST = 256


class Bodies:
    """The latest ones read; what no browser asks for any more falls out at the end."""

    def __init__(self, *, most: int = _MOST) -> None:
        self._most = most
        self._bodies: OrderedDict[str, str] = OrderedDict()

    def get(self, tag: str, draw: Callable[[], str]) -> str:
        """The body of this tag, drawn if nobody read it lately; a page that fails to draw is not kept."""
        body = self._bodies.get(tag)
        if body is None:
            body = draw()
            self._bodies[tag] = body
        # Another thread may have dropped it meanwhile; the body in hand is right all the same.
        if tag in self._bodies:
            self._bodies.move_to_end(tag)
        while len(self._bodies) > self._most:
            self._bodies.popitem(last=False)
        return body
