"""A person of the shop calls, or tells it at the counter: nothing is sent."""

from repairshop.notifications.channels.carrier import Carrier
from repairshop.notifications.rules import Channel, Notice
from repairshop.notifications.texts import Rendered, TextFacts, Wording, render
from repairshop.tickets.rules import LinkOrigin


def _render(notice: Notice, facts: TextFacts, language: str, wording: Wording) -> Rendered:
    return render(notice, Channel.CALL, facts, language=language, wording=wording)


def _reword(words: str, before: Rendered, facts: TextFacts, wording: Wording) -> Rendered:  # noqa: ARG001
    return Rendered(text=words + "\n", subject=before.subject, language=before.language)


CARRIER = Carrier(
    channel=Channel.CALL,
    reaches=None,
    wakes=False,
    link_origin=LinkOrigin.STAFF,  # for the printed slip, which staff hand over
    render=_render,
    reword=_reword,
)
