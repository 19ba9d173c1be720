"""The shop in which the access matrix is walked: people, and one of each thing a route can name.

A feature adds what its routes name: a function in PREPARE that makes it (in shop 1, for customer A) and an
entry in PARAMETERS for each name in an address, as "name" or, where two routes mean different things by one
name, as "endpoint:name".
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select

from config import load_config
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
from repairshop.staff.queries import ShopFacts
from repairshop.staff.rules import Actor, ActorKind, FormPolicy, Role, ShopId
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
from tests import apps
from tests.builders import get_ticket, make_customer, make_ticket, open_day
from tests.cast import Browser, add_person, open_shop, sign_in
from tests.databases import SqliteFiles
from tests.media.corpus import picture as picture_of_a_screen
from tests.media.corpus import written
from tests.portal.guests import come_in, link_to
from tests.privacy.wipes import WIPED
from tests.quotes.builders import AFTERMARKET, ORIGINAL, SCREEN, WORK, approve, current, quoted_ticket

PRINCIPALS = (
    "anonymous",
    "customer_a",
    "customer_b",
    "technician_shop_1",
    "technician_shop_2",
    "counter",
    "manager",
    "owner",
    "disabled",
)


@dataclass
class World:
    """`things` is where PREPARE functions keep what PARAMETERS look up."""

    app: Flask
    settings: dict[str, str]  # the environment of another process that serves it
    database: Path
    shop: ShopFacts
    other_shop: ShopFacts
    people: dict[str, Actor] = field(default_factory=dict)
    things: dict[str, Any] = field(default_factory=dict)
    _cookies: dict[str, str] = field(default_factory=dict)

    @property
    def _untouched(self) -> Path:
        return self.database.with_suffix(".untouched")

    def keep(self) -> None:
        """Remember the database as it is now."""
        self._dispose()
        shutil.copyfile(self.database, self._untouched)

    def restore(self) -> None:
        """Back to the remembered state, whatever the last requests did."""
        self._dispose()
        shutil.copyfile(self._untouched, self.database)

    def _dispose(self) -> None:
        with self.app.app_context():
            db.engine.dispose()

    def remember(self, principal: str, browser: Browser) -> None:
        cookie = browser.get_cookie(self.app.config["SESSION_COOKIE_NAME"])
        self._cookies[principal] = cookie.value if cookie else ""

    def browser(self, principal: str) -> Browser:
        """A new browser in which this principal is signed in."""
        browser = Browser(self.app, self.app.response_class)
        if self._cookies.get(principal):
            browser.set_cookie(self.app.config["SESSION_COOKIE_NAME"], self._cookies[principal])
        return browser


def _prepare_invitation(world: World) -> None:
    with world.app.app_context(), transaction():
        world.things["invitation"] = service.invite_owner(world.shop.id)
        found = queries.find_invitation(world.things["invitation"], now=now())
        assert found is not None
        world.things["invitation_id"] = found.id


def _prepare_ticket(world: World) -> None:
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


def _prepare_privacy(world: World) -> None:
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


def _prepare_wording(world: World) -> None:
    """Two versions of a text in the shop's own words."""
    mira = world.people["manager"]
    name = TextName(key="ready", channel=Channel.SMS, language="en")
    with world.app.app_context():
        for words in ("{shop}: {ticket} is done. {link}", "{shop}: {ticket} waits for you. {link}"):
            with transaction():
                save_text(name, OwnWords(text=words), by=mira, expected_version=None)


def _prepare_people(world: World) -> None:
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


def _prepare_finding(world: World) -> None:
    with world.app.app_context(), transaction():
        world.things["finding_id"] = add_finding(
            world.things["reference"],
            section=FaultFamily.SCREEN,
            seen="The glass is broken",
            by=world.people["technician_shop_1"],
        )


def _prepare_messages(world: World) -> None:
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


def _prepare_portal(world: World) -> None:
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


def _prepare_pickup(world: World) -> None:
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


def _prepare_addition(world: World) -> None:
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


def _prepare_report(world: World) -> None:
    """A report of another finished ticket; its address is on paper, so anybody may ask about it."""
    tess = world.people["technician_shop_1"]
    with world.app.app_context():
        reference = make_ticket(tess, stage=Stage.READY)
        with transaction():
            world.things["report"] = issue_report(reference, by=tess)


def _prepare_photo_link(world: World) -> None:
    """A phone's leave to add photos to the ticket."""
    with world.app.app_context(), transaction():
        link = open_phone_link(world.things["reference"], by=world.people["counter"])
        db.session.flush()
        key = world.app.extensions["repairshop_config"].link_key
        world.things["photo_token"] = token_for(link.id, version=0, key=key, purpose=PHOTOS)


def _prepare_loaners(world: World) -> None:
    """One that is free, and one that the last borrower's data is still on."""
    with world.app.app_context(), transaction():
        for name in ("Galaxy A14", "iPhone SE"):
            add_loaner(name, number="", by=world.people["manager"])
        db.session.flush()
        used = db.session.query(Loaner).filter_by(name="iPhone SE").one()
        certify_loaner_wipe(used.id, WIPED, by=world.people["technician_shop_1"])
        used.needs_wipe = True
        world.things["loaner_id"] = used.id


