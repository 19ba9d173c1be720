"""The one file that knows WebAuthn: what the browser is asked, and whether its answer is right.

Its library is loaded inside the functions that use it: loading costs 0.4 s, which every start of the server
would pay for the few sign-ins that need it.
"""

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

# What the library raises, besides its own refusals, for answers that no authenticator would give.
_NO_ANSWER = (ValueError, TypeError, LookupError, AttributeError, RecursionError)
_CREDENTIAL_ID = re.compile(r"[A-Za-z0-9_-]{1,1400}")


@dataclass(frozen=True, kw_only=True)
class Site:
    """Where the ceremony happens: keys are bound to the host's name."""

    host: str
    origin: str


@dataclass(frozen=True, kw_only=True)
class Question:
    """Options as JSON for the browser, and the challenge to remember until it answers."""

    options: str
    challenge: str


@dataclass(frozen=True, kw_only=True)
class NewKey:
    credential_id: str
    public_key: bytes
    sign_count: int


def ask_new(site: Site, *, staff_id: int, email: str, known: list[str]) -> Question:
    """Any authenticator will do, built in or a stick; the person unlocks it if it can ask them to."""
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers import bytes_to_base64url
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    options = generate_registration_options(
        rp_id=site.host,
        rp_name="Repairshop",
        user_id=str(staff_id).encode(),
        user_name=email,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=_described(known),
    )
    return Question(options=options_to_json(options), challenge=bytes_to_base64url(options.challenge))


def ask_known(site: Site, *, known: list[str]) -> Question:
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers import bytes_to_base64url

    options = generate_authentication_options(rp_id=site.host, allow_credentials=_described(known))
    return Question(options=options_to_json(options), challenge=bytes_to_base64url(options.challenge))


def find_new(site: Site, *, answer: str, challenge: str) -> NewKey | None:
    """The key the browser made, or None when the answer does not fit the question."""
    from webauthn import base64url_to_bytes, verify_registration_response
    from webauthn.helpers import bytes_to_base64url
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        verified = verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
        )
    except (WebAuthnException, *_NO_ANSWER):
        return None
    return NewKey(
        credential_id=bytes_to_base64url(verified.credential_id),
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
    )


def credential_id_of(answer: str) -> str:
    """Which key answered; an empty text for what is no answer at all."""
    try:
        named = json.loads(answer)["id"]
    except _NO_ANSWER:
        return ""
    return named if isinstance(named, str) and _CREDENTIAL_ID.fullmatch(named) else ""


def find_sign_count(
    site: Site, *, answer: str, challenge: str, public_key: bytes, sign_count: int
) -> int | None:
    """The key's new count when it signed the challenge, else None; a count that fell back is a copied key."""
    from webauthn import base64url_to_bytes, verify_authentication_response
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        verified = verify_authentication_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
        )
    except (WebAuthnException, *_NO_ANSWER):
        return None
    return int(verified.new_sign_count)


def _described(known: list[str]) -> "list[PublicKeyCredentialDescriptor]":
    from webauthn import base64url_to_bytes
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in known]
