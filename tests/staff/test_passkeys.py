"""What a browser may answer when it is asked for a passkey: only a key that fits gets in, nothing crashes."""

import hashlib
import json
import struct

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from webauthn.helpers import bytes_to_base64url

from repairshop.database import db
from repairshop.staff import passkeys, second_factor
from repairshop.staff.models import Passkey
from repairshop.staff.passkeys import NewKey, Site
from repairshop.staff.rules import FactorNotRight
from repairshop.transaction import transaction
from tests.cast import Browser

SITE = Site(host="localhost", origin="http://localhost")
CHALLENGE = bytes_to_base64url(b"c" * 32)
POINT = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
PUBLIC_KEY = {1: 2, 3: -7, -1: 1, -2: POINT.x.to_bytes(32, "big"), -3: POINT.y.to_bytes(32, "big")}


def answer(
    public_key: object = PUBLIC_KEY,
    *,
    host: str = SITE.host,
    origin: str = SITE.origin,
    challenge: str = CHALLENGE,
    kind: str = "webauthn.create",
) -> str:
    """What a browser sends that made a key called "key"."""
    data = hashlib.sha256(host.encode()).digest() + b"\x45" + struct.pack(">I", 1)
    data += bytes(16) + struct.pack(">H", 3) + b"key" + cbor2.dumps(public_key)
    facts = json.dumps({"type": kind, "challenge": challenge, "origin": origin})
    made = {"fmt": "none", "attStmt": {}, "authData": data}
    response = {
        "clientDataJSON": bytes_to_base64url(facts.encode()),
        "attestationObject": bytes_to_base64url(cbor2.dumps(made)),
    }
    name = bytes_to_base64url(b"key")
    return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})


def test_a_key_made_here_for_this_question_is_taken() -> None:
    assert passkeys.find_new(SITE, answer=answer(), challenge=CHALLENGE) is not None


@pytest.mark.parametrize(
    "given",
    [
        answer(host="evil.example.com"),
        answer(origin="https://evil.example.com"),
        answer(challenge=bytes_to_base64url(b"d" * 32)),
        answer(kind="webauthn.get"),
        *(answer(key) for key in ({}, 5, "a", [1, 2], {1: 2}, {**PUBLIC_KEY, 3: 99})),
        "",
        "null",
        '{"id": 1}',
        '{"id": "\\u0000"}',
        '{"id": "\\ud800"}',
        "[" * 20_000,
    ],
)
def test_any_other_answer_is_refused_and_nothing_crashes(given: str) -> None:
    old = NewKey(credential_id="a2V5", public_key=cbor2.dumps(PUBLIC_KEY), sign_count=0)

    assert passkeys.find_new(SITE, answer=given, challenge=CHALLENGE) is None
    count = passkeys.find_sign_count(
        SITE, answer=given, challenge=CHALLENGE, public_key=old.public_key, sign_count=0
    )
    assert count is None


@pytest.mark.both_databases
def test_a_strange_name_of_a_key_reaches_no_database_and_a_known_one_is_not_added_again(
    app: Flask, frank: Browser, tess: Browser
) -> None:
    key = NewKey(credential_id="a2V5", public_key=b"key", sign_count=0)
    with app.app_context(), transaction():
        second_factor.add_passkey(by=frank.actor, key=key, name="Phone", session_id=0)
    with app.app_context(), pytest.raises(FactorNotRight), transaction():
        second_factor.add_passkey(by=tess.actor, key=key, name="Copy", session_id=0)

    with app.app_context():
        assert db.session.query(Passkey).one().staff_id == frank.actor.id
        for name in ("\x00", "\ud800", "a" * 5000):
            text = json.dumps({"id": name})
            with transaction():
                assert not second_factor.use_passkey(
                    frank.actor.id or 0, site=SITE, answer=text, challenge=CHALLENGE
                )
