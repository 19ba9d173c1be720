"""The inbox as staff see it: what waits, since when, whose it is, who takes care of it."""

import re

import pytest
from sqlalchemy import select

from repairshop.clock import now
from repairshop.customers.service import add_phone
from repairshop.database import db
from repairshop.inbox.models import InboxAssignment
from repairshop.inbox.queries import count_waiting, get_inbox
from repairshop.inbox.rules import ItemKind
from repairshop.staff.queries import ShopFacts
from repairshop.tickets.attachments import ask_question
from repairshop.tickets.models import HistoryEntry
from repairshop.tickets.service import actor_for_customer
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests import builders
from tests.cast import Browser
from tests.inbox.desk import CARL, DANA, get_text, make_trouble, text_from

pytestmark = pytest.mark.usefixtures("app_context")


def inbox_of(who: Browser):
    found = get_inbox(who.actor.shop_id, reader_id=who.actor.id, at=now())
    db.session.rollback()
    return found


def ask(reference: str, text: str) -> None:
    with transaction():
        ticket = builders.get_ticket(reference)
        ask_question(ticket, text, by=actor_for_customer(ticket))


def test_texts_and_questions_wait_in_one_list_oldest_first(frank: Browser, morning: object) -> None:
    carls = builders.make_ticket(frank.actor)
    danas = builders.make_ticket(frank.actor, name="Dana Diaz", phone="07700 900456")
    for step in (
        lambda: ask(danas, "Does it hurt the warranty?"),
        lambda: text_from(CARL, "When?"),
        lambda: text_from(CARL, "Hello?"),
        lambda: ask(carls, "Is it water?"),
    ):
        step()
        morning.shift(60)  # type: ignore[attr-defined]

    waiting = inbox_of(frank).waiting

    assert [(item.kind, item.customer_name, item.words, item.count) for item in waiting] == [
        (ItemKind.QUESTION, "Dana Diaz", "Does it hurt the warranty?", 1),
        (ItemKind.TEXT, "Carl Cooper", "Hello?", 2),
        (ItemKind.QUESTION, "Carl Cooper", "Is it water?", 1),
    ]
    page = frank.get("/messages").text
    assert re.search(r"4\s*minutes?", page)
    assert count_waiting(frank.actor.shop_id).items == 3


def test_what_did_not_get_out_stands_on_top_with_its_reason(frank: Browser) -> None:
    builders.make_ticket(frank.actor)
    message = make_trouble(builders.make_ticket(frank.actor, name="Dana Diaz", phone="07700 900456"))
    text_from(CARL)

    page = frank.get("/messages").text

    assert page.index("Did not get out") < page.index("Waiting for an answer")
    assert "Our account with the provider needs attention (20003)" in page
    detail = frank.get(f"/messages/troubles/{message.id}").text
    assert all(
        words in detail for words in ("Reached, they know", "Left a voicemail", "Send again", "Give up")
    )


def test_each_shop_sees_its_own_and_nobodys(frank: Browser, theo: Browser) -> None:
    builders.make_ticket(frank.actor)
    text_id = text_from(CARL, "For Fixwell only")
    stranger = text_from("+447700900999", "For anybody")

    assert "For Fixwell only" in frank.get("/messages").text
    assert "For Fixwell only" not in theo.get("/messages").text
    for path in (f"/messages/texts/{text_id}", f"/messages/texts/{text_id}/whose"):
        assert theo.get(path).status_code == 404
    assert theo.send(f"/messages/texts/{text_id}/done").status_code == 404
    assert "For anybody" in frank.get("/messages").text
    assert "For anybody" in theo.get("/messages").text

    theo.send(f"/messages/text/{stranger}/assign", {"staff": str(theo.actor.id)})

    assert "For anybody" not in frank.get("/messages").text
    assert "For anybody" in theo.get("/messages").text


