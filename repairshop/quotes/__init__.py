"""Quotes: what a repair costs, what goes in, when it is done, and what the customer answered."""
