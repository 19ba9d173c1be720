"""Facts that one feature announces and others react to, at once and in the same transaction.

`wiring.EVENT_HANDLERS` names every listener; an event without an entry there is an error, so that
nothing is announced into silence. A handler that fails undoes the move it reacted to.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened, named in the past tense."""


Handler = Callable[[Any], None]
_handlers: dict[type[Event], tuple[Handler, ...]] = {}


def connect(handlers: Mapping[type[Event], Sequence[Handler]]) -> None:
    """Replace the listeners by this table; create_app calls it once with the wiring's."""
    _handlers.clear()
    _handlers.update({event: tuple(listeners) for event, listeners in handlers.items()})


def publish(event: Event) -> None:
    """Tell every listener, in order. KeyError if the event's class is not wired."""
    for handler in _handlers[type(event)]:
        handler(event)
