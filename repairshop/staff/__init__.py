"""Shops, the people who work in them, their roles, rights and sign-in."""
