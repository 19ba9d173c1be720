"""THE list of channels. One that is not named here does not exist."""

from collections.abc import Iterator

from repairshop.customers.rules import ContactKind
from repairshop.notifications.channels.call import channel as call
from repairshop.notifications.channels.carrier import Carrier, Provider
from repairshop.notifications.channels.email import channel as email
from repairshop.notifications.channels.gateways import Trouble
from repairshop.notifications.channels.sms import channel as sms
from repairshop.notifications.rules import Channel

CARRIERS: list[Carrier] = [
    sms.CARRIER,
    email.CARRIER,
    call.CARRIER,
]


def carrier_of(channel: Channel) -> Carrier:
    """KeyError for a channel that is not listed (any more)."""
    for carrier in CARRIERS:
        if carrier.channel == channel:
            return carrier
    raise KeyError(channel)


def carriers_to(kind: ContactKind) -> tuple[Carrier, ...]:
    """The channels that go to this kind of contact point, those on request first: who asked prefers it."""
    found = (carrier for carrier in CARRIERS if carrier.reaches is kind)
    return tuple(sorted(found, key=lambda carrier: not carrier.on_request))


def sending_carriers() -> Iterator[tuple[Carrier, Provider]]:
    """Those that somebody carries for us."""
    return ((carrier, carrier.provider) for carrier in CARRIERS if carrier.provider is not None)


def trouble_of(code: str) -> Trouble:
    """What a code of our rows means to people; the tables of two providers have no code in common."""
    if code in {Trouble.OPTED_OUT, Trouble.ABANDONED}:
        return Trouble(code)
    found = (provider.trouble(code) for _, provider in sending_carriers())
    return next((trouble for trouble in found if trouble is not Trouble.PROVIDER), Trouble.PROVIDER)


def provider_named(name: str) -> tuple[Carrier, Provider] | None:
    return next((found for found in sending_carriers() if found[1].name == name), None)
