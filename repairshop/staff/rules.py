"""Who works in a shop and what they may do."""

import re
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import NewType

from repairshop.errors import Refused
from repairshop.phone import PhoneNotUnderstood, to_e164

ShopId = NewType("ShopId", int)
StaffId = NewType("StaffId", int)


class Role(StrEnum):
    COUNTER = "counter"
    TECHNICIAN = "technician"
    MANAGER = "manager"
    OWNER = "owner"


class Right(StrEnum):
    """What a route asks for; routes name a right, never a role."""

    SEE_TICKETS = "see tickets"  # counter home, board, ticket page, search, photos, documents
    TAKE_IN = "take in"  # book, take in, check in, cancel, hand over, customers, messages
    WORK_ON = "work on"  # diagnosis, quotes, parts, bench, release
    REVEAL = "reveal"  # see a passcode of the vault
    WAIVE = "waive"  # answer a gate item "not possible because ..."
    MANAGE = "manage"  # shop facts, figures, prices
    OWN = "own"  # staff, roles, shop ownership


# Counter staff and technicians cover for each other in a small shop, so both may do the daily work.
# A passcode is taken at the counter and used at the bench: the counter need not see it again.
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.COUNTER: frozenset({Right.SEE_TICKETS, Right.TAKE_IN, Right.WORK_ON}),
    Role.TECHNICIAN: frozenset({Right.SEE_TICKETS, Right.TAKE_IN, Right.WORK_ON, Right.REVEAL}),
    Role.MANAGER: frozenset(
        {Right.SEE_TICKETS, Right.TAKE_IN, Right.WORK_ON, Right.REVEAL, Right.WAIVE, Right.MANAGE}
    ),
    Role.OWNER: frozenset(Right),
}


class ActorKind(StrEnum):
    STAFF = "staff"
    CUSTOMER = "customer"
    SYSTEM = "system"


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who does something, explicit in every verb. `id` is a staff or customer id, None for the system.

    `insists`: the code of their reason, where a verb asks before it goes on and they said yes.
    """

    kind: ActorKind
    shop_id: ShopId
    id: int | None = None
    role: Role | None = None
    insists: str = ""

    @property
    def staff_id(self) -> StaffId | None:
        return StaffId(self.id) if self.kind is ActorKind.STAFF and self.id is not None else None

    def may(self, right: Right) -> bool:
        return self.role is not None and right in RIGHTS[self.role]


def system_actor(shop_id: ShopId) -> Actor:
    return Actor(kind=ActorKind.SYSTEM, shop_id=shop_id)


def customer_actor(shop_id: ShopId, customer_id: int | None) -> Actor:
    return Actor(kind=ActorKind.CUSTOMER, shop_id=shop_id, id=customer_id)


class PasswordTooShort(Refused):
    """Fewer characters than `least`."""


class PasswordTooPlain(Refused):
    """Few different characters, or the person's own mail address."""


class LinkUsedUp(Refused):
    """The one-time link was used, has expired or never existed."""


class LastOwner(Refused):
    """A shop without an owner could never be changed again."""


class AlreadyWorksHere(Refused):
    """Somebody with this mail address is on the list already."""


class WorksElsewhereToo(Refused):
    """Only the person may change a password that also opens another shop."""


class NotYourself(Refused):
    """Nobody disables or demotes themselves by accident."""


class ShopNameTaken(Refused):
    """Another shop of this installation has this name."""


class ShopUnknown(Refused):
    """No shop of this installation has this name."""


class PasswordNotYours(Refused):
    """The password typed to confirm is not the person's own."""


class FactorNotRight(Refused):
    """The code, key or PIN does not fit; or too many tries, which is not told apart."""


class FactorNeeded(Refused):
    """The shop asks this role for a second factor: the last one stays until there is another."""


class FactorElsewhereToo(Refused):
    """The factor also guards another shop: its person removes it, or whoever runs the installation."""


class PinNotSixDigits(Refused):
    """A PIN is six digits, and not six alike or in a row."""


class HoursNotUnderstood(Refused):
    """Opening hours are not two times such as 09:00-18:00, the first before the second."""


class TimeZoneUnknown(Refused):
    """Not a name of the IANA time zone database."""


class CurrencyInUse(Refused):
    """Prices were written in the old currency already."""


class NoLanguage(Refused):
    """A shop speaks at least one language."""


PASSWORD_LENGTH_MIN = 10
_DIFFERENT_CHARACTERS_MIN = 5

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)\s*[-–—]\s*([01]?\d|2[0-3])[:.]([0-5]\d)")


class FormPolicy(StrEnum):
    """Whether a shop gives the European Repair Information Form with its quotes."""

    NEVER = "never"
    WITH_QUOTES = "with_quotes"


