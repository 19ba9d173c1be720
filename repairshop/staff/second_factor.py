"""Verbs and reads about second factors: an app with codes, passkeys, and recovery codes for a lost one."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from passlib.totp import TOTP, TokenError
from sqlalchemy import delete, func, select, update

from repairshop.clock import now
from repairshop.codes import ALPHABET
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.staff.models import CodeApp, Membership, Passkey, RecoveryCode, StaffSession
from repairshop.staff.passkeys import NewKey, Site, credential_id_of, find_sign_count
from repairshop.staff.rules import RECOVERY_CODES, Actor, FactorElsewhereToo, FactorNeeded, FactorNotRight
from repairshop.staff.tokens import hash_of


@dataclass(frozen=True, kw_only=True)
class PasskeyRow:
    """One passkey as its person sees it."""

    id: int
    name: str
    added_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Factors:
    """What a person can show besides the password."""

    app_added_at: datetime | None
    passkeys: list[PasskeyRow]
    codes_left: int

    @property
    def count(self) -> int:
        return len(self.passkeys) + (self.app_added_at is not None)


class CodeApps:
    """Makes and checks the six digits; the secrets rest encrypted with a key made from SECRET_KEY."""

    def __init__(self, secret_key: str) -> None:
        key = hmac.new(secret_key.encode(), b"code apps", hashlib.sha256).hexdigest()
        self._totp = TOTP.using(secrets={"1": key}, issuer="Repairshop")

    def new_secret(self) -> str:
        """A secret nobody uses yet, sealed."""
        return str(self._totp.new().to_json(encrypt=True))

    def address(self, sealed: str, *, email: str) -> str:
        """What the QR code holds."""
        return str(self._totp.from_source(sealed).to_uri(label=email))

    def readable(self, sealed: str) -> str:
        """For typing it in where there is no camera."""
        return str(self._totp.from_source(sealed).pretty_key(sep=" "))

    def find_counter(self, sealed: str, code: str, *, last: int = -1, at: datetime) -> int | None:
        """The thirty seconds the code belongs to, one before and after `at` allowed, if it was not used."""
        try:
            match = self._totp.from_source(sealed).match(
                code, time=int(at.timestamp()), window=30, last_counter=last if last >= 0 else None
            )
        except (TokenError, ValueError):
            return None
        return int(match.counter)


def find_sealed_secret(staff_id: int) -> str | None:
    return db.session.scalar(select(CodeApp.sealed_secret).where(CodeApp.staff_id == staff_id))


def get_factors(staff_id: int | None) -> Factors:
    keys = db.session.scalars(select(Passkey).where(Passkey.staff_id == staff_id).order_by(Passkey.id))
    return Factors(
        app_added_at=db.session.scalar(select(CodeApp.added_at).where(CodeApp.staff_id == staff_id)),
        passkeys=[
            PasskeyRow(id=key.id, name=key.name, added_at=key.added_at, used_at=key.used_at) for key in keys
        ],
        codes_left=db.session.scalar(
            select(func.count()).where(RecoveryCode.staff_id == staff_id, RecoveryCode.used_at.is_(None))
        )
        or 0,
    )


def list_credential_ids(staff_id: int) -> list[str]:
    return list(db.session.scalars(select(Passkey.credential_id).where(Passkey.staff_id == staff_id)))


def add_code_app(*, by: Actor, sealed_secret: str, counter: int, session_id: int) -> list[str]:
    """Instead of the app before; the proving code is used up. New recovery codes if there were none."""
    _forget_app(by)
    db.session.add(CodeApp(staff_id=by.id, sealed_secret=sealed_secret, last_counter=counter, added_at=now()))
    return _factor_added(by, session_id=session_id)


def add_passkey(*, by: Actor, key: NewKey, name: str, session_id: int) -> list[str]:
    """A key that is here already, whoever's it is, is refused like a wrong answer."""
    if db.session.scalar(select(Passkey.id).where(Passkey.credential_id == key.credential_id)) is not None:
        raise FactorNotRight
    db.session.add(
        Passkey(
            staff_id=by.id,
            credential_id=key.credential_id,
            public_key=key.public_key,
            sign_count=key.sign_count,
            name=name,
            added_at=now(),
        )
    )
    return _factor_added(by, session_id=session_id)


