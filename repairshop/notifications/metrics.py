"""Figures about delivery in the text format that Prometheus reads. Pure but for its arguments."""

from collections.abc import Iterator, Mapping

from repairshop.notifications.health import DeliveryHealth


def metrics_text(health: DeliveryHealth, calls: Mapping[str, int], states: Mapping[str, int]) -> str:
    """`calls` by how they ended; `states` of messages by "channel state"."""
    return "".join(f"{line}\n" for line in _lines(health, calls, states))


def _lines(health: DeliveryHealth, calls: Mapping[str, int], states: Mapping[str, int]) -> Iterator[str]:
    counts = health.counts
    yield from _gauge(
        "workers_alive", "Workers with a sign of life in the last 30 seconds.", health.workers_alive
    )
    yield from _gauge(
        "oldest_due_seconds",
        "How long the oldest message that may go has waited.",
        health.oldest_due_seconds,
    )
    yield from _gauge("overdue", "Messages due for more than two minutes.", health.overdue)
    yield from _gauge("unknown", "Messages whose answer was lost and is looked for.", health.being_checked)
    yield from _gauge("needs_human", "Messages that wait for a person.", health.needing_somebody)
    yield from _gauge(
        "held_for_somebody", "Messages held until a person releases them.", health.held_for_somebody
    )
    yield from _gauge(
        "held_in_older_copy",
        "Of these, held because the database was put back from an older copy.",
        health.restored.held if health.restored else 0,
    )
    yield from _head("messages", "Messages by channel and state.")
    for name, count in sorted(states.items()):
        channel, _, state = name.partition(" ")
        yield f'repairshop_messages{{channel="{channel}",state="{state}"}} {count}'
    yield from _head("calls", "Calls of providers by how they ended.")
    for ending, count in sorted(calls.items()):
        yield f'repairshop_calls{{ending="{ending or "open"}"}} {count}'
    yield from _head("runs", "Runs of living workers that did not happen as they should.")
    for name, count in (
        ("missed", counts.missed),
        ("failed", counts.failed),
        ("overlapped", counts.overlapped),
    ):
        yield f'repairshop_runs{{how="{name}"}} {count}'


def _gauge(name: str, meaning: str, value: int) -> Iterator[str]:
    yield from _head(name, meaning)
    yield f"repairshop_{name} {value}"


def _head(name: str, meaning: str) -> Iterator[str]:
    yield f"# HELP repairshop_{name} {meaning}"
    yield f"# TYPE repairshop_{name} gauge"
