"""Texts, as the rest of delivery sees them."""

import os
from functools import lru_cache
from urllib.parse import urlsplit

from config import Config
from repairshop.customers.rules import ContactKind
from repairshop.notifications.channels.carrier import Callbacks, Carrier, Provider
from repairshop.notifications.channels.gateways import Gateway
from repairshop.notifications.channels.signed_attempts import StatusCallback
from repairshop.notifications.channels.sms import callbacks
from repairshop.notifications.channels.sms.codes import trouble_of
from repairshop.notifications.channels.sms.twilio import TwilioGateway
from repairshop.notifications.lengths import folded, length_of, plain_spaces
from repairshop.notifications.rules import Channel, Notice
from repairshop.notifications.texts import Rendered, TextFacts, Wording, render
from repairshop.tickets.rules import LinkOrigin


def _render(notice: Notice, facts: TextFacts, language: str, wording: Wording) -> Rendered:
    return render(notice, Channel.SMS, facts, language=language, wording=wording)


def _reword(words: str, before: Rendered, facts: TextFacts, wording: Wording) -> Rendered:  # noqa: ARG001
    text = plain_spaces(words) if wording.keeps_accents else folded(words)
    return Rendered(text=text, language=before.language)


def _open(config: Config) -> Gateway:
    return _gateway_of(config, os.getpid())


@lru_cache(maxsize=2)
def _gateway_of(config: Config, _process: int) -> TwilioGateway:
    """One for a process, so that connections are kept from batch to batch; a fork makes its own."""
    gateway = TwilioGateway(
        account_sid=config.twilio_account_sid,
        auth_token=config.twilio_auth_token,
        sender=config.twilio_from,
        messaging_service_sid=config.twilio_messaging_service_sid,
        api_base=config.twilio_api_base,
        status_callback=StatusCallback("twilio", config),
    )
    gateway.warm()
    return gateway


CARRIER = Carrier(
    channel=Channel.SMS,
    reaches=ContactKind.PHONE,
    wakes=True,
    link_origin=LinkOrigin.SMS,
    render=_render,
    reword=_reword,
    measure=length_of,
    provider=Provider(
        name="twilio",
        is_set_up=lambda config: bool(config.twilio_account_sid),
        host=lambda config: urlsplit(config.twilio_api_base).hostname or "",
        open=_open,
        trouble=trouble_of,
        per_second=lambda config: config.texts_per_second,
        callbacks=Callbacks(
            is_signed=callbacks.is_signed,
            read_status=callbacks.read_status,
        ),
    ),
    copies=2,
)
