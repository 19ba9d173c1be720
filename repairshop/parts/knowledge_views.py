"""What is known of makers' software: read by everybody, corrected and extended by managers."""

from collections.abc import Callable

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from repairshop.parts import catalogue
from repairshop.parts import knowledge_queries as queries
from repairshop.parts.catalogue_forms import EffectForm
from repairshop.parts.knowledge_queries import EffectRow
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor
from repairshop.web.access import staff_only
from repairshop.web.forms import Form
from repairshop.web.once import done_once

part_effects = Blueprint("part_effects", __name__)


@part_effects.get("/shop/part-effects")
@staff_only(Right.WORK_ON)
def list_() -> ResponseReturnValue:
    return _render_list(Form(formdata=None))


@part_effects.get("/shop/part-effects/new")
@staff_only(Right.MANAGE)
def add_form() -> ResponseReturnValue:
    return _render_form(EffectForm(formdata=None), None)


@part_effects.post("/shop/part-effects/new")
@staff_only(Right.MANAGE)
def add() -> ResponseReturnValue:
    form = EffectForm()

    def act() -> None:
        catalogue.add_effect(form.facts(), by=current_actor())

    return done_once(form, act, leads_to=url_for("part_effects.list_")) or (_render_form(form, None), 422)


@part_effects.get("/shop/part-effects/<int:effect_id>")
@staff_only(Right.MANAGE)
def change_form(effect_id: int) -> ResponseReturnValue:
    effect, form = _get(effect_id), EffectForm(formdata=None)
    form.show(effect)
    return _render_form(form, effect)


@part_effects.post("/shop/part-effects/<int:effect_id>")
@staff_only(Right.MANAGE)
def change(effect_id: int) -> ResponseReturnValue:
    effect, form = _get(effect_id), EffectForm()

    def act() -> None:
        catalogue.change_effect(effect.id, form.facts(effect), by=current_actor())

    return done_once(form, act, leads_to=url_for("part_effects.list_")) or (_render_form(form, effect), 422)


@part_effects.post("/shop/part-effects/<int:effect_id>/hide")
@staff_only(Right.MANAGE)
def hide(effect_id: int) -> ResponseReturnValue:
    return _act(effect_id, catalogue.hide_effect)


@part_effects.post("/shop/part-effects/<int:effect_id>/restore")
@staff_only(Right.MANAGE)
def restore(effect_id: int) -> ResponseReturnValue:
    return _act(effect_id, catalogue.restore_effect)


def _act(effect_id: int, verb: Callable[..., None]) -> ResponseReturnValue:
    form = Form()
    answer = done_once(
        form, lambda: verb(effect_id, by=current_actor()), leads_to=url_for("part_effects.list_")
    )
    return answer or (_render_list(form), 422)


def _get(effect_id: int) -> EffectRow:
    return queries.get_effect(effect_id, shop_id=current_actor().shop_id)


def _render_list(form: Form) -> str:
    effects = queries.list_all_effects(current_actor().shop_id)
    return render_template("parts/effects.html", effects=effects, form=form)


def _render_form(form: EffectForm, effect: EffectRow | None) -> str:
    return render_template("parts/change_effect.html", form=form, effect=effect)
