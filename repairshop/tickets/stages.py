"""The stages of a repair, the verbs that move it, and the outcomes it can end with. Pure."""

from enum import StrEnum

from repairshop.errors import Refused


class Stage(StrEnum):
    BOOKED = "booked"
    RECEIVED = "received"
    DIAGNOSING = "diagnosing"
    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    AWAITING_PARTS = "awaiting_parts"
    IN_REPAIR = "in_repair"
    FINAL_CHECKS = "final_checks"
    READY = "ready"
    UNCLAIMED = "unclaimed"
    HANDED_OVER = "handed_over"
    SURRENDERED = "surrendered"
    CANCELLED = "cancelled"


FINAL_STAGES = frozenset({Stage.HANDED_OVER, Stage.SURRENDERED, Stage.CANCELLED})
OPEN_STAGES = frozenset(Stage) - FINAL_STAGES
# The device may be somewhere else while a part is on its way, but before these stages nobody has it yet.
IN_SHOP_STAGES = OPEN_STAGES - {Stage.BOOKED}
COLLECTABLE_STAGES = frozenset({Stage.READY, Stage.UNCLAIMED})


class Verb(StrEnum):
    # opening
    BOOK = "book"
    TAKE_IN = "take_in"
    OPEN_WARRANTY_CLAIM = "open_warranty_claim"
    # counter
    CHECK_IN = "check_in"
    CANCEL = "cancel"
    # diagnosis
    START_DIAGNOSIS = "start_diagnosis"
    ACCEPT_FIXED_PRICE = "accept_fixed_price"
    NO_FAULT_FOUND = "no_fault_found"
    NOT_REPAIRABLE = "not_repairable"
    RETURN_UNREPAIRED = "return_unrepaired"
    PROCEED_WITHIN_LIMIT = "proceed_within_limit"
    PROCEED_UNDER_WARRANTY = "proceed_under_warranty"
    # quotes
    SEND_QUOTE = "send_quote"
    REVISE_QUOTE = "revise_quote"
    WITHDRAW_QUOTE = "withdraw_quote"
    APPROVE = "approve"
    DECLINE = "decline"
    CLOSE_UNANSWERED = "close_unanswered"
    TAKE_APPROVAL_BACK = "take_approval_back"
    REQUOTE = "requote"
    CUSTOMER_RECONSIDERS = "customer_reconsiders"
    # parts and bench
    ORDER_PART = "order_part"
    LAST_PART_ARRIVED = "last_part_arrived"
    NEEDS_PART = "needs_part"
    START_REPAIR = "start_repair"
    FINISH = "finish"
    TEST_FAILED = "test_failed"
    CUSTOMER_FINDS_FAULT = "customer_finds_fault"
    # handover
    RELEASE = "release"
    HAND_OVER = "hand_over"
    NOT_COLLECTED = "not_collected"
    CUSTOMER_ANSWERS = "customer_answers"
    SURRENDER = "surrender"


OPENING_VERBS: dict[Verb, frozenset[Stage]] = {
    Verb.BOOK: frozenset({Stage.BOOKED}),
    Verb.TAKE_IN: frozenset({Stage.RECEIVED}),
    Verb.OPEN_WARRANTY_CLAIM: frozenset({Stage.BOOKED, Stage.RECEIVED}),
}

# Every arrow of the machine. The order inside a stage is the order staff see, and the number key of the verb.
ARROWS: dict[Stage, dict[Verb, Stage]] = {
    Stage.BOOKED: {
        Verb.CHECK_IN: Stage.RECEIVED,
        Verb.CANCEL: Stage.CANCELLED,
    },
    Stage.RECEIVED: {
        Verb.START_DIAGNOSIS: Stage.DIAGNOSING,
        Verb.ACCEPT_FIXED_PRICE: Stage.APPROVED,
        Verb.RETURN_UNREPAIRED: Stage.FINAL_CHECKS,
    },
    Stage.DIAGNOSING: {
        Verb.SEND_QUOTE: Stage.AWAITING_APPROVAL,
        Verb.PROCEED_WITHIN_LIMIT: Stage.APPROVED,
        Verb.PROCEED_UNDER_WARRANTY: Stage.APPROVED,
        Verb.NO_FAULT_FOUND: Stage.FINAL_CHECKS,
        Verb.NOT_REPAIRABLE: Stage.FINAL_CHECKS,
        Verb.RETURN_UNREPAIRED: Stage.FINAL_CHECKS,
    },
    Stage.AWAITING_APPROVAL: {
        Verb.APPROVE: Stage.APPROVED,
        Verb.DECLINE: Stage.FINAL_CHECKS,
        Verb.REVISE_QUOTE: Stage.AWAITING_APPROVAL,
        Verb.WITHDRAW_QUOTE: Stage.DIAGNOSING,
        Verb.CLOSE_UNANSWERED: Stage.FINAL_CHECKS,
    },
    Stage.APPROVED: {
        Verb.START_REPAIR: Stage.IN_REPAIR,
        Verb.ORDER_PART: Stage.AWAITING_PARTS,
        Verb.REQUOTE: Stage.AWAITING_APPROVAL,
        Verb.TAKE_APPROVAL_BACK: Stage.AWAITING_APPROVAL,
        Verb.RETURN_UNREPAIRED: Stage.FINAL_CHECKS,
    },
    Stage.AWAITING_PARTS: {
        Verb.LAST_PART_ARRIVED: Stage.APPROVED,
        Verb.REQUOTE: Stage.AWAITING_APPROVAL,
        Verb.RETURN_UNREPAIRED: Stage.FINAL_CHECKS,
    },
    Stage.IN_REPAIR: {
        Verb.FINISH: Stage.FINAL_CHECKS,
        Verb.NEEDS_PART: Stage.AWAITING_PARTS,
        Verb.REQUOTE: Stage.AWAITING_APPROVAL,
        Verb.NOT_REPAIRABLE: Stage.FINAL_CHECKS,
        Verb.RETURN_UNREPAIRED: Stage.FINAL_CHECKS,
    },
    Stage.FINAL_CHECKS: {
        Verb.RELEASE: Stage.READY,
        Verb.TEST_FAILED: Stage.IN_REPAIR,
    },
    Stage.READY: {
        Verb.HAND_OVER: Stage.HANDED_OVER,
        Verb.CUSTOMER_FINDS_FAULT: Stage.IN_REPAIR,
        Verb.CUSTOMER_RECONSIDERS: Stage.AWAITING_APPROVAL,
        Verb.NOT_COLLECTED: Stage.UNCLAIMED,
        Verb.SURRENDER: Stage.SURRENDERED,
    },
    Stage.UNCLAIMED: {
        Verb.HAND_OVER: Stage.HANDED_OVER,
        Verb.CUSTOMER_ANSWERS: Stage.READY,
        Verb.SURRENDER: Stage.SURRENDERED,
    },
    Stage.HANDED_OVER: {},
    Stage.SURRENDERED: {},
    Stage.CANCELLED: {},
}

