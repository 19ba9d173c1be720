"""The address of a status callback names our attempt, with our own signature.

The provider's signature proves who calls; ours proves that the attempt was ours.
"""

import hashlib
import hmac

from config import Config

STATUS_ADDRESS = "/callbacks/{provider}/status"
_SIGNATURE_LENGTH = 32


def sign_attempt(attempt: str, *, key: str) -> str:
    """The attempt with its signature, as it stands in the callback's address."""
    digest = hmac.new(key.encode(), f"attempt {attempt}".encode(), hashlib.sha256).hexdigest()
    return f"{attempt}.{digest[:_SIGNATURE_LENGTH]}"


def read_attempt(text: str, *, key: str) -> str | None:
    """The attempt in a callback's address, or None when its signature is not ours."""
    attempt = text.partition(".")[0]
    expected = sign_attempt(attempt, key=key)
    return attempt if hmac.compare_digest(expected.encode(), text.encode()) else None


class StatusCallback:
    """Makes the address at which this provider reports about an attempt."""

    def __init__(self, provider: str, config: Config) -> None:
        self._address = config.public_url.rstrip("/") + STATUS_ADDRESS.format(provider=provider)
        self._key = config.secret_key

    def __call__(self, attempt: str) -> str:
        return f"{self._address}?attempt={sign_attempt(attempt, key=self._key)}"
