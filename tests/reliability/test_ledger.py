"""The checker sees what is lost, doubled, phantom, out of order and late, and nothing where all is well."""

from dataclasses import replace

import pytest

from tests.reliability.ledger import Change, Copy, Findings, Row, compare, plain

CARL, DANA = "+447700900123", "+447700900456"


def row(id_: int, text: str, to: str = CARL, state: str = "delivered", **more: object) -> Row:
    facts = {"send_after": 100.0 + id_, "attempts": (f"a{id_}",), **more}
    return Row(id=id_, event_key=f"move:{id_}", recipient=to, text=text, state=state, **facts)  # type: ignore[arg-type]


def copy(number: int, text: str, to: str = CARL, *, attempt: int | None = None) -> Copy:
    return Copy(
        sid=f"SM{number}", to=to, body=text, at=200.0 + number, attempt=f"a{attempt}" if attempt else ""
    )


ROWS = [
    row(1, "In repair: {link}"),
    row(2, "Checked: {link}"),
    row(3, "In repair: {link}"),
    row(4, "In repair: {link}", to=DANA),
    row(5, "Checked: {link}", to=DANA, state="superseded"),
    row(6, "Ready: {link}", to=DANA),
]
CHANGES = [Change(event_key=f"move:{number}", ticket_id=number // 4) for number in range(1, 7)]
COPIES = [
    copy(1, "In repair: https://repair.example.com/t/abc-1", attempt=1),
    copy(2, "In repair: https://repair.example.com/t/xyz", to=DANA, attempt=4),
    copy(3, "Checked:  https://repair.example.com/t/abc-1", attempt=2),
    copy(4, "Ready: https://repair.example.com/t/xyz", to=DANA, attempt=6),
    copy(5, "In repair: https://repair.example.com/t/abc-1", attempt=3),
]


def kinds(found: Findings) -> dict[str, int]:
    counts = {name: len(getattr(found, name)) for name in ("lost", "doubled", "phantom", "unordered")}
    return {name: number for name, number in counts.items() if number}


def test_accounts_that_agree() -> None:
    found = compare(CHANGES, ROWS, COPIES)

    assert found.agree
    assert (found.changes, found.sent, found.superseded) == (6, 5, 1)
    assert str(found) == "lost 0, doubled 0, phantom 0, out of order 0"
    assert len(found.lateness) == 5


def test_a_change_without_a_message_is_lost() -> None:
    assert kinds(compare([*CHANGES, Change(event_key="move:7", ticket_id=9)], ROWS, COPIES)) == {"lost": 1}


@pytest.mark.parametrize("missing", range(len(COPIES)))
def test_a_message_that_nobody_received_is_lost(missing: int) -> None:
    copies = [copy for position, copy in enumerate(COPIES) if position != missing]

    assert kinds(compare(CHANGES, ROWS, copies))["lost"] == 1


@pytest.mark.parametrize("state", ["queued", "sending", "unknown", "held", "needs_human"])
def test_what_is_not_finished_at_the_end_is_lost(state: str) -> None:
    rows = [*ROWS, row(7, "Handed over", state=state)]

    assert kinds(compare(CHANGES, rows, COPIES)) == {"lost": 1}


@pytest.mark.parametrize("again", COPIES)
def test_a_second_copy_is_doubled_whatever_attempt_it_names(again: Copy) -> None:
    second = replace(again, sid="SM9", at=300, attempt="")

    assert kinds(compare(CHANGES, ROWS, [*COPIES, second])) == {"doubled": 1}


def test_a_second_copy_in_place_of_a_lost_one_of_the_same_words_is_seen_by_its_attempt() -> None:
    copies = [replace(one, attempt="a1") if one.attempt == "a3" else one for one in COPIES]

    assert kinds(compare(CHANGES, ROWS, copies)) == {"doubled": 1}


def test_a_double_that_our_page_does_not_tell_is_named() -> None:
    second = replace(COPIES[0], sid="SM9", at=300)
    flagged = [replace(one, doubled=True) if one.id == 1 else one for one in ROWS]

    assert compare(CHANGES, ROWS, [*COPIES, second]).unflagged
    assert not compare(CHANGES, flagged, [*COPIES, second]).unflagged


def test_words_that_no_stage_change_called_for_are_a_phantom() -> None:
    assert kinds(compare(CHANGES, ROWS, [*COPIES, copy(9, "You won a prize")])) == {"phantom": 1}


def test_a_message_that_gave_way_and_went_all_the_same_is_seen() -> None:
    assert not compare(CHANGES, ROWS, [*COPIES, copy(9, "Checked: {link}", to=DANA)]).agree


def test_an_attempt_that_is_not_written_down_is_a_phantom() -> None:
    copies = [replace(one, attempt="b9") if one.attempt == "a6" else one for one in COPIES]

    assert kinds(compare(CHANGES, ROWS, copies)) == {"phantom": 1}


def test_a_later_stage_that_arrives_first_is_out_of_order() -> None:
    first, second = COPIES[1], COPIES[3]
    copies = [replace(second, at=first.at), replace(first, at=second.at)]

    found = compare(CHANGES[3:], ROWS[3:], copies)

    assert kinds(found) == {"unordered": 1}
    assert found.unordered == ["message 6 went before message 4"]


def test_what_a_person_sent_again_may_come_later() -> None:
    rows = [replace(one, by_hand=one.id == 4) for one in ROWS[3:]]
    copies = [replace(COPIES[3], at=1), replace(COPIES[1], at=2)]

    assert compare(CHANGES[3:], rows, copies).agree


def test_of_two_stages_with_the_same_words_the_one_sent_again_by_hand_may_come_last() -> None:
    rows = [row(1, "Back on the bench", by_hand=True), row(2, "Checked"), row(3, "Back on the bench")]
    copies = [
        copy(1, "Checked", attempt=2),
        copy(2, "Back on the bench", attempt=3),
        copy(3, "Back on the bench", attempt=1),
    ]

    assert compare([], rows, copies).agree


def test_lateness_is_from_when_it_was_due() -> None:
    found = compare(CHANGES[:1], ROWS[:1], [replace(COPIES[0], at=103.5)])

    assert found.lateness == [2.5]
    assert (found.late(2), found.late(3)) == (1, 0)


def test_words_are_compared_without_links_composition_and_spacing() -> None:
    assert plain("Café\n ready:  https://a.example/t/x-Y_9 ") == "Café ready: {link}"
