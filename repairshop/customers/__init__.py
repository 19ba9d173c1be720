"""Customers, how to reach them, their devices, and every contact with them."""
