"""Devices the shop lends while it has the customer's: what there is, who has one, and what comes back."""
