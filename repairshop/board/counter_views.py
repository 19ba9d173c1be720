"""The counter's home: who comes, who waits, what is unfinished."""

from zoneinfo import ZoneInfo

from flask import render_template
from flask.typing import ResponseReturnValue

from repairshop.board.blueprint import board
from repairshop.board.counter_queries import list_open_questions, list_to_collect
from repairshop.clock import now
from repairshop.custody.queries import count_lost
from repairshop.dropoff.queries import count_waiting as count_requests
from repairshop.feedback.queries import count_open
from repairshop.inbox.queries import count_waiting
from repairshop.intake.queries import list_arrivals, list_open_check_ins
from repairshop.loaners.queries import count_overdue
from repairshop.privacy.queries import list_open_tasks
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor, current_shop
from repairshop.web.access import staff_only


@board.get("/counter")
@staff_only(Right.SEE_TICKETS)
def counter() -> ResponseReturnValue:
    shop_id, at = current_actor().shop_id, now()
    today = at.astimezone(ZoneInfo(current_shop().time_zone)).date()
    check_ins = list_open_check_ins(shop_id)
    return render_template(
        "board/counter.html",
        check_ins=check_ins,
        open_tasks=list_open_tasks([head.id for head in check_ins]),
        arrivals=list_arrivals(shop_id, until=today),
        to_collect=list_to_collect(shop_id),
        questions=list_open_questions(shop_id),
        lost=count_lost(shop_id, at=at),
        overdue=count_overdue(shop_id, today=today),
        waiting=count_waiting(shop_id),
        unhappy=count_open(shop_id),
        requests=count_requests(shop_id),
        today=today,
        at=at,
    )
