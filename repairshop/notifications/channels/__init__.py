"""The ways to reach somebody, one folder each; listed.py names them."""
