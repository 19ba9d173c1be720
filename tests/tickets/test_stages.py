"""The stage machine as a table: every arrow, and nothing but the arrows."""

import itertools

import pytest

from repairshop.tickets.stages import (
    ARROWS,
    FINAL_STAGES,
    OPENING_VERBS,
    OUTCOMES,
    MoveNotAllowed,
    Outcome,
    OutcomeNotAllowed,
    Stage,
    Verb,
    outcome_after,
    require_move,
    require_opening,
)

# The machine as it is described to people, in order: stage, verb, next stage.
DESCRIBED = """
booked: check_in received, cancel cancelled
received: start_diagnosis diagnosing, accept_fixed_price approved, return_unrepaired final_checks
diagnosing: send_quote awaiting_approval, proceed_within_limit approved, proceed_under_warranty approved, no_fault_found final_checks, not_repairable final_checks, return_unrepaired final_checks
awaiting_approval: approve approved, decline final_checks, revise_quote awaiting_approval, withdraw_quote diagnosing, close_unanswered final_checks
approved: start_repair in_repair, order_part awaiting_parts, requote awaiting_approval, take_approval_back awaiting_approval, return_unrepaired final_checks
awaiting_parts: last_part_arrived approved, requote awaiting_approval, return_unrepaired final_checks
in_repair: finish final_checks, needs_part awaiting_parts, requote awaiting_approval, not_repairable final_checks, return_unrepaired final_checks
final_checks: release ready, test_failed in_repair
ready: hand_over handed_over, customer_finds_fault in_repair, customer_reconsiders awaiting_approval, not_collected unclaimed, surrender surrendered
unclaimed: hand_over handed_over, customer_answers ready, surrender surrendered
"""  # noqa: E501 - one stage a line


def described() -> dict[tuple[Stage, Verb], Stage]:
    arrows = {}
    for line in DESCRIBED.strip().splitlines():
        stage, verbs = line.split(": ")
        for arrow in verbs.split(", "):
            verb, target = arrow.split()
            arrows[Stage(stage), Verb(verb)] = Stage(target)
    return arrows


@pytest.mark.parametrize(("stage", "verb"), list(itertools.product(Stage, Verb)))
def test_every_stage_and_verb_is_an_arrow_or_a_refusal(stage, verb):
    expected = described().get((stage, verb))

    if expected is None:
        with pytest.raises(MoveNotAllowed):
            require_move(stage, verb)
    else:
        assert require_move(stage, verb) is expected


def test_there_is_one_door_to_ready():
    doors = [verb for arrows in ARROWS.values() for verb, target in arrows.items() if target is Stage.READY]

    assert doors == [Verb.RELEASE, Verb.CUSTOMER_ANSWERS]  # the second comes back from unclaimed


def test_final_stages_are_left_by_nothing():
    assert {stage for stage, arrows in ARROWS.items() if not arrows} == FINAL_STAGES


def test_every_verb_is_an_arrow_or_an_opening():
    moving = {verb for arrows in ARROWS.values() for verb in arrows}

    assert moving | set(OPENING_VERBS) == set(Verb)
    assert not moving & set(OPENING_VERBS)


def test_final_checks_is_entered_with_an_outcome():
    entering = {verb for arrows in ARROWS.values() for verb, to in arrows.items() if to is Stage.FINAL_CHECKS}

    assert entering <= set(OUTCOMES)


@pytest.mark.parametrize("verb", [Verb.TEST_FAILED, Verb.CUSTOMER_FINDS_FAULT, Verb.CUSTOMER_RECONSIDERS])
def test_going_back_to_work_takes_the_outcome_away(verb):
    assert outcome_after(verb, chosen=None, current=Outcome.REPAIRED) is None


def test_only_outcomes_of_the_verb_can_be_chosen():
    assert outcome_after(Verb.FINISH, chosen=Outcome.PARTLY_REPAIRED, current=None) is Outcome.PARTLY_REPAIRED
    with pytest.raises(OutcomeNotAllowed):
        outcome_after(Verb.FINISH, chosen=Outcome.DECLINED, current=None)
    with pytest.raises(OutcomeNotAllowed):
        outcome_after(Verb.RELEASE, chosen=Outcome.REPAIRED, current=Outcome.REPAIRED)


def test_a_ticket_opens_only_where_its_verb_opens_it():
    require_opening(Verb.OPEN_WARRANTY_CLAIM, Stage.BOOKED)
    with pytest.raises(MoveNotAllowed):
        require_opening(Verb.BOOK, Stage.RECEIVED)
    with pytest.raises(MoveNotAllowed):
        require_opening(Verb.FINISH, Stage.FINAL_CHECKS)
