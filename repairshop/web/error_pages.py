"""What a person sees when something does not work: what happened, what to do, nothing typed lost."""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, current_app, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from werkzeug.exceptions import HTTPException, SecurityError, TooManyRequests

from repairshop.database import is_busy
from repairshop.errors import Conflict, DatabaseBusy, NotFound, Refused
from repairshop.web.field_labels import Shown, as_shown
from repairshop.web.once import AlreadyTaken

log = structlog.get_logger("repairshop.web")

ConflictPage = Callable[[Conflict], ResponseReturnValue]

_PAGES = {400, 403, 404, 405, 413, 429, 500}
_MARKS = ("version", "once")
_NEVER_KEPT = ("csrf_token", *_MARKS)
_SECRET_WORDS = ("password", "passcode", "pin", "code")


def init_error_pages(app: Flask) -> None:
    """Map every failure to its page; `use_conflict_page` replaces the plain one for conflicts."""
    app.register_error_handler(SecurityError, _strange_host)
    app.register_error_handler(CSRFError, _expired_form)
    app.register_error_handler(AlreadyTaken, _already_taken)
    app.register_error_handler(NotFound, _not_found)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(Conflict, _conflict)
    app.register_error_handler(DatabaseBusy, _busy)
    app.register_error_handler(OperationalError, _database_trouble)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _crash)


def use_conflict_page(app: Flask, page: ConflictPage) -> None:
    """The page that shows who changed what; the board brings it."""
    app.extensions["conflict_page"] = page


def typed_values() -> dict[str, list[str]]:
    """What the person typed into the form of this request, without secrets and our own hidden fields."""
    return {
        name: request.form.getlist(name)
        for name in request.form
        if name not in _NEVER_KEPT and not any(word in name.lower() for word in _SECRET_WORDS)
    }


def typed_as_shown() -> dict[str, Shown]:
    """`typed_values` in the words of the page of the feature whose view took the form."""
    view = current_app.view_functions.get(request.endpoint or "")
    return as_shown(typed_values(), near=view.__module__.rpartition(".")[0] if view else "")


def signed_out_page() -> Response:
    """For a form sent after the sign-in ended: sign in elsewhere, then send it again."""
    return _page("signed_out", 401, **_again())


def barred_page(way_on: str) -> Response:
    """For a form sent while something stands in the way: open the way elsewhere, then send it again."""
    return _page("barred", 423, way_on=way_on, **_again())


def sign_in_redirect() -> ResponseReturnValue:
    """To the sign-in page and back; a sent form keeps its values on a page of its own."""
    if request.method in {"GET", "HEAD"}:
        return redirect(url_for("security.login", next=request.full_path.rstrip("?")))
    return signed_out_page()


def _page(name: str, status: int, **values: object) -> Response:
    if status >= 500 or status == TooManyRequests.code:
        g.leave_database_alone = True  # it is in doubt, or a flood shall not cost it anything
    return make_response(render_template(f"errors/{name}.html", **values), status)


def _again() -> Mapping[str, object]:
    ours = _came_from_us()
    return {
        "typed": typed_values() if ours else {},
        "shown": typed_as_shown() if ours else {},
        # Nothing was saved: sent again it is still the same sending, of a page drawn at the same version.
        "marks": {name: request.form[name] for name in _MARKS if ours and name in request.form},
        "action": request.full_path.rstrip("?"),
        "has_files": bool(request.files),
    }


def _came_from_us() -> bool:
    """Whether this site's own page sent the form; another site's values are not offered for sending again."""
    source = request.headers.get("Origin") or request.headers.get("Referer") or ""
    return urlsplit(source).netloc == request.host


def _strange_host(_error: SecurityError) -> ResponseReturnValue:
    """For a host name that is not ours no address can be built, so no page of ours can be drawn."""
    return Response(status=400)


def _expired_form(_error: CSRFError) -> ResponseReturnValue:
    return _page("form_expired", 400, **_again())


def _already_taken(taken: AlreadyTaken) -> ResponseReturnValue:
    return redirect(taken.location, 303)


def _not_found(_error: NotFound) -> ResponseReturnValue:
    return _page("404", 404)


def _refused(refusal: Refused) -> ResponseReturnValue:
    """A refusal that no view put at a field, such as that of a one-key verb."""
    return _page("refused", 422, refusal=refusal, back=_back())


def _database_trouble(error: OperationalError) -> ResponseReturnValue:
    return _busy(error) if is_busy(error) else _crash(error)


def _busy(error: Exception) -> ResponseReturnValue:
    """Nothing was saved, because somebody else has kept the database to themselves for too long."""
    log.error("database busy", rule=request.url_rule.rule if request.url_rule else None, why=str(error))
    try:
        response = _page("503", 503, **_again())
    except SQLAlchemyError:  # not even what stands at the top of a page can be read
        response = Response("The database is busy. Nothing was saved.", 503, mimetype="text/plain")
    response.headers["Retry-After"] = "10"
    return response


def _conflict(conflict: Conflict) -> ResponseReturnValue:
    page: ConflictPage | None = current_app.extensions.get("conflict_page")
    return page(conflict) if page is not None else plain_conflict_page(conflict)


def plain_conflict_page(conflict: Conflict) -> ResponseReturnValue:
    """For what has no page of its own: nothing was saved, and what was typed is still there."""
    return _page(
        "conflict", 409, conflict=conflict, typed=typed_values(), shown=typed_as_shown(), back=_back()
    )


def _back() -> str:
    """To the form whose sending was refused; from a page that was refused itself, to where it was opened."""
    if request.method == "POST":
        return request.full_path.rstrip("?") if _has_get() else "/"
    source = urlsplit(request.referrer or "")
    ours = source.netloc == request.host and source.path not in {"", request.path}
    return f"/{source.path.lstrip('/')}?{source.query}".rstrip("?") if ours else "/"


def _has_get() -> bool:
    adapter = current_app.url_map.bind_to_environ(request.environ)
    return bool(adapter.test(request.path, method="GET"))


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or error.code is None or error.code < 400:
        return error.get_response()  # a redirect or a made answer
    name = str(error.code) if error.code in _PAGES else "400" if error.code < 500 else "500"
    response = _page(name, error.code, request_id=g.get("request_id", "-"))
    if error.code == 429:
        response.headers["Retry-After"] = "60"  # the brake counts by the minute (web.limits)
    if error.code == 405:
        response.headers["Allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or []))
    return response


def _crash(error: Exception) -> ResponseReturnValue:
    if current_app.testing and current_app.config["PROPAGATE_EXCEPTIONS"] is not False:
        raise error
    log.error("crash", rule=request.url_rule.rule if request.url_rule else None, exc_info=error)
    return _page("500", 500, request_id=g.get("request_id", "-"))
