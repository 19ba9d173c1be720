"""The pages of two texts, words for them, and what became of them."""

from html import unescape

from sqlalchemy import select

from repairshop.database import db
from repairshop.notifications.models import OutgoingMessage, OwnText

THERE = "/texts/ready/sms/en"
MAIL = "/texts/ready/email/en"
OWN = "{shop}: {ticket}, your {device} shines again. {link}"
MAIL_FIELDS = {"subject": "{ticket}: come", "heading": "Come in", "text": "Your {device} shines."}


def said(answer) -> str:
    return unescape(answer.text)


def versions(app) -> list[OwnText]:
    with app.app_context():
        return list(db.session.scalars(select(OwnText).order_by(OwnText.id)))


def messages(app) -> list[OutgoingMessage]:
    with app.app_context():
        return list(db.session.scalars(select(OutgoingMessage).order_by(OutgoingMessage.id)))
