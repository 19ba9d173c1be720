"""What happens around the pages: time passes, the worker runs, texts and letters arrive at the customer."""

# ruff: noqa: ARG002 - aiosmtpd gives its handlers more than they need
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast

import time_machine
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask

from repairshop import wiring
from repairshop.clock import now
from repairshop.operations.audit import walk_everything
from repairshop.tickets.models import Ticket
from tests.builders import get_ticket
from tests.cast import Browser, sign_in
from tests.contract.messages import Message
from tests.contract.twilio_standin import Standin
from tests.journeys.browser_forms import Tab

_LINK = re.compile(r"https://repair\.example\.com/t/[\w-]+")


class Mailbox:
    """The customers' letters, as the mail server took them."""

    def __init__(self) -> None:
        self.address = ""
        self.letters: list[EmailMessage] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.letters.append(cast(EmailMessage, message_from_bytes(envelope.content, policy=default)))
        return "250 kept"


@dataclass(frozen=True, kw_only=True)
class Post:
    """What left the shop since the last look."""

    texts: list[Message]
    letters: list[EmailMessage]

    def __bool__(self) -> bool:
        return bool(self.texts or self.letters)

    @property
    def text(self) -> str:
        """The words of the one text."""
        assert len(self.texts) == 1, [text.body for text in self.texts]
        return self.texts[0].body

    @property
    def letter(self) -> EmailMessage:
        assert len(self.letters) == 1, [letter["Subject"] for letter in self.letters]
        return self.letters[0]

    @property
    def link(self) -> str:
        """The address in the text; the letter holds one too."""
        found = _LINK.search(self.text)
        assert found, f"no link in {self.text!r}"
        return found[0]


@dataclass
class Floor:
    """The shop of the stories."""

    app: Flask
    people: dict[str, Browser]
    standin: Standin
    mailbox: Mailbox
    clock: time_machine.Traveller
    _texts_seen: int = 0
    _letters_seen: int = 0

    # --- people ----------------------------------------------------------------------------------

    def tab(self, name: str) -> Tab:
        """A new tab in the browser of this person."""
        return Tab(self.people[name])

    def customer(self, link: str) -> Tab:
        """A customer follows the link they got, on their own phone."""
        return Tab(Browser(self.app, self.app.response_class)).open(link)

    # --- time ------------------------------------------------------------------------------------

    def pass_time(self, length: timedelta) -> None:
        """Time passes, without the worker. After an hour people have signed in again."""
        self.clock.shift(length)
        if length > timedelta(hours=1):
            for name, browser in self.people.items():
                self.people[name] = sign_in(self.app, browser.actor)

    def pass_to(self, moment: datetime) -> None:
        self.pass_time(moment - now())

    # --- the worker ------------------------------------------------------------------------------

    def run_worker(self) -> Post:
        """One tick of every job, and what left the shop by it."""
        with self.app.app_context():
            for job in wiring.JOBS:
                if job.every_seconds:
                    job.run()
        post = Post(
            texts=self.standin.ledger[self._texts_seen :], letters=self.mailbox.letters[self._letters_seen :]
        )
        self._texts_seen += len(post.texts)
        self._letters_seen += len(post.letters)
        return post

    def run_daily_jobs(self) -> None:
        """What the worker does once a day and shop."""
        shop_id = self.people["frank"].actor.shop_id
        with self.app.app_context():
            for job in wiring.JOBS:
                if job.daily_at is not None:
                    job.run(shop_id)

    def post_of_staff_move(self) -> Post:
        """Nothing leaves inside the undo window; then what the move tells the customer."""
        early = self.run_worker()
        assert not early, f"left inside the undo window: {[text.body for text in early.texts]}"
        self.pass_time(timedelta(seconds=31))
        return self.run_worker()

    # --- afterwards ------------------------------------------------------------------------------

    def ticket(self, reference: str) -> Ticket:
        with self.app.app_context():
            return get_ticket(reference)

    def history_holds(self) -> bool:
        """Every chain of every ticket, walked."""
        with self.app.app_context():
            return walk_everything().holds
