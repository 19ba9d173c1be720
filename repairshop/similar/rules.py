"""What a past repair is found by, and which repairs count as past. Pure."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from repairshop.catalogue.rules import DeviceType, search_words
from repairshop.tickets.stages import Stage

# The work is over and what was found and done is known. A cancelled booking was never looked at.
PAST_STAGES = frozenset({Stage.READY, Stage.UNCLAIMED, Stage.HANDED_OVER, Stage.SURRENDERED})

MOST_WORDS = 6
LONGEST_QUESTION = 80
_LONGEST_WORD = 40


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Whose repairs, and of what: each of these is a word of its own in the index, so that a search never
    reads another shop's or another model's entries."""

    shop_id: int
    device_type: DeviceType
    model: str  # the device's label without its colour, as the ticket has it

    @property
    def type_word(self) -> str:
        return f"zt{self.shop_id}{self.device_type.value}"

    @property
    def model_word(self) -> str:
        folded = " ".join(search_words(self.model))
        digest = hashlib.sha256(f"{self.device_type.value} {folded}".encode()).hexdigest()
        return f"zm{self.shop_id}{digest[:12]}"


def plain_words(text: str) -> list[str]:
    """The words of a text or a question as both engines part them: letters and digits, folded, no signs."""
    return [word.casefold().rstrip("+")[:_LONGEST_WORD] for word in search_words(text)]


def scoped(scope_word: str, word: str) -> str:
    """A word as the index holds it for one model or type; no scope's word has a 0 behind its letters."""
    return f"{scope_word}0{word}"


def index_text(scope: Scope, texts: Iterable[str]) -> str:
    """What the index holds of one repair: its scopes' words, and each of its own once for each scope.

    A word alone would be common to half the shop, and its list would be read for a model that has few.
    """
    words = dict.fromkeys(word for text in texts for word in plain_words(text))
    scopes = (scope.type_word, scope.model_word)
    return " ".join((*scopes, *(scoped(one, word) for one in scopes for word in words)))


def asked_words(question: str) -> list[str]:
    """What was asked for; each is the beginning of a word."""
    return list(dict.fromkeys(plain_words(question[:LONGEST_QUESTION])))[:MOST_WORDS]
