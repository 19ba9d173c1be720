"""The invented shop, its past, and its links."""
