"""The store of the vault's wrapped data keys: a database of its own, in no backup of the main one.

Destroying a key is what purges a passcode. A tombstone stays, by which "destroyed" and "lost" are told apart.
It commits by itself, apart from the main transaction: docs/decisions/0008 says in which order and why.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import (
    Column,
    Connection,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from repairshop import clock
from repairshop.database import UtcDateTime, db, set_up_engine
from repairshop.privacy.vault import (
    MasterKey,
    PasscodeGone,
    VaultKeyLost,
    WrappedKey,
    master_key,
    unwrap,
    wrap,
)

log = structlog.get_logger("repairshop.privacy")

_TABLE = Table(
    "vault_key",
    MetaData(),
    Column("name", String(32), primary_key=True),
    Column("master_id", String(16), nullable=False),
    Column("wrapped", LargeBinary),  # NULL: destroyed
    Column("expires_at", UtcDateTime(), nullable=False),
    Column("destroyed_at", UtcDateTime()),
)
# Any number, as long as every process of this program uses the same one.
_ADVISORY_LOCK = 4_821_000_002
_DOOMED = "vault keys to destroy once this is committed"


@dataclass(frozen=True, kw_only=True)
class KeyCounts:
    """How many keys the store holds: by the master key that wraps them, and how many tombstones."""

    by_master: dict[str, int]
    destroyed: int


class KeyStore:
    """Wrapped data keys by name."""

    def __init__(self, url: str) -> None:
        # These acts are rare: a connection for each, and nothing that a forked process could share.
        self._engine: Engine = create_engine(make_url(url), poolclass=NullPool, hide_parameters=True)
        set_up_engine(self._engine)  # secure_delete too: a destroyed key is overwritten with zeros

    @property
    def address(self) -> str:
        return self._engine.url.render_as_string(hide_password=True)

    @property
    def is_on_this_machine(self) -> bool:
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def open(self) -> Iterator[Connection]:
        """One transaction; also for what else must outlive a restored main database."""
        with self._engine.connect().execution_options(write=True) as connection, connection.begin():
            if self._engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
            _TABLE.create(connection, checkfirst=True)
            yield connection

    def put(self, name: str, key: WrappedKey, *, expires_at: datetime) -> None:
        row = {"name": name, "master_id": key.master_id, "wrapped": key.wrapped, "expires_at": expires_at}
        with self.open() as connection:
            connection.execute(_TABLE.insert().values(row))

    def get(self, name: str) -> WrappedKey:
        """Raises PasscodeGone for a destroyed key and VaultKeyLost for one that was never here."""
        with self.open() as connection:
            row = connection.execute(select(_TABLE).where(_TABLE.c.name == name)).one_or_none()
        if row is None:
            raise VaultKeyLost
        if row.wrapped is None:
            raise PasscodeGone
        return WrappedKey(master_id=row.master_id, wrapped=row.wrapped)

    def destroy(self, names: Collection[str]) -> int:
        """Empty these keys for good and leave tombstones. How many were here."""
        at, destroyed = clock.now(), 0
        insert = postgresql.insert if self._engine.dialect.name == "postgresql" else sqlite.insert
        with self.open() as connection:
            for name in names:
                tomb = {"master_id": "", "wrapped": None, "expires_at": at, "destroyed_at": at}
                done = connection.execute(
                    insert(_TABLE)
                    .values(name=name, **tomb)
                    .on_conflict_do_update(
                        index_elements=[_TABLE.c.name],
                        set_={"wrapped": None, "destroyed_at": at},
                        where=_TABLE.c.wrapped.is_not(None),
                    )
                    .returning(_TABLE.c.name)
                )
                destroyed += len(done.all())
        return destroyed

    def find_states(self, names: Collection[str]) -> dict[str, bool]:
        """True for a key that is here, False for a tombstone; a lost key is missing."""
        query = select(_TABLE.c.name, _TABLE.c.wrapped.is_not(None)).where(_TABLE.c.name.in_(list(names)))
        with self.open() as connection:
            return {name: bool(is_here) for name, is_here in connection.execute(query)}

    def list_expired(self, *, at: datetime) -> list[str]:
        query = select(_TABLE.c.name).where(_TABLE.c.wrapped.is_not(None), _TABLE.c.expires_at <= at)
        with self.open() as connection:
            return list(connection.scalars(query))

    def count(self) -> KeyCounts:
        with self.open() as connection:
            rows = connection.execute(select(_TABLE.c.master_id, _TABLE.c.wrapped.is_not(None))).all()
        here = [master_id for master_id, is_here in rows if is_here]
        counts = {master_id: here.count(master_id) for master_id in sorted(set(here))}
        return KeyCounts(by_master=counts, destroyed=len(rows) - len(here))

    def rewrap(self, change: Callable[[str, WrappedKey], WrappedKey | None]) -> int:
        """Put what `change` makes of each key in its place, all of them or none."""
        changed = 0
        with self.open() as connection:
            for row in connection.execute(select(_TABLE).where(_TABLE.c.wrapped.is_not(None))).all():
                new = change(row.name, WrappedKey(master_id=row.master_id, wrapped=row.wrapped))
                if new is None:
                    continue
                update = _TABLE.update().where(_TABLE.c.name == row.name)
                connection.execute(update.values(master_id=new.master_id, wrapped=new.wrapped))
                changed += 1
        return changed


@dataclass(frozen=True, kw_only=True)
class Vault:
    """The key store with the master keys that open it: VAULT_KEY, then VAULT_KEY_OLD during a rotation."""

    masters: tuple[MasterKey, ...]
    keys: KeyStore

    @property
    def master(self) -> MasterKey:
        return self.masters[0]

    def rotate(self, old_secrets: Collection[str] = ()) -> int:
        """Wrap every key under VAULT_KEY; where one does not open, VaultKeyWrong and nothing is changed."""
        masters = (*self.masters, *(master_key(secret) for secret in old_secrets))

        def change(name: str, key: WrappedKey) -> WrappedKey | None:
            if key.master_id == self.master.id:
                return None
            return wrap(unwrap(key, name=name, masters=masters), name=name, master=self.master)

        return self.keys.rewrap(change)


_vault: Vault | None = None


def open_vault(url: str, *, secrets: Collection[str]) -> Vault:
    """`secrets` are the texts of VAULT_KEY and, where set, VAULT_KEY_OLD."""
    return Vault(masters=tuple(master_key(secret) for secret in secrets if secret), keys=KeyStore(url))


def use_vault(vault: Vault) -> None:
    """Keep passcodes in `vault` from now on; create_app calls it once, as it opens the media store."""
    global _vault
    _vault = vault


def the_vault() -> Vault:
    if _vault is None:
        raise RuntimeError("use_vault() was not called")
    return _vault


def destroy_after_commit(names: Collection[str]) -> None:
    """Destroy these keys once the transaction is committed; if that fails, the worker's sweep does it."""
    db.session().info.setdefault(_DOOMED, []).extend(names)


@event.listens_for(db.session, "after_commit")
def _after_commit(session: Session) -> None:
    names = session.info.pop(_DOOMED, [])
    if not names:
        return
    try:
        the_vault().keys.destroy(names)
    except Exception:  # the passcode is purged and committed: whatever failed here, the sweep tries again
        log.exception("vault keys wait for the sweep", keys=len(names))


@event.listens_for(db.session, "after_rollback")
def _after_rollback(session: Session) -> None:
    session.info.pop(_DOOMED, None)
