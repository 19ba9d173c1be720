"""How many messages are claimed at once. Pure."""

# No more rows than this are locked by one claim, or left open by a worker that is killed.
MOST_AT_ONCE = 60
# A batch is as large as goes out in this time: of a provider that takes its time only one or two.
BATCH_SECONDS = 0.5
# What a batch has not handed over by then goes back, for workers whose provider is quicker.
LONGEST_BATCH_SECONDS = 1.0
# After a call that took longer, writing its answer down at once costs little beside it.
SLOW_CALL_SECONDS = 0.05


def next_size(size: int, *, handed_over: int, seconds: float) -> int:
    """How many to claim after a batch of `size`, of which this many went out in so many seconds.

    At most twice as many as before: one quick answer says little about the next.
    """
    if not handed_over:
        return 1
    fitting = int(BATCH_SECONDS * handed_over / seconds) if seconds > 0 else MOST_AT_ONCE
    return max(1, min(fitting, 2 * size, MOST_AT_ONCE))
