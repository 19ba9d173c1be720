"""What the shop of the access matrix holds: one of each thing a route can name, in shop 1, for customer A."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select

from repairshop.catalogue.rules import DeviceType, FaultFamily
from repairshop.catalogue.service import add_fault_preset
from repairshop.clock import now
from repairshop.custody.models import Place
from repairshop.custody.service import add_place
from repairshop.customers.service import NewDevice
from repairshop.database import db
from repairshop.diagnostics import lists as test_lists
from repairshop.diagnostics.service import add_finding
from repairshop.dropoff.service import Wish, request_drop_off, switch
from repairshop.feedback import service as feedback
from repairshop.feedback.models import FollowUp
from repairshop.handover.collectors import name_collector
from repairshop.handover.pass_codes import PassHolder, pass_code
from repairshop.inbox import canned
from repairshop.inbox.models import InboundMessage
from repairshop.inbox.rules import InboundKind
from repairshop.intake.people import NewCustomer
from repairshop.intake.service import Job, Thing
from repairshop.loaners.models import Loaner
from repairshop.loaners.service import add_loaner
from repairshop.media.service import receive_logo, receive_photo, store_picture
from repairshop.merging.rules import Side
from repairshop.merging.service import merge
from repairshop.notifications.filling import OwnWords
from repairshop.notifications.rules import RESTORED, Channel, Notice, State
from repairshop.notifications.service import queue_notice
from repairshop.notifications.unsubscribing import sign_message
from repairshop.operations import authority
from repairshop.parts import catalogue, orders, stock
from repairshop.parts.models import PartEffect
from repairshop.parts.queries import list_parts
from repairshop.parts.rules import FittedPart, NewOrder, PartFacts, PartKind, PartOrigin, SupplierFacts
from repairshop.parts.service import fit_part
from repairshop.privacy import lists
from repairshop.privacy import service as privacy
from repairshop.privacy.models import WipeCertificate
from repairshop.privacy.wiping import certify_loaner_wipe, certify_wipe
from repairshop.promises.rules import PromiseReason
from repairshop.promises.service import make_promise
from repairshop.quotes.additions import add_work
from repairshop.quotes.repair_form import FormExtras
from repairshop.reports.looks import change_look
from repairshop.reports.service import issue_report
from repairshop.shots.service import open_phone_link
from repairshop.staff import counters, queries, second_factor, service
from repairshop.staff.models import CounterComputer, Passkey, Shop, StaffSession
from repairshop.staff.passkeys import NewKey
from repairshop.staff.rules import Actor, ActorKind, FormPolicy, ShopId
from repairshop.tickets.attachments import add_photo, ask_question
from repairshop.tickets.links import COLLECT, PHOTOS, token_for
from repairshop.tickets.portal_links import get_link
from repairshop.tickets.rules import LinkOrigin, PhotoStep
from repairshop.tickets.service import actor_for_customer, mark_changed
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from repairshop.wording.service import TextName, save_text
from repairshop.workshop.models import WorkSpan
from repairshop.workshop.rules import StopReason
from repairshop.workshop.service import order_part
from tests.builders import get_ticket, make_customer, make_ticket, open_day
from tests.media.corpus import picture as picture_of_a_screen
from tests.media.corpus import written
from tests.privacy.wipes import WIPED
from tests.quotes.builders import AFTERMARKET, ORIGINAL, SCREEN, WORK, approve, current, quoted_ticket

if TYPE_CHECKING:
    from tests.access_world import World


def _prepare_invitation(world: "World") -> None:
    with world.app.app_context(), transaction():
        world.things["invitation"] = service.invite_owner(world.shop.id)
        found = queries.find_invitation(world.things["invitation"], now=now())
        assert found is not None
        world.things["invitation_id"] = found.id


def _prepare_ticket(world: "World") -> None:
    """Customer A's ticket in shop 1, with a part on order and a part fitted."""
    tess = world.people["technician_shop_1"]
    with world.app.app_context():
        world.things["reference"] = make_ticket(tess, stage=Stage.APPROVED)
        with transaction():
            order_part(world.things["reference"], NewOrder(name="Screen"), by=tess)
            part = FittedPart(name="Battery", origin=PartOrigin.NEW_ORIGINAL)
            world.things["part_id"] = fit_part(world.things["reference"], part, by=tess).id
        orders = list_parts(get_ticket(world.things["reference"]).id).orders
        world.things["order_id"] = orders[0].id
        with transaction():
            span = WorkSpan(
                ticket_id=get_ticket(world.things["reference"]).id,
                staff_id=tess.id,
                started_at=now(),
                stopped_at=now(),
                stopped_because=StopReason.PAUSED,
                minutes=0,
            )
            db.session.add(span)
            mark_changed(get_ticket(world.things["reference"]))
            db.session.flush()
            world.things["span_id"] = span.id


