"""Answers that staff write down: a yes by phone or at the counter, a no, a withdrawal, the spend limit."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from repairshop.promises.queries import list_promises
from repairshop.quotes.rules import Channel, DecisionKind, DeclineReason, QuoteKind, QuoteState
from repairshop.tickets.stages import Outcome, Stage
from tests.builders import get_ticket, make_ticket
from tests.cast import sign_in
from tests.quotes.builders import AFTERMARKET, ORIGINAL, draft, quoted_ticket
from tests.quotes.pages import DATES, SCREEN, WORK, current, hidden, line, stage_of

HOSTILE = '<script>alert("x")</script> 🔧 שלום'


NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as travelled:
        yield travelled


def answer_fields(app: Flask, reference: str, **changes: str) -> dict[str, str]:
    facts = {
        "quote_id": str(current(app, reference).id),
        "channel": "phone",
        "consented_by": "Dana Cooper",
        "number_called": "07700 900124",
        "consented_at": "2026-03-03T08:50",
        "conditions": HOSTILE,
    }
    return {**facts, **changes}


def test_a_yes_by_phone_with_an_extra(app, tess, quoted) -> None:
    path = f"/tickets/{quoted}/approve"
    page = tess.get(path).text
    assert 'value="Carl Cooper"' in page
    battery = next(row.id for row in current(app, quoted).lines if row.optional)
    total = tess.send(path, answer_fields(app, quoted, extras=str(battery), act="total"))
    assert total.status_code == 200
    assert "Agreed so far: £129.00, at most £139.00" in total.text
    assert stage_of(app, quoted) is Stage.AWAITING_APPROVAL

    done = tess.send(path, answer_fields(app, quoted, extras=str(battery)))

    assert done.status_code == 302
    approval = current(app, quoted).approval
    assert approval is not None
    assert (approval.channel, approval.consented_by) == (Channel.PHONE, "Dana Cooper")
    assert approval.consented_at == NOW - timedelta(minutes=10)
    shown = tess.get(f"/tickets/{quoted}/quotes").text
    assert "By phone" in shown
    assert "07700 900124" in shown
    assert "<script>alert" not in shown


def test_a_late_yes_at_the_counter_is_shown_and_told_the_days_it_promises(app, tess, quoted, clock) -> None:
    path = f"/tickets/{quoted}/approve"
    assert "The days of this quote have passed" not in tess.get(path).text
    clock.move_to(datetime(2026, 3, 12, 9, 0, tzinfo=UTC))
    tess = sign_in(app, tess.actor)

    page = tess.get(path).text
    tess.send(path, answer_fields(app, quoted))

    with app.app_context():
        promise = list_promises(get_ticket(quoted).id)[-1]
    said = re.search(r"The days of this quote have passed. A yes now promises ([^<]*)\.<", page)
    assert said is not None
    assert said[1].endswith(f"{promise.dates.latest:%a} {promise.dates.latest.day} March")
    assert promise.dates.earliest > date(2026, 3, 12)
    assert stage_of(app, quoted) is Stage.APPROVED


def test_a_yes_without_extras_leaves_them_out(app, tess, quoted) -> None:
    tess.send(f"/tickets/{quoted}/approve", answer_fields(app, quoted))

    approval = current(app, quoted).approval
    assert approval is not None
    assert approval.price is not None
    assert approval.price.minor == 10500
    assert "Left out" in tess.get(f"/tickets/{quoted}/quotes").text


@pytest.mark.parametrize(
    ("changes", "target"),
    [
        ({"channel": ""}, "#channel-0"),
        ({"consented_by": ""}, "#consented_by"),
        ({"number_called": ""}, "#number_called"),
        ({"consented_at": "2026-03-04T08:50"}, "#consented_at"),
        ({"consented_at": "yesterday"}, "#consented_at"),
        ({"extras": "999999"}, "#extras-0"),
    ],
)
def test_an_incomplete_consent_comes_back_at_its_field(app, tess, quoted, changes, target) -> None:
    answer = tess.send(f"/tickets/{quoted}/approve", answer_fields(app, quoted, **changes))

    assert answer.status_code == 422
    assert f'href="{target}"' in answer.text
    assert stage_of(app, quoted) is Stage.AWAITING_APPROVAL


def test_an_old_version_is_not_approved_from_an_old_page(app, tess, quoted) -> None:
    old = answer_fields(app, quoted)
    page = tess.get(f"/tickets/{quoted}/revise-quote").text
    tess.send(f"/tickets/{quoted}/revise-quote", {"version": hidden(page, "version")})

    answer = tess.send(f"/tickets/{quoted}/approve", old)

    assert answer.status_code == 422
    assert "Read version 2" in answer.text
    assert stage_of(app, quoted) is Stage.AWAITING_APPROVAL


def test_a_no_at_the_counter(app, tess, quoted) -> None:
    fields = answer_fields(app, quoted, channel="counter", reason="too_expensive", note=HOSTILE)

    assert tess.send(f"/tickets/{quoted}/decline", {**fields, "reason": ""}).status_code == 422
    assert tess.send(f"/tickets/{quoted}/decline", fields).status_code == 302

    quote = current(app, quoted)
    assert quote.state is QuoteState.DECLINED
    assert quote.decisions[-1].decline_reason is DeclineReason.TOO_EXPENSIVE
    with app.app_context():
        assert get_ticket(quoted).outcome is Outcome.DECLINED


def test_withdrawing_and_taking_back_and_closing(app, tess, quoted, clock) -> None:
    tess.send(f"/tickets/{quoted}/approve", answer_fields(app, quoted))
    tess.send(f"/tickets/{quoted}/take-approval-back", {"note": "Sleeps on it"})
    assert stage_of(app, quoted) is Stage.AWAITING_APPROVAL
    early = tess.send(f"/tickets/{quoted}/close-unanswered")
    assert early.status_code == 422
    assert "The customer can answer until" in early.text

    tess.send(f"/tickets/{quoted}/withdraw-quote", {"note": "Wrong part"})

    assert stage_of(app, quoted) is Stage.DIAGNOSING
    kinds = [row.kind for row in current(app, quoted).decisions]
    assert kinds == [DecisionKind.APPROVED, DecisionKind.TAKEN_BACK, DecisionKind.WITHDRAWN]


def test_closing_a_quote_nobody_answered(app, tess, quoted, clock) -> None:
    clock.shift(timedelta(days=15))
    tess = sign_in(app, tess.actor)

    assert tess.send(f"/tickets/{quoted}/close-unanswered").status_code == 302
    assert stage_of(app, quoted) is Stage.FINAL_CHECKS


def test_going_on_within_the_spend_limit(app, tess) -> None:
    with app.app_context():
        reference = make_ticket(tess.actor, stage=Stage.DIAGNOSING, spend_limit_minor=11000)
    extra = line(2, "part", description="Battery", unit_price="24", origin="aftermarket", optional="y")
    saved = tess.send(f"/tickets/{reference}/quote", {**SCREEN, **WORK, **extra, **DATES, "act": "limit"})
    assert saved.location == f"/tickets/{reference}/proceed-within-limit"
    page = tess.get(saved.location).text
    assert "limit is £110.00" in page
    assert "Battery" not in page

    tess.send(saved.location, {"version": hidden(page, "version")})

    assert stage_of(app, reference) is Stage.APPROVED
    assert current(app, reference).kind is QuoteKind.WITHIN_LIMIT


def test_above_the_limit_a_quote_is_asked_for(app, tess) -> None:
    with app.app_context():
        reference = make_ticket(tess.actor, stage=Stage.DIAGNOSING, spend_limit_minor=10000)
        draft(reference, by=tess.actor)

    answer = tess.send(f"/tickets/{reference}/proceed-within-limit")

    assert answer.status_code == 422
    assert "limit is £100.00. Send a quote instead" in answer.text


def test_accepting_the_fixed_price(app, tess) -> None:
    with app.app_context():
        reference = make_ticket(tess.actor, fixed_price_minor=9900)
    page = tess.get(f"/tickets/{reference}/accept-fixed-price").text
    assert "£99.00" in page

    done = tess.send(
        f"/tickets/{reference}/accept-fixed-price", {**DATES, "version": hidden(page, "version")}
    )

    assert done.status_code == 302
    assert current(app, reference).latest == date(2026, 3, 6)


def test_at_the_counter_one_option_is_chosen(app, tess) -> None:
    with app.app_context():
        reference = quoted_ticket(tess.actor, options=(ORIGINAL, AFTERMARKET))
    path, quote = f"/tickets/{reference}/approve", current(app, reference)
    original, aftermarket = quote.options
    battery = str(aftermarket.lines[-1].id)
    fields = answer_fields(app, reference)

    missing = tess.send(path, fields)
    assert missing.status_code == 422
    assert 'href="#option-0"' in missing.text
    mixed = tess.send(path, {**fields, "option": str(original.id), "extras": battery})
    assert mixed.status_code == 422
    assert "extras of the option" in mixed.text
    total = tess.send(path, {**fields, "option": str(aftermarket.id), "extras": battery, "act": "total"})
    assert "Agreed so far: £97.00, at most £99.00" in total.text
    forged = tess.send(path, {**fields, "option": "nonsense"})
    assert forged.status_code == 422
    assert stage_of(app, reference) is Stage.AWAITING_APPROVAL

    assert tess.send(path, {**fields, "option": str(aftermarket.id)}).status_code == 302

    approval = current(app, reference).approval
    assert (approval.price.minor, approval.at_most.minor) == (7300, 7500)
    shown = tess.get(f"/tickets/{reference}/quotes").text
    assert "Not chosen" in shown
    assert "£73.00" in tess.get(f"/tickets/{reference}").text
