"""Booking, taking in and checking in devices at the counter."""
