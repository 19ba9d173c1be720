"""The customer's pages; no account needed."""
