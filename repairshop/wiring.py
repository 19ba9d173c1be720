"""THE list of parts. A feature that is not named here does not exist."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from functools import partial

from flask import Blueprint

from repairshop.board import conflict_views
from repairshop.board import handlers as board_handlers
from repairshop.board import jobs as board_jobs
from repairshop.board import views as board_views
from repairshop.catalogue import erasers as catalogue_erasers
from repairshop.custody import erasers as custody_erasers
from repairshop.custody import jobs as custody_jobs
from repairshop.custody import views as custody_views
from repairshop.custody.events import DeviceLost
from repairshop.customers import erasers as customers_erasers
from repairshop.customers import views as customers_views
from repairshop.diagnostics import erasers as diagnostics_erasers
from repairshop.diagnostics import handlers as diagnostics_handlers
from repairshop.diagnostics import list_views as diagnostics_list_views
from repairshop.diagnostics import views as diagnostics_views
from repairshop.diagnostics.events import FindingsChanged
from repairshop.dropoff import erasers as dropoff_erasers
from repairshop.dropoff import front_views, price_views, request_views
from repairshop.dropoff import handlers as dropoff_handlers
from repairshop.events import Event, Handler
from repairshop.feedback import erasers as feedback_erasers
from repairshop.feedback import jobs as feedback_jobs
from repairshop.feedback import views as feedback_views
from repairshop.handover import erasers as handover_erasers
from repairshop.handover import hand_over_views
from repairshop.handover import handlers as handover_handlers
from repairshop.handover import jobs as handover_jobs
from repairshop.handover import views as handover_views
from repairshop.inbox import arrival_views, canned_views, whose_views, wish_views
from repairshop.inbox import erasers as inbox_erasers
from repairshop.inbox import handlers as inbox_handlers
from repairshop.inbox import views as inbox_views
from repairshop.intake import booking_views, counter_check_views, people_views
from repairshop.intake import erasers as intake_erasers
from repairshop.intake import jobs as intake_jobs
from repairshop.loaners import erasers as loaners_erasers
from repairshop.loaners import views as loaners_views
from repairshop.media import erasers as media_erasers
from repairshop.media import jobs as media_jobs
from repairshop.merging import erasers as merging_erasers
from repairshop.merging import views as merging_views
from repairshop.notifications import callback_views as notifications_callbacks
from repairshop.notifications import erasers as notifications_erasers
from repairshop.notifications import handlers as notifications_handlers
from repairshop.notifications import jobs as notifications_jobs
from repairshop.notifications import limit_views as notice_limit_views
from repairshop.notifications import older_copy_views, unsubscribe_views
from repairshop.notifications import views as notifications_views
from repairshop.notifications.channels.listed import sending_carriers
from repairshop.notifications.events import MessageFellThrough
from repairshop.operations import jobs as operations_jobs
from repairshop.operations import trust_views
from repairshop.operations import views as operations_views
from repairshop.parts import catalogue_views as parts_catalogue_views
from repairshop.parts import erasers as parts_erasers
from repairshop.parts import handlers as parts_handlers
from repairshop.parts import knowledge_views as parts_knowledge_views
from repairshop.parts import order_views as parts_order_views
from repairshop.parts import stock_views as parts_stock_views
from repairshop.parts import views as parts_views
from repairshop.parts.events import FittedPartsChanged
from repairshop.personal import Eraser
from repairshop.portal import (
    accessibility_views,
    answer_views,
    claim_views,
    collector_views,
    copies,
    counter_views,
    gallery_views,
    kept,
    leaving_views,
    look_up_views,
    pass_views,
    proving_views,
)
from repairshop.portal import erasers as portal_erasers
from repairshop.portal import feedback_views as portal_feedback_views
from repairshop.portal import paper_views as portal_paper_views
from repairshop.portal import session as portal_session
from repairshop.portal import views as portal_views
from repairshop.privacy import erasers as privacy_erasers
from repairshop.privacy import handlers as privacy_handlers
from repairshop.privacy import jobs as privacy_jobs
from repairshop.privacy import list_views, paper_views, vault_views, wipe_views
from repairshop.privacy import views as privacy_views
from repairshop.promises import erasers as promises_erasers
from repairshop.promises import handlers as promises_handlers
from repairshop.promises import jobs as promises_jobs
from repairshop.promises import views as promises_views
from repairshop.promises.events import PromiseChanged
from repairshop.quotes import addition_views as quotes_addition_views
from repairshop.quotes import answer_views as quotes_views
from repairshop.quotes import draft_views as quotes_draft_views
from repairshop.quotes import erasers as quotes_erasers
from repairshop.quotes import handlers as quotes_handlers
from repairshop.quotes import jobs as quotes_jobs
from repairshop.quotes.events import QuoteWanted
from repairshop.reports import erasers as reports_erasers
from repairshop.reports import jobs as reports_jobs
from repairshop.reports import look_views, slip_views
from repairshop.reports import views as reports_views
from repairshop.reports import wipe_views as wipe_paper_views
from repairshop.retention import erasers as retention_erasers
from repairshop.retention import jobs as retention_jobs
from repairshop.retention import views as retention_views
from repairshop.shots import erasers as shots_erasers
from repairshop.shots import phone_views as shots_phone_views
from repairshop.shots import views as shots_views
from repairshop.similar import erasers as similar_erasers
from repairshop.similar import handlers as similar_handlers
from repairshop.similar import views as similar_views
from repairshop.staff import erasers as staff_erasers
from repairshop.staff import factor_views, join_views, lock_views, sign_in_views
from repairshop.staff import session as staff_session
from repairshop.staff import views as staff_views
from repairshop.tickets import erasers as tickets_erasers
from repairshop.tickets import views as ticket_views
from repairshop.tickets.events import (
    CheckInCompleted,
    MoveUndone,
    QuestionAnswered,
    QuestionAsked,
    TicketMoved,
)
from repairshop.warranty import erasers as warranty_erasers
from repairshop.warranty import handlers as warranty_handlers
from repairshop.warranty import views as warranty_views
from repairshop.web.access import Gates
from repairshop.web.health import health
from repairshop.wording import erasers as wording_erasers
from repairshop.wording import views as wording_views
from repairshop.workshop import erasers as workshop_erasers
from repairshop.workshop import handlers as workshop_handlers
from repairshop.workshop import jobs as workshop_jobs
from repairshop.workshop import time_views
from repairshop.workshop import views as workshop_views


@dataclass(frozen=True, kw_only=True)
class Job:
    """What `flask worker` does again and again.

    `every_seconds` for work that is claimed in the database, by any number of processes; such a run begins
    again only after it has ended. `daily_at`, the shop's local time, for work that is done once a day and
    shop: `run` takes the shop's id.
    """

    name: str
    run: Callable[..., object]
    every_seconds: float = 0
    daily_at: time | None = None
    copies: int = 1  # how many of them one process runs side by side
    wakes_up: bool = False  # runs at once when a message is queued
    waits_for: str = ""  # runs at once when a job that looks finds this due
    # What APScheduler is told of it. A run that comes later than this is dropped and counted, and another is
    # planned at once; several that were missed are one; a run never begins beside the one before.
    misfire_grace_time: int = 60  # seconds
    coalesce: bool = True
    max_instances: int = 1


BLUEPRINTS: Sequence[Blueprint] = (
    health,
    operations_views.operations,
    trust_views.trust,
    staff_views.staff,
    factor_views.factor,
    factor_views.own_factor,
    lock_views.lock,
    sign_in_views.sign_ins,
    join_views.join,
    customers_views.customers,
    people_views.people,
    merging_views.merging,
    retention_views.retention,
    booking_views.intake,
    front_views.front,
    request_views.drop_offs,
    price_views.fault_prices,
    counter_check_views.check_in,
    shots_views.shots,
    custody_views.custody,
    loaners_views.loaners,
    shots_phone_views.phone_photos,
    privacy_views.privacy,
    vault_views.vault,
    paper_views.paper,
    wipe_views.wipes,
    list_views.privacy_lists,
    parts_views.parts,
    parts_catalogue_views.part_catalogue,
    parts_knowledge_views.part_effects,
    parts_stock_views.stock,
    parts_order_views.part_orders,
    promises_views.promises,
    diagnostics_views.diagnostics,
    diagnostics_list_views.test_lists,
    quotes_views.quotes,
    quotes_draft_views.drafts,
    quotes_addition_views.additions,
    similar_views.similar,
    workshop_views.workshop,
    time_views.work_time,
    warranty_views.warranty,
    handover_views.handover,
    hand_over_views.handing_over,
    ticket_views.tickets,
    board_views.board,
    notifications_views.notifications,
    wording_views.wording,
    inbox_views.inbox,
    arrival_views.arrivals,
    whose_views.whose,
    canned_views.replies,
    wish_views.wishes,
    notifications_callbacks.callbacks,
    unsubscribe_views.unsubscribing,
    notice_limit_views.limits,
    older_copy_views.older_copy,
    portal_views.portal,
    accessibility_views.accessibility,
    gallery_views.gallery,
    copies.copies,
    answer_views.answers,
    counter_views.counter_screen,
    look_up_views.look_up,
    portal_feedback_views.opinions,
    feedback_views.feedback,
    proving_views.proving_pages,
    collector_views.collectors,
    pass_views.pickup,
    leaving_views.leaving,
    portal_paper_views.portal_papers,
    claim_views.claims,
    reports_views.reports,
    look_views.looks,
    wipe_paper_views.wipe_papers,
    slip_views.slips,
)

EVENT_HANDLERS: Mapping[type[Event], Sequence[Handler]] = {
    TicketMoved: (
        board_handlers.ask_before_full,  # first: what it takes back the others need not do
        privacy_handlers.purge_passcode,
        notifications_handlers.queue_stage_notices,
        workshop_handlers.run_clocks,
        parts_handlers.free_reserved_parts,
        similar_handlers.follow_move,
        dropoff_handlers.settle_request,
    ),
    MoveUndone: (
        notifications_handlers.withdraw_stage_notices,
        promises_handlers.withdraw_promises,
        diagnostics_handlers.take_back_conclusions,
        parts_handlers.restore_orders,
        parts_handlers.restore_reserved_parts,
        warranty_handlers.end_warranty_of_undone_move,
        warranty_handlers.forget_undone_decision,
        workshop_handlers.restore_clocks,
        handover_handlers.restore_before_hand_over,
        quotes_handlers.restore_quotes,
        similar_handlers.follow_undo,  # last: what the others restored counts
    ),
    CheckInCompleted: (notifications_handlers.queue_received_notice,),
    QuestionAsked: (),
    QuestionAnswered: (notifications_handlers.queue_answer_notice,),
    QuoteWanted: (warranty_handlers.refuse_a_price_before_the_decision,),
    FindingsChanged: (similar_handlers.follow_findings,),
    FittedPartsChanged: (similar_handlers.follow_parts,),
    PromiseChanged: (notifications_handlers.queue_promise_notice,),
    DeviceLost: (notifications_handlers.tell_of_lost_device,),
    MessageFellThrough: (inbox_handlers.reopen_texts,),
}


def delivery_jobs() -> list[Job]:
    """One for each channel that somebody carries."""
    return [
        Job(
            name=f"deliver {carrier.channel}",
            run=partial(notifications_jobs.deliver, carrier.channel),
            every_seconds=30,
            copies=carrier.copies,
            waits_for=carrier.channel,
        )
        for carrier, _ in sending_carriers()
    ]


# What `flask worker` runs at its ticks.
JOBS: Sequence[Job] = (
    *delivery_jobs(),
    Job(name="look for what is due", run=notifications_jobs.look, every_seconds=2, wakes_up=True),
    Job(name="settle lost answers", run=notifications_jobs.settle_lost, every_seconds=2),
    Job(name="raise calls", run=notifications_jobs.raise_calls, every_seconds=5),
    Job(name="release held messages", run=notifications_jobs.release_held, every_seconds=30),
    Job(name="look for messages that stand still", run=notifications_jobs.sweep_over_age, every_seconds=60),
    Job(name="try a waiting message", run=notifications_jobs.probe, every_seconds=60),
    Job(name="close data left open", run=privacy_jobs.close_overdue_data_access, every_seconds=30),
    Job(name="sweep the passcode vault", run=privacy_jobs.sweep_vault, every_seconds=60),
    Job(name="issue reports", run=reports_jobs.issue_due_reports, every_seconds=20),
    Job(name="look for devices nobody has", run=custody_jobs.raise_alerts, every_seconds=60),
    Job(name="mark unclaimed devices", run=handover_jobs.close_uncollected, every_seconds=900),
    Job(name="remind of quotes", run=quotes_jobs.remind_of_quotes, every_seconds=900),
    Job(name="close unanswered quotes", run=quotes_jobs.close_unanswered_quotes, every_seconds=900),
    Job(name="cancel bookings nobody kept", run=intake_jobs.cancel_no_shows, every_seconds=900),
    Job(name="ask how it was", run=feedback_jobs.ask_surveys, every_seconds=900),
    Job(name="sweep the media store", run=media_jobs.sweep_media, every_seconds=6 * 3600),
    Job(name="write photos for screens", run=media_jobs.add_screen_sizes, daily_at=time(3, 30)),
    Job(name="mark promises at risk", run=board_jobs.mark_risks, every_seconds=300),
    Job(name="stop forgotten clocks", run=workshop_jobs.stop_forgotten_clocks, daily_at=time(0, 30)),
    Job(name="learn how long repairs take", run=promises_jobs.learn, daily_at=time(0, 40)),
    Job(name="publish day heads", run=operations_jobs.publish_day_heads, daily_at=time(0, 20)),
    Job(name="remove what is over its period", run=retention_jobs.remove_what_is_over, daily_at=time(2, 30)),
)

# Where personal values stand and what becomes of them: erasing, the periods and exports follow this list.
ERASERS: Sequence[Eraser] = (
    staff_erasers.ERASER,
    catalogue_erasers.ERASER,
    media_erasers.ERASER,
    customers_erasers.ERASER,
    tickets_erasers.ERASER,
    custody_erasers.ERASER,
    loaners_erasers.ERASER,
    shots_erasers.ERASER,
    promises_erasers.ERASER,
    notifications_erasers.ERASER,
    inbox_erasers.ERASER,
    merging_erasers.ERASER,
    privacy_erasers.ERASER,
    parts_erasers.ERASER,
    diagnostics_erasers.ERASER,
    similar_erasers.ERASER,
    quotes_erasers.ERASER,
    wording_erasers.ERASER,
    workshop_erasers.ERASER,
    intake_erasers.ERASER,
    dropoff_erasers.ERASER,
    warranty_erasers.ERASER,
    handover_erasers.ERASER,
    feedback_erasers.ERASER,
    portal_erasers.ERASER,
    reports_erasers.ERASER,
    retention_erasers.ERASER,
)

# What stands behind `flask NAME`. By place and not by import: the web server loads none of it.
COMMANDS: Mapping[str, str] = {
    "shop": "repairshop.staff.commands:shop",
    "catalogue": "repairshop.catalogue.commands:catalogue",
    "parts": "repairshop.parts.commands:parts",
    "import": "repairshop.importing.commands:importing",
    "similar": "repairshop.similar.commands:similar",
    "demo": "repairshop.demo.commands:demo",
    "vault": "repairshop.privacy.commands:vault",
    "promises": "repairshop.promises.commands:promises",
    "doctor": "repairshop.operations.commands:doctor",
    "audit": "repairshop.operations.commands:audit",
    "customers": "repairshop.retention.commands:customers",
    "notices": "repairshop.notifications.commands:notices",
    "worker": "repairshop.worker:worker",
}

# What a person sees whose form was overtaken by somebody else's change.
CONFLICT_PAGE = conflict_views.changed_meanwhile

# Answers a customer's page that nothing has changed on since it was drawn.
FIRST_LOOK = kept.KeptPages

GATES = Gates(
    staff=staff_session.pass_staff,
    portal=portal_session.pass_portal,
)
