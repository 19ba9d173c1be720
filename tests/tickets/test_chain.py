"""Edits, deletions, swaps, gaps and truncations of a history are found."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repairshop.tickets.chain import Entry, canonical, digest_of, find_break, first_hash, next_hash, seal

CODE = "K7QP3M2X5"


def chain(length: int) -> list[tuple[Entry, str, str]]:
    rows, previous = [], first_hash(CODE)
    for seq in range(1, length + 1):
        entry = Entry(
            seq=seq,
            at=datetime(2026, 3, 3, 16, 20, tzinfo=UTC) + timedelta(minutes=seq),
            actor=f"staff:{seq % 3}",
            act="note_added",
            before={},
            after={"n": seq},
        )
        rows.append((entry, previous, next_hash(previous, entry)))
        previous = rows[-1][2]
    return rows


def broken_at(rows: list[tuple[Entry, str, str]], *, last: tuple[Entry, str, str]) -> int | None:
    found = find_break(CODE, rows, last_seq=last[0].seq, last_hash=last[2])
    return found.seq if found else None


def test_an_untouched_chain_holds():
    rows = chain(5)

    assert broken_at(rows, last=rows[-1]) is None


def test_a_chain_without_entries_holds():
    assert find_break(CODE, [], last_seq=0, last_hash="") is None


@given(st.integers(1, 8), st.data())
def test_any_single_tampering_is_found(length, data):
    rows = chain(length)
    last = rows[-1]
    position = data.draw(st.integers(0, length - 1))
    act = data.draw(st.sampled_from(["edit", "delete", "swap", "rehash"]))
    entry, previous, hash_ = rows[position]
    if act == "edit":
        rows[position] = (replace(entry, after={"n": -1}), previous, hash_)
    elif act == "delete":
        del rows[position]
    elif act == "swap" and position + 1 < length:
        rows[position], rows[position + 1] = rows[position + 1], rows[position]
    else:
        edited = replace(entry, actor="staff:99")
        rows[position] = (edited, previous, next_hash(previous, edited))

    assert broken_at(rows, last=last) is not None


def test_a_chain_of_another_ticket_does_not_fit():
    rows = chain(3)

    assert find_break("ANOTHER11", rows, last_seq=3, last_hash=rows[-1][2]) is not None


def test_the_canonical_text_does_not_depend_on_zone_or_key_order():
    entry, _, _ = chain(1)[0]
    shifted = replace(entry, at=entry.at.astimezone(), after=dict(reversed(list(entry.after.items()))))

    assert canonical(entry) == canonical(shifted)


def test_a_sealed_value_is_proved_by_its_salt_alone():
    sealed = seal("It belongs to Carl")

    assert digest_of("It belongs to Carl", salt=sealed.salt) == sealed.digest
    assert seal("It belongs to Carl").digest != sealed.digest


@pytest.mark.parametrize("seq", [0, 4])
def test_a_head_that_does_not_match_is_a_truncation(seq):
    rows = chain(3)

    found = find_break(CODE, rows, last_seq=seq, last_hash=rows[-1][2])

    assert found is not None
    assert found.reason == "truncated"
