"""The shop in which the access matrix is walked: people, and one of each thing a route can name.

A feature adds what its routes name: a function in PREPARE (access_things) that makes it and an entry in
PARAMETERS for each name in an address, as "name" or, where two routes mean different things by one
name, as "endpoint:name".
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask

from config import load_config
from repairshop.database import db
from repairshop.staff import service
from repairshop.staff.queries import ShopFacts
from repairshop.staff.rules import Actor, Role
from repairshop.transaction import transaction
from tests import apps
from tests.access_things import PREPARE
from tests.cast import Browser, add_person, open_shop, sign_in
from tests.databases import SqliteFiles
from tests.portal.guests import come_in, link_to

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