def _prepare_privacy(world: "World") -> None:
    """The ticket's task list, and an opening of the customer's data."""
    tess = world.people["technician_shop_1"]
    with world.app.app_context(), transaction():
        privacy.open_task_list(get_ticket(world.things["reference"]), by=tess)
        customer = get_ticket(world.things["reference"]).visit.customer
        world.things["customer_id"] = customer.id
        world.things["contact_id"] = customer.contact_points[0].id
        world.things["preset_id"] = add_fault_preset(
            "Screen gone dark",
            device_type=DeviceType.PHONE,
            family=FaultFamily.SCREEN,
            minutes=45,
            days_from=0,
            days_to=1,
            credential_needed=False,
            prices=None,
            by=world.people["manager"],
        )
        lists.begin_draft(DeviceType.PHONE, by=world.people["manager"])
        test_lists.begin_draft(DeviceType.PHONE, by=world.people["manager"])
        privacy.ensure_notice(world.shop.id)
        world.things["screen_key"] = URLSafeTimedSerializer(
            "links-of-the-test-shop-0123456789abc", salt="privacy questions at the counter"
        ).dumps([world.things["reference"], tess.id])
        world.things["access_id"] = privacy.open_data_access(world.things["reference"], "calls", by=tess)


def _prepare_wording(world: "World") -> None:
    """Two versions of a text in the shop's own words."""
    mira = world.people["manager"]
    name = TextName(key="ready", channel=Channel.SMS, language="en")
    with world.app.app_context():
        for words in ("{shop}: {ticket} is done. {link}", "{shop}: {ticket} waits for you. {link}"):
            with transaction():
                save_text(name, OwnWords(text=words), by=mira, expected_version=None)


def _prepare_people(world: "World") -> None:
    """Somebody who looks like customer A, and a record that was merged into theirs."""
    counter = world.people["counter"]
    with world.app.app_context(), transaction():
        world.things["other_id"], merged_away = (
            make_customer(counter, name, phone=phone).id
            for name, phone in (("Carla Cooper", "07700 900345"), ("Karl Cooper", "07700 900346"))
        )
        world.things["merge_id"] = merge(
            world.things["customer_id"],
            merged_away,
            name_of=Side.KEPT,
            language_of=Side.KEPT,
            by=counter,
        )


def _prepare_finding(world: "World") -> None:
    with world.app.app_context(), transaction():
        world.things["finding_id"] = add_finding(
            world.things["reference"],
            section=FaultFamily.SCREEN,
            seen="The glass is broken",
            by=world.people["technician_shop_1"],
        )


def _prepare_messages(world: "World") -> None:
    """Messages of customer A's ticket: waiting, held, for a person, in the outbox, a survey; and a reply."""
    with world.app.app_context(), transaction():
        ticket = get_ticket(world.things["reference"])
        for name, state in (
            ("waiting", State.QUEUED),
            ("held", State.HELD),
            ("asking", State.NEEDS_HUMAN),
            ("outbox", State.SENT),
        ):
            (message,) = queue_notice(Notice.LINK, ticket, event_key=name)
            message.state, message.provider = state, name
            world.things[f"{name}_message_id"] = message.id
        (older,) = queue_notice(Notice.LINK, ticket, event_key="older copy")
        older.state, older.due_at, older.error_code = State.HELD, None, RESTORED
        (survey,) = queue_notice(Notice.SURVEY, ticket, event_key="survey")
        config = world.app.extensions["repairshop_config"]
        world.things["survey"] = sign_message(survey.uid, key=config.secret_key)
        reply = InboundMessage(
            provider_id="SM1",
            shop_id=ticket.shop_id,
            ticket_id=ticket.id,
            sender="+447700900123",
            body="When?",
            kind=InboundKind.REPLY,
            received_at=now(),
        )
        db.session.add(reply)
        db.session.flush()
        world.things["text_id"] = reply.id
        prepared = canned.add_reply(
            language="en", name="Hours", text="We are open until six.", by=world.people["manager"]
        )
        db.session.flush()
        world.things["reply_id"] = prepared.id


@contextmanager
def _giving_forms() -> Iterator[None]:
    """The shops are in Ireland and give the European form meanwhile."""
    shops = select(Shop).order_by(Shop.id)
    with transaction():
        before = {shop.id: shop.country for shop in db.session.scalars(shops)}
        for shop in db.session.scalars(shops):
            shop.country, shop.repair_form = "IE", FormPolicy.WITH_QUOTES
    yield
    with transaction():
        for shop in db.session.scalars(shops):
            shop.country, shop.repair_form = before[shop.id], FormPolicy.NEVER