def _prepare_parts(world: World) -> None:
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


def _prepare_late_part(world: World) -> None:
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


def _prepare_place(world: World) -> None:
    with world.app.app_context(), transaction():
        add_place("Shelf 3", by=world.people["manager"])
        db.session.flush()
        world.things["place_id"] = db.session.query(Place).one().id


def _prepare_sign_ins(world: World) -> None:
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


def _prepare_trust(world: World) -> None:
    authority.prepare(world.app.extensions["repairshop_config"].data, names=["localhost"], at=now())


def _prepare_feedback(world: World) -> None:
    with world.app.app_context():
        done = make_ticket(world.people["technician_shop_1"], stage=Stage.HANDED_OVER)
        with transaction():
            visit = get_ticket(done).visit
            assert visit is not None
            by = Actor(kind=ActorKind.CUSTOMER, shop_id=ShopId(world.shop.id), id=visit.customer_id)
            feedback.say(done, 2, "Too slow", by=by)
            db.session.flush()
            world.things["follow_up_id"] = db.session.scalars(select(FollowUp.id)).one()


def _prepare_drop_off(world: World) -> None:
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


def _prepare_wipes(world: World) -> None:
    """Customer A's device and a loaner, both erased by the technician."""
    with world.app.app_context():
        with transaction():
            certify_wipe(world.things["reference"], WIPED, by=world.people["technician_shop_1"])
        rows = db.session.query(WipeCertificate)
        world.things["wipe_id"] = rows.filter(WipeCertificate.ticket_id.is_not(None)).one().id
        world.things["loaner_wipe_id"] = rows.filter(WipeCertificate.loaner_id.is_not(None)).one().id


def _prepare_look(world: World) -> None:
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


