"""The one place that asks what time it is."""

from datetime import UTC, datetime


def now() -> datetime:
    """The time, aware, in UTC."""
    return datetime.now(UTC)


def from_text(text: str) -> datetime:
    """The time an isoformat() text stands for."""
    return datetime.fromisoformat(text)
