"""Warranty terms and claims."""
