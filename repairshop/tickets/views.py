"""What hangs on a ticket: notes, photos, who works on it, who holds it, answers, its link."""

from collections.abc import Callable

from flask import Blueprint, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from config import Config
from repairshop.errors import Refused
from repairshop.media.queries import get_picture
from repairshop.media.rules import MAX_PHOTO_BYTES, MediaId, ReceivedPicture, Size
from repairshop.media.service import receive_photo, store_picture
from repairshop.media.serving import picture_response
from repairshop.staff.queries import list_staff
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor
from repairshop.tickets import portal_links, queries, service
from repairshop.tickets.attachments import add_note, add_photo, answer_question
from repairshop.tickets.custody import newest_step, pass_along
from repairshop.tickets.forms import AnswerForm, AssignForm, NoteForm, PassOnForm, PhotosForm
from repairshop.tickets.links import token_for
from repairshop.tickets.queries import QuestionRow, TicketHead
from repairshop.tickets.rules import Holder, PhotoStep
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from repairshop.web.access import staff_only
from repairshop.web.forms import Form, apply_refusal
from repairshop.web.headers import no_store
from repairshop.web.once import done_once, once
from repairshop.web.saying import say_done

tickets = Blueprint("tickets", __name__)

_STEP_OF = {
    Stage.BOOKED: PhotoStep.INTAKE,
    Stage.RECEIVED: PhotoStep.INTAKE,
    Stage.IN_REPAIR: PhotoStep.REPAIR,
    Stage.FINAL_CHECKS: PhotoStep.FINAL_CHECKS,
    Stage.READY: PhotoStep.HANDOVER,
    Stage.UNCLAIMED: PhotoStep.HANDOVER,
    Stage.HANDED_OVER: PhotoStep.HANDOVER,
}


@tickets.get("/tickets/<reference>/photos/<int:photo_id>/<any(full,screen,thumbnail):size>")
@tickets.get("/tickets/<reference>/photos/<int:photo_id>")
@staff_only(Right.SEE_TICKETS)
def photo(reference: str, photo_id: int, size: str = "full") -> ResponseReturnValue:
    own = queries.get_photo(reference, photo_id, shop_id=current_actor().shop_id)
    return picture_response(get_picture(MediaId(own.media_id)), size=Size(size))


@tickets.get("/tickets/<reference>/note")
@staff_only(Right.SEE_TICKETS)
def note_form(reference: str) -> ResponseReturnValue:
    return render_template("tickets/note.html", head=_head(reference), form=NoteForm())


@tickets.post("/tickets/<reference>/note")
@staff_only(Right.SEE_TICKETS)
def note(reference: str) -> ResponseReturnValue:
    head, form = _head(reference), NoteForm()

    def act() -> None:
        add_note(reference, form.text.data, by=current_actor(), for_customer=bool(form.for_customer.data))

    return _done(reference, form, act) or (render_template("tickets/note.html", head=head, form=form), 422)


@tickets.get("/tickets/<reference>/photos")
@staff_only(Right.SEE_TICKETS)
def photos_form(reference: str) -> ResponseReturnValue:
    head, form = _head(reference), PhotosForm()
    form.step.data = _STEP_OF.get(head.stage, PhotoStep.DIAGNOSIS).value
    return render_template("tickets/photos.html", head=head, form=form)


@tickets.post("/tickets/<reference>/photos")
@staff_only(Right.SEE_TICKETS)
def photos(reference: str) -> ResponseReturnValue:
    head, form = _head(reference), PhotosForm()  # before strangers' pictures are opened
    if form.validate():
        try:
            pictures = _receive(form)
        except Refused as refusal:
            refusal.field = "photos"
            apply_refusal(form, refusal)
            return render_template("tickets/photos.html", head=head, form=form), 422
        if answer := _done(reference, form, lambda: _add_photos(reference, form, pictures)):
            return answer
    return render_template("tickets/photos.html", head=head, form=form), 422


def _receive(form: PhotosForm) -> list[ReceivedPicture]:
    """Pictures are opened before the transaction: each takes a good part of a second."""
    return [
        receive_photo(file.read(MAX_PHOTO_BYTES + 1))
        for file in form.photos.data or []
        if file and file.filename
    ]


def _add_photos(reference: str, form: PhotosForm, pictures: list[ReceivedPicture]) -> None:
    ticket = service.get_ticket_for_change(reference, by=current_actor())
    for picture in pictures:
        add_photo(
            ticket,
            store_picture(picture),
            step=PhotoStep(form.step.data),
            by=current_actor(),
            caption=form.caption.data or "",
            staff_only=bool(form.staff_only.data),
        )


