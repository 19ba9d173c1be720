"""Passwords in the one form that is hashed and compared."""

from flask import current_app

from repairshop.staff.security_library import hash_password


def hashed(password: str) -> str:
    """The argon2id hash. Slow on purpose: call it before a transaction opens."""
    return str(hash_password(normalised(password)))


def normalised(password: str) -> str:
    """Unicode's one form of what different keyboards send differently."""
    return str(current_app.extensions["security"].password_util.normalize(password))
