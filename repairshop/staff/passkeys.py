"""The one file that knows WebAuthn: what the browser is asked, and whether its answer is right."""

import json
from dataclasses import dataclass

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)


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
    options = generate_authentication_options(rp_id=site.host, allow_credentials=_described(known))
    return Question(options=options_to_json(options), challenge=bytes_to_base64url(options.challenge))


def find_new(site: Site, *, answer: str, challenge: str) -> NewKey | None:
    """The key the browser made, or None when the answer does not fit the question."""
    try:
        verified = verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
        )
    except (WebAuthnException, ValueError):
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
    except (ValueError, TypeError, KeyError):
        return ""
    return named if isinstance(named, str) else ""


def find_sign_count(
    site: Site, *, answer: str, challenge: str, public_key: bytes, sign_count: int
) -> int | None:
    """The key's new count when it signed the challenge, else None; a count that fell back is a copied key."""
    try:
        verified = verify_authentication_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
        )
    except (WebAuthnException, ValueError):
        return None
    return int(verified.new_sign_count)


def _described(known: list[str]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in known]
