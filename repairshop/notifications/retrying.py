"""When a message that was refused is tried again, and when it is a person's turn. Pure."""

from datetime import datetime, timedelta

# Refusals that may go away but concern one recipient or sender: that others get through says nothing.
TROUBLE_OF_ONE_MESSAGE = frozenset({"21408", "21608", "21611", "63038"})


# Seconds before the next try, after the first, second, … refusal; the last one repeats.
BACK_OFF_SECONDS = (5, 15, 30, 60, 120, 300, 600, 900, 1800, 2700, 3600)


# After this a person decides.
TRY_FOR = timedelta(hours=6)


def next_try(*, attempts: int, since: datetime, at: datetime, chance: float) -> datetime | None:
    """When to try again after `attempts` refusals, up to a fifth earlier by `chance` in [0, 1).

    `since` is when the first of these tries was made. None when it is a person's turn. The tries are not
    counted: one that only feels whether the provider is back must not use them up.
    """
    seconds = BACK_OFF_SECONDS[min(attempts, len(BACK_OFF_SECONDS)) - 1] * (1 - 0.2 * chance)
    following = at + timedelta(seconds=seconds)
    return following if following - since <= TRY_FOR else None
