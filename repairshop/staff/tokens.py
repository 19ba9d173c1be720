"""Random keys for sessions and one-time links; the database holds their hashes only."""

import hashlib
import secrets


def new_token() -> str:
    """192 random bits, safe in an address."""
    return secrets.token_urlsafe(24)


def hash_of(token: str) -> str:
    """Plain SHA-256 suffices for a random key of this length (OWASP ASVS 5.0, 6.5.2)."""
    return hashlib.sha256(token.encode()).hexdigest()