def _prepare_portal(world: "World") -> None:
    """A quote that customer A may answer, a photo and a question of theirs, and the repair of customer B."""
    tess = world.people["technician_shop_1"]
    soon = open_day(7)
    with world.app.app_context():
        ways = {"options": (ORIGINAL, AFTERMARKET), "earliest": soon, "latest": soon}
        with _giving_forms():
            world.things["quoted"] = quoted_ticket(tess, form=FormExtras(replacement=False), **ways)
        world.things["quote_id"] = current(world.things["quoted"]).id
        visit_id = get_ticket(world.things["reference"]).visit_id
        picture = receive_photo(written(picture_of_a_screen(), "JPEG"))
        with transaction():
            get_ticket(world.things["quoted"]).visit_id = visit_id  # one visit with two devices
            ticket = get_ticket(world.things["reference"])
            photo = add_photo(ticket, store_picture(picture), step=PhotoStep.INTAKE, by=tess)
            db.session.flush()
            world.things["photo_id"] = photo.id
            question = ask_question(ticket, "When?", by=actor_for_customer(ticket))
            world.things["question_id"] = question.id
        world.things["reference_of_b"] = make_ticket(tess, name="Dana Diaz", phone="07700 900456")


def _prepare_pickup(world: "World") -> None:
    """The pass of customer A, as a scanner reads it, and the address of whom customer B named."""
    key = world.app.extensions["repairshop_config"].link_key
    with world.app.app_context(), transaction():
        ticket, other = get_ticket(world.things["reference"]), get_ticket(world.things["reference_of_b"])
        assert ticket.visit is not None
        link = get_link(ticket.visit.id, ticket.visit.customer_id, origin=LinkOrigin.SMS)
        world.things["pass_code"] = pass_code(
            PassHolder.CUSTOMER, link.id, version=link.version, drawn_on=now().date(), key=key
        )
        named = name_collector(other.code, "Eli Evans", by=actor_for_customer(other))
        world.things["collectors_token"] = token_for(
            named.id, version=named.version, key=key, purpose=COLLECT
        )


def _prepare_addition(world: "World") -> None:
    """A repair on which something more was done within the customer's limit."""
    tess = world.people["technician_shop_1"]
    soon = open_day(7)
    with world.app.app_context():
        reference = quoted_ticket(tess, lines=(SCREEN, WORK), at_most_minor=None, earliest=soon, latest=soon)
        approve(reference, by=tess)
        with transaction():
            get_ticket(reference).spend_limit_minor = 50_000
        with transaction():
            world.things["addition_id"] = add_work(reference, (WORK,), reason="A loose screw", by=tess)
        world.things["extended"] = reference


def _prepare_report(world: "World") -> None:
    """A report of another finished ticket; its address is on paper, so anybody may ask about it."""
    tess = world.people["technician_shop_1"]
    with world.app.app_context():
        reference = make_ticket(tess, stage=Stage.READY)
        with transaction():
            world.things["report"] = issue_report(reference, by=tess)


def _prepare_photo_link(world: "World") -> None:
    """A phone's leave to add photos to the ticket."""
    with world.app.app_context(), transaction():
        link = open_phone_link(world.things["reference"], by=world.people["counter"])
        db.session.flush()
        key = world.app.extensions["repairshop_config"].link_key
        world.things["photo_token"] = token_for(link.id, version=0, key=key, purpose=PHOTOS)


def _prepare_loaners(world: "World") -> None:
    """One that is free, and one that the last borrower's data is still on."""
    with world.app.app_context(), transaction():
        for name in ("Galaxy A14", "iPhone SE"):
            add_loaner(name, number="", by=world.people["manager"])
        db.session.flush()
        used = db.session.query(Loaner).filter_by(name="iPhone SE").one()
        certify_loaner_wipe(used.id, WIPED, by=world.people["technician_shop_1"])
        used.needs_wipe = True
        world.things["loaner_id"] = used.id


def _prepare_parts(world: "World") -> None:
    """A part of the catalogue with its supplier, and what the shop says in place of the program's word."""
    with world.app.app_context(), transaction():
        mira = world.people["manager"]
        supplier = catalogue.add_supplier(SupplierFacts(name="Northern Parts"), by=mira)
        facts = PartFacts(
            name="Screen for iPhone 13",
            kind=PartKind.SCREEN,
            device_type=DeviceType.PHONE,
            family=FaultFamily.SCREEN,
            supplier_id=supplier,
        )
        world.things["supplier_id"] = supplier
        world.things["catalogue_part_id"] = catalogue.add_part(facts, by=mira)
        stock.receive(world.things["catalogue_part_id"], count=3, by=mira)
        world.things["reservation_id"] = stock.reserve(
            world.things["reference"], world.things["catalogue_part_id"], by=mira
        )
        world.things["stock_order_id"] = orders.order_for_stock(
            world.things["catalogue_part_id"], quantity=2, expected_on=None, by=mira
        )
        catalogue.load_effects()
        db.session.flush()
        known = db.session.query(PartEffect).filter_by(seed_key="apple-screen-unknown").one()
        catalogue.hide_effect(known.id, by=mira)
        db.session.flush()
        world.things["effect_id"] = db.session.query(PartEffect).filter_by(replaces_id=known.id).one().id


