"""Signs that languages write in ways of their own."""

_COLONS = {"fr": "\N{NARROW NO-BREAK SPACE}:"}


def colon(language: str) -> str:
    """What stands between a word and what it names; most languages write it close to the word."""
    return _COLONS.get(language, ":")
