"""What a shop's finished repairs tell about the open ones, written down once a night."""

from datetime import datetime

from sqlalchemy import delete, insert

from repairshop.database import db
from repairshop.promises.estimates import Learner, replay
from repairshop.promises.models import LearntCell, LearntFactors
from repairshop.promises.past import list_spells

# Enough to fill the groups and to settle the factors; what is older tells of another shop.
REPAIRS_MAX = 2000


def learn_from_past(shop_id: int, *, before: datetime) -> int:
    """Replace what was learnt by what the repairs that were ready by then tell; how many groups."""
    learner = Learner()
    for _ in replay(learner, list_spells(shop_id, limit=REPAIRS_MAX, before=before)):
        pass
    for table in (LearntCell, LearntFactors):
        db.session.execute(delete(table).where(table.shop_id == shop_id))
    cells = [
        {
            "shop_id": shop_id,
            "stage": stage,
            "key": key,
            "like_count": summary.like,
            "half_hours": summary.half,
            "most_hours": summary.most,
            "samples": [list(sample) for sample in cell.samples],
        }
        for (stage, key), cell in learner.cells.items()
        if (summary := cell.summary()) is not None
    ]
    factors = [
        {"shop_id": shop_id, "stage": stage, "half": each.half, "most": each.most}
        for stage in learner.corrections
        for each in (learner.factors(stage),)
    ]
    if cells:
        db.session.execute(insert(LearntCell), cells)
    if factors:
        db.session.execute(insert(LearntFactors), factors)
    return len(cells)
