"""What people do again and again in the stories, always through the pages."""

from collections.abc import Mapping
from datetime import timedelta

from tests.journeys.browser_forms import Tab, Value
from tests.journeys.floor import Floor

CARL = {"name": "Carl Cooper", "phone": "07700 900123", "email": "carl@example.com"}
PHONE = {"device_type": "phone", "brand": "Apple", "model": "iPhone 13", "imei": "490154203237518"}
FAULT = {
    "preset": "Phone: Screen cracked or not showing",
    "reported_fault": "It fell and stays dark",
    "condition_note": "Glass broken, frame straight",
    "reach_note": "At work, 0161 496 0001",
    "place": "Shelf 1",  # a device that lies nowhere is asked after by mail
}
PRIVACY: dict[str, Value] = {
    "notice-choice": "acknowledged",
    "backup-choice": "yes",
    "repair_mode-choice": "impossible",
    "repair_mode-reason": "The screen is dead",
    "sim_and_accounts-choice": "noted",
    "sim_and_accounts-sim": "out",
    "sim_and_accounts-card": "none",
    "sim_and_accounts-lock": "on",
    "sim_and_accounts-lock_seen": "told",
    "data_use-choice": "none",
    "data_use-wish": "nothing",
    "sealed-choice": "no",
}
CLOSE_OUT = {
    "credential_purged": "never_taken",
    "copies_erased": "no_copies",
    "normal_mode": "back_to_normal",
    "access_reviewed": "no_openings",
}


def take_in(floor: Floor, **changes: Value) -> tuple[str, Tab]:
    """Frank takes a device in; its reference, and the page of the open check-in."""
    frank = floor.tab("frank").open("/intake")
    frank.press("Take in and save", {**CARL, **PHONE, **FAULT, **changes})
    return frank.path.split("/")[2], frank


def complete_check_in(frank: Tab, **changes: Value) -> Tab:
    """The rest of the check-in, settled with the customer, who signs by typed name."""
    signed = {"signed_name": "Carl Cooper", "agreed": True}
    return frank.press("Complete the check-in", {**PRIVACY, **signed, **changes})


def checked_in(floor: Floor, **changes: Value) -> str:
    """A phone that was taken in and checked in; its first notices are read."""
    reference, frank = take_in(floor, **changes)
    complete_check_in(frank)
    floor.run_worker()
    return reference


def do(
    tab: Tab, reference: str, verb: str, fields: Mapping[str, Value] | None = None, *, press: str = ""
) -> Tab:
    """Choose a verb on the ticket's page; fill its form in and press `press`, if it has a form."""
    tab.open(f"/tickets/{reference}")
    if not press:
        return tab.press(verb)
    return tab.follow(verb).press(press, fields)


def start_diagnosis(tess: Tab, reference: str) -> Tab:
    return do(tess, reference, "Start diagnosis")


def write_quote(tess: Tab, reference: str, *, price: str = "74.00", work: str = "31.00") -> Tab:
    """A part and the work, checked: the page that sends it."""
    tess.open(f"/tickets/{reference}/quote")
    clear_lines(tess)
    tess.press("Add a part")
    tess.press(
        "Add work",
        {
            "lines-0-description": "Screen",
            "lines-0-unit_price": price,
            "lines-0-origin": "new_original",
            "lines-0-device_will_show": "Nothing",
        },
    )
    return tess.press(
        "Save and check it",
        {
            "lines-1-description": "Fitting",
            "lines-1-unit_price": work,
            "options-0-at_most": "120.00",
            "earliest": "2026-03-06",
            "latest": "2026-03-09",
            "message": "The glass and the picture below it are broken.",
        },
    )


def clear_lines(tess: Tab) -> None:
    """Take the lines out that the usual price filled in."""
    while any(button.get("value") == "remove-0" for button in tess.tree.iter("button")):
        tess.press("Remove", nth=0)


def send_quote(tess: Tab, reference: str, **changes: str) -> Tab:
    return write_quote(tess, reference, **changes).press("Send the £105.00 quote")


def run_tests(tess: Tab, reference: str, kind: str, *, failing: str = "") -> Tab:
    """Answer every check of the run and close it."""
    tess.open(f"/tickets/{reference}/tests/{kind}")
    form = tess.form_of(next(one for one in tess.tree.iter("button") if one.get("name") == "close"))
    answers: dict[str, Value] = {}
    for name in form.offered:
        if name.startswith("verdict-"):
            fails = failing and name == f"verdict-{failing}"
            answers[name] = "fail" if fails else "pass"
            if fails:
                answers[f"note-{failing}"] = "Flickers at the edge"
    return tess.press("Save and close the run", answers)


def fit_screen(tess: Tab, reference: str) -> Tab:
    """A serial is fitted once, so each ticket gets its own."""
    tess.open(f"/tickets/{reference}/parts")
    part = {
        "name": "Screen",
        "origin": "new_original",
        "serial": f"SCR-{reference}",
        "supplier": "Glassworks",
    }
    return tess.press("Record the part", part)


def close_out(tess: Tab, reference: str) -> None:
    """The privacy tasks before a device is released."""
    for kind, choice in CLOSE_OUT.items():
        tess.open(f"/tickets/{reference}/privacy/{kind}").press("Save", {"answer-choice": choice})


def release(tess: Tab, reference: str) -> Tab:
    return do(tess, reference, "Release", {"put_together": True}, press="Release for collection")


def hand_over(frank: Tab, reference: str, **changes: Value) -> Tab:
    """With a card where something is to pay."""
    fields: dict[str, Value] = {"proof": "receipt", "signed_name": "Carl Cooper", "agreed": True}
    frank.open(f"/tickets/{reference}").follow("Hand over")
    if "How was it paid?" in frank.text:
        fields["pay_method"] = "card"
    return frank.press("Hand over", {**fields, **changes})


def close_unrepaired(tess: Tab, reference: str) -> None:
    """Closed up again and ready: no test is asked where no work was done."""
    close_out(tess, reference)
    release(tess, reference)


def repair(tess: Tab, reference: str) -> None:
    """From ready to start to ready to collect."""
    do(tess, reference, "Start repair")
    fit_screen(tess, reference)
    finish(tess, reference)
    run_tests(tess, reference, "after")
    close_out(tess, reference)
    release(tess, reference)


def finish(tess: Tab, reference: str, **fields: Value) -> Tab:
    """Finish is one key on the ticket's page."""
    if not fields:
        return do(tess, reference, "Finish")
    return tess.open(f"/tickets/{reference}/finish").press("Finish the work", fields)


def approve(carl: Tab, price: str = "£105.00") -> Tab:
    return carl.follow("Check and answer").press(f"Approve {price} repair")


def quoted(floor: Floor, reference: str) -> Tab:
    """Diagnosed and quoted; the customer with the link from the text."""
    tess = floor.tab("tess")
    start_diagnosis(tess, reference)
    send_quote(tess, reference)
    return floor.customer(floor.post_of_staff_move().link)


def wait_for_post(floor: Floor) -> None:
    """Let go out what is waiting; the story looks at later messages."""
    floor.pass_time(timedelta(seconds=31))
    floor.run_worker()
