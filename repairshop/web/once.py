"""A form is taken once: a double click, the back button or a reload sends people to the first result.

Inside the view's transaction:

    with transaction():
        once(form)                      # raises AlreadyTaken when this very sending was taken before
        number = service.take_in(...)
        remember_result(form, url_for("tickets.show", reference=number))

A view that knows its result beforehand writes `once(form, leads_to=url)`. error_pages turns AlreadyTaken
into a redirect to the first result, so the second sending changes nothing and shows the same page.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from flask import redirect, request
from flask_wtf import FlaskForm
from sqlalchemy import String, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug import Response

from repairshop.clock import now
from repairshop.database import Base, db
from repairshop.errors import Refused
from repairshop.transaction import transaction
from repairshop.web.forms import Form, apply_refusal

KEPT_FOR = timedelta(days=7)


class OnceToken(Base):
    """The random name of one sending of one form, and where its result is."""

    __tablename__ = "once_token"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    location: Mapped[str] = mapped_column(String(2000))
    used_at: Mapped[datetime] = mapped_column(index=True)


class AlreadyTaken(Exception):
    """This sending was taken before; `location` is the page of its result."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


def once(form: FlaskForm, *, leads_to: str = "") -> None:
    """Claim this sending. Of two at once the second waits for the first and then finds it taken."""
    token = form.once.data
    if not token:
        return
    moment = now()
    db.session.execute(delete(OnceToken).where(OnceToken.used_at < moment - KEPT_FOR))
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    claimed = db.session.scalar(
        insert(OnceToken)
        .values(token=token, location=leads_to or request.path, used_at=moment)
        .on_conflict_do_nothing()
        .returning(OnceToken.token)
    )
    if claimed is None:
        raise AlreadyTaken(
            db.session.scalar(select(OnceToken.location).where(OnceToken.token == token)) or "/"
        )


def remember_result(form: FlaskForm, location: str) -> None:
    """Name the page a second sending is sent to, once the verb has said where its result is."""
    if form.once.data:
        db.session.get_one(OnceToken, form.once.data).location = location


def done_once(form: Form, act: Callable[[], object], *, leads_to: str) -> Response | None:
    """The way on after `act`; None when the form has to be shown again, with what is wrong said in it."""
    if not form.validate():
        return None
    try:
        with transaction():
            once(form, leads_to=leads_to)
            act()
    except Refused as refusal:
        apply_refusal(form, refusal)
        return None
    return redirect(leads_to)
