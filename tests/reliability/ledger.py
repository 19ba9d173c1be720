"""Three accounts of the same notices compared: stage changes, our rows, what the provider accepted. Pure.

What a telephone number received is compared by its words, so a delivery that loses track of its own attempts
is not judged by them; the attempts are looked at besides, because two stages may have the same words.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

ACCEPTED = frozenset({"sent", "delivered", "undelivered"})
BY_POLICY = frozenset({"superseded", "withdrawn", "suppressed"})
_LINK = re.compile(r"https?://\S+/t/[\w-]+")


@dataclass(frozen=True, kw_only=True)
class Change:
    """One committed stage change that calls for a notice."""

    event_key: str
    ticket_id: int


@dataclass(frozen=True, kw_only=True)
class Row:
    """One message of ours as the database has it at the end; times in seconds since 1970."""

    id: int
    event_key: str
    recipient: str
    text: str
    state: str
    send_after: float
    attempts: tuple[str, ...] = ()
    doubled: bool = False
    failed_for_good: bool = False  # refused by a code that ends the matter
    by_hand: bool = False  # a person had it sent again


@dataclass(frozen=True, kw_only=True)
class Copy:
    """One message that the provider accepted."""

    sid: str
    to: str
    body: str
    at: float
    attempt: str = ""


@dataclass(kw_only=True)
class Findings:
    """What does not agree, as sentences; how late each message was, in seconds."""

    changes: int = 0
    sent: int = 0
    superseded: int = 0
    by_hand: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    phantom: list[str] = field(default_factory=list)
    unordered: list[str] = field(default_factory=list)
    unflagged: list[str] = field(default_factory=list)  # doubled, and nobody was told
    lateness: list[float] = field(default_factory=list)

    @property
    def agree(self) -> bool:
        return not (self.lost or self.doubled or self.phantom or self.unordered)

    def __str__(self) -> str:
        return (
            f"lost {len(self.lost)}, doubled {len(self.doubled)}, phantom {len(self.phantom)}, "
            f"out of order {len(self.unordered)}"
        )

    def problems(self, most: int = 5) -> list[str]:
        """The first few of each kind."""
        kinds = (self.lost, self.doubled, self.phantom, self.unordered)
        return [problem for kind in kinds for problem in kind[:most]]

    def late(self, seconds: float) -> int:
        return sum(lateness > seconds for lateness in self.lateness)


def plain(text: str) -> str:
    """Words as the provider and we both know them: without the link's key, in one form, one kind of space."""
    return " ".join(unicodedata.normalize("NFC", _LINK.sub("{link}", text)).split())


def compare(
    changes: Iterable[Change], rows: Sequence[Row], copies: Sequence[Copy], *, late_after: int = 0
) -> Findings:
    """Each change has a row, each row that counts as sent one copy, each copy a row, in the rows' order."""
    found = Findings()
    written = {row.event_key for row in rows}
    for change in changes:
        found.changes += 1
        if change.event_key not in written:
            found.lost.append(f"{change.event_key} of ticket {change.ticket_id} has no message")
    by_recipient: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.id):
        by_recipient[row.recipient].append(row)
    received: dict[str, list[Copy]] = defaultdict(list)
    for copy in sorted(copies, key=lambda copy: copy.at):
        received[copy.to].append(copy)
    for recipient in by_recipient.keys() | received.keys():
        _compare_one(found, by_recipient[recipient], received[recipient], late_after)
    _compare_attempts(found, rows, copies)
    return found


def _compare_one(found: Findings, rows: list[Row], copies: list[Copy], late_after: int) -> None:
    """One telephone number: as many copies of the same words as there are rows that count as sent."""
    owed: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.state in ACCEPTED or (row.state == "failed" and not row.failed_for_good):
            owed[plain(row.text)].append(row)
            found.sent += 1
            found.by_hand += row.by_hand
        elif row.state in BY_POLICY:
            found.superseded += 1
        elif row.state != "failed":
            found.lost.append(f"message {row.id} is still {row.state}")
    known = {plain(row.text) for row in rows}
    in_order: list[Row] = []
    for copy in copies:
        words = plain(copy.body)
        if owed[words]:
            # Of several rows with these words it is the one whose attempt it names, if it names one.
            row = next((one for one in owed[words] if copy.attempt in one.attempts), owed[words][0])
            owed[words].remove(row)
            in_order.append(row)
            if row.id > late_after:
                found.lateness.append(copy.at - row.send_after)
        elif words in known:
            found.doubled.append(f"{copy.sid} says again what {copy.to} was told")
        else:
            found.phantom.append(f"{copy.sid} to {copy.to} stands for no stage change")
    for rows_left in owed.values():
        found.lost += [f"message {row.id} is {row.state} and was never accepted" for row in rows_left]
    ids = [row.id for row in in_order if not row.by_hand]
    found.unordered += [
        f"message {later} went before message {earlier}"
        for earlier, later in zip(ids[1:], ids, strict=False)
        if earlier < later
    ]


def _compare_attempts(found: Findings, rows: Sequence[Row], copies: Sequence[Copy]) -> None:
    owner = {attempt: row for row in rows for attempt in row.attempts}
    times = Counter(owner[copy.attempt].id for copy in copies if copy.attempt in owner)
    for copy in copies:
        if copy.attempt and copy.attempt not in owner:
            found.phantom.append(f"{copy.sid} was sent by an attempt that is not written down")
    for row in rows:
        if times[row.id] > 1:
            said = any(f"message {row.id} " in problem for problem in found.doubled)
            if not said:
                found.doubled.append(f"message {row.id} was accepted {times[row.id]} times")
            if not row.doubled:
                found.unflagged.append(f"message {row.id} went twice and its page does not say so")
