"""Counts and periods only: nothing here is about a person."""

from repairshop.personal import Eraser

ERASER = Eraser()
