"""Quotes, the customer's decision, and the spend limit."""
