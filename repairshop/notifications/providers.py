"""Which gateway a message goes through: the real one, or the outbox page with the reason why."""

import ipaddress
from dataclasses import dataclass, field

from config import Config
from repairshop.notifications.channels.email.smtp import is_private
from repairshop.notifications.channels.gateways import Gateway, OutboxGateway
from repairshop.notifications.channels.listed import carrier_of
from repairshop.notifications.rules import Channel, OutboxReason, why_outbox
from repairshop.notifications.unsubscribing import ADDRESS as UNSUBSCRIBE_ADDRESS
from repairshop.notifications.unsubscribing import sign_message
from repairshop.tickets.links import token_for

INBOUND_PATH = "/callbacks/twilio/inbound"


@dataclass
class Providers:
    """The gateways of one worker thread, made from the settings at first need and kept."""

    config: Config
    _kept: dict[Channel, Gateway] = field(default_factory=dict, init=False)
    _chosen: dict[tuple[Channel, bool], Gateway] = field(default_factory=dict, init=False)
    _outbox: OutboxGateway = field(default_factory=OutboxGateway, init=False)

    def why_outbox(self, channel: Channel, *, is_demo: bool) -> OutboxReason | None:
        provider = carrier_of(channel).provider
        return why_outbox(
            is_set_up=provider is not None and provider.is_set_up(self.config),
            is_demo=is_demo,
            provider_is_local=provider is not None and _is_loopback(provider.host(self.config)),
            address_is_private=_is_private_address(self.config.public_host),
        )

    def gateway(self, channel: Channel, *, is_demo: bool) -> Gateway:
        """Where a message of this channel goes."""
        if (channel, is_demo) not in self._chosen:
            provider = carrier_of(channel).provider
            if provider is None or self.why_outbox(channel, is_demo=is_demo) is not None:
                return self._outbox
            if channel not in self._kept:
                self._kept[channel] = provider.open(self.config)
            self._chosen[channel, is_demo] = self._kept[channel]
        return self._chosen[channel, is_demo]

    def pace(self, channel: Channel) -> tuple[str, int]:
        """The sender of this channel and how many messages it may send a second; 0: as many as it can."""
        provider = carrier_of(channel).provider
        return (provider.name, provider.per_second(self.config)) if provider is not None else ("", 0)

    def link(self, link_id: int, *, version: int) -> str:
        """The customer's address for a link row; the token exists only here and on the way."""
        token = token_for(link_id, version=version, key=self.config.link_key)
        return f"{self.config.public_url.rstrip('/')}/t/{token}"

    def unsubscribe(self, uid: str) -> str:
        """The address that ends messages of this one's kind."""
        token = sign_message(uid, key=self.config.secret_key)
        return self.config.public_url.rstrip("/") + UNSUBSCRIBE_ADDRESS.format(token=token)

    def message_id(self, uid: str) -> str:
        domain = self.config.mail_from.rpartition("@")[2] or self.config.public_host or "localhost"
        return f"<{uid}@{domain}>"

    def close(self) -> None:
        for gateway in self._kept.values():
            gateway.close()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_private_address(host: str) -> bool:
    """Whether customers could not reach this host; a name is not looked up, only judged by its ending."""
    if host.endswith((".local", ".internal", ".lan", ".home.arpa", ".localhost")) or "." not in host.strip(
        "[]"
    ):
        return ":" not in host or is_private(host)
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False
