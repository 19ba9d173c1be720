"""Which page carries out each verb; the ticket page and the board draw their buttons from it."""

from dataclasses import dataclass

from flask import url_for

from repairshop.board.rules import COLUMN_OF, Column, Terms, verbs_for
from repairshop.tickets.stages import ARROWS, ONE_KEY_VERBS, Stage, Verb
from repairshop.web.page import has_endpoint

_PLACEHOLDER = "REFERENCE"

# The POST endpoint of each verb that moves a ticket; its form's endpoint is the same with _form.
ENDPOINTS: dict[Verb, str] = {
    Verb.CHECK_IN: "intake.check_in",
    Verb.CANCEL: "intake.cancel",
    Verb.START_DIAGNOSIS: "diagnostics.start_diagnosis",
    Verb.ACCEPT_FIXED_PRICE: "quotes.accept_fixed_price",
    Verb.NO_FAULT_FOUND: "diagnostics.no_fault_found",
    Verb.NOT_REPAIRABLE: "diagnostics.not_repairable",
    Verb.RETURN_UNREPAIRED: "workshop.return_unrepaired",
    Verb.PROCEED_WITHIN_LIMIT: "quotes.proceed_within_limit",
    Verb.PROCEED_UNDER_WARRANTY: "warranty.proceed_under_warranty",
    Verb.SEND_QUOTE: "quotes.send_quote",
    Verb.REVISE_QUOTE: "quotes.revise_quote",
    Verb.WITHDRAW_QUOTE: "quotes.withdraw_quote",
    Verb.APPROVE: "quotes.approve",
    Verb.DECLINE: "quotes.decline",
    Verb.CLOSE_UNANSWERED: "quotes.close_unanswered",
    Verb.TAKE_APPROVAL_BACK: "quotes.take_approval_back",
    Verb.REQUOTE: "quotes.requote",
    Verb.CUSTOMER_RECONSIDERS: "quotes.customer_reconsiders",
    Verb.ORDER_PART: "workshop.order_part",
    Verb.LAST_PART_ARRIVED: "workshop.last_part_arrived",
    Verb.NEEDS_PART: "workshop.needs_part",
    Verb.START_REPAIR: "workshop.start_repair",
    Verb.FINISH: "workshop.finish",
    Verb.TEST_FAILED: "workshop.test_failed",
    Verb.CUSTOMER_FINDS_FAULT: "handover.customer_finds_fault",
    Verb.RELEASE: "handover.release",
    Verb.HAND_OVER: "handing_over.hand_over",
    Verb.NOT_COLLECTED: "handover.not_collected",
    Verb.CUSTOMER_ANSWERS: "handover.customer_answers",
    Verb.SURRENDER: "handover.surrender",
}


@dataclass(frozen=True, kw_only=True)
class Action:
    """A verb with the address that does it, or the one of its form."""

    verb: Verb
    address: str  # with {reference} for the ticket's
    posts: bool
    to: Column | None  # where on the bench the job goes; None leaves it, or stays


class Actions:
    """What can be done with tickets on one page, in the order of the number keys."""

    def __init__(self) -> None:
        self._found: dict[tuple[Stage, Verb], Action | None] = {}

    def list_for(self, stage: Stage, terms: Terms) -> list[Action]:
        """Only what this ticket allows and this installation has."""
        found = (self._find(stage, verb) for verb in verbs_for(stage, terms))
        return [action for action in found if action is not None]

    def _find(self, stage: Stage, verb: Verb) -> Action | None:
        # One address per verb and page instead of one per card: building them costs more than drawing cards.
        if (stage, verb) not in self._found:
            self._found[stage, verb] = _action(stage, verb)
        return self._found[stage, verb]


def _action(stage: Stage, verb: Verb) -> Action | None:
    posts = verb in ONE_KEY_VERBS
    endpoint = ENDPOINTS[verb] if posts else f"{ENDPOINTS[verb]}_form"
    if not has_endpoint(endpoint):
        return None
    address = url_for(endpoint, reference=_PLACEHOLDER).replace(_PLACEHOLDER, "{reference}")
    here, there = COLUMN_OF.get(stage), COLUMN_OF.get(ARROWS[stage][verb])
    return Action(verb=verb, address=address, posts=posts, to=there if there is not here else None)
