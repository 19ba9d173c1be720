"""Notices to customers: planned in the same transaction, sent by the worker."""
