"""The European Repair Information Form: given with a quote, kept as it was, and its conditions hold."""

import re
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from repairshop.database import db
from repairshop.quotes import service
from repairshop.quotes.draft_queries import get_draft
from repairshop.quotes.models import RepairForm
from repairshop.quotes.queries import get_form_facts
from repairshop.quotes.repair_form import (
    FormExtras,
    FormHolds,
    FormTooShort,
    Goods,
    Repairer,
    ReplacementNotSaid,
    form_facts,
    form_hash,
    gives_form,
    require_form,
    require_form_free,
    valid_until_by_default,
)
from repairshop.quotes.rules import Channel, ConsentNeedsNumber, DecisionKind, Evidence
from repairshop.quotes.terms import AmountOutOfRange, LineKind, OptionTerms, QuoteLine, QuoteTerms
from repairshop.staff.models import Shop
from repairshop.staff.rules import FORM_COUNTRIES, FormPolicy
from repairshop.tickets.queries import list_history
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_shop, make_staff, make_ticket, open_day
from tests.portal.guests import come_in
from tests.quotes.builders import AFTERMARKET, ORIGINAL, approve, current, draft, quoted_ticket

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
TODAY = date(2026, 3, 3)
SAID = FormExtras(
    replacement=True,
    replacement_minor=1500,
    place="12 High Street",
    transport_minor=800,
    more="Bring the charger.",
)
TERMS = QuoteTerms(
    currency="EUR",
    tax_name="VAT",
    tax_rate_basis_points=2300,
    options=(
        OptionTerms(
            lines=(QuoteLine(kind=LineKind.WORK, description="Work", unit_price_minor=5000),),
            at_most_minor=6000,
        ),
    ),
    earliest=date(2026, 3, 5),
    latest=date(2026, 3, 6),
    valid_until=date(2026, 4, 2),
)
REPAIRER = Repairer(
    name="Fixwell",
    street="12 High Street",
    city="Dublin",
    country="IE",
    phone="",
    email="",
    time_zone="Europe/Dublin",
)
GOODS = Goods(label="iPhone 13", serial="S1", imei="", defect="The glass is broken")
CONSENT = Evidence(channel=Channel.COUNTER, consented_by="Carl Cooper")


@pytest.mark.parametrize(
    ("policy", "country", "given_there"),
    [
        (FormPolicy.WITH_QUOTES, "DE", True),
        (FormPolicy.WITH_QUOTES, "IE", True),
        (FormPolicy.WITH_QUOTES, "GB", False),
        (FormPolicy.WITH_QUOTES, "US", False),
        (FormPolicy.NEVER, "DE", False),
    ],
)
def test_the_form_is_given_by_shop_and_country(policy, country, given_there) -> None:
    assert gives_form(policy, country=country) is given_there
    assert len(FORM_COUNTRIES) == 27


@pytest.mark.parametrize(
    ("days", "with_form", "last"),
    [(14, False, date(2026, 3, 17)), (14, True, date(2026, 4, 2)), (60, True, date(2026, 5, 2))],
)
def test_with_the_form_a_quote_is_open_for_thirty_days_at_least(days, with_form, last) -> None:
    assert valid_until_by_default(TODAY, quote_days=days, with_form=with_form) == last


@pytest.mark.parametrize(
    ("extras", "valid_until", "refusal", "field"),
    [
        (SAID, date(2026, 4, 1), FormTooShort, "valid_until"),
        (replace(SAID, replacement=None), TERMS.valid_until, ReplacementNotSaid, "form_replacement"),
        (replace(SAID, replacement_minor=-1), TERMS.valid_until, AmountOutOfRange, "form_replacement_cost"),
        (replace(SAID, transport_minor=-1), TERMS.valid_until, AmountOutOfRange, "form_transport"),
    ],
)
def test_a_form_that_says_too_little_is_not_given(extras, valid_until, refusal, field) -> None:
    with pytest.raises(refusal) as caught:
        require_form(extras, replace(TERMS, valid_until=valid_until), today=TODAY)

    assert caught.value.field == field


@given(st.integers(0, 80), st.integers(30, 60), st.booleans())
def test_conditions_change_only_after_the_form_or_with_the_customer(day, valid, agreed) -> None:
    today, valid_until = TODAY + timedelta(days=day), TODAY + timedelta(days=valid)
    free = True
    try:
        require_form_free(valid_until, today=today, agreed=agreed)
    except FormHolds:
        free = False

    assert free is (agreed or today > valid_until)


