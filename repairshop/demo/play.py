"""Playing a scene: the very verbs that staff and customers use, each at its own time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from random import Random

from sqlalchemy import select

from repairshop import clock
from repairshop.catalogue.queries import PresetRow
from repairshop.catalogue.rules import DeviceType
from repairshop.database import db
from repairshop.demo.answers import answers_for, passing_tests
from repairshop.demo.deliveries import deliver_until
from repairshop.demo.rules import SHELVES, OpenHours, step_minutes
from repairshop.demo.scene import Scene, Way
from repairshop.demo.told import device_of, draft_of, job_of, person_of
from repairshop.diagnostics import service as diagnostics
from repairshop.diagnostics.rules import Barrier, RunKind
from repairshop.handover import service as handover
from repairshop.handover.dues import get_due
from repairshop.handover.payment_rules import NOTHING_PAID, Payment, PayMethod
from repairshop.handover.rules import (
    Collection,
    CollectionMethod,
    IdentityProof,
    SurrenderBasis,
    SurrenderKind,
)
from repairshop.intake import completion
from repairshop.intake import service as intake
from repairshop.intake.rules import CancelReason
from repairshop.media.rules import ReceivedPicture
from repairshop.parts import service as parts
from repairshop.parts.rules import FittedPart, NewOrder, OldPart, Pairing
from repairshop.privacy import service as privacy
from repairshop.privacy.rules import TaskPart
from repairshop.quotes import drafts
from repairshop.quotes import service as quotes
from repairshop.quotes.queries import get_current_quote
from repairshop.quotes.rules import Channel, Evidence
from repairshop.staff.rules import Actor
from repairshop.tickets import service as tickets
from repairshop.tickets.attachments import ask_question
from repairshop.tickets.models import Ticket
from repairshop.warranty import service as warranty
from repairshop.workshop import service as workshop

Step = tuple[str, Callable[[], None]]


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What every scene plays on."""

    counter: Actor
    bench: Actor  # who does the jobs that nobody is named for
    crew: Mapping[str, Actor]  # by first name, in small letters
    hours: OpenHours
    presets: Mapping[tuple[DeviceType, str], PresetRow]
    photos: Mapping[str, list[ReceivedPicture]]  # each is used once
    words: Mapping[str, str]
    rng: Random
    now: datetime


