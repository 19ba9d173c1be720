"""Ticks of the worker: openings that nobody closed, passcodes that nobody needs."""

from dataclasses import asdict, dataclass
from datetime import timedelta

import structlog

from repairshop import clock
from repairshop.privacy import access_queries, service, vault_queries, vault_service
from repairshop.privacy.openings import PurgeReason
from repairshop.privacy.vault_keys import the_vault
from repairshop.transaction import transaction

log = structlog.get_logger("repairshop.privacy")
# A key that a crash left behind is found within this time, and at its expiry in any case.
_LOOK_BACK = timedelta(days=2)


def close_overdue_data_access() -> None:
    """End what is past its limit, each in a transaction of its own."""
    for access_id in access_queries.list_overdue_access(at=clock.now()):
        with transaction():
            service.close_overdue_access(access_id)


@dataclass(frozen=True, kw_only=True)
class Swept:
    """What one sweep of the vault found."""

    purged: int = 0  # too old, or left behind by a finished job
    keys_destroyed: int = 0  # keys that outlived their passcode
    taken_note_of: int = 0  # passcodes of a restored database whose key is destroyed
    lost: int = 0  # passcodes whose key is missing: somebody must look


def sweep_vault() -> Swept:
    """Destroy what is overdue and finish what a crash cut short; count it, and say what is lost."""
    keys, at = the_vault().keys, clock.now()
    purged = sum([_purge(*due) for due in vault_queries.list_due(at=at)])
    leftovers = {*keys.list_expired(at=at), *vault_queries.list_purged_names(since=at - _LOOK_BACK)}
    destroyed = keys.destroy([name for name, is_here in keys.find_states(leftovers).items() if is_here])
    live = vault_queries.list_live_names()
    states = keys.find_states(live)
    known = sum(
        [
            _purge(live[name], PurgeReason.KEY_DESTROYED, name)
            for name, is_here in states.items()
            if not is_here
        ]
    )
    swept = Swept(
        purged=purged, keys_destroyed=destroyed, taken_note_of=known, lost=len(live.keys() - states.keys())
    )
    if swept != Swept():
        log.info("vault swept", **asdict(swept))
    return swept


def _purge(ticket_id: int, because: PurgeReason, name: str = "") -> bool:
    with transaction():
        return vault_service.purge_due(ticket_id, because, name=name)