def hash_of(terms=TERMS, extras=SAID, repairer=REPAIRER, goods=GOODS, **changes) -> str:
    known = {"language": "en", "version": 1, "quote_hash": "a" * 64, "today": TODAY, **changes}
    return form_hash(form_facts(terms, extras, repairer=repairer, goods=goods, **known))


@pytest.mark.parametrize("field", [field.name for field in fields(FormExtras)])
def test_everything_that_was_said_enters_the_hash(field) -> None:
    other = False if field == "replacement" else 7 if field.endswith("minor") else "else"

    assert hash_of(extras=replace(SAID, **{field: other})) != hash_of()


@pytest.mark.parametrize(
    "changes",
    [
        {"language": "es"},
        {"version": 2},
        {"quote_hash": "b" * 64},
        {"today": date(2026, 3, 4)},
        {"repairer": replace(REPAIRER, phone="+353 1 555 0100")},
        {"goods": replace(GOODS, defect="Else")},
        {"terms": replace(TERMS, valid_until=date(2026, 4, 3))},
        {"terms": replace(TERMS, latest=date(2026, 3, 9))},
        {"terms": replace(TERMS, options=(replace(TERMS.options[0], at_most_minor=6001),))},
    ],
)
def test_every_condition_enters_the_hash(changes) -> None:
    assert hash_of(**changes) != hash_of()


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as travel:
        yield travel


def give_forms() -> None:
    with transaction():
        for shop in db.session.query(Shop):
            shop.country, shop.repair_form = "IE", FormPolicy.WITH_QUOTES


@pytest.fixture
def tess_in_dublin(app_context, clock):
    actor = make_staff(make_shop())
    give_forms()
    return actor


both = pytest.mark.both_databases


@both
def test_a_quote_comes_with_the_form_bound_to_its_hash(tess_in_dublin) -> None:
    reference = quoted_ticket(tess_in_dublin, form=SAID)

    quote = current(reference)
    facts, key = get_form_facts(get_ticket(reference).id, 1)
    entry = next(row for row in list_history(get_ticket(reference).id) if row.act == "send_quote")
    assert quote.valid_until == quote.form.valid_until == date(2026, 4, 2)
    assert quote.form.hash == key.hash == form_hash(facts) == entry.after["repair_form"]
    assert facts["quote"] == [1, quote.hash]
    assert facts["goods"]["defect"] == "The glass is broken, the picture below it too."
    assert facts["options"][0]["price_minor"] == 12900
    assert facts["extras"]["place"] == "12 High Street"


@both
def test_a_shop_that_gives_no_form_gives_none(app_context, clock) -> None:
    reference = quoted_ticket(make_staff(make_shop()))

    assert current(reference).form is None


@both
def test_without_the_word_about_a_replacement_nothing_is_sent(tess_in_dublin) -> None:
    reference = make_ticket(tess_in_dublin, stage=Stage.DIAGNOSING)
    draft(reference, by=tess_in_dublin)

    with pytest.raises(ReplacementNotSaid), transaction():
        service.send_quote(reference, by=tess_in_dublin)

    assert get_ticket(reference).stage is Stage.DIAGNOSING


@both
@pytest.mark.parametrize("statement", [update(RepairForm).values(hash="b" * 64), delete(RepairForm)])
def test_the_database_refuses_to_change_a_form(tess_in_dublin, statement) -> None:
    reference = quoted_ticket(tess_in_dublin, form=SAID)
    before = get_form_facts(get_ticket(reference).id, 1)

    with pytest.raises(DBAPIError, match="a form that was given never changes"), transaction():
        db.session.execute(statement)
    with pytest.raises(DBAPIError, match="a form that was given never changes"), transaction():
        db.session.execute(update(RepairForm).values(facts={"price": 1}))

    assert get_form_facts(get_ticket(reference).id, 1) == before


@both
@pytest.mark.parametrize("verb", ["revise", "withdraw"])
def test_while_it_holds_only_the_customer_agrees_to_other_conditions(tess_in_dublin, verb) -> None:
    by = tess_in_dublin
    reference = quoted_ticket(by, form=SAID)

    def act(consent):
        with transaction():
            if verb == "revise":
                service.revise_quote(reference, by=by, consent=consent)
            else:
                service.withdraw_quote(reference, by=by, note="", consent=consent)

    with pytest.raises(FormHolds):
        act(None)
    with pytest.raises(ConsentNeedsNumber):
        act(Evidence(channel=Channel.PHONE, consented_by="Carl Cooper"))
    assert [row.kind for row in current(reference).decisions] == []

    act(CONSENT)

    versions = service.get_current_quote(get_ticket(reference).id)
    decision = next(
        row
        for row in db.session.query(service.QuoteDecision).all()
        if row.kind in {DecisionKind.REPLACED, DecisionKind.WITHDRAWN}
    )
    assert decision.consented_by == "Carl Cooper"
    assert versions.version == (2 if verb == "revise" else 1)


