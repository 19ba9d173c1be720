"""The histories of tickets that changed hands still verify, also against a head from before the merge."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from repairshop import clock
from repairshop.database import db
from repairshop.merging.rules import Side
from repairshop.merging.service import merge, unmerge
from repairshop.operations.audit import walk_everything
from repairshop.operations.rules import PublishedHead
from repairshop.operations.service import publish_heads
from repairshop.tickets.models import DayHead, HistoryEntry
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_ticket

DAY = timedelta(days=1)


@pytest.mark.both_databases
def test_chains_verify_after_a_merge_and_after_its_undoing(app, app_context, frank):
    by, today = frank.actor, clock.now()
    with clock.as_of(today - DAY):
        codes = [make_ticket(by), make_ticket(by, name="Karl Cooper", phone="07700 900222")]
    kept, gone = (get_ticket(code).visit.customer_id for code in codes)
    with transaction():
        publish_heads(by.shop_id)
    head = db.session.scalars(select(DayHead).order_by(DayHead.day.desc())).first()
    outside = [PublishedHead(day=(today - DAY).date(), head=head.head)]
    before = entries()

    with transaction():
        merge_id = merge(kept, gone, name_of=Side.GONE, language_of=Side.KEPT, by=by)
    merged = walk_everything(given=outside)
    with transaction():
        unmerge(merge_id, kept_id=kept, by=by)
    apart = walk_everything(given=outside)

    assert merged.holds
    assert apart.holds
    assert (merged.tickets, merged.entries, apart.entries) == (2, before + 1, before + 2)
    told = app.test_cli_runner().invoke(
        args=["audit", "verify", "--head", f"{outside[0].day}:{outside[0].head}"]
    )
    assert told.exit_code == 0, told.output
    with clock.as_of(today + DAY), transaction():
        publish_heads(by.shop_id)
    assert walk_everything(given=outside).holds


def entries() -> int:
    db.session.rollback()
    return len(db.session.scalars(select(HistoryEntry.id)).all())