def test_words_of_strangers_are_shown_as_words(frank: Browser) -> None:
    builders.make_ticket(frank.actor, name="<b>Carl</b> Cooper")
    text_id = text_from(CARL, "<script>alert(1)</script> {{ 7*7 }} {link}")

    for path in ("/messages", f"/messages/texts/{text_id}", f"/messages/texts/{text_id}/whose"):
        page = frank.get(path).text
        assert "&lt;script&gt;" in page
        assert "<script>alert" not in page
        assert "<b>Carl</b>" not in page
        assert "{{ 7*7 }}" in page


def test_an_item_is_taken_given_and_returned(frank: Browser, tess: Browser) -> None:
    builders.make_ticket(frank.actor)
    text_id = text_from(CARL)
    path = f"/messages/text/{text_id}/assign"

    frank.send(path, {"staff": str(frank.actor.id)})
    assert "You take care of it." in frank.get(f"/messages/texts/{text_id}").text
    assert "Frank takes care of it." in tess.get(f"/messages/texts/{text_id}").text
    assert [item.assignee_name for item in inbox_of(tess).waiting] == ["Frank"]

    frank.send(path, {"staff": str(tess.actor.id)})
    assert "When is it ready?" in tess.get("/messages?who=me").text
    assert "When is it ready?" not in frank.get("/messages?who=me").text
    assert "When is it ready?" not in frank.get("/messages?who=nobody").text

    tess.send(path, {"staff": ""})
    assert "When is it ready?" in frank.get("/messages?who=nobody").text
    assert db.session.scalars(select(InboxAssignment)).all() == []


def test_a_new_text_goes_to_whoever_has_the_others(frank: Browser) -> None:
    builders.make_ticket(frank.actor)
    first = text_from(CARL, "When?")
    frank.send(f"/messages/text/{first}/assign", {"staff": str(frank.actor.id)})

    text_from(CARL, "Hello?")

    (item,) = inbox_of(frank).waiting
    assert (item.count, item.assignee_name) == (2, "Frank")


@pytest.mark.parametrize("staff", ["999999", "x", "-1", "9" * 30, "²"])
def test_nobody_is_given_to_people_who_do_not_work_here(frank: Browser, theo: Browser, staff: str) -> None:
    builders.make_ticket(frank.actor)
    text_id = text_from(CARL)

    for given in (staff, str(theo.actor.id)):
        answer = frank.send(f"/messages/text/{text_id}/assign", {"staff": given})
        assert answer.status_code == 422
        assert "That person does not work here" in answer.text


def test_the_figure_of_the_header_costs_nothing_while_it_is_the_same(frank: Browser) -> None:
    builders.make_ticket(frank.actor)
    text_from(CARL)

    first = frank.get("/messages/count")
    again = frank.get("/messages/count", headers={"If-None-Match": first.headers["ETag"]})
    text_from("+447700900999")
    changed = frank.get("/messages/count", headers={"If-None-Match": first.headers["ETag"]})

    assert first.get_json() == {"items": 1}
    assert (again.status_code, again.data) == (304, b"")
    assert changed.get_json() == {"items": 2}


def test_a_number_of_a_family_shows_whose_text_it_is_and_moves_on_a_word(frank: Browser) -> None:
    danas = builders.make_ticket(frank.actor, name="Dana Diaz", phone="07700 900123")
    carls = builders.make_ticket(frank.actor, name="Carl Cooper", phone="07700 900123")
    text_id = text_from(CARL, "Mum's phone, is it done?")
    assert get_text(id=text_id).ticket_id == builders.get_ticket(carls).id
    db.session.rollback()

    page = frank.get(f"/messages/texts/{text_id}").text
    choices = frank.get(f"/messages/texts/{text_id}/whose").text
    moved = frank.send(f"/messages/texts/{text_id}/whose", {"target": f"ticket:{danas}", "with_others": "y"})

    assert "Also with this number: Dana Diaz" in page
    assert f"ticket:{danas}" in choices
    assert "has this number" in choices
    assert moved.status_code == 302
    text = get_text(id=text_id)
    assert (text.ticket_id, text.moved_by_id) == (builders.get_ticket(danas).id, frank.actor.id)
    acts = {
        reference: [
            entry.act
            for entry in db.session.scalars(
                select(HistoryEntry).where(HistoryEntry.ticket_id == builders.get_ticket(reference).id)
            )
        ]
        for reference in (danas, carls)
    }
    assert acts[danas][-1] == "text_moved_here"
    assert acts[carls][-1] == "text_moved_away"