# Moved by one key, with no form of their own; the page shows the text and Undo afterwards.
ONE_KEY_VERBS = frozenset({Verb.START_DIAGNOSIS, Verb.START_REPAIR, Verb.FINISH, Verb.LAST_PART_ARRIVED})
# The undo window is 0 for intake: the label is printed and the customer stands at the counter.
NEVER_UNDONE = frozenset({*OPENING_VERBS, Verb.CHECK_IN})


class Outcome(StrEnum):
    REPAIRED = "repaired"
    PARTLY_REPAIRED = "partly_repaired"
    NO_FAULT_FOUND = "no_fault_found"
    NOT_REPAIRABLE = "not_repairable"
    DECLINED = "declined"
    RETURNED_UNREPAIRED = "returned_unrepaired"
    SURRENDERED = "surrendered"
    CANCELLED = "cancelled"


WORK_DONE_OUTCOMES = frozenset({Outcome.REPAIRED, Outcome.PARTLY_REPAIRED})

# The outcome a verb sets; the first one where the verb does not name it.
OUTCOMES: dict[Verb, tuple[Outcome, ...]] = {
    Verb.FINISH: (Outcome.REPAIRED, Outcome.PARTLY_REPAIRED),
    Verb.NO_FAULT_FOUND: (Outcome.NO_FAULT_FOUND,),
    Verb.NOT_REPAIRABLE: (Outcome.NOT_REPAIRABLE,),
    Verb.RETURN_UNREPAIRED: (Outcome.RETURNED_UNREPAIRED,),
    Verb.DECLINE: (Outcome.DECLINED,),
    Verb.CLOSE_UNANSWERED: (Outcome.RETURNED_UNREPAIRED,),
    Verb.SURRENDER: (Outcome.SURRENDERED,),
    Verb.CANCEL: (Outcome.CANCELLED,),
}
_CLEARS_OUTCOME = frozenset({Verb.TEST_FAILED, Verb.CUSTOMER_FINDS_FAULT, Verb.CUSTOMER_RECONSIDERS})


class MoveNotAllowed(Refused):
    """This verb does not leave this stage."""


class OutcomeNotAllowed(Refused):
    """This verb does not end with this outcome."""


def verbs_from(stage: Stage) -> tuple[Verb, ...]:
    """The verbs that leave a stage, in the order of their number keys."""
    return tuple(ARROWS[stage])


def require_move(origin: Stage, verb: Verb) -> Stage:
    """The stage the verb leads to."""
    target = ARROWS[origin].get(verb)
    if target is None:
        raise MoveNotAllowed(stage=origin, verb=verb)
    return target


def require_opening(verb: Verb, target: Stage) -> None:
    """A new ticket may begin with this verb in this stage."""
    if target not in OPENING_VERBS.get(verb, frozenset()):
        raise MoveNotAllowed(stage=target, verb=verb)


def outcome_after(verb: Verb, *, chosen: Outcome | None, current: Outcome | None) -> Outcome | None:
    """The ticket's outcome once the verb is done."""
    if verb in _CLEARS_OUTCOME:
        return None
    allowed = OUTCOMES.get(verb)
    if allowed is None:
        if chosen is not None:
            raise OutcomeNotAllowed(verb=verb, outcome=chosen)
        return current
    if chosen is not None and chosen not in allowed:
        raise OutcomeNotAllowed(verb=verb, outcome=chosen)
    return chosen or allowed[0]
