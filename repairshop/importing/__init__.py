"""Repair records of other systems into historical tickets."""
