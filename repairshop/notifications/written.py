"""What somebody of the shop wrote to one customer, as each channel carries it."""

from repairshop.notifications.lengths import folded, plain_spaces
from repairshop.notifications.rules import Channel
from repairshop.notifications.texts import Rendered, TextFacts, language_for, mail_html


def written(channel: Channel, facts: TextFacts, *, language: str, keeps_accents: bool = False) -> Rendered:
    """`facts.words` with the shop's name and the ticket's number before them, as every message has."""
    chosen, about = language_for(language), about_line(facts)
    if channel is Channel.SMS:
        text = f"{about}: {facts.words}"
        return Rendered(text=plain_spaces(text) if keeps_accents else folded(text), language=chosen)
    if channel is Channel.CALL:
        return Rendered(text=facts.words, language=chosen)
    signature = ", ".join(part for part in (facts.shop, facts.place, facts.phone) if part)
    return Rendered(
        subject=about,
        text=f"{facts.words}\n\n{signature}\n",
        html=mail_html(facts.words, subject=about, facts=facts, language=chosen, heading=about, action=""),
        language=chosen,
    )


def about_line(facts: TextFacts) -> str:
    """ "Fixwell, R-4821"; the shop alone where there is no ticket. One line: it becomes a mail's subject."""
    return " ".join(", ".join([facts.shop, *facts.tickets[:1]]).split())
