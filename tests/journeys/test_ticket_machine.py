"""Whatever people do with a repair, in whatever order, undo included: what must never happen does not."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import ClassVar

import pytest
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from repairshop.database import db
from repairshop.diagnostics import service as diagnostics
from repairshop.diagnostics.rules import Barrier, RunKind
from repairshop.errors import Conflict, NotFound, Refused
from repairshop.handover import service as handover
from repairshop.handover.dues import get_due
from repairshop.handover.payment_rules import NOTHING_PAID, Payment, PayMethod
from repairshop.handover.rules import Collection, CollectionMethod, IdentityProof, SurrenderBasis
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.rules import UNSENT_STATES
from repairshop.operations.audit import walk_everything
from repairshop.parts.rules import NewOrder
from repairshop.privacy.models import VaultSecret
from repairshop.privacy.rules import Answer, Choice, TaskKind, TaskPart
from repairshop.privacy.service import answer_task
from repairshop.privacy.vault import PasscodeKind
from repairshop.privacy.vault_service import store_passcode
from repairshop.quotes import additions
from repairshop.quotes import service as quotes
from repairshop.quotes.models import Quote, QuoteAddition
from repairshop.quotes.queries import find_agreed_quote, get_current_quote, list_quotes
from repairshop.quotes.rules import DRAFT_STAGES
from repairshop.quotes.terms import price_of
from repairshop.staff.rules import Actor, Role
from repairshop.tickets import service as tickets
from repairshop.tickets.models import TicketMove
from repairshop.tickets.stages import ARROWS, FINAL_STAGES, OPENING_VERBS, Stage, Verb, verbs_from
from repairshop.transaction import transaction
from repairshop.workshop import service as workshop
from repairshop.workshop.rules import ReturnReason
from tests.builders import get_ticket, make_shop, make_staff, make_ticket
from tests.quotes.builders import AT_THE_COUNTER, SCREEN, WORK, draft
from tests.steps import answer_privacy_tasks, pass_tests

COLLECTED = Collection(
    method=CollectionMethod.COUNTER,
    collected_by="Carl Cooper",
    proof=IdentityProof.RECEIPT,
    typed_name="Carl Cooper",
    agreed=True,
)
_WAYS_OUT = {
    Verb.NO_FAULT_FOUND,
    Verb.NOT_REPAIRABLE,
    Verb.RETURN_UNREPAIRED,
    Verb.DECLINE,
    Verb.HAND_OVER,
    Verb.SURRENDER,
}
# Walks that never come here would hold nothing of interest.
_FAR = {Verb.SEND_QUOTE, Verb.APPROVE, Verb.START_REPAIR, Verb.FINISH, Verb.RELEASE}
NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)  # the quotes' dates lie ahead
_shops = count(1)
LIMIT = 30_000
prices = st.integers(0, 50_000)


def hand_over_paid(reference: str, collection: Collection, *, by: Actor) -> None:
    due = get_due(get_ticket(reference).id).amount.minor
    paid = Payment(amount_minor=due, method=PayMethod.CASH) if due else NOTHING_PAID
    handover.hand_over(reference, collection, by=by, payment=paid)


class TicketMachine(RuleBasedStateMachine):
    """One repair, and every verb that moves it, allowed or not, with what people do in between."""

    seen: ClassVar[set[Verb]] = set()
    added_somewhere: ClassVar[bool] = False

    @initialize()
    def take_in(self) -> None:
        number = next(_shops)
        self.by = make_staff(make_shop(f"Shop {number}", slug=f"machine-{number}"), Role.MANAGER)
        self.reference = make_ticket(self.by, spend_limit_minor=LIMIT)
        self.sent: dict[int, tuple[str, int]] = {}

    def attempt(self, act: Callable[..., object], *args: object, **kwargs: object) -> None:
        """A refusal leaves nothing behind; anything else that is raised is a fault."""
        try:
            with transaction():
                act(self.reference, *args, by=self.by, **kwargs)
        except (Refused, Conflict, NotFound):
            db.session.rollback()

    def start_diagnosis(self) -> None:
        self.attempt(diagnostics.start_diagnosis)

    def quote(self, price: int) -> None:
        if get_ticket(self.reference).stage not in DRAFT_STAGES:
            return
        db.session.rollback()
        draft(
            self.reference,
            by=self.by,
            lines=(SCREEN, replace(WORK, unit_price_minor=price)),
            at_most_minor=None,
        )
        for verb in (quotes.send_quote, quotes.revise_quote, quotes.requote, quotes.customer_reconsiders):
            self.attempt(verb)

    def withdraw(self) -> None:
        self.attempt(quotes.withdraw_quote, note="Priced the wrong board")

    def approve(self, old: bool) -> None:
        sent = list_quotes(get_ticket(self.reference).id)
        if sent:
            quote = sent[-1] if old else sent[0]
            db.session.rollback()
            self.attempt(quotes.approve, quote_id=quote.id, evidence=AT_THE_COUNTER)

    def decline(self) -> None:
        quote = get_current_quote(get_ticket(self.reference).id)
        if quote:
            db.session.rollback()
            self.attempt(quotes.decline, quote_id=quote.id, evidence=AT_THE_COUNTER)

    def take_approval_back(self) -> None:
        self.attempt(quotes.take_approval_back)

    def close_unanswered(self) -> None:
        self.attempt(quotes.close_unanswered)

    def order_part(self) -> None:
        self.attempt(workshop.order_part, NewOrder(name="Screen"))

    def needs_part(self) -> None:
        self.attempt(workshop.needs_part, NewOrder(name="Screen"))

    def part_arrives(self) -> None:
        self.attempt(workshop.last_part_arrived)

    def start_repair(self) -> None:
        self.attempt(workshop.start_repair)

    def finish(self) -> None:
        self.attempt(workshop.finish)

    def find_no_fault(self) -> None:
        self.attempt(diagnostics.no_fault_found, note="Charged it for a day")

    def find_it_not_repairable(self) -> None:
        self.attempt(
            diagnostics.not_repairable, barrier=Barrier.PARTS_NOT_AVAILABLE, note="No board to be had"
        )

    def return_unrepaired(self) -> None:
        self.attempt(workshop.return_unrepaired, reason=ReturnReason.CUSTOMER_ASKED)

    def fail_the_test(self) -> None:
        self.attempt(workshop.test_failed, expected_version=None, note="It flickers")

    def close_out_and_release(self) -> None:
        if get_ticket(self.reference).stage is Stage.FINAL_CHECKS:
            db.session.rollback()
            pass_tests(self.reference, RunKind.AFTER, by=self.by)
            with suppress(Refused):  # nobody says that a passcode was never taken while one is kept
                answer_privacy_tasks(self.reference, TaskPart.CLOSE_OUT, by=self.by)
        db.session.rollback()
        self.attempt(handover.release, handover.ReleaseAnswers(put_together=True, no_part_used=True))

    def release_unprepared(self) -> None:
        self.attempt(handover.release, handover.ReleaseAnswers(put_together=True))

    def customer_finds_a_fault(self) -> None:
        self.attempt(handover.customer_finds_fault, note="The speaker is dead")

    def hand_over(self) -> None:
        self.attempt(hand_over_paid, COLLECTED)

    def is_not_collected(self) -> None:
        self.attempt(handover.not_collected)

    def surrender(self) -> None:
        self.attempt(
            handover.surrender,
            kind=handover.SurrenderKind.RECYCLING,
            basis=SurrenderBasis.CUSTOMER_AGREED,
            confirmed=True,
        )

    @rule()
    def keep_a_passcode(self) -> None:
        self.attempt(answer_task, TaskKind.CREDENTIAL, Answer(choice=Choice.NEEDED, reason="To test it"))
        self.attempt(store_passcode, PasscodeKind.PIN, "2580")

    @rule(minor=st.integers(0, 4_000))
    def add_within_the_limit(self, minor: int) -> None:
        before = self.added()
        db.session.rollback()
        self.attempt(additions.add_work, (replace(WORK, unit_price_minor=minor),), reason="A loose screw")
        if len(self.added()) > len(before):
            type(self).added_somewhere = True
            if minor % 4 == 0:
                newest = max(one.id for one in self.added())
                db.session.rollback()
                self.attempt(additions.take_work_back, newest)
        db.session.rollback()

    def added(self) -> list[QuoteAddition]:
        ticket_id = get_ticket(self.reference).id
        return list(db.session.scalars(select(QuoteAddition).where(QuoteAddition.ticket_id == ticket_id)))

    @invariant()
    def nothing_is_added_above_the_limit_and_each_addition_is_told_once(self) -> None:
        ticket = get_ticket(self.reference)
        quote = find_agreed_quote(ticket.id)
        if quote and quote.agreed and quote.additions:
            assert quote.agreed.at_most.minor <= ticket.spend_limit_minor
            assert quote.agreed.price == price_of(quote.agreed_lines, currency=quote.currency)
        rows = db.session.execute(select(OutgoingMessage.event_key, OutgoingMessage.state)).all()
        for one in self.added():
            told = [row.state for row in rows if row.event_key == f"addition:{one.id}"]
            assert told
            if one.undone_at is not None:
                assert not UNSENT_STATES & set(told)

    @rule()
    def undo(self) -> None:
        self.attempt(tickets.undo_move)

    def acts(self, price: int) -> dict[Verb, Callable[[], None]]:
        return {
            Verb.START_DIAGNOSIS: self.start_diagnosis,
            Verb.NO_FAULT_FOUND: self.find_no_fault,
            Verb.NOT_REPAIRABLE: self.find_it_not_repairable,
            Verb.RETURN_UNREPAIRED: self.return_unrepaired,
            Verb.SEND_QUOTE: lambda: self.quote(price),
            Verb.REVISE_QUOTE: lambda: self.quote(price),
            Verb.REQUOTE: lambda: self.quote(price),
            Verb.CUSTOMER_RECONSIDERS: lambda: self.quote(price),
            Verb.WITHDRAW_QUOTE: self.withdraw,
            Verb.APPROVE: lambda: self.approve(old=price % 5 == 0),
            Verb.DECLINE: self.decline,
            Verb.TAKE_APPROVAL_BACK: self.take_approval_back,
            Verb.CLOSE_UNANSWERED: self.close_unanswered,
            Verb.ORDER_PART: self.order_part,
            Verb.NEEDS_PART: self.needs_part,
            Verb.LAST_PART_ARRIVED: self.part_arrives,
            Verb.START_REPAIR: self.start_repair,
            Verb.FINISH: self.finish,
            Verb.TEST_FAILED: self.fail_the_test,
            Verb.RELEASE: self.close_out_and_release,
            Verb.CUSTOMER_FINDS_FAULT: self.customer_finds_a_fault,
            Verb.HAND_OVER: self.hand_over,
            Verb.NOT_COLLECTED: self.is_not_collected,
            Verb.SURRENDER: self.surrender,
        }

    @rule(place=st.integers(0, 5), price=prices)
    def go_on(self, place: int, price: int) -> None:
        """One of the verbs that leave the stage and do not end the repair, so that walks come far."""
        if get_ticket(self.reference).stage in FINAL_STAGES:
            db.session.rollback()
            self.reference = make_ticket(self.by, spend_limit_minor=LIMIT)
        acts = self.acts(price)
        ahead = [verb for verb in verbs_from(get_ticket(self.reference).stage) if verb in acts]
        if place:  # else one of the ways out, which end a walk
            ahead = [verb for verb in ahead if verb not in _WAYS_OUT] or ahead
        db.session.rollback()
        acts[ahead[price % len(ahead)]]()

    @rule(verb=st.sampled_from(sorted(Verb)), price=prices)
    def try_anything(self, verb: Verb, price: int) -> None:
        """Allowed or not."""
        self.acts(price).get(verb, self.release_unprepared)()

    def moves(self) -> list[TicketMove]:
        query = select(TicketMove).where(TicketMove.ticket_id == get_ticket(self.reference).id)
        return list(db.session.scalars(query.order_by(TicketMove.id)))

    @invariant()
    def it_moves_along_arrows_of_the_table_only(self) -> None:
        db.session.expire_all()
        for move in self.moves():
            if move.origin is None:
                assert move.target in OPENING_VERBS[move.verb]
            else:
                assert ARROWS[move.origin][move.verb] is move.target

    @invariant()
    def it_stands_where_its_last_move_that_counts_led(self) -> None:
        standing = [move for move in self.moves() if move.undone_at is None]
        assert get_ticket(self.reference).stage is standing[-1].target

    @invariant()
    def each_move_has_one_set_of_notices_and_an_undone_one_sends_nothing(self) -> None:
        rows = db.session.execute(
            select(OutgoingMessage.event_key, OutgoingMessage.notice, OutgoingMessage.state)
        ).all()
        for move in self.moves():
            told = [row for row in rows if row.event_key == f"move:{move.id}"]
            if move.undone_at is not None:
                assert not [row for row in told if row.state in UNSENT_STATES]
            elif move.verb not in OPENING_VERBS:
                assert len({row.notice for row in told}) == 1, move.verb

    @invariant()
    def a_sent_quote_never_changes_and_its_price_is_that_of_its_lines(self) -> None:
        ticket_id = get_ticket(self.reference).id
        for quote in db.session.scalars(select(Quote).where(Quote.ticket_id == ticket_id)):
            facts = (quote.hash, quote.version)
            assert self.sent.setdefault(quote.id, facts) == facts
        for row in list_quotes(ticket_id):
            for option in row.options:
                assert option.price == price_of(option.lines, currency=row.currency)
                assert option.price.minor <= option.at_most.minor

    @invariant()
    def no_passcode_outlives_the_release(self) -> None:
        if get_ticket(self.reference).stage in {Stage.READY, Stage.UNCLAIMED, *FINAL_STAGES}:
            query = select(VaultSecret).where(VaultSecret.ticket_id == get_ticket(self.reference).id)
            assert all(secret.purged_at is not None for secret in db.session.scalars(query))

    def teardown(self) -> None:
        self.seen.update(db.session.scalars(select(TicketMove.verb)))
        db.session.rollback()
        assert walk_everything().holds
        db.session.rollback()


@pytest.mark.both_databases
def test_a_repair_holds_whatever_is_done(app_context: None, database: str) -> None:
    with time_machine.travel(NOW, tick=True):
        run_state_machine_as_test(
            TicketMachine,
            settings=settings(
                max_examples=30 if database == "sqlite" else 6,
                stateful_step_count=40,
                deadline=None,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
            ),
        )

    if database == "sqlite":  # the few walks on the other engine need not come everywhere
        assert TicketMachine.seen >= _FAR
        assert TicketMachine.added_somewhere