def _factor_added(by: Actor, *, session_id: int) -> list[str]:
    """Other browsers showed less than what is asked from now on: they sign in anew."""
    _end_other_sessions(by, session_id=session_id)
    pass_factor(session_id)
    return [] if get_factors(by.id).codes_left else renew_recovery_codes(by=by)


def use_code_app(staff_id: int, code: str, *, apps: CodeApps) -> bool:
    """Whether the code is right now; each counts once, even when it arrives twice at the same moment."""
    row = db.session.scalar(select(CodeApp).where(CodeApp.staff_id == staff_id))
    if row is None:
        return False
    counter = apps.find_counter(row.sealed_secret, code, last=row.last_counter, at=now())
    if counter is None:
        return False
    used = db.session.execute(
        update(CodeApp)
        .where(CodeApp.staff_id == staff_id, CodeApp.last_counter < counter)
        .values(last_counter=counter)
        .returning(CodeApp.staff_id)
    )
    return used.scalar_one_or_none() is not None


def use_recovery_code(staff_id: int, code: str) -> bool:
    plain = "".join(sign for sign in code.upper() if sign in ALPHABET)
    used = db.session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.staff_id == staff_id,
            RecoveryCode.code_hash == hash_of(plain),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now())
        .returning(RecoveryCode.id)
    )
    return used.scalar_one_or_none() is not None


def renew_recovery_codes(*, by: Actor) -> list[str]:
    """Eighty random bits each: enough that a plain hash keeps them (compare staff.tokens)."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == by.id))
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(16)) for _ in range(RECOVERY_CODES)]
    db.session.add_all(RecoveryCode(staff_id=by.id, code_hash=hash_of(code)) for code in codes)
    return ["-".join(code[start : start + 4] for start in range(0, 16, 4)) for code in codes]


def pass_factor(session_id: int) -> None:
    db.session.execute(update(StaffSession).where(StaffSession.id == session_id).values(factor_at=now()))


def remove_code_app(*, by: Actor, is_demanded: bool, session_id: int) -> None:
    _forget_app(by)
    _factor_removed(by, is_demanded=is_demanded, session_id=session_id)


def remove_passkey(passkey_id: int, *, by: Actor, is_demanded: bool, session_id: int) -> None:
    key = db.session.get(Passkey, passkey_id)
    if key is None or key.staff_id != by.id:
        raise NotFound
    db.session.delete(key)
    db.session.flush()  # the count that follows must not see it
    _factor_removed(by, is_demanded=is_demanded, session_id=session_id)


def _factor_removed(by: Actor, *, is_demanded: bool, session_id: int) -> None:
    if get_factors(by.id).count == 0:
        if is_demanded:
            raise FactorNeeded
        db.session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == by.id))
    _end_other_sessions(by, session_id=session_id)


def reset_factors(staff_id: int, *, by: Actor) -> None:
    """For somebody of the actor's shop who lost phone and codes; whoever was signed in as them is out."""
    shops = set(db.session.scalars(select(Membership.shop_id).where(Membership.staff_id == staff_id)))
    if by.shop_id not in shops:
        raise NotFound
    if len(shops) > 1:
        raise FactorElsewhereToo
    forget_factors(staff_id)


def forget_factors(staff_id: int) -> None:
    for table in (CodeApp, Passkey, RecoveryCode):
        db.session.execute(delete(table).where(table.staff_id == staff_id))
    _end(StaffSession.staff_id == staff_id)


def _forget_app(by: Actor) -> None:
    db.session.execute(delete(CodeApp).where(CodeApp.staff_id == by.id))


def _end_other_sessions(by: Actor, *, session_id: int) -> None:
    _end(StaffSession.staff_id == by.id, StaffSession.id != session_id)


def _end(*which: object) -> None:
    db.session.execute(
        update(StaffSession).where(*which, StaffSession.ended_at.is_(None)).values(ended_at=now())  # type: ignore[arg-type]
    )


def use_passkey(staff_id: int, *, site: Site, answer: str, challenge: str) -> bool:
    """Whether one of the person's keys signed the challenge."""
    key = db.session.scalar(
        select(Passkey)
        .where(Passkey.staff_id == staff_id, Passkey.credential_id == credential_id_of(answer))
        .with_for_update()
    )
    if key is None:
        return False
    count = find_sign_count(
        site, answer=answer, challenge=challenge, public_key=key.public_key, sign_count=key.sign_count
    )
    if count is None:
        return False
    key.sign_count = count
    key.used_at = now()
    return True
