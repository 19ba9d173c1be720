"""The photos of a repair: all of them, one with its neighbours, and the pictures themselves."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from repairshop.media.queries import get_picture
from repairshop.media.rules import MediaId, Size
from repairshop.media.serving import picture_response
from repairshop.portal import queries, repair, session
from repairshop.portal.gallery import get_place, list_gallery, pair_up
from repairshop.tickets.rules import PhotoStep
from repairshop.web.access import portal_only

gallery = Blueprint("gallery", __name__)


@gallery.get("/repair/<reference>/photos")
@portal_only
def show(reference: str) -> ResponseReturnValue:
    guest = session.current_guest()
    head = repair.get_own_head(reference, guest=guest)
    photos = list_gallery(head.id)
    return render_template(
        "portal/photos.html",
        guest=guest,
        shop=guest.shop,
        head=head,
        steps=[(step, group) for step in PhotoStep if (group := [one for one in photos if one.step is step])],
        pairs=pair_up(photos),
    )


@gallery.get("/repair/<reference>/photos/<int:photo_id>")
@portal_only
def look(reference: str, photo_id: int) -> ResponseReturnValue:
    """One photo as wide as the page; with `size=large` as large as it was kept, to be moved about."""
    guest = session.current_guest()
    head = repair.get_own_head(reference, guest=guest)
    return render_template(
        "portal/photo.html",
        guest=guest,
        shop=guest.shop,
        head=head,
        place=get_place(head.id, photo_id),
        is_large=request.args.get("size") == "large",
    )


@gallery.get("/repair/photos/<int:photo_id>/<size>")
@portal_only
def picture(photo_id: int, size: str) -> ResponseReturnValue:
    guest = session.current_guest()
    own = queries.get_own_photo(photo_id, visit_id=guest.visit_id)
    repair.get_own_head(own.reference, guest=guest)  # while the link shows more than the warranty
    wanted = Size(size) if size in set(Size) else Size.FULL
    return picture_response(get_picture(MediaId(own.media_id)), size=wanted)