def test_a_stranger_is_tied_to_a_person_and_the_number_kept(frank: Browser) -> None:
    builders.make_ticket(frank.actor, stage=Stage.READY)
    text_id = text_from("+447700900999", "It's Carl on my new phone")
    assert inbox_of(frank).unknown
    customer_id = builders.get_ticket(builders.make_ticket(frank.actor)).visit.customer_id  # type: ignore[union-attr]
    db.session.rollback()

    found = frank.get(f"/messages/texts/{text_id}/whose?q=Carl").text
    assert f"person:{customer_id}" in found
    frank.send(
        f"/messages/texts/{text_id}/whose?q=Carl",
        {"target": f"person:{customer_id}", "with_others": "y", "keep_number": "y"},
    )

    assert get_text(id=text_id).customer_id == customer_id
    assert not inbox_of(frank).unknown
    later = text_from("+447700900999", "Thanks")
    assert get_text(id=later).customer_id == customer_id


@pytest.mark.parametrize(
    "target", ["", "ticket:", "ticket:AAAAAAAAA", "person:999999", "person:x", "shop:1", "person:²"]
)
def test_a_text_is_put_only_where_somebody_of_the_shop_is(frank: Browser, target: str) -> None:
    builders.make_ticket(frank.actor)
    text_id = text_from(CARL)

    assert frank.send(f"/messages/texts/{text_id}/whose", {"target": target}).status_code in {404, 422}
    assert get_text(id=text_id).moved_at is None


def test_a_text_is_never_put_with_another_shop(frank: Browser, theo: Browser) -> None:
    theirs = builders.make_ticket(theo.actor, phone="07700 900777")
    builders.make_ticket(frank.actor)
    text_id = text_from(CARL)

    answer = frank.send(f"/messages/texts/{text_id}/whose", {"target": f"ticket:{theirs}"})

    assert answer.status_code == 422
    assert "No repair of this shop has that number" in answer.text


def test_with_several_people_and_nothing_open_nobody_is_guessed(frank: Browser) -> None:
    for name in ("Carl Cooper", "Dana Diaz"):
        reference = builders.make_ticket(frank.actor, name=name)
        with transaction():
            builders.get_ticket(reference).stage = Stage.HANDED_OVER
    text_id = text_from(CARL, "It broke again")

    (item,) = inbox_of(frank).unknown
    assert (item.customer_id, item.ticket_id) == (None, None)
    page = frank.get(f"/messages/texts/{text_id}").text
    assert "Several people have this number" in page


def test_a_second_number_of_a_person_leads_to_the_same_repair(frank: Browser) -> None:
    reference = builders.make_ticket(frank.actor)
    with transaction():
        add_phone(builders.get_ticket(reference).visit.customer, "07700 900456", country="GB")  # type: ignore[union-attr]

    text_id = text_from(DANA, "From my other phone")

    assert get_text(id=text_id).ticket_id == builders.get_ticket(reference).id


def test_the_conversation_shows_both_sides(frank: Browser) -> None:
    builders.make_ticket(frank.actor)
    text_id = text_from(CARL, "When is it ready?")
    frank.send(
        f"/messages/texts/{text_id}",
        {"text": "Tomorrow at noon.", "way": f"sms:{CARL}", "seen": text_id},
    )
    later = text_from(CARL, "Great, thanks")

    page = frank.get(f"/messages/texts/{later}").text
    page = page[page.index('class="talk"') :]

    places = [page.index(words) for words in ("When is it ready?", "Tomorrow at noon.", "Great, thanks")]
    assert places == sorted(places)
    assert "dealt with by Frank" in page


