"""THE list of parts. A feature that is not named here does not exist."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click
from flask import Blueprint

from repairshop.board import views as board_views
from repairshop.catalogue import commands as catalogue_commands
from repairshop.demo import commands as demo_commands
from repairshop.diagnostics import handlers as diagnostics_handlers
from repairshop.diagnostics import views as diagnostics_views
from repairshop.events import Event, Handler
from repairshop.handover import handlers as handover_handlers
from repairshop.handover import views as handover_views
from repairshop.importing import commands as importing_commands
from repairshop.intake import check_in_views
from repairshop.intake import views as intake_views
from repairshop.notifications import handlers as notifications_handlers
from repairshop.operations import commands as operations_commands
from repairshop.operations import views as operations_views
from repairshop.parts import handlers as parts_handlers
from repairshop.parts import views as parts_views
from repairshop.privacy import views as privacy_views
from repairshop.promises import handlers as promises_handlers
from repairshop.promises.events import PromiseChanged
from repairshop.quotes import handlers as quotes_handlers
from repairshop.staff import commands as staff_commands
from repairshop.staff import join_views
from repairshop.staff import session as staff_session
from repairshop.staff import views as staff_views
from repairshop.tickets.events import (
    CheckInCompleted,
    MoveUndone,
    QuestionAnswered,
    QuestionAsked,
    TicketMoved,
)
from repairshop.warranty import handlers as warranty_handlers
from repairshop.warranty import views as warranty_views
from repairshop.web.access import Gates
from repairshop.web.health import health
from repairshop.workshop import views as workshop_views

BLUEPRINTS: Sequence[Blueprint] = (
    health,
    operations_views.operations,
    staff_views.staff,
    join_views.join,
    intake_views.intake,
    check_in_views.check_in,
    privacy_views.privacy,
    parts_views.parts,
    diagnostics_views.diagnostics,
    workshop_views.workshop,
    warranty_views.warranty,
    handover_views.handover,
    board_views.board,
)

EVENT_HANDLERS: Mapping[type[Event], Sequence[Handler]] = {
    TicketMoved: (notifications_handlers.queue_stage_notices,),
    MoveUndone: (
        notifications_handlers.withdraw_stage_notices,
        promises_handlers.withdraw_promises,
        diagnostics_handlers.take_back_conclusions,
        parts_handlers.restore_orders,
        warranty_handlers.end_warranty_of_undone_move,
        warranty_handlers.forget_undone_decision,
        handover_handlers.restore_before_hand_over,
        quotes_handlers.restore_quotes,
    ),
    CheckInCompleted: (notifications_handlers.queue_received_notice,),
    QuestionAsked: (),
    QuestionAnswered: (notifications_handlers.queue_answer_notice,),
    PromiseChanged: (),
}

# What `flask worker` runs at its ticks.
JOBS: Sequence[Any] = ()

# What removes or anonymises a person's data; called by the retention job and by `flask customers erase`.
ERASERS: Sequence[Callable[..., Any]] = ()

COMMANDS: Sequence[click.Command] = (
    staff_commands.shop,
    catalogue_commands.catalogue,
    importing_commands.importing,
    demo_commands.demo,
    operations_commands.doctor,
    operations_commands.audit,
)

GATES = Gates(
    staff=staff_session.pass_staff,
    portal=staff_session.turn_away,  # replaced by the portal's own gate
)