PREPARE: list[Callable[[World], None]] = [
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

PARAMETERS: dict[str, Callable[[World], object]] = {
    "follow_up_id": lambda world: world.things["follow_up_id"],
    "slug": lambda world: world.shop.slug,
    "drop_offs.confirm_form:reference": lambda world: world.things["drop_off"],
    "drop_offs.confirm:reference": lambda world: world.things["drop_off"],
    "join.show:token": lambda world: world.things["invitation"],
    "unsubscribing.ask:token": lambda world: world.things["survey"],
    "unsubscribing.end:token": lambda world: world.things["survey"],
    "join.accept:token": lambda world: world.things["invitation"],
    "reports.quote:reference": lambda world: world.things["quoted"],
    "portal_papers.quote:reference": lambda world: world.things["quoted"],
    "reports.repair_form:reference": lambda world: world.things["quoted"],
    "reports.repair_form_pdf:reference": lambda world: world.things["quoted"],
    "handing_over.scanned:code": lambda world: world.things["pass_code"],
    "pickup.collectors_keeper:token": lambda world: world.things["collectors_token"],
    "pickup.show_collectors:token": lambda world: world.things["collectors_token"],
    "pickup.collectors_paper:token": lambda world: world.things["collectors_token"],
    "invitation_id": lambda world: world.things["invitation_id"],
    "reference": lambda world: world.things["reference"],
    "provider": lambda _world: "twilio",
    "kind": lambda _world: "backup",
    "device_type": lambda _world: "phone",
    "preset_id": lambda world: world.things["preset_id"],
    "key": lambda _world: "power_on",
    "language": lambda _world: "en",
    "version": lambda _world: 1,
    "certificate_id": lambda world: world.things["wipe_id"],
    "wipes.confirm_loaner:certificate_id": lambda world: world.things["loaner_wipe_id"],
    "wipe_papers.of_loaner:certificate_id": lambda world: world.things["loaner_wipe_id"],
    "colour": lambda _world: "0a5560",
    "channel": lambda _world: "sms",
    "wording.mail:channel": lambda _world: "email",
    **{
        f"wording.{view}:key": lambda _world: "ready"
        for view in (*("edit", "save", "check", "send_test", "go_back", "show_version", "restore", "mail"),)
    },
    "counter_screen.enter:token": lambda world: world.things["screen_key"],
    "item": lambda _world: "signature",
    "customer_id": lambda world: world.things["customer_id"],
    "other_id": lambda world: world.things["other_id"],
    "merge_id": lambda world: world.things["merge_id"],
    "contact_id": lambda world: world.things["contact_id"],
    "access_id": lambda world: world.things["access_id"],
    "part_id": lambda world: world.things["part_id"],
    "finding_id": lambda world: world.things["finding_id"],
    "diagnostics.tests:kind": lambda _world: "before",
    "diagnostics.record_tests:kind": lambda _world: "before",
    "order_id": lambda world: world.things["order_id"],
    "span_id": lambda world: world.things["span_id"],
    "message_id": lambda world: world.things["waiting_message_id"],
    "older_copy.show:act": lambda _world: "release",
    "older_copy.end:act": lambda _world: "withdraw",
    "notifications.release:message_id": lambda world: world.things["held_message_id"],
    "inbox.trouble:message_id": lambda world: world.things["asking_message_id"],
    "inbox.call:message_id": lambda world: world.things["asking_message_id"],
    "inbox.settle:message_id": lambda world: world.things["asking_message_id"],
    "text_id": lambda world: world.things["text_id"],
    "inbox.assign:kind": lambda _world: "text",
    "inbox.assign:source_id": lambda world: world.things["text_id"],
    "notifications.follow:message_id": lambda world: world.things["outbox_message_id"],
    "reply_id": lambda world: world.things["reply_id"],
    "report_id": lambda world: world.things["report"].id,
    "digest": lambda world: world.things["report"].digest,
    "computer_id": lambda world: world.things["computer_id"],
    "passkey_id": lambda world: world.things["passkey_id"],
    "session_id": lambda world: world.things["session_id"],
    "own_session_id": lambda world: world.things["own_session_id"],
    "staff_id": lambda world: world.people["counter"].id,
    "portal.enter:token": lambda world: link_to(world.app, world.things["reference"]).rpartition("/")[2],
    "phone_photos.show:token": lambda world: world.things["photo_token"],
    "phone_photos.send:token": lambda world: world.things["photo_token"],
    "loaner_id": lambda world: world.things["loaner_id"],
    "catalogue_part_id": lambda world: world.things["catalogue_part_id"],
    "reservation_id": lambda world: world.things["reservation_id"],
    "stock_order_id": lambda world: world.things["stock_order_id"],
    "part_orders.late_form:reference": lambda world: world.things["delayed"],
    "part_orders.tell_late:reference": lambda world: world.things["delayed"],
    "supplier_id": lambda world: world.things["supplier_id"],
    "effect_id": lambda world: world.things["effect_id"],
    "place_id": lambda world: world.things["place_id"],
    "photo_id": lambda world: world.things["photo_id"],
    "size": lambda _world: "thumbnail",
    "question_id": lambda world: world.things["question_id"],
    "additions.ask:reference": lambda world: world.things["extended"],
    "additions.add:reference": lambda world: world.things["extended"],
    "additions.undo:reference": lambda world: world.things["extended"],
    "addition_id": lambda world: world.things["addition_id"],
    "quote_id": lambda world: world.things["quote_id"],
    **{
        f"answers.{view}:reference": lambda world: world.things["quoted"]
        for view in (
            *("show", "approve", "decline_form", "decline", "answered", "take_back"),
            *("versions", "repair_form", "repair_form_pdf"),
        )
    },
}


def sign_customer_in(world: World, customer: str) -> Browser:
    """A browser in which customer "a" or "b" has followed their link; A has two repairs, B has another."""
    return come_in(world.app, world.things["reference" if customer == "a" else "reference_of_b"])


def build_world(folder: Path, files: SqliteFiles) -> World:
    database = folder / "repairshop.db"
    settings = {
        "REPAIRSHOP_DATA": str(folder),
        "DATABASE_URL": files.copy_to(database),
        "SECRET_KEY": "sessions-of-the-test-shop-0123456789",
        "LINK_KEY": "links-of-the-test-shop-0123456789abc",
        "VAULT_KEY": "vault-of-the-test-shop-0123456789abc",
    }
    app = apps.build(load_config(settings))
    world = World(
        app=app,
        settings=settings,
        database=database,
        shop=_open(app, "Fixwell", "GB", "GBP", "Europe/London"),
        other_shop=_open(app, "Pixel Hospital", "US", "USD", "America/New_York"),
    )
    _add_people(world)
    for prepare in PREPARE:
        prepare(world)
    for customer in ("a", "b"):
        world.remember(f"customer_{customer}", sign_customer_in(world, customer))
    world.keep()
    return world


def _open(app: Flask, name: str, country: str, currency: str, time_zone: str) -> ShopFacts:
    return open_shop(
        app, name=name, country=country, currency=currency, time_zone=time_zone, languages=["en", "es"]
    )


def _add_people(world: World) -> None:
    for principal, shop, first_name, role in (
        ("technician_shop_1", world.shop, "Tess", Role.TECHNICIAN),
        ("technician_shop_2", world.other_shop, "Theo", Role.TECHNICIAN),
        ("counter", world.shop, "Frank", Role.COUNTER),
        ("manager", world.shop, "Mira", Role.MANAGER),
        ("owner", world.shop, "Olga", Role.OWNER),
        ("disabled", world.shop, "Dora", Role.OWNER),
    ):
        actor = add_person(world.app, shop, first_name, role)
        world.people[principal] = actor
        world.remember(principal, sign_in(world.app, actor))
    with world.app.app_context(), transaction():
        assert world.people["disabled"].id is not None
        service.disable_staff(world.people["disabled"].id, by=world.people["owner"], expected_version=None)
