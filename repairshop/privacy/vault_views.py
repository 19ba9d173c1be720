"""Pages of the passcode vault: store, reveal for a minute, destroy."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from repairshop.errors import Refused
from repairshop.privacy import vault_queries, vault_service
from repairshop.privacy.forms import PasscodeForm, RevealForm
from repairshop.privacy.openings import REVEAL_LIMIT
from repairshop.privacy.vault import PasscodeKind
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor, is_fresh
from repairshop.tickets import queries as tickets
from repairshop.tickets.queries import TicketHead
from repairshop.transaction import transaction
from repairshop.web.access import staff_only
from repairshop.web.forms import Form, apply_refusal
from repairshop.web.headers import no_store
from repairshop.web.once import done_once, once

vault = Blueprint("vault", __name__)


@vault.get("/tickets/<reference>/passcode")
@staff_only(Right.TAKE_IN)
def show(reference: str) -> ResponseReturnValue:
    return _page(_head(reference), PasscodeForm(), RevealForm())


@vault.post("/tickets/<reference>/passcode")
@staff_only(Right.TAKE_IN)
@no_store
def store(reference: str) -> ResponseReturnValue:
    head, form = _head(reference), PasscodeForm()
    done = done_once(
        form,
        lambda: vault_service.store_passcode(
            reference, PasscodeKind(form.kind.data), form.passcode.data or "", by=current_actor()
        ),
        leads_to=_address(reference),
    )
    return done or (_page(head, form, RevealForm(formdata=None)), 422)


@vault.post("/tickets/<reference>/passcode/reveal")
@staff_only(Right.REVEAL)
@no_store
def reveal(reference: str) -> ResponseReturnValue:
    """The one place where a passcode leaves the program, after its access row is committed."""
    head, form = _head(reference), RevealForm()
    if not is_fresh():
        return redirect(url_for("security.verify", next=_address(reference)))
    if form.validate():
        try:
            with transaction():
                once(form, leads_to=_address(reference))
                kind, passcode = vault_service.reveal_passcode(
                    reference, form.reason.data or "", by=current_actor()
                )
        except Refused as refusal:
            apply_refusal(form, refusal)
        else:
            seconds = int(REVEAL_LIMIT.total_seconds())
            page = render_template(
                "privacy/revealed.html", head=head, kind=kind, passcode=passcode, seconds=seconds
            )
            # Leaves the screen without a script as well.
            return page, {"Refresh": f"{seconds}; url={_address(reference)}"}
    return _page(head, PasscodeForm(formdata=None), form), 422


@vault.post("/tickets/<reference>/passcode/destroy")
@staff_only(Right.TAKE_IN)
def destroy(reference: str) -> ResponseReturnValue:
    form = Form()
    if form.validate():
        with transaction():
            once(form, leads_to=_address(reference))
            vault_service.purge_passcode(reference, by=current_actor())
    return redirect(_address(reference))


def _address(reference: str) -> str:
    return url_for("vault.show", reference=reference)


def _head(reference: str) -> TicketHead:
    return tickets.get_head(reference, shop_id=current_actor().shop_id)


def _page(head: TicketHead, form: PasscodeForm, reveal_form: RevealForm) -> str:
    return render_template(
        "privacy/passcode.html",
        head=head,
        form=form,
        reveal_form=reveal_form,
        destroy_form=Form(formdata=None),
        stored=vault_queries.find_passcode(head.id),
        may_reveal=current_actor().may(Right.REVEAL),
        is_fresh=is_fresh(),
    )
