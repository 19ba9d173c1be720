"""Who works in a shop and what they may do."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

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
    WAIVE = "waive"  # answer a gate item "not possible because ..."
    MANAGE = "manage"  # shop facts, figures, prices
    OWN = "own"  # staff, roles, shop ownership


# Counter staff and technicians cover for each other in a small shop, so both may do the daily work.
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.COUNTER: frozenset({Right.SEE_TICKETS, Right.TAKE_IN, Right.WORK_ON}),
    Role.TECHNICIAN: frozenset({Right.SEE_TICKETS, Right.TAKE_IN, Right.WORK_ON}),
    Role.MANAGER: frozenset({Right.SEE_TICKETS, Right.TAKE_IN, Right.WORK_ON, Right.WAIVE, Right.MANAGE}),
    Role.OWNER: frozenset(Right),
}


class ActorKind(StrEnum):
    STAFF = "staff"
    CUSTOMER = "customer"
    SYSTEM = "system"


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who does something, explicit in every verb. `id` is a staff or customer id, None for the system."""

    kind: ActorKind
    shop_id: ShopId
    id: int | None = None
    role: Role | None = None

    @property
    def staff_id(self) -> StaffId | None:
        return StaffId(self.id) if self.kind is ActorKind.STAFF and self.id is not None else None

    def may(self, right: Right) -> bool:
        return self.role is not None and right in RIGHTS[self.role]


def system_actor(shop_id: ShopId) -> Actor:
    return Actor(kind=ActorKind.SYSTEM, shop_id=shop_id)


def customer_actor(shop_id: ShopId, customer_id: int | None) -> Actor:
    return Actor(kind=ActorKind.CUSTOMER, shop_id=shop_id, id=customer_id)
