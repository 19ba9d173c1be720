"""The one box of every page: a scan, a number, a code, a phone number, a name, a serial number."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from repairshop.board.blueprint import board
from repairshop.board.find_queries import PAGE, list_found
from repairshop.board.finding import LONGEST, read_wanted
from repairshop.codes import ScanKind
from repairshop.parts.order_queries import list_orders_meant
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor, current_shop
from repairshop.web.access import staff_only
from repairshop.web.forms import clean_text
from repairshop.web.row_numbers import row_number


@board.get("/find")
@staff_only(Right.SEE_TICKETS)
def find() -> ResponseReturnValue:
    """One hit opens; several are listed; a label read wrongly is never guessed at.

    What is no ticket's may be a parcel's: the code of an order, a part's barcode, the supplier's number.
    """
    text = clean_text(request.args.get("q", "")[:LONGEST])
    wanted = read_wanted(text.replace("\x00", ""), number_prefix=current_shop().number_prefix)
    before = request.args.get("before", type=row_number)
    if wanted.is_broken_scan:
        return render_template("board/scan_again.html", wanted=wanted)
    if wanted.scan is not None and wanted.scan.kind in {ScanKind.COMMAND, ScanKind.PERSON}:
        return redirect(url_for("board.act"))  # it asks for the device; a place lists what lies there
    if wanted.scan is not None and wanted.scan.kind is ScanKind.PICKUP:
        return redirect(url_for("handing_over.scanned", code=wanted.scan.text))
    found = list_found(wanted, shop_id=current_actor().shop_id, before=before)
    if len(found) == 1 and before is None:
        return redirect(url_for("board.ticket", reference=found[0].reference))
    if not found and wanted.text and list_orders_meant(wanted.text, shop_id=current_actor().shop_id):
        return redirect(url_for("part_orders.list_", q=wanted.text))
    return render_template("board/found.html", wanted=wanted, found=found[:PAGE], has_more=len(found) > PAGE)
