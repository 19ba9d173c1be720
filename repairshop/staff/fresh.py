"""The password once more, before what decides who gets in."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from repairshop.staff.session import is_fresh
from repairshop.web.error_pages import barred_page, typed_values


def password_first(*, back: str) -> ResponseReturnValue | None:
    """None when it was typed minutes ago. A form with words in it keeps them on a page of its own."""
    if is_fresh():
        return None
    if request.method == "POST" and typed_values():
        return barred_page("security.verify")
    return redirect(url_for("security.verify", next=back))