@tickets.get("/tickets/<reference>/assign")
@staff_only(Right.SEE_TICKETS)
def assign_form(reference: str) -> ResponseReturnValue:
    head, form = _head(reference), AssignForm()
    _offer_colleagues(form)
    form.staff_id.data = str(head.assignee_id or "")
    return render_template("tickets/assign.html", head=head, form=form)


@tickets.post("/tickets/<reference>/assign")
@staff_only(Right.SEE_TICKETS)
def assign(reference: str) -> ResponseReturnValue:
    head, form = _head(reference), AssignForm()
    _offer_colleagues(form)

    def act() -> None:
        chosen = int(form.staff_id.data) if form.staff_id.data else None
        service.assign(reference, to_staff_id=chosen, by=current_actor())

    return _done(reference, form, act) or (render_template("tickets/assign.html", head=head, form=form), 422)


def _offer_colleagues(form: AssignForm) -> None:
    staff = list_staff(current_actor().shop_id)
    form.offer([(row.staff_id, row.first_name) for row in staff if row.disabled_at is None])


@tickets.get("/tickets/<reference>/pass-on")
@staff_only(Right.SEE_TICKETS)
def pass_on_form(reference: str) -> ResponseReturnValue:
    head, form = _head(reference), PassOnForm()
    form.offer(queries.list_accessories(head.id))
    return _render_pass_on(head, form)


def _render_pass_on(head: TicketHead, form: PassOnForm) -> str:
    form.seen.data = newest_step(head.id)
    return render_template("tickets/pass_on.html", head=head, form=form)


@tickets.post("/tickets/<reference>/pass-on")
@staff_only(Right.SEE_TICKETS)
def pass_on(reference: str) -> ResponseReturnValue:
    head, form = _head(reference), PassOnForm()
    form.offer(queries.list_accessories(head.id))

    def act() -> None:
        pass_along(
            reference,
            Holder(form.to.data),
            to_label=form.label.data or "",
            item=form.item.data,
            by=current_actor(),
            seen=form.seen.data or "",
        )

    return _done(reference, form, act) or (_render_pass_on(_head(reference), form), 422)


@tickets.get("/tickets/<reference>/questions/<int:question_id>")
@staff_only(Right.SEE_TICKETS)
def answer_form(reference: str, question_id: int) -> ResponseReturnValue:
    head = _head(reference)
    return _render_question(head, queries.get_question(question_id, ticket_id=head.id), AnswerForm())


@tickets.post("/tickets/<reference>/questions/<int:question_id>")
@staff_only(Right.SEE_TICKETS)
def answer(reference: str, question_id: int) -> ResponseReturnValue:
    head, form = _head(reference), AnswerForm()
    question = queries.get_question(question_id, ticket_id=head.id)

    def act() -> None:
        answer_question(reference, question_id, form.text.data, by=current_actor())

    return _done(reference, form, act) or (_render_question(head, question, form), 422)


def _render_question(head: TicketHead, question: QuestionRow, form: AnswerForm) -> str:
    return render_template("tickets/answer.html", head=head, question=question, form=form)


@tickets.post("/tickets/<reference>/link")
@staff_only(Right.TAKE_IN)
@no_store
def show_link(reference: str) -> ResponseReturnValue:
    """The one page that shows a customer's link in full, after a deliberate press."""
    config: Config = current_app.extensions["repairshop_config"]
    with transaction():
        link = portal_links.show_link(reference, by=current_actor())
        token = token_for(link.id, version=link.version, key=config.link_key)
    address = f"{config.public_url.rstrip('/')}/t/{token}"
    return render_template("tickets/link.html", head=_head(reference), address=address, form=Form())


@tickets.post("/tickets/<reference>/links/end")
@staff_only(Right.TAKE_IN)
def end_links(reference: str) -> ResponseReturnValue:
    with transaction():
        once(Form(), leads_to=url_for("board.ticket", reference=reference))
        portal_links.end_links(reference, by=current_actor())
    return say_done("links_ended", redirect(url_for("board.ticket", reference=reference)))


def _head(reference: str) -> TicketHead:
    return queries.get_head(reference, shop_id=current_actor().shop_id)


def _done(reference: str, form: Form, act: Callable[[], None]) -> ResponseReturnValue | None:
    """To the ticket when the act was done; None when the form has to be shown again."""
    return done_once(form, act, leads_to=url_for("board.ticket", reference=reference))
