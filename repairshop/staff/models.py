"""Shops and their staff."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Enum,
    ForeignKey,
    String,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from repairshop.database import Base, enum_column
from repairshop.staff.rules import FormPolicy, Role

# Without a CHECK: the table need not be made anew for one more member.
_FORM_POLICY = Enum(
    FormPolicy,
    native_enum=False,
    create_constraint=False,
    values_callable=lambda members: [member.value for member in members],
    length=20,
)


class Shop(Base):
    """One shop's facts; the owner edits them."""

    __tablename__ = "shop"
    __table_args__ = (
        CheckConstraint("undo_window_seconds BETWEEN 0 AND 600", name="undo_window"),
        CheckConstraint("tax_rate_basis_points BETWEEN 0 AND 10000", name="tax_rate"),
        CheckConstraint("next_ticket_number >= 1", name="next_ticket_number"),
        CheckConstraint("length(currency) = 3", name="currency"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    country: Mapped[str] = mapped_column(String(2))  # ISO 3166 alpha-2
    currency: Mapped[str] = mapped_column(String(3))  # ISO 4217
    time_zone: Mapped[str] = mapped_column(String(64))  # IANA
    languages: Mapped[list[Any]]  # the first is the shop's own
    opening_hours: Mapped[dict[str, Any]]  # {"mon": ["09:00", "18:00"], ...}; a missing day is closed
    street: Mapped[str] = mapped_column(String(200), default="")
    city: Mapped[str] = mapped_column(String(100), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    tax_name: Mapped[str] = mapped_column(String(20), default="VAT")
    tax_rate_basis_points: Mapped[int] = mapped_column(default=0)
    hourly_rate_minor: Mapped[int | None]  # what an hour of work costs; None: the shop names each price
    number_prefix: Mapped[str] = mapped_column(String(4), default="R-")
    next_ticket_number: Mapped[int] = mapped_column(default=1)
    undo_window_seconds: Mapped[int] = mapped_column(default=30)
    price_in_texts: Mapped[bool] = mapped_column(default=False)
    keeps_accents: Mapped[bool] = mapped_column(default=False, server_default=false())  # in texts
    # What one part of a text costs by country, in hundredths of a minor unit; missing: nobody has said.
    part_prices: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    quote_valid_days: Mapped[int] = mapped_column(default=14)
    repair_form: Mapped[FormPolicy] = mapped_column(
        _FORM_POLICY, default=FormPolicy.NEVER, server_default="never"
    )
    quote_close_after_days: Mapped[int | None]  # after the last day to answer; None: a person closes it
    warranty_days: Mapped[int] = mapped_column(default=365)
    comeback_days: Mapped[int] = mapped_column(default=30)
    unclaimed_after_days: Mapped[int] = mapped_column(default=30)
    portal_days_after_handover: Mapped[int] = mapped_column(default=30)
    passcode_days: Mapped[int] = mapped_column(default=14, server_default="14")
    openings_by_name: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Before a job goes into a column that holds as many as its limit; the usual limits only mark it.
    asks_when_full: Mapped[bool] = mapped_column(default=True, server_default=true())
    is_demo: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class Staff(Base):
    """A person who works here; leavers are disabled, never deleted. Flask-Security named `fs_uniquifier`."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    first_name: Mapped[str] = mapped_column(String(80))
    language: Mapped[str] = mapped_column(String(8), default="en")
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    single_keys: Mapped[bool] = mapped_column(default=True)  # one-key shortcuts, WCAG 2.1.4
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    memberships: Mapped[list["Membership"]] = relationship(back_populates="staff")


class Membership(Base):
    """One person's role in one shop."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("shop_id", "staff_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    role: Mapped[Role] = mapped_column(enum_column(Role, name="role"))
    disabled_at: Mapped[datetime | None]  # left this shop; the person may still work in another
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    staff: Mapped[Staff] = relationship(back_populates="memberships")
    shop: Mapped[Shop] = relationship()


class StaffSession(Base):
    """One browser somebody signed in with. The cookie holds the random token, the row only its hash."""

    __tablename__ = "staff_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    browser: Mapped[str] = mapped_column(String(60), default="", server_default="")  # "Firefox, Windows"
    factor_at: Mapped[datetime | None]  # when the second factor was shown
    locked_at: Mapped[datetime | None]  # somebody pressed lock, or the counter computer was left alone
    computer_id: Mapped[int | None] = mapped_column(ForeignKey("counter_computer.id"))


class SignInRules(Base):
    """What the owner demands of sign-ins; a shop without a row has the defaults."""

    __tablename__ = "sign_in_rules"
    __table_args__ = (CheckConstraint("lock_after_minutes BETWEEN 1 AND 120", name="lock_after"),)

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True)
    second_factor_roles: Mapped[list[Any]]
    lock_after_minutes: Mapped[int]


class CounterComputer(Base):
    """A browser a manager paired with the shop: it locks when left alone, and people switch there by PIN."""

    __tablename__ = "counter_computer"

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    paired_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    paired_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class CounterPin(Base):
    """Six digits for paired computers only."""

    __tablename__ = "counter_pin"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    pin_hash: Mapped[str] = mapped_column(String(255))


class CodeApp(Base):
    """An app that shows six digits (RFC 6238). Each code counts once: `last_counter` was used."""

    __tablename__ = "code_app"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    sealed_secret: Mapped[str] = mapped_column(String(500))  # encrypted with a key made from SECRET_KEY
    last_counter: Mapped[int]
    added_at: Mapped[datetime]


class Passkey(Base):
    """The public half of a key pair that a person's phone, laptop or stick keeps."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)  # at most 1023 bytes, base64url
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(60))
    added_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """One way in without the factor, once; only the code's hash is kept."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None]


class SignInAttempt(Base):
    """How often signing in failed in a row for one account, browser or address; `subject` is a hash."""

    __tablename__ = "sign_in_attempt"

    subject: Mapped[str] = mapped_column(String(80), primary_key=True)
    failures: Mapped[int]
    last_failed_at: Mapped[datetime] = mapped_column(index=True)


class Invitation(Base):
    """A one-time link: set a shop up, join it, or choose a new password. Only the token's hash is kept."""

    __tablename__ = "invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), index=True)
    role: Mapped[Role] = mapped_column(enum_column(Role, name="role"))
    first_name: Mapped[str] = mapped_column(String(80), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    # Set when the link is for somebody who already works here and forgot the password.
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    shop: Mapped[Shop] = relationship()
