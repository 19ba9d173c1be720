"""The board's pages, gathered under one name for wiring."""

from repairshop.board import act_views, bench_views, counter_views, find_views, full_views, ticket_views
from repairshop.board.blueprint import board

__all__ = ["act_views", "bench_views", "board", "counter_views", "find_views", "full_views", "ticket_views"]