def _prepare_late_part(world: "World") -> None:
    """A repair whose part comes after the day that its customer was told."""
    tess = world.people["technician_shop_1"]
    with world.app.app_context():
        reference = world.things["delayed"] = make_ticket(tess, stage=Stage.APPROVED)
        with transaction():
            make_promise(
                get_ticket(reference),
                earliest=open_day(1),
                latest=open_day(2),
                by=tess,
                reason=PromiseReason.QUOTE,
            )
        with transaction():
            order_part(reference, NewOrder(name="Screen", expected_on=open_day(9)), by=tess)


def _prepare_place(world: "World") -> None:
    with world.app.app_context(), transaction():
        add_place("Shelf 3", by=world.people["manager"])
        db.session.flush()
        world.things["place_id"] = db.session.query(Place).one().id


def _prepare_sign_ins(world: "World") -> None:
    """A paired computer, a session of the counter, and the owner's session and passkey."""
    with world.app.app_context(), transaction():
        owner, counter = (world.people[name] for name in ("owner", "counter"))
        sessions = {row.staff_id: row for row in db.session.query(StaffSession)}
        sessions[owner.id].factor_at = sessions[owner.id].created_at
        own = {"session_id": sessions[owner.id].id, "by": owner}
        counters.pair_computer(by=owner, name="Left till", session_id=sessions[counter.id].id)
        key = NewKey(credential_id="QQ", public_key=b"-", sign_count=0)
        second_factor.add_passkey(**own, key=key, name="Stick")
        sessions[counter.id].computer_id = None
        db.session.flush()
        world.things["computer_id"] = db.session.query(CounterComputer).one().id
        world.things["passkey_id"] = db.session.query(Passkey).one().id
        world.things["session_id"] = sessions[counter.id].id
        world.things["own_session_id"] = sessions[owner.id].id


def _prepare_trust(world: "World") -> None:
    authority.prepare(world.app.extensions["repairshop_config"].data, names=["localhost"], at=now())


def _prepare_feedback(world: "World") -> None:
    with world.app.app_context():
        done = make_ticket(world.people["technician_shop_1"], stage=Stage.HANDED_OVER)
        with transaction():
            visit = get_ticket(done).visit
            assert visit is not None
            by = Actor(kind=ActorKind.CUSTOMER, shop_id=ShopId(world.shop.id), id=visit.customer_id)
            feedback.say(done, 2, "Too slow", by=by)
            db.session.flush()
            world.things["follow_up_id"] = db.session.scalars(select(FollowUp.id)).one()


def _prepare_drop_off(world: "World") -> None:
    with world.app.app_context(), transaction():
        switch(shows_prices=True, takes_requests=True, by=world.people["manager"])
        db.session.flush()
        wish = Wish(
            person=NewCustomer(name="Dana Stranger", phones=("07700 900321",)),
            thing=Thing(facts=NewDevice(device_type=DeviceType.PHONE, model="iPhone 13")),
            job=Job(reported_fault="Dark"),
            comes_on=open_day(2),
        )
        world.things["drop_off"] = request_drop_off(wish, shop=world.shop)


def _prepare_wipes(world: "World") -> None:
    """Customer A's device and a loaner, both erased by the technician."""
    with world.app.app_context():
        with transaction():
            certify_wipe(world.things["reference"], WIPED, by=world.people["technician_shop_1"])
        rows = db.session.query(WipeCertificate)
        world.things["wipe_id"] = rows.filter(WipeCertificate.ticket_id.is_not(None)).one().id
        world.things["loaner_wipe_id"] = rows.filter(WipeCertificate.loaner_id.is_not(None)).one().id


def _prepare_look(world: "World") -> None:
    with world.app.app_context():
        logo = receive_logo(written(picture_of_a_screen(60, 20), "PNG"))
        with transaction():
            change_look(
                accent="#0a5560",
                logo=logo,
                drops_logo=False,
                expected_version=None,
                by=world.people["manager"],
            )


PREPARE: list[Callable[["World"], None]] = [
    _prepare_feedback,
    _prepare_drop_off,
    _prepare_invitation,
    _prepare_ticket,
    _prepare_messages,
    _prepare_privacy,
    _prepare_wording,
    _prepare_people,
    _prepare_finding,
    _prepare_portal,
    _prepare_pickup,
    _prepare_report,
    _prepare_photo_link,
    _prepare_sign_ins,
    _prepare_place,
    _prepare_loaners,
    _prepare_parts,
    _prepare_addition,
    _prepare_late_part,
    _prepare_trust,
    _prepare_look,
    _prepare_wipes,
]
