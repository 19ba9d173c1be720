"""The hash chain of a ticket's history. Pure.

Each entry's hash is SHA-256 over the previous hash and the entry's canonical JSON (sorted keys, no spaces,
UTF-8). What may be claimed: changes to past entries are detected when checked against a head published
earlier; someone with full control of the server can forge entries after the last published head.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One act, as it enters the chain. Personal values enter as `Sealed` digests only."""

    seq: int
    at: datetime
    actor: str  # "staff:3", "customer:7", "system"
    act: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """A personal value's digest and the salt that lies beside the value and dies with it."""

    salt: str
    digest: str


def seal(value: str) -> Sealed:
    """A digest that proves the value as long as the salt is kept, and tells nothing without it."""
    salt = secrets.token_hex(16)
    return Sealed(salt=salt, digest=digest_of(value, salt=salt))


def digest_of(value: str, *, salt: str) -> str:
    return hashlib.sha256(f"{salt}\n{value}".encode()).hexdigest()


def first_hash(code: str) -> str:
    """What stands before a ticket's first entry; differs per ticket so that chains cannot be swapped."""
    return hashlib.sha256(f"repairshop ticket {code}".encode()).hexdigest()


def canonical(entry: Entry) -> str:
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    facts = {
        "seq": entry.seq,
        "at": at,
        "actor": entry.actor,
        "act": entry.act,
        "before": dict(entry.before),
        "after": dict(entry.after),
    }
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def next_hash(previous: str, entry: Entry) -> str:
    return hashlib.sha256(f"{previous}\n{canonical(entry)}".encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Break:
    """Where a chain stops being true: the first sequence number that does not fit, and why."""

    seq: int
    reason: str  # "gap", "previous", "hash", "truncated"


def find_break(
    code: str, entries: Iterable[tuple[Entry, str, str]], *, last_seq: int, last_hash: str
) -> Break | None:
    """Walk (entry, stored previous hash, stored hash) in order and compare with the ticket's own head."""
    previous, seq = first_hash(code), 0
    for entry, stored_previous, stored_hash in entries:
        seq += 1
        if entry.seq != seq:
            return Break(seq=seq, reason="gap")
        if stored_previous != previous:
            return Break(seq=seq, reason="previous")
        if next_hash(previous, entry) != stored_hash:
            return Break(seq=seq, reason="hash")
        previous = stored_hash
    if (seq, previous) != (last_seq, last_hash if last_seq else previous):
        return Break(seq=seq + 1, reason="truncated")
    return None


def day_head(previous: str, tickets: Iterable[tuple[int, int, str]]) -> str:
    """A shop's head of one day over (ticket id, last seq, last hash) of the tickets changed that day."""
    lines = "".join(f"{ticket} {seq} {head}\n" for ticket, seq, head in sorted(tickets))
    return hashlib.sha256(f"{previous}\n{lines}".encode()).hexdigest()
