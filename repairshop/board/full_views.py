"""The question before a job goes into a full column: what stands there, and why it goes in all the same."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from repairshop.board import queries
from repairshop.board.blueprint import board
from repairshop.board.limits import ColumnFull, WhyFull
from repairshop.board.queries import Filters
from repairshop.board.rules import COLUMN_OF, urgency
from repairshop.staff.session import current_actor
from repairshop.tickets.queries import get_head
from repairshop.web.access import safe_next

_SENT_ANEW = frozenset({"csrf_token", "insists"})


@board.app_errorhandler(ColumnFull)
def ask(full: ColumnFull) -> ResponseReturnValue:
    """The same form once more, with everything that was in it; each reason is a button that sends it."""
    by = current_actor()
    jobs = [
        job
        for job in queries.list_jobs(by.shop_id, Filters())
        if COLUMN_OF[job.stage] is full.filled.column and job.reference != full.reference
    ]
    there = safe_next(request.form.get("next") or request.form.get("back"))
    page = render_template(
        "board/full.html",
        head=get_head(full.reference, shop_id=by.shop_id),
        filled=full.filled,
        verb=full.verb,
        reasons=tuple(WhyFull),
        jobs=sorted(jobs, key=lambda job: (job.assignee_id != by.id, *urgency(job))),
        names=queries.list_colleagues(by.shop_id),
        sent={name: request.form.getlist(name) for name in request.form if name not in _SENT_ANEW},
        action=request.full_path.rstrip("?"),
        has_files=any(file.filename for file in request.files.values()),
        leave=there or url_for("board.ticket", reference=full.reference),
    )
    return page, 409
