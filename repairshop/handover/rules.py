"""What the door to `ready` asks, and what a hand-over, an unclaimed device and a surrender need."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from repairshop.errors import Refused, refuse_together
from repairshop.tickets.stages import FINAL_STAGES, WORK_DONE_OUTCOMES, Outcome, Stage


class IdentityProof(StrEnum):
    """The kind of proof seen; never its number or picture."""

    RECEIPT = "receipt"
    LINK = "link"  # the customer opened the repair page on their phone
    IDENTITY_CARD = "identity_card"
    DRIVING_LICENCE = "driving_licence"
    PASSPORT = "passport"
    KNOWN_IN_PERSON = "known_in_person"
    PICKUP_PASS = "pickup_pass"  # noqa: S105 - the customer's own, scanned now


class CollectionMethod(StrEnum):
    COUNTER = "counter"
    CARRIER = "carrier"


class SurrenderKind(StrEnum):
    RECYCLING = "recycling"
    TRADE_IN = "trade_in"


class SurrenderBasis(StrEnum):
    """Why the shop may keep the device."""

    CUSTOMER_AGREED = "customer_agreed"
    NOTICES_SENT = "notices_sent"  # those the shop's country demands for unclaimed goods


class NotPutTogether(Refused):
    """The device has to be closed again before it can be ready."""


class ProofMissing(Refused):
    """Somebody stands at the counter: say what proof was seen."""


class PassNotScanned(Refused):
    """The customer's pickup pass proves them only when it was scanned; a collector's proves no name."""


class SignatureMissing(Refused):
    """A hand-over is signed: drawn, or the typed name with the tick."""


class TrackingMissing(Refused):
    """A parcel needs its carrier and tracking number."""


class ShipToMissing(Refused):
    """A parcel needs an address."""


class AddressNotConfirmed(Refused):
    """The customer has to confirm the address before a parcel leaves."""


class NotReadyLongEnough(Refused):
    """The time to collect is not over."""


class AgreementMissing(Refused):
    """A device is given up only when the customer agreed or the notices were sent."""


class NothingToCollect(Refused):
    """Every device of the visit has left, or never came."""


def require_something_to_collect(stages: Sequence[Stage]) -> None:
    """Of all tickets of a visit."""
    if all(stage in FINAL_STAGES for stage in stages):
        raise NothingToCollect


@dataclass(frozen=True, kw_only=True)
class Collection:
    """How a device leaves. At the counter: proof and signature; by carrier: tracking and address."""

    method: CollectionMethod
    collected_by: str = ""
    proof: IdentityProof | None = None
    typed_name: str = ""
    agreed: bool = False
    drawn: bool = False
    carrier: str = ""
    tracking: str = ""
    ship_to: str = ""
    address_confirmed: bool = False
    entrusted_because: str = ""  # why somebody whom the customer did not name gets it
    pass_seen: bool = False  # the customer's own pickup pass, scanned and true


def work_was_done(outcome: Outcome | None) -> bool:
    return outcome in WORK_DONE_OUTCOMES


def require_put_together(put_together: bool) -> None:
    if not put_together:
        raise NotPutTogether(field="put_together")


def require_collection_complete(collection: Collection) -> None:
    if collection.method is CollectionMethod.CARRIER:
        _require_parcel(collection)
    else:
        _require_at_counter(collection)


def _require_at_counter(collection: Collection) -> None:
    refuse_together(lambda: _require_proof(collection), lambda: _require_signature(collection))


def _require_proof(collection: Collection) -> None:
    if collection.proof is None:
        raise ProofMissing(field="proof")
    if collection.proof is IdentityProof.PICKUP_PASS and not collection.pass_seen:
        raise PassNotScanned(field="proof")


def _require_signature(collection: Collection) -> None:
    if not collection.drawn and not (collection.typed_name and collection.agreed):
        raise SignatureMissing(field="signed_name")


def _require_parcel(collection: Collection) -> None:
    refuse_together(lambda: _require_address(collection), lambda: _require_tracking(collection))


def _require_address(collection: Collection) -> None:
    if not collection.ship_to:
        raise ShipToMissing(field="ship_to")
    if not collection.address_confirmed:
        raise AddressNotConfirmed(field="address_confirmed")


def _require_tracking(collection: Collection) -> None:
    if not collection.carrier or not collection.tracking:
        raise TrackingMissing(field="tracking")


def is_uncollected(*, ready_since: datetime, at: datetime, after_days: int) -> bool:
    return at - ready_since >= timedelta(days=after_days)


def require_uncollected(*, ready_since: datetime, at: datetime, after_days: int) -> None:
    if not is_uncollected(ready_since=ready_since, at=at, after_days=after_days):
        raise NotReadyLongEnough(days=after_days)


def require_may_surrender(basis: SurrenderBasis | None, *, confirmed: bool) -> None:
    if basis is None or not confirmed:
        raise AgreementMissing(field="confirmed")
