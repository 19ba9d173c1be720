"""The shop's privacy notice: the one in force, and earlier ones as customers acknowledged them."""

from dataclasses import dataclass

from sqlalchemy import select

from repairshop.database import db
from repairshop.privacy import standard
from repairshop.privacy.models import PrivacyNotice


@dataclass(frozen=True, kw_only=True)
class NoticeText:
    """What is shown before the device changes hands; each paragraph goes through gettext."""

    version: int | None  # None for the standard one until somebody acknowledged it
    text: str
    own: dict[str, str]  # language -> the shop's own text

    @property
    def paragraphs(self) -> tuple[str, ...]:
        return paragraphs(self.text)

    def paragraphs_in(self, language: str) -> tuple[str, ...]:
        return paragraphs(self.own.get(language) or self.text)


def get_notice(shop_id: int) -> NoticeText:
    """The notice in force."""
    found = db.session.scalars(
        select(PrivacyNotice)
        .where(PrivacyNotice.shop_id == shop_id)
        .order_by(PrivacyNotice.version.desc())
        .limit(1)
    ).one_or_none()
    return _notice_text(found) if found else NoticeText(version=None, text=standard.read_notice(), own={})


def get_notice_version(shop_id: int, version: int) -> NoticeText | None:
    """An earlier version, as a customer acknowledged it."""
    found = db.session.scalars(
        select(PrivacyNotice).where(PrivacyNotice.shop_id == shop_id, PrivacyNotice.version == version)
    ).one_or_none()
    return _notice_text(found) if found else None


def _notice_text(notice: PrivacyNotice) -> NoticeText:
    return NoticeText(version=notice.version, text=notice.text, own=notice.own)


def paragraphs(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("\n\n") if part.strip())
