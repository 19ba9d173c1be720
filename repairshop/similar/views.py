"""The page of past repairs like this one."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from repairshop.similar.queries import MOST_FOUND, list_similar
from repairshop.similar.rules import LONGEST_QUESTION, Scope
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor
from repairshop.tickets.queries import get_head
from repairshop.web.access import staff_only
from repairshop.web.forms import clean_text

similar = Blueprint("similar", __name__)


@similar.get("/tickets/<reference>/similar")
@staff_only(Right.WORK_ON)
def show(reference: str) -> ResponseReturnValue:
    """Of the model first, then of the type; `q` narrows them down."""
    head = get_head(reference, shop_id=current_actor().shop_id)
    question = clean_text(request.args.get("q", ""))[:LONGEST_QUESTION]
    scope = Scope(shop_id=head.shop_id, device_type=head.device_type, model=head.device_label)
    return render_template(
        "similar/show.html",
        head=head,
        question=question,
        repairs=list_similar(scope, question, apart_from=head.id),
        most=MOST_FOUND,
    )
