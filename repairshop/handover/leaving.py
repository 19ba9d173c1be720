"""The question about what came with a device and lies elsewhere, for the forms by which a device leaves."""

from typing import TypeVar

from flask import get_template_attribute

from repairshop.custody.queries import list_things_apart
from repairshop.handover.forms import LeavingForm
from repairshop.tickets.queries import TicketHead

Asking = TypeVar("Asking", bound=LeavingForm)


def with_things_apart(form: Asking, head: TicketHead) -> Asking:
    """With a tick for each of them."""
    words = get_template_attribute("tickets/_words.html", "thing_elsewhere")
    form.offer([(thing.item, str(words(thing)).strip()) for thing in list_things_apart(head)])
    return form
