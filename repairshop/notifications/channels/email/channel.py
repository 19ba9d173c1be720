"""E-mail, as the rest of delivery sees it."""

from config import Config
from repairshop.customers.rules import ContactKind
from repairshop.notifications.channels.carrier import Carrier, Provider
from repairshop.notifications.channels.email.codes import trouble_of
from repairshop.notifications.channels.email.smtp import SmtpGateway, read_server
from repairshop.notifications.channels.gateways import Gateway
from repairshop.notifications.rules import Channel, Notice
from repairshop.notifications.texts import Rendered, TextFacts, Wording, mail_html, render
from repairshop.tickets.rules import LinkOrigin


def _render(notice: Notice, facts: TextFacts, language: str, wording: Wording) -> Rendered:
    return render(notice, Channel.EMAIL, facts, language=language, wording=wording)


def _reword(words: str, before: Rendered, facts: TextFacts, wording: Wording) -> Rendered:  # noqa: ARG001
    text, subject, language = words + "\n", before.subject, before.language
    html = mail_html(text, subject=subject, facts=facts, language=language, heading=subject, action="")
    return Rendered(text=text, subject=subject, html=html, language=language)


def _open(config: Config) -> Gateway:
    return SmtpGateway(address=config.smtp_url, sender=config.mail_from)


CARRIER = Carrier(
    channel=Channel.EMAIL,
    reaches=ContactKind.EMAIL,
    wakes=False,
    threads=True,
    link_origin=LinkOrigin.MAIL,
    render=_render,
    reword=_reword,
    provider=Provider(
        name="smtp",
        is_set_up=lambda config: bool(config.smtp_url),
        host=lambda config: read_server(config.smtp_url).host if config.smtp_url else "",
        open=_open,
        trouble=trouble_of,
        per_second=lambda config: config.mails_per_second,
    ),
)
