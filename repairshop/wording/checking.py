"""What is known about words that somebody typed, before they are saved, shown or sent as a test."""

from dataclasses import dataclass

from repairshop.errors import Refused
from repairshop.notifications.filling import OwnWords
from repairshop.notifications.texts import Rendered, render_words
from repairshop.staff.session import current_actor, current_shop
from repairshop.web.forms import Form, apply_refusal
from repairshop.wording import queries
from repairshop.wording.measuring import Meter, Setting, find_all_problems, measure
from repairshop.wording.queries import Trial
from repairshop.wording.rules import NoSuchTicket
from repairshop.wording.service import TextName


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What is known about words somebody typed; `meter` and `preview` only of words that can be used."""

    problems: tuple[Refused, ...]
    meter: Meter | None
    preview: Rendered | None
    trial: Trial | None  # None: there is no such ticket


def check_words(name: TextName, words: OwnWords, ticket: str | None) -> Checked:
    """Filled in with the facts of that ticket of the shop's, or with an example's where none is named."""
    setting = _setting()
    problems = find_all_problems(name.key, name.channel, name.language, words, setting)
    shop_id, wanted = current_actor().shop_id, (ticket or "").strip()
    trial = (
        queries.find_trial(shop_id, name.key, wanted)
        if wanted
        else Trial(facts=queries.example_facts(shop_id, name.key))
    )
    if problems:
        return Checked(problems=tuple(problems), meter=None, preview=None, trial=trial)
    preview = None
    if trial is not None:
        preview = render_words(
            words,
            name.key,
            name.channel,
            trial.facts,
            language=name.language,
            keeps_accents=setting.keeps_accents,
        )
    meter = measure(name.key, name.channel, name.language, words, setting)
    return Checked(problems=(), meter=meter, preview=preview, trial=trial)


def apply_problems(form: Form, checked: Checked, *, needs_trial: bool = False) -> bool:
    """Say each problem at its field; whether there was one. A trial needs a ticket that exists."""
    problems = [*checked.problems]
    if needs_trial and checked.trial is None:
        problems.append(NoSuchTicket(field="ticket"))
    for problem in problems:
        apply_refusal(form, problem)
    return bool(problems)


def _setting() -> Setting:
    shop = current_shop()
    return Setting(
        shop_name=shop.name,
        country=shop.country,
        currency=shop.currency,
        keeps_accents=shop.keeps_accents,
        prices=shop.part_prices,
    )