class Play:
    """One ticket on its way to where its scene ends."""

    def __init__(self, scene: Scene, stage: Stage) -> None:
        self.scene = scene
        self.stage = stage
        self.reference = ""
        self.bench = stage.crew.get(scene.who, stage.bench)
        preset = stage.presets[scene.device_type, scene.fault]
        self.preset = preset

    def run(self) -> str:
        """Take every step up to the scene's last; the ticket's reference."""
        steps = self._steps()
        labels = [label for label, _ in steps]
        steps = steps[: labels.index(self.scene.until) + 1]
        ages = step_minutes(hours=self.scene.hours, steps=len(steps))
        local_now = self.stage.hours.to_local(self.stage.now)
        for age, (label, step) in zip(ages, steps, strict=True):
            # A device is left behind at the end of a month, not at a working pace.
            minutes = 60 if label == "unclaimed" else age
            at = self.stage.hours.to_utc(self.stage.hours.back(local_now, minutes))
            deliver_until(at, shop_id=self.stage.counter.shop_id)
            with clock.as_of(at):
                step()
        if self.scene.claim_hours:
            self._claim(local_now)
        return self.reference

    def _steps(self) -> list[Step]:
        if self.scene.until in {"booked", "cancelled"}:
            return [("booked", self.book), ("cancelled", self.cancel)]
        arrival: list[Step] = [("open_check_in", self.take_in), ("received", self.complete_check_in)]
        return arrival + self._decision_steps() + self._work_steps() + self._end_steps()

    def _decision_steps(self) -> list[Step]:
        if self.scene.way is Way.FIXED:
            return [("approved", self.accept_fixed_price)]
        diagnosis: list[Step] = [("diagnosing", self.start_diagnosis), ("found", self.examine)]
        ends: dict[Way, list[Step]] = {
            Way.QUOTE: [("awaiting_approval", self.send_quote), ("approved", self.approve)],
            Way.DECLINED: [("awaiting_approval", self.send_quote), ("closing", self.decline)],
            Way.LIMIT: [("approved", self.proceed_within_limit)],
            Way.NO_FAULT: [("closing", self.find_no_fault)],
            Way.NOT_REPAIRABLE: [("closing", self.find_not_repairable)],
        }
        return diagnosis + ends[self.scene.way]

    def _work_steps(self) -> list[Step]:
        if self.scene.way not in {Way.QUOTE, Way.FIXED, Way.LIMIT}:
            return []
        part: list[Step] = [("awaiting_parts", self.order_part), ("part_here", self.receive_part)]
        again: list[Step] = [("failed", self.fail_test), ("finished_again", self.finish)]
        return [
            *(part if self.scene.part else []),
            ("in_repair", self.start_repair),
            ("final_checks", self.fit_and_finish),
            *(again if self.scene.fails_once else []),
            ("tested", self.test_afterwards),
        ]

    def _end_steps(self) -> list[Step]:
        last = {"unclaimed": self.leave_behind, "surrendered": self.surrender}
        end = last.get(self.scene.until, self.hand_over)
        return [
            ("closed_out", self.close_out),
            ("ready", self.release),
            (self.scene.until if self.scene.until in last else "handed_over", end),
        ]

    # the counter

    def book(self) -> None:
        comes_on = self.stage.hours.open_days_later(self._today(), 1)
        self.reference = intake.book(
            person_of(self.scene, self.stage.rng),
            intake.Thing(facts=device_of(self.scene, self.stage.rng)),
            job_of(self.scene, self.preset),
            comes_on=max(comes_on, self.stage.hours.to_local(self.stage.now).date()),
            time_note=self.stage.words["out_of_hours"],
            by=self.stage.counter,
        )

    def cancel(self) -> None:
        intake.cancel(self.reference, reason=CancelReason.CUSTOMER_CANCELLED, by=self.stage.counter)

    def take_in(self) -> None:
        earliest, latest = self._dates(self.preset.days_from, self.preset.days_to)
        pictures = self.stage.photos.get(self.scene.photo)
        arrival = intake.Arrival(
            reach_note=self.stage.words["reach"] if self.scene.sim_in_it else "",
            sim_number=intake.NEW_NUMBER if self.scene.sim_in_it else "",
            earliest=earliest,
            latest=latest,
            place=self.stage.rng.choice(SHELVES),
            photos=[pictures.pop()] if pictures else [],
        )
        self.reference = intake.take_in(
            person_of(self.scene, self.stage.rng),
            intake.Thing(facts=device_of(self.scene, self.stage.rng)),
            job_of(self.scene, self.preset),
            arrival,
            by=self.stage.counter,
        )

    def complete_check_in(self) -> None:
        given = completion.Completion(
            answers=answers_for(
                self._ticket().id,
                TaskPart.CUSTOMER_PRESENT,
                credential_because=self.stage.words["credential"] if self.preset.credential_needed else "",
            ),
            condition_note=self.scene.condition,
            reach_note=self.stage.words["reach"],
            signed=completion.Signed(name=self.scene.name),
        )
        completion.complete_check_in(self.reference, given, by=self.stage.counter)
        if self.scene.who:
            tickets.assign(self.reference, to_staff_id=self.bench.id, by=self.stage.counter)

    def accept_fixed_price(self) -> None:
        earliest, latest = self._dates(1, 2)
        quotes.accept_fixed_price(self.reference, earliest=earliest, latest=latest, by=self.stage.counter)

    # the bench

    def start_diagnosis(self) -> None:
        diagnostics.start_diagnosis(self.reference, by=self.bench)

    def examine(self) -> None:
        by = self.bench
        failing = passing_tests(self.scene.device_type, fails=self.scene.fails)
        diagnostics.record_tests(self.reference, RunKind.BEFORE, failing, by=by, close=True)
        if self.scene.finding:
            section, seen = self.scene.finding
            diagnostics.add_finding(self.reference, section=section, seen=seen, by=by)

    def find_no_fault(self) -> None:
        diagnostics.no_fault_found(self.reference, by=self.bench, note=self.scene.note)

    def find_not_repairable(self) -> None:
        diagnostics.not_repairable(
            self.reference, by=self.bench, barrier=Barrier.PARTS_NOT_AVAILABLE, note=self.scene.note
        )

    def send_quote(self) -> None:
        drafts.save_draft(self.reference, draft_of(self.scene, *self._dates(1, 3)), by=self.bench)
        quotes.send_quote(self.reference, by=self.bench)
        if self.scene.question:
            ticket = self._ticket()
            ask_question(ticket, self.scene.question, by=tickets.actor_for_customer(ticket))

    def approve(self) -> None:
        ticket = self._ticket()
        quotes.approve(
            self.reference,
            by=tickets.actor_for_customer(ticket),
            quote_id=self._quote_id(ticket),
            evidence=Evidence(channel=Channel.PORTAL),
        )

    def decline(self) -> None:
        ticket = self._ticket()
        by = tickets.actor_for_customer(ticket)
        quotes.decline(
            self.reference,
            by=by,
            quote_id=self._quote_id(ticket),
            evidence=Evidence(channel=Channel.PORTAL),
        )

    def proceed_within_limit(self) -> None:
        drafts.save_draft(self.reference, draft_of(self.scene, *self._dates(1, 3)), by=self.bench)
        quotes.proceed_within_limit(self.reference, by=self.bench)

    def order_part(self) -> None:
        if self.scene.part is None:
            return
        days = 0 if self.scene.part_late else 2
        order = NewOrder(
            name=self.scene.part.name,
            supplier="Northern Parts",
            expected_on=self.stage.hours.open_days_later(self._today(), days),
        )
        workshop.order_part(self.reference, order, by=self.bench)

    def receive_part(self) -> None:
        workshop.last_part_arrived(self.reference, by=self.stage.counter)

    def start_repair(self) -> None:
        workshop.start_repair(self.reference, by=self.bench)

    def fit_and_finish(self) -> None:
        if self.scene.part is not None:
            part = FittedPart(
                name=self.scene.part.name,
                origin=self.scene.part.origin,
                supplier="Northern Parts",
                serial=f"NP{self.stage.rng.randrange(10**8):08d}",
                pairing=Pairing.NOT_NEEDED,
                device_will_show=self.scene.part.device_will_show,
                warranty_days=365,
                old_part=OldPart.RECYCLED,
            )
            parts.fit_part(self.reference, part, by=self.bench)
        self.finish()

    def finish(self) -> None:
        workshop.finish(self.reference, by=self.bench)

    def fail_test(self) -> None:
        note = self.stage.words["failed"]
        workshop.test_failed(self.reference, by=self.bench, expected_version=None, note=note)

    def test_afterwards(self) -> None:
        passing = passing_tests(self.scene.device_type)
        diagnostics.record_tests(self.reference, RunKind.AFTER, passing, by=self.bench, close=True)

    def close_out(self) -> None:
        ticket = self._ticket()
        for kind, answer in answers_for(ticket.id, TaskPart.CLOSE_OUT).items():
            privacy.answer_task(self.reference, kind, answer, by=self.bench)

    # leaving

    def release(self) -> None:
        answers = handover.ReleaseAnswers(put_together=True, no_part_used=self.scene.part is None)
        handover.release(self.reference, answers, by=self.bench)

    def hand_over(self) -> None:
        collection = Collection(
            method=CollectionMethod.COUNTER,
            collected_by=self.scene.name,
            proof=IdentityProof.LINK,
            typed_name=self.scene.name,
            agreed=True,
        )
        due = get_due(self._ticket().id).amount.minor
        paid = Payment(amount_minor=due, method=PayMethod.TILL, till_reference=f"T{self._ticket().number}")
        handover.hand_over(
            self.reference, collection, by=self.stage.counter, payment=paid if due else NOTHING_PAID
        )

    def leave_behind(self) -> None:
        handover.not_collected(self.reference, by=self.stage.counter)

    def surrender(self) -> None:
        handover.surrender(
            self.reference,
            kind=SurrenderKind.RECYCLING,
            basis=SurrenderBasis.CUSTOMER_AGREED,
            confirmed=True,
            by=self.stage.counter,
        )

    def _claim(self, local_now: datetime) -> None:
        back = self.stage.hours.back(local_now, 60 * self.scene.claim_hours)
        with clock.as_of(self.stage.hours.to_utc(back)):
            warranty.open_warranty_claim(
                self.reference,
                reported_fault=self.scene.claim_says,
                device_is_here=True,
                by=self.stage.counter,
            )

    def _dates(self, days_from: int, days_to: int) -> tuple[date, date]:
        today = self._today()
        if self.scene.late:  # the shortest promise there is, long over by now
            return today, today
        later = self.stage.hours.open_days_later
        return later(today, max(days_from, 1)), later(today, max(days_to, 2))

    def _today(self) -> date:
        return self.stage.hours.to_local(clock.now()).date()

    def _ticket(self) -> Ticket:
        return db.session.scalars(select(Ticket).where(Ticket.code == self.reference)).one()

    def _quote_id(self, ticket: Ticket) -> int:
        quote = get_current_quote(ticket.id)
        if quote is None:
            raise LookupError(f"no quote on {self.reference}")
        return quote.id
