"""Every form of every page, filled with what nobody should type: an error at its field, or harmless words.

The forms are read from the pages of the access matrix's world, so a new form is tested without a line here.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from repairshop.catalogue.rules import DeviceType
from repairshop.database import db
from repairshop.shots.models import PhotoLink
from repairshop.transaction import transaction
from tests.access_world import World, build_world
from tests.databases import SqliteFiles
from tests.journeys.browser_forms import Form, Tab
from tests.pages import (
    add_sign_ins_in_use,
    add_tickets_in_every_stage,
    add_tickets_with_work_begun,
    open_page,
    reader_of,
)
from tests.test_access_matrix import MATRIX, rules_of

_SCRIPT = "<script>alert('x')</script>"
_HOSTILE = {
    "empty": "",
    "blanks": " \t\u00a0\u2003 ",
    "too long": "long " * 20_000,
    "script": _SCRIPT,
    "attribute": '" onfocus="alert(\'x\')" autofocus x="',
    "emoji": "\U0001f469\u200d\U0001f527 broke it \U0001f4a5",
    "right to left": "abc\u202egpj.exe\u2066\u200f",
    "control": "bell\x07 escape\x1b nul\x00",
    "statement": "'); DROP TABLE ticket;--",
    "path": "../../../../etc/passwd\\..\\..",
    "template": "{{ 7*7 }}{% raw %}%(name)s {link} ${x}",
    "number": "-99999999999999999999999999",
    "not a number": "NaN",
    "strange digits": "\u0663\u0661\u00b2",
    "no day": "2026-02-30",
    "far day": "9999-12-31",
}
# Also typed into one field at a time: a field that refuses keeps the others from being looked at.
_ALONE = {"script", "number", "template", "far day"}
_FORGED = {
    "another choice": "nonsense",
    "huge": "99999999999999999999999999",
    "nul": "\x00",
    "json": '{"a": [1, {"b": null}]}',
}
# Typed where a field stands without a value; by the end of its name.
_USUAL = {
    "phone": "07700 900777",
    "number_called": "07700 900777",
    "email": "new@example.com",
    "imei": "",
    "value": "07700 900778",
    "earliest": "2030-01-07",
    "latest": "2030-01-08",
    "comes_on": "2030-01-07",
    "expected_on": "2030-01-07",
    "due_on": "2030-01-07",
    "deposit": "50.00",
    "deposit_back": "50.00",
    "valid_until": "2030-01-09",
    "price": "12.00",
    "fixed_price": "12.00",
    "spend_limit": "12.00",
    "at_most": "90.00",
    "diagnosis_fee": "5.00",
    "quantity": "1",
    "warranty_days": "90",
    "consented_at": "",
    "sim_number": "",
    "code": "K7QP3M2X5",
    "phone_tail": "0123",
}
_NEVER_TYPED = {"csrf_token"}
# In a list of tests: note-battery, note-display and so on. What is measured differs, so each value is typed.
_OF_EACH_TEST = {"note", "verdict"}


@dataclass(frozen=True)
class Found:
    """A form on a page, and who fills it in."""

    endpoint: str
    page: str
    principal: str
    form: Form


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, sqlite_files: SqliteFiles) -> Iterator[World]:
    world = build_world(tmp_path_factory.mktemp("hostile"), sqlite_files)
    add_tickets_in_every_stage(world)
    world.things["begun"] = add_tickets_with_work_begun(world)
    add_sign_ins_in_use(world)
    # It may take longer than a password stays fresh and a phone's key holds: their ends are tried elsewhere.
    world.app.config["SECURITY_FRESHNESS"] = timedelta(days=1)
    with world.app.app_context(), transaction():
        for link in db.session.scalars(select(PhotoLink)):
            link.expires_at += timedelta(days=1)
    world.keep()
    yield world
    world.restore()


def _posting(endpoint: str) -> bool:
    return MATRIX["routes"][endpoint] != "callback" and endpoint != "security.logout"


_ENDPOINTS = [endpoint for endpoint in sorted(MATRIX["routes"]) if _posting(endpoint)]


@pytest.fixture(scope="module")
def forms(world: World) -> dict[str, list[Found]]:
    """By the endpoint they are sent to, one form of each kind that some page shows."""
    found: dict[str, list[Found]] = {}
    for endpoint in _ENDPOINTS:
        principal = reader_of(endpoint)
        for rule in rules_of(world.app, endpoint):
            if principal and "GET" in (rule.methods or ()):
                for one in _forms_of(world, rule, principal):
                    known = found.setdefault(one.endpoint, [])
                    if not any(set(other.form.offered) >= set(one.form.offered) for other in known):
                        known.append(one)
    return found


def _forms_of(world: World, rule: Rule, principal: str) -> Iterator[Found]:
    """What the page asks for, also for tickets whose work has begun."""
    usual_page = open_page(world, rule, principal)
    yield from _forms_on(world, usual_page, principal)
    if rule.rule.startswith("/tickets/") and principal == "owner":
        named, browser = usual_page.split("/")[2], world.browser(principal)
        for reference in world.things["begun"]:
            page = usual_page.replace(named, reference)
            if browser.get(page).status_code == 200:
                yield from _forms_on(world, page, principal)
    if rule.endpoint == "retention.data":  # who has a repair under way is not offered to be erased
        page = usual_page.replace(str(world.things["customer_id"]), str(world.things["other_id"]))
        yield from _forms_on(world, page, principal)
    if "device_type" in rule.arguments:  # the world has begun a draft for phones only
        page = usual_page.replace(f"/{DeviceType.PHONE}", f"/{DeviceType.LAPTOP}")
        if world.browser(principal).get(page).status_code == 200:
            yield from _forms_on(world, page, principal)


def _forms_on(world: World, page: str, principal: str) -> Iterator[Found]:
    tab = Tab(world.browser(principal)).open(page)
    if tab.response.mimetype != "text/html":
        return
    adapter = world.app.url_map.bind("localhost")
    for button in tab.tree.iter("button"):
        if button.get("type", "submit") == "submit" and tab.posts(button):
            form = tab.form_of(button)
            endpoint, _ = adapter.match(form.action.partition("?")[0], method="POST")
            yield Found(endpoint, page, principal, form)


def usual(form: Form) -> dict[str, list[str]]:
    """The form as somebody fills it in who means well."""
    values = {name: list(found) for name, found in form.values.items()}
    for name, allowed in form.offered.items():
        end = name.rpartition("-")[2]
        if name in form.hidden or name in form.files or any(values.get(name, [])):
            continue
        if allowed is None:
            values[name] = [_USUAL.get(end, "Words")]
        else:
            values[name] = sorted(one for one in allowed if one)[:1]
    return values


def typed_fields(form: Form) -> list[str]:
    return [name for name, allowed in form.offered.items() if allowed is None and name not in form.hidden]


def forged_fields(form: Form) -> list[str]:
    """What a browser would never send otherwise than the page says."""
    chosen = [name for name, allowed in form.offered.items() if allowed is not None]
    return [name for name in [*chosen, *sorted(form.hidden)] if name not in _NEVER_TYPED]


def one_of_each(names: list[str]) -> list[str]:
    """Of fields that a form repeats, such as the note of each test, the first stands for all."""

    def kind(name: str) -> str:
        first, _, rest = name.partition("-")
        return first if first in _OF_EACH_TEST else rest.rpartition("-")[2] or name

    return list({kind(name): name for name in reversed(names)}.values())


def send(world: World, found: Found, changes: dict[str, str]) -> TestResponse:
    """The form, well filled in but for `changes`; `world` is untouched, or was only refused things."""
    values = usual(found.form) | {name: [value] for name, value in changes.items()}
    values.pop("csrf_token")  # the page's belongs to the browser that drew it
    return world.browser(found.principal).send(found.form.action, dict(values))


def require_harmless(world: World, found: Found, response: TestResponse, what: str) -> None:
    """An answer that says what is wrong, or one that went through and shows words as words."""
    said = f"{found.endpoint} on {found.page}, {what}: {response.status}"
    assert response.status_code in {200, 302, 303, 404, 409, 413, 422}, said
    if response.status_code == 422:
        assert 'class="error-summary"' in response.text or "banner-error" in response.text, f"{said}, unsaid"
    shown = [response]
    if response.status_code in {302, 303}:
        shown = [world.browser(found.principal).get(response.location), *_pages_about(world, found)]
        world.restore()
    for page in shown:
        assert page.status_code < 500, f"{said}, then {page.status}"
        require_escaped(page, said)


def _pages_about(world: World, found: Found) -> list[TestResponse]:
    """Where what was stored is read again."""
    parts = found.form.action.split("/")
    if parts[1] != "tickets":
        return []
    return [world.browser("owner").get("/".join(parts[:3]))]


def require_escaped(page: TestResponse, said: str) -> None:
    if page.mimetype != "text/html":
        return
    text = page.get_data(as_text=True)
    assert _SCRIPT not in text, f"{said}: a script on the page"
    assert "\"alert('x')\"" not in text, f"{said}: an attribute on the page"
    assert "\u202e" not in text, f"{said}: turned around"
    assert ">49<" not in text, f"{said}: a template was run"


@pytest.mark.parametrize("endpoint", _ENDPOINTS)
def test_what_nobody_should_type_is_refused_or_harmless(
    world: World, forms: dict[str, list[Found]], endpoint: str
) -> None:
    for found in forms.get(endpoint, []):
        names = [name for name in typed_fields(found.form) if name not in found.form.files]
        for kind, value in _HOSTILE.items():
            tries = [{name: value} for name in one_of_each(names)] if kind in _ALONE else []
            for changes in [dict.fromkeys(names, value), *tries] if names else []:
                require_harmless(world, found, send(world, found, changes), f"{kind} in {sorted(changes)}")


@pytest.mark.parametrize("endpoint", _ENDPOINTS)
def test_what_no_page_offers_is_refused_or_harmless(
    world: World, forms: dict[str, list[Found]], endpoint: str
) -> None:
    for found in forms.get(endpoint, []):
        for name in one_of_each(forged_fields(found.form)):
            for kind, value in _FORGED.items():
                require_harmless(world, found, send(world, found, {name: value}), f"{kind} as {name}")


_NO_PICTURES = {
    "words": (b"not a picture at all", "photo.jpg"),
    "empty": (b"", "photo.jpg"),
    "script": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "photo.svg"),
    "cut short": (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "photo.jpg"),
    "page": (b"<!doctype html><script>alert(1)</script>", "photo.html"),
    "path": (b"\x89PNG\r\n\x1a\n", "../../../etc/passwd\x00.png"),
}


@pytest.mark.parametrize("kind", _NO_PICTURES)
def test_a_file_that_is_no_picture_is_said_at_its_field(
    world: World, forms: dict[str, list[Found]], kind: str
) -> None:
    with_files = [found for listed in forms.values() for found in listed if found.form.files]
    assert len(with_files) >= 3
    for found in with_files:
        world.restore()
        content, filename = _NO_PICTURES[kind]
        fields: dict[str, object] = {**usual(found.form)}
        fields.pop("csrf_token")
        fields |= {name: (io.BytesIO(content), filename) for name in found.form.files}

        response = world.browser(found.principal).send(found.form.action, fields)

        require_harmless(world, found, response, f"{kind} as a photo")
        if content and found.form.files & {"photos"}:
            assert response.status_code == 422, f"{found.endpoint} took {kind} as a photo"


def test_every_form_is_found_on_a_page(world: World, forms: dict[str, list[Found]]) -> None:
    """So that none is left out above."""
    posted = {
        endpoint
        for endpoint in _ENDPOINTS
        for rule in rules_of(world.app, endpoint)
        if "POST" in (rule.methods or ())
    }

    assert sorted(posted - set(forms)) == _NOT_DRAWN_IN_THIS_WORLD


# Their pages need more of a story than this world tells; the journeys and their own tests send them.
_NOT_DRAWN_IN_THIS_WORLD = [
    "additions.undo",  # inside the undo window; without a field
    "answers.send_link",
    "answers.take_back",
    "board.undo",
    "claims.make",  # on a repair that left with a warranty; its own tests send it
    "collectors.end",  # while somebody is named; without a field
    "custody.undo",  # after a scan; without a field
    "diagnostics.test_again",
    "limits.release",  # while a limit of the shop holds something; without a field
    "lock.lock_now",  # on a paired computer's every page; without a field
    "lock.stay_awake",  # no form: the page's script says that somebody is there
    "lock.switch",  # opens on a paired computer alone
    "merging.ask_again",  # after two were told apart; without a field
    "notifications.release",
    "opinions.say",  # at the stages a shop asks after; its own tests send it
    "part_catalogue.bring_back",  # after a part was put away; without a field
    "proving.enter",  # for those who came by receipt; its own tests send it
    "proving.send",
    "quotes.customer_reconsiders",
    "quotes.proceed_within_limit",
    "replies.bring_back",  # after a reply was put away; without a field
    "staff.enable",
    "stock.missing",  # of a single piece; its tests send it
    "tickets.end_links",
    "warranty.open_warranty_claim",  # on a repair that left with a warranty; its own tests send it
    "wording.mail",  # on the page of a mail, which is drawn without it here
    "work_time.pause",  # while one's clock runs; without a field
]
