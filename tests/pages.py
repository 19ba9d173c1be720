"""The pages of the access matrix, each opened by somebody who may, on a ticket that it is there for."""

from werkzeug.routing import Rule

from repairshop.database import db
from repairshop.loaners.models import Loaner
from repairshop.loaners.rules import Lending
from repairshop.loaners.service import add_loaner, lend
from repairshop.privacy.rules import Answer, Choice, TaskKind
from repairshop.privacy.service import answer_task, open_task_list
from repairshop.privacy.vault import PasscodeKind
from repairshop.privacy.vault_service import store_passcode
from repairshop.staff.counters import set_pin
from repairshop.staff.models import StaffSession
from repairshop.staff.passwords import hashed
from repairshop.staff.second_factor import CodeApps, add_code_app
from repairshop.staff.tokens import hash_of, new_token
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.access_world import World
from tests.builders import get_ticket, make_ticket, open_day
from tests.quotes.builders import draft, quoted_ticket
from tests.test_access_matrix import address, expected
from tests.warranty.builders import claim, handed_over, in_diagnosis

_READERS = ("owner", "customer_a", "anonymous")


def add_tickets_in_every_stage(world: World) -> None:
    """Many verbs have a page only while the ticket is in the stage that they leave."""
    tess = world.people["technician_shop_1"]
    with world.app.app_context():
        by_stage = {stage.value: make_ticket(tess, stage=stage) for stage in Stage}
        by_stage["claim"] = in_diagnosis(claim(handed_over(tess), tess), tess)
        world.things["by_stage"] = by_stage


def add_tickets_with_work_begun(world: World) -> list[str]:
    """An open check-in, quotes that were written and not sent yet, and a passcode in the vault."""
    tess = world.people["technician_shop_1"]
    dates = {"earliest": open_day(7), "latest": open_day(9)}
    with world.app.app_context():
        arrived = make_ticket(tess, checked_in=False)
        with transaction():
            open_task_list(get_ticket(arrived), by=tess)
        quoted = quoted_ticket(tess, **dates)
        begun = [make_ticket(tess, stage=stage) for stage in (Stage.DIAGNOSING, Stage.IN_REPAIR)]
        for reference in (quoted, *begun):
            draft(reference, by=tess, **dates)
        with transaction():
            open_task_list(get_ticket(begun[0]), by=tess)
            needed = Answer(choice=Choice.NEEDED, reason="calls are tested")
            answer_task(begun[0], TaskKind.CREDENTIAL, needed, by=tess)
        with transaction():
            add_loaner("Pixel 4a", number="", by=tess)
            db.session.flush()
            pixel = db.session.query(Loaner).filter_by(name="Pixel 4a").one()
            lend(begun[1], Lending(loaner_id=pixel.id, deposit_minor=50_00), by=tess)
        with transaction():
            store_passcode(begun[0], PasscodeKind.PIN, "4711", by=tess)
    return [arrived, quoted, *begun]


def add_sign_ins_in_use(world: World) -> None:
    """The owner has a PIN and an app with codes, and is signed in with a second browser."""
    owner = world.people["owner"]
    apps = CodeApps(world.app.config["SECRET_KEY"])
    with world.app.app_context(), transaction():
        own = db.session.query(StaffSession).filter_by(staff_id=owner.id).one()
        add_code_app(by=owner, sealed_secret=apps.new_secret(), counter=0, session_id=own.id)
        set_pin(by=owner, pin_hash=hashed("481516"))
        moments = {"created_at": own.created_at, "last_seen_at": own.last_seen_at}
        other = StaffSession(
            staff_id=owner.id, shop_id=own.shop_id, token_hash=hash_of(new_token()), **moments
        )
        db.session.add(other)


def reader_of(endpoint: str) -> str | None:
    """Who may open it; None for machines' own addresses."""
    readers = expected(endpoint)
    if endpoint == "security.login":
        return "anonymous"  # who is signed in is led on
    return next((one for one in _READERS if readers[one] == "ok"), None)


def open_page(world: World, rule: Rule, principal: str) -> str:
    """The page's address, with the first ticket for which it opens."""
    usual = address(world, rule)
    if "reference" not in rule.arguments:
        return usual
    named = world.things["reference"]
    browser = world.browser(principal)
    for reference in (named, *world.things["by_stage"].values()):
        path = usual.replace(named, reference)
        if browser.get(path).status_code < 400:
            return path
    raise AssertionError(f"{usual} opens for no ticket")
