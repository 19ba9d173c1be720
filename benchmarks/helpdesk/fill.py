"""Fills the site's database: fill.py TICKETS. Prints as JSON the addresses of eight tickets' pages."""

import json
import sys
from datetime import timedelta
from urllib.parse import urlencode

import django
from django.core.management import call_command

django.setup()

from django.db import connection, transaction  # noqa: E402 - after the settings are there, as all below
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402
from helpdesk.models import FollowUp, Queue, Ticket  # noqa: E402

PAGES = 8
FOLLOW_UPS = 8
STEP = 1000


def main(tickets: int) -> None:
    call_command("migrate", verbosity=0)
    queue = Queue.objects.create(title="Repairs", slug="repairs", allow_public_submission=True)
    for first in range(0, tickets, STEP):
        with transaction.atomic():
            write(queue, range(first, min(first + STEP, tickets)))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(json.dumps([address_of(ticket) for ticket in Ticket.objects.order_by("-id")[:PAGES]]))


def write(queue: Queue, numbers: range) -> None:
    now = timezone.now()
    made = Ticket.objects.bulk_create(
        Ticket(
            title=f"Phone {number} does not charge",
            queue=queue,
            created=now,
            modified=now,
            submitter_email=f"customer{number}@example.com",
            description="It has not charged since it fell. The screen is whole and the buttons work.",
            due_date=now + timedelta(days=3),
        )
        for number in numbers
    )
    FollowUp.objects.bulk_create(
        FollowUp(
            ticket=ticket,
            date=now + timedelta(minutes=step),
            title=f"Step {step} of the repair",
            comment="The device was opened and looked at, and this is what was found and done.",
            public=True,
        )
        for ticket in made
        for step in range(FOLLOW_UPS)
    )


def address_of(ticket: Ticket) -> str:
    asked = {"ticket": ticket.ticket_for_url, "email": ticket.submitter_email, "key": ticket.secret_key}
    return f"{reverse('helpdesk:public_view')}?{urlencode(asked)}"


if __name__ == "__main__":
    main(int(sys.argv[1]))
