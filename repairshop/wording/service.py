"""Verbs about a shop's own texts: save, restore, go back to ours, try on oneself; accents and prices."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Select, select

from repairshop import clock
from repairshop.database import db
from repairshop.errors import Conflict, NotFound
from repairshop.notifications.filling import OwnWords
from repairshop.notifications.models import OwnText
from repairshop.notifications.own_texts import words_of
from repairshop.notifications.planning import Planned
from repairshop.notifications.rules import Channel
from repairshop.notifications.spending import TEST_KEY
from repairshop.notifications.texts import Rendered, TextFacts
from repairshop.notifications.writing import About, write_message
from repairshop.staff.models import Shop, Staff
from repairshop.staff.rules import Actor
from repairshop.wording.measuring import Setting, find_all_problems
from repairshop.wording.own_number import is_proved, read_number, require_few_tests
from repairshop.wording.rules import NumberNotProved, TextChangedMeanwhile, notice_of

# A test says so in front, in a word that is the same in all our languages.
TEST_MARK = "TEST"


@dataclass(frozen=True, kw_only=True)
class TextName:
    """One text: which notice, on which channel, in which language."""

    key: str
    channel: Channel
    language: str


def setting_of(shop_id: int) -> Setting:
    """What of the shop bears on its texts."""
    shop = db.session.get_one(Shop, shop_id)
    return Setting(
        shop_name=shop.name,
        country=shop.country,
        currency=shop.currency,
        keeps_accents=shop.keeps_accents,
        prices=dict(shop.part_prices),
    )


def save_text(name: TextName, words: OwnWords, *, by: Actor, expected_version: int | None) -> None:
    """A new version in the shop's own words; nothing when they are those in force.

    Raises the first of find_all_problems, or TextChangedMeanwhile.
    """
    shop = _lock(by)
    for problem in find_all_problems(name.key, name.channel, name.language, words, setting_of(shop.id)):
        raise problem
    newest = find_newest(shop.id, name)
    _require_version(newest, expected_version)
    if newest is not None and not newest.is_ours and words_of(newest) == words:
        return
    _add(name, words, newest, by=by)


def restore_version(name: TextName, version: int, *, by: Actor, expected_version: int | None) -> None:
    """Make an older version the newest again. What was allowed then is checked as of now."""
    shop = _lock(by)
    older = _get(shop.id, name, version)
    newest = find_newest(shop.id, name)
    _require_version(newest, expected_version)
    if older.is_ours:
        _add(name, OwnWords(text=""), newest, by=by, is_ours=True, restored_from=version)
        return
    words = words_of(older)
    for problem in find_all_problems(name.key, name.channel, name.language, words, setting_of(shop.id)):
        raise problem
    _add(name, words, newest, by=by, restored_from=version)


def go_back_to_ours(name: TextName, *, by: Actor, expected_version: int | None) -> None:
    """From now on the shipped text is sent; the shop's versions stay to be restored."""
    shop = _lock(by)
    newest = find_newest(shop.id, name)
    _require_version(newest, expected_version)
    if newest is not None and not newest.is_ours:
        _add(name, OwnWords(text=""), newest, by=by, is_ours=True)


def find_newest(shop_id: int, name: TextName) -> OwnText | None:
    return db.session.scalars(_versions(shop_id, name).order_by(OwnText.version.desc()).limit(1)).first()


def _get(shop_id: int, name: TextName, version: int) -> OwnText:
    row = db.session.scalars(_versions(shop_id, name).where(OwnText.version == version)).one_or_none()
    if row is None:
        raise NotFound
    return row


def _versions(shop_id: int, name: TextName) -> Select[OwnText]:
    return select(OwnText).where(
        OwnText.shop_id == shop_id,
        OwnText.key == name.key,
        OwnText.channel == name.channel,
        OwnText.language == name.language,
    )


def _lock(by: Actor) -> Shop:
    """The shop's row: two managers who save at once do so one after the other."""
    query = select(Shop).where(Shop.id == by.shop_id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _require_version(newest: OwnText | None, expected: int | None) -> None:
    version = newest.version if newest else 0
    if expected is not None and expected != version:
        who = db.session.get_one(Staff, newest.saved_by_id).first_name if newest else ""
        raise TextChangedMeanwhile(field="text", name=who)


def _add(
    name: TextName,
    words: OwnWords,
    newest: OwnText | None,
    *,
    by: Actor,
    is_ours: bool = False,
    restored_from: int | None = None,
) -> None:
    db.session.add(
        OwnText(
            shop_id=by.shop_id,
            key=name.key,
            channel=name.channel,
            language=name.language,
            version=newest.version + 1 if newest else 1,
            is_ours=is_ours,
            subject=words.subject,
            heading=words.heading,
            text=words.text,
            restored_from=restored_from,
            saved_at=clock.now(),
            saved_by_id=by.staff_id,
        )
    )


def change_settings(
    *, keeps_accents: bool, prices: Mapping[str, int], by: Actor, expected_version: int | None
) -> None:
    """Accents and what a part of a text costs by country, in hundredths of a minor unit."""
    shop = _lock(by)
    if expected_version is not None and shop.version != expected_version:
        raise Conflict("shop", str(shop.id))
    shop.keeps_accents, shop.part_prices = keeps_accents, dict(prices)


def send_test(name: TextName, words: Rendered, facts: TextFacts, *, number: str, link: str, by: Actor) -> int:
    """Send the words to the manager's own number, or to the mail address they sign in with; its id.

    It goes the way of every message, marked as a test, with a link that opens nothing. Raises
    PhoneNotUnderstood, TestToCustomer for a customer's number, NumberNotProved, TooManyTests.
    """
    person = db.session.get_one(Staff, by.staff_id, with_for_update=True)
    shop, at = db.session.get_one(Shop, by.shop_id), clock.now()
    recipient = person.email
    if name.channel is Channel.SMS:
        recipient = read_number(number, by=by)
        if not is_proved(recipient, by=by):
            raise NumberNotProved(field="number")
    require_few_tests(by=by)
    message = write_message(
        notice_of(name.key),
        Planned(channel=name.channel, address=recipient, language=name.language, send_after=at),
        _marked(words, link),
        About(shop_id=shop.id),
        event_key=f"{TEST_KEY}{by.staff_id}:{uuid.uuid4().hex}",
        facts=facts,
        covers=[],
        at=at,
    )
    message.edited_by_id = by.staff_id
    return message.id


def _marked(words: Rendered, link: str) -> Rendered:
    return Rendered(
        text=f"{TEST_MARK} {words.text}".replace("{link}", link),
        subject=f"{TEST_MARK} {words.subject}" if words.subject else "",
        html=words.html.replace("{link}", link),
        language=words.language,
    )