# Where the law of the form holds: the members of the European Union.
FORM_COUNTRIES = frozenset(
    {
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT"),
        *("LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    }
)


class FormNotOfCountry(Refused):
    """The form belongs to the law of the European Union."""


@dataclass(frozen=True, kw_only=True)
class ShopSettings:
    """What owner and manager may change about their shop."""

    name: str
    street: str
    city: str
    phone: str
    email: str
    country: str  # ISO 3166 alpha-2
    currency: str  # ISO 4217
    time_zone: str  # IANA
    languages: tuple[str, ...]  # the first is the shop's own
    opening_hours: Mapping[str, tuple[str, str]]  # by weekday; a missing day is closed
    tax_name: str
    tax_rate_basis_points: int  # 20 % is 2000
    hourly_rate_minor: int | None  # of work, tax included
    undo_window_seconds: int
    price_in_texts: bool
    quote_valid_days: int
    quote_close_after_days: int | None
    repair_form: FormPolicy
    warranty_days: int
    comeback_days: int
    unclaimed_after_days: int
    portal_days_after_handover: int
    passcode_days: int
    openings_by_name: bool


def read_hours(text: str, *, day: str) -> tuple[str, str] | None:
    """("09:00", "18:00") for "9:00-18:00"; None for nothing typed: closed that day."""
    if not text:
        return None
    match = _HOURS.fullmatch(text)
    if match is None:
        raise HoursNotUnderstood(field=day)
    opens, closes = f"{match[1]:0>2}:{match[2]}", f"{match[3]:0>2}:{match[4]}"
    if opens >= closes:
        raise HoursNotUnderstood(field=day)
    return opens, closes


def require_sound_settings(settings: ShopSettings, *, currency_now: str, has_tickets: bool) -> None:
    require_time_zone(settings.time_zone)
    if not settings.languages:
        raise NoLanguage(field="languages")
    if has_tickets and settings.currency != currency_now:
        raise CurrencyInUse(field="currency", currency=currency_now)
    if settings.repair_form is not FormPolicy.NEVER and settings.country not in FORM_COUNTRIES:
        raise FormNotOfCountry(field="repair_form")
    if settings.phone:
        _require_phone(settings.phone, country=settings.country)


def require_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise TimeZoneUnknown(field="time_zone")


def _require_phone(text: str, *, country: str) -> None:
    try:
        to_e164(text, country=country)
    except PhoneNotUnderstood as refusal:
        raise PhoneNotUnderstood(field="phone", text=text) from refusal


IDLE_LIFETIME = timedelta(hours=12)
ABSOLUTE_LIFETIME = timedelta(days=7)
# A session row is written this often, not at every click.
SEEN_EVERY = timedelta(minutes=5)

# Long enough to answer "who was signed in then?", no longer.
SESSIONS_KEPT_FOR = timedelta(days=90)

SET_UP_LINK_LIFETIME = timedelta(hours=24)
INVITATION_LIFETIME = timedelta(hours=72)


def require_good_password(password: str, *, email: str) -> None:
    """Length counts, composition does not (NIST SP 800-63B, 5.1.1.2)."""
    if len(password) < PASSWORD_LENGTH_MIN:
        raise PasswordTooShort(field="password", least=PASSWORD_LENGTH_MIN)
    if len(set(password)) < _DIFFERENT_CHARACTERS_MIN or password.casefold() == email.casefold():
        raise PasswordTooPlain(field="password")


@dataclass(frozen=True, kw_only=True)
class Throttle:
    """So many failures are free, then the wait doubles from one second up to `longest`."""

    free: int
    longest: timedelta

    def wait(self, failures: int) -> timedelta:
        if failures < self.free:
            return timedelta(0)
        return min(timedelta(seconds=2 ** min(failures - self.free, 20)), self.longest)


# An address may be a whole shop behind one router; an account is one person. Nothing is locked for good,
# or a stranger could keep staff out.
ACCOUNT_THROTTLE = Throttle(free=5, longest=timedelta(minutes=15))
ADDRESS_THROTTLE = Throttle(free=30, longest=timedelta(minutes=15))
FORGIVEN_AFTER = timedelta(hours=24)


def is_session_over(*, created_at: datetime, last_seen_at: datetime, now: datetime) -> bool:
    return now - last_seen_at > IDLE_LIFETIME or now - created_at > ABSOLUTE_LIFETIME


DEFAULT_LOCK_AFTER_MINUTES = 5
# A page asked for sooner after the last one does not write the session row of a counter computer again.
SEEN_EVERY_AT_COUNTER = timedelta(seconds=20)
# Six digits are guessed sooner than a password, so a PIN gets fewer free tries; none is locked for good.
PIN_THROTTLE = Throttle(free=3, longest=timedelta(minutes=30))
RECOVERY_CODES = 8


class Barrier(StrEnum):
    """What stands between a session and the pages of the program."""

    LOCKED = "locked"
    ASK_FACTOR = "ask factor"
    SET_UP_FACTOR = "set up factor"


@dataclass(frozen=True, kw_only=True)
class SessionState:
    """What a barrier is decided from."""

    role: Role
    has_factor: bool
    factor_shown: bool
    factor_roles: frozenset[str]
    is_at_counter: bool
    is_locked: bool
    last_seen_at: datetime
    lock_after: timedelta


def find_barrier(state: SessionState, *, now: datetime) -> Barrier | None:
    """The lock first: whoever stands at a locked computer is nobody yet."""
    if state.is_at_counter and (state.is_locked or now - state.last_seen_at > state.lock_after):
        return Barrier.LOCKED
    if state.has_factor:
        return None if state.factor_shown else Barrier.ASK_FACTOR
    return Barrier.SET_UP_FACTOR if state.role in state.factor_roles else None


def require_good_pin(pin: str) -> None:
    steps = {int(after) - int(before) for before, after in pairwise(pin)} if pin.isdecimal() else set()
    if len(pin) != 6 or not pin.isascii() or steps in ({0}, {1}, {-1}, set()):
        raise PinNotSixDigits(field="pin")


def browser_name(user_agent: str) -> str:
    """The few words by which a person knows their own browser again; the rest of it is not kept."""
    browsers = (("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari"))
    systems = (
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    )
    found = [next((name for mark, name in marks if mark in user_agent), "") for marks in (browsers, systems)]
    return ", ".join(name for name in found if name)
