"""Whose a text is: said by a person where the number alone does not say it."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms.fields.choices import SelectChoice

from repairshop.inbox import service, text_queries
from repairshop.inbox.finding import Target, list_targets
from repairshop.inbox.forms import WhoseForm
from repairshop.inbox.rules import NobodyChosen
from repairshop.inbox.text_queries import TextPage
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor, current_shop
from repairshop.web.access import staff_only
from repairshop.web.forms import clean_text
from repairshop.web.once import done_once
from repairshop.web.row_numbers import row_number

whose = Blueprint("whose", __name__)
_LONGEST_SEARCH = 80


@whose.get("/messages/texts/<int:text_id>/whose")
@staff_only(Right.TAKE_IN)
def form(text_id: int) -> ResponseReturnValue:
    page, form = _page(text_id), WhoseForm(formdata=None)
    return _draw(page, form)


@whose.post("/messages/texts/<int:text_id>/whose")
@staff_only(Right.TAKE_IN)
def move(text_id: int) -> ResponseReturnValue:
    page, form = _page(text_id), WhoseForm()

    def act() -> None:
        reference, customer_id = _read(form.target.data or "")
        service.move_text(
            text_id,
            by=current_actor(),
            reference=reference,
            customer_id=customer_id,
            with_others=form.with_others.data,
            keep_number=form.keep_number.data,
        )

    done = done_once(form, act, leads_to=url_for("inbox.text", text_id=text_id))
    return done or (_draw(page, form), 422)


def _read(target: str) -> tuple[str, int | None]:
    kind, _, value = target.partition(":")
    if kind == "ticket" and value:
        return value, None
    if kind == "person" and value.isascii() and value.isdigit() and len(value) < 11:
        return "", row_number(value)
    raise NobodyChosen(field="target")


def _page(text_id: int) -> TextPage:
    return text_queries.get_text_page(
        text_id, shop_id=current_actor().shop_id, languages=list(current_shop().languages)
    )


def _draw(page: TextPage, form: WhoseForm) -> str:
    asked = clean_text(request.args.get("q", ""))[:_LONGEST_SEARCH]
    targets = list_targets(
        page.sender, asked, shop_id=current_actor().shop_id, number_prefix=current_shop().number_prefix
    )
    form.target.choices = [SelectChoice(target.value, target.name) for target in targets]
    return render_template("inbox/whose.html", page=page, form=form, asked=asked, targets=_by_value(targets))


def _by_value(targets: list[Target]) -> dict[str, Target]:
    return {target.value: target for target in targets}