def test_a_yes_to_a_quote_is_shown_with_what_to_do(frank: Browser) -> None:
    builders.make_ticket(frank.actor, stage=Stage.AWAITING_APPROVAL)
    text_id = text_from(CARL, "Yes go ahead")

    assert "A text approves nothing" in frank.get(f"/messages/texts/{text_id}").text


def test_a_prepared_reply_is_filled_for_the_person(frank: Browser, mira: Browser) -> None:
    mira.send(
        "/messages/replies/new",
        {"name": "Tomorrow", "language": "en", "text": "Hello {name}, {ticket} is done tomorrow. {link}"},
    )
    builders.make_ticket(frank.actor)
    text_id = text_from(CARL)
    reply_id = int(re.findall(r"\?reply=(\d+)", frank.get(f"/messages/texts/{text_id}").text)[0])

    page = frank.get(f"/messages/texts/{text_id}?reply={reply_id}").text

    assert "Hello Carl, R-1 is done tomorrow. {link}</textarea>" in page


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": "", "text": "x"}, "Enter a name"),
        ({"name": "A", "text": ""}, "Write the reply"),
        ({"name": "A", "text": "Your code is {code}"}, "Nothing fills {code}"),
        ({"name": "Hours", "text": "x"}, "Another reply in this language is called Hours"),
        ({"name": "A", "text": "x", "language": "xx"}, "Not a valid choice"),
    ],
)
def test_a_prepared_reply_that_cannot_be_comes_back_with_a_sentence(
    mira: Browser, fields: dict[str, str], sentence: str
) -> None:
    mira.send("/messages/replies/new", {"name": "Hours", "language": "en", "text": "We close at six."})

    answer = mira.send("/messages/replies/new", {"language": "en", **fields})

    assert answer.status_code == 422
    assert sentence in answer.text


def test_managers_change_and_put_away_what_everybody_uses(frank: Browser, mira: Browser) -> None:
    mira.send("/messages/replies/new", {"name": "Hours", "language": "en", "text": "We close at six."})
    page = mira.get("/messages/replies").text
    (path,) = set(re.findall(r"/messages/replies/\d+", page))
    assert "signs left in 1 text" in page
    assert "There is none in Español." in page

    assert frank.get(path).status_code == 403
    mira.send(path, {"name": "Hours", "language": "en", "text": "We close at seven."})
    assert "We close at seven." in frank.get("/messages/replies").text
    mira.send(f"{path}/retire")
    assert "We close at seven." not in frank.get("/messages/replies").text
    mira.send(f"{path}/bring-back")
    assert "We close at seven." in frank.get("/messages/replies").text


def test_two_managers_do_not_overwrite_each_other(mira: Browser, olga: Browser) -> None:
    mira.send("/messages/replies/new", {"name": "Hours", "language": "en", "text": "We close at six."})
    (path,) = set(re.findall(r"/messages/replies/\d+", mira.get("/messages/replies").text))
    first = {"name": "Hours", "language": "en", "version": "1"}
    olga.send(path, first | {"text": "We close at seven."})

    late = mira.send(path, first | {"text": "We close at eight."})

    assert late.status_code == 409
    assert "We close at seven." in mira.get("/messages/replies").text


def test_another_shops_replies_are_not_there(mira: Browser, nora: Browser, other_shop: ShopFacts) -> None:
    mira.send("/messages/replies/new", {"name": "Hours", "language": "en", "text": "We close at six."})
    (path,) = set(re.findall(r"/messages/replies/\d+", mira.get("/messages/replies").text))

    assert nora.get(path).status_code == 404
    assert "We close at six." not in nora.get("/messages/replies").text