@both
def test_more_found_in_repair_gives_a_new_form_and_keeps_the_old_one(tess_in_dublin, clock) -> None:
    by = tess_in_dublin
    reference = quoted_ticket(by, form=SAID)
    approve(reference, by=by)
    clock.shift(timedelta(minutes=10))
    draft(reference, by=by, options=(ORIGINAL, AFTERMARKET), form=replace(SAID, more="Battery too"))

    with transaction():
        service.requote(reference, by=by)

    ticket_id = get_ticket(reference).id
    first, second = get_form_facts(ticket_id, 1)[0], get_form_facts(ticket_id, 2)[0]
    assert first["extras"]["more"] == "Bring the charger."
    assert second["extras"]["more"] == "Battery too"
    assert [option["label"] for option in second["options"]] == ["Original part", "Aftermarket part"]


def test_it_is_written_sent_and_read_by_staff_and_customer(app, tess) -> None:
    with app.app_context():
        give_forms()
        reference = make_ticket(tess.actor, stage=Stage.DIAGNOSING)
        draft(reference, by=tess.actor, **_soon())
    page = tess.get(f"/tickets/{reference}/quote").text
    assert "Is there a device to borrow meanwhile?" in page
    typed = dict(re.findall(r'name="((?:lines|options)-[^"]+|earliest|latest)"[^>]*value="([^"]*)"', page))
    typed = {name: value for name, value in typed.items() if not name.endswith("optional")}
    typed |= {"lines-0-origin": "new_original", "lines-2-origin": "aftermarket"}
    said = {"form_replacement": "yes", "form_replacement_cost": "15", "form_transport": "8"}
    tess.send(f"/tickets/{reference}/quote", {**typed, **said, "form_more": "<b>Bring it</b>"})
    with app.app_context():
        kept = get_draft(get_ticket(reference).id).form
    assert (kept.replacement, kept.replacement_minor, kept.transport_minor) == (True, 1500, 800)
    check = tess.get(f"/tickets/{reference}/send-quote").text
    version = re.search(r'name="version"[^>]*value="(\d+)"', check)[1]
    assert tess.send(f"/tickets/{reference}/send-quote", {"version": version}).status_code == 302

    staff = tess.get(f"/tickets/{reference}/quotes/1/repair-form")
    carl = come_in(app, reference)
    offer, form = carl.get(f"/repair/{reference}/quote"), carl.get(f"/repair/{reference}/repair-form/1")

    assert "European Repair Information Form" in offer.text
    for text in (staff.text, form.text):
        for words in ("1. Repairer", "12. More to know", "Transport: £8.00", "Yes, for £15.00", "&lt;b&gt;"):
            assert words in text
        assert "<b>Bring it" not in text
    assert carl.get(f"/repair/{reference}/repair-form/2").status_code == 404
    assert "What we offered" in carl.get(f"/repair/{reference}/quotes").text


def _soon() -> dict[str, object]:
    return {"earliest": open_day(7), "latest": open_day(8)}


def test_other_conditions_ask_for_the_customers_consent_on_the_page(app, tess) -> None:
    with app.app_context():
        give_forms()
        reference = quoted_ticket(tess.actor, form=SAID, **_soon())
    path = f"/tickets/{reference}/revise-quote"
    page = tess.get(path).text
    assert "Who agreed to a new form" in page
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)[1]

    refused = tess.send(path, {"version": version})
    assert refused.status_code == 422
    assert 'href="#consented_by"' in refused.text
    done = tess.send(path, {"version": version, "consented_by": "Carl Cooper", "channel": "counter"})

    assert done.status_code == 302
    with app.app_context():
        assert current(reference).version == 2


@pytest.mark.documents
def test_the_pdf_carries_its_facts(app, tess) -> None:
    with app.app_context():
        give_forms()
        reference = quoted_ticket(tess.actor, form=SAID, **_soon())

    answer = tess.get(f"/tickets/{reference}/quotes/1/repair-form.pdf")

    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF")
    assert come_in(app, reference).get(f"/repair/{reference}/repair-form/1.pdf").data == answer.data
