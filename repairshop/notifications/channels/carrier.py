"""What a channel can do: one Carrier, made in the channel's folder and named in listed.py."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from config import Config
from repairshop.customers.rules import ContactKind
from repairshop.notifications.channels.gateways import Gateway, Trouble
from repairshop.notifications.lengths import Length
from repairshop.notifications.rules import Channel, Notice
from repairshop.notifications.texts import Rendered, TextFacts, Wording
from repairshop.tickets.rules import LinkOrigin


@dataclass(frozen=True, kw_only=True)
class Callback:
    """One request of a provider; `url` is built from the configured address, not from its Host."""

    url: str
    fields: Mapping[str, str]
    header: Callable[[str], str | None]


@dataclass(frozen=True, kw_only=True)
class StatusReport:
    """What a provider says became of a message; `status` is one of rules.STATUS_RANKS."""

    provider_id: str
    status: str
    error_code: str = ""
    opted_out: bool = False


@dataclass(frozen=True, kw_only=True)
class Callbacks:
    """How a provider's requests are checked and read; None: nothing that we can use."""

    is_signed: Callable[[Config, Callback], bool]
    read_status: Callable[[Callback], StatusReport | None]


@dataclass(frozen=True, kw_only=True)
class Provider:
    """Who carries the messages. `name` stands in our rows and in the address of its callbacks."""

    name: str
    is_set_up: Callable[[Config], bool]
    host: Callable[[Config], str]
    open: Callable[[Config], Gateway]
    trouble: Callable[[str], Trouble]
    callbacks: Callbacks | None = None
    per_second: Callable[[Config], int] = lambda _config: 0  # for all workers together; 0: no limit


@dataclass(frozen=True, kw_only=True)
class Carrier:
    """One channel.

    `reaches` is the kind of contact point it goes to, and `provider` who carries it: both None where a person
    of the shop tells it. One `on_request` goes only to those who asked for it. What `wakes` people
    waits for the end of their quiet hours.
    """

    channel: Channel
    reaches: ContactKind | None
    wakes: bool
    on_request: bool = False
    threads: bool = False  # messages of a visit are shown as one conversation
    link_origin: LinkOrigin
    render: Callable[[Notice, TextFacts, str, Wording], Rendered]  # in this language
    reword: Callable[[str, Rendered, TextFacts, Wording], Rendered]  # a person's words in place of these
    measure: Callable[[str], Length] | None = None  # where the length of a text costs
    provider: Provider | None = None
    copies: int = 1  # how many threads of a worker hand over side by side
