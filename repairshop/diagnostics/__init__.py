"""Test runs, findings and the verbs of diagnosis."""
