"""Which page carries out each verb; the ticket page and the board draw their buttons from it."""

from repairshop.tickets.stages import Verb

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
    Verb.HAND_OVER: "handover.hand_over",
    Verb.NOT_COLLECTED: "handover.not_collected",
    Verb.CUSTOMER_ANSWERS: "handover.customer_answers",
    Verb.SURRENDER: "handover.surrender",
}
