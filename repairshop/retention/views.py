"""What is kept for how long; a person's data as a file, and its end."""

import tempfile

from flask import Blueprint, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from repairshop import clock
from repairshop.personal import Kind
from repairshop.retention import archive, counting, jobs, queries, service
from repairshop.retention.forms import EraseForm, PeriodsForm
from repairshop.retention.rules import FLOOR_DAYS, Because
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor, current_shop, is_fresh
from repairshop.transaction import transaction
from repairshop.web.access import staff_only
from repairshop.web.forms import Form
from repairshop.web.headers import no_store
from repairshop.web.once import done_once

retention = Blueprint("retention", __name__)

_IN_MEMORY = 4 * 1024 * 1024


@retention.get("/shop/kept")
@staff_only(Right.OWN)
def periods_form() -> ResponseReturnValue:
    periods = queries.periods_of(current_actor().shop_id)
    return _periods_page(PeriodsForm(data={kind.value: days for kind, days in periods.items()}))


@retention.post("/shop/kept")
@staff_only(Right.OWN)
def change_periods() -> ResponseReturnValue:
    form = PeriodsForm()
    done = done_once(
        form,
        lambda: service.change_periods(form.periods, by=current_actor()),
        leads_to=url_for("retention.periods_form"),
    )
    return done or (_periods_page(form), 422)


@retention.get("/shop/kept/removed")
@staff_only(Right.OWN)
def removed() -> ResponseReturnValue:
    shop = current_shop()
    days = queries.list_removal_days(current_actor().shop_id, time_zone=shop.time_zone)
    return render_template("retention/removed.html", days=days, kinds=list(Kind))


@retention.get("/customers/<int:customer_id>/data")
@staff_only(Right.MANAGE)
def data(customer_id: int) -> ResponseReturnValue:
    return _data_page(customer_id, EraseForm(formdata=None))


@retention.post("/customers/<int:customer_id>/data/export")
@staff_only(Right.MANAGE)
@no_store
def export(customer_id: int) -> ResponseReturnValue:
    """The file itself: nothing of it stays here."""
    form = Form()
    queries.get_person(customer_id, shop_id=current_actor().shop_id)
    if not is_fresh():
        return redirect(url_for("security.verify", next=_address(customer_id)))
    if not form.validate():
        return redirect(_address(customer_id))
    with transaction():
        service.note_export(customer_id, by=current_actor())
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the answer closes it
    archive.write_archive(file, customer_id, shop_id=current_actor().shop_id)
    file.seek(0)
    name = f"customer-{customer_id}.zip"
    return send_file(file, mimetype="application/zip", as_attachment=True, download_name=name)


@retention.post("/customers/<int:customer_id>/data/erase")
@staff_only(Right.MANAGE)
def erase(customer_id: int) -> ResponseReturnValue:
    form = EraseForm()
    queries.get_person(customer_id, shop_id=current_actor().shop_id)
    if not is_fresh():
        return redirect(url_for("security.verify", next=_address(customer_id)))
    done = done_once(
        form,
        lambda: service.erase_customer(customer_id, because=Because(form.because.data), by=current_actor()),
        leads_to=_address(customer_id),
    )
    if done is None:
        return _data_page(customer_id, form), 422
    jobs.remove_files()
    return done


def _address(customer_id: int) -> str:
    return url_for("retention.data", customer_id=customer_id)


def _periods_page(form: PeriodsForm) -> str:
    return render_template(
        "retention/periods.html",
        form=form,
        kinds=list(Kind),
        floors=FLOOR_DAYS,
        due=counting.count_due(current_actor().shop_id, at=clock.now()),
    )


def _data_page(customer_id: int, form: EraseForm) -> str:
    person = queries.get_person(customer_id, shop_id=current_actor().shop_id)
    named = queries.get_named(person)
    return render_template(
        "retention/data.html",
        form=form,
        export_form=Form(formdata=None),
        person=named,
        repairs=len(person.ticket_ids),
        counts={} if named.erased_at else counting.count_of(person),
        obstacle=queries.find_obstacle(person),
        is_fresh=is_fresh(),
    )
