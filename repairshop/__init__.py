"""Repairshop: the glass repair shop."""
