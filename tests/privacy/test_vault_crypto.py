"""The vault's cryptography: what opens, what does not, and what the stored bytes give away."""

import pytest

from repairshop.privacy import vault
from repairshop.privacy.vault import PasscodeKind

OLD, NEW = vault.master_key("old-key-0123456789-0123456789-0123"), vault.master_key("new-" * 10)


def sealed(passcode, *, name="n1", ticket_id=1):
    key = vault.new_data_key()
    return key, vault.encrypt(passcode, data_key=key, name=name, ticket_id=ticket_id)


def test_every_passcode_looks_as_long_as_every_other():
    assert len({len(sealed(text)[1]) for text in ("", "1", "1234", "x" * 60, "ñ" * 60, "🔑" * 60)}) == 1


def test_the_same_passcode_never_gives_the_same_bytes():
    key = vault.new_data_key()
    twice = [vault.encrypt("1234", data_key=key, name="n", ticket_id=1) for _ in range(2)]

    assert twice[0] != twice[1]


@pytest.mark.parametrize("passcode", ["1234", "1-4-7-8", "correct horse", "🔑" * 60, "a\0b"])
def test_what_was_locked_opens_again(passcode):
    key, locked = sealed(passcode)

    assert vault.decrypt(locked, data_key=key, name="n1", ticket_id=1) == passcode


@pytest.mark.parametrize("place", range(0, 284, 7))
def test_a_changed_byte_is_noticed(place):
    key, locked = sealed("1234")
    altered = bytearray(locked)
    altered[place] ^= 1

    with pytest.raises(vault.VaultDamaged):
        vault.decrypt(bytes(altered), data_key=key, name="n1", ticket_id=1)


@pytest.mark.parametrize(("name", "ticket_id"), [("n1", 2), ("n2", 1)])
def test_a_passcode_moved_to_another_ticket_or_name_does_not_open(name, ticket_id):
    key, locked = sealed("1234")

    with pytest.raises(vault.VaultDamaged):
        vault.decrypt(locked, data_key=key, name=name, ticket_id=ticket_id)


@pytest.mark.parametrize("cut", [b"", b"short"])
def test_cut_off_bytes_are_damage_and_not_an_empty_passcode(cut):
    with pytest.raises(vault.VaultDamaged):
        vault.decrypt(cut, data_key=vault.new_data_key(), name="n1", ticket_id=1)


def test_the_wrong_master_key_is_named_and_opens_nothing():
    key = vault.new_data_key()
    wrapped = vault.wrap(key, name="n1", master=OLD)

    assert vault.unwrap(wrapped, name="n1", masters=[NEW, OLD]) == key
    with pytest.raises(vault.VaultKeyWrong) as refusal:
        vault.unwrap(wrapped, name="n1", masters=[NEW])
    assert refusal.value.values == {"key_id": OLD.id}
    with pytest.raises(vault.VaultDamaged):
        vault.unwrap(wrapped, name="n2", masters=[OLD])


def test_a_master_key_says_nothing_of_itself():
    assert OLD.key.hex() not in repr(OLD)
    assert OLD.id not in OLD.key.hex()


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        (PasscodeKind.PIN, "1234", "1234"),
        (PasscodeKind.PIN, "12a4", vault.PinNotUnderstood),
        (PasscodeKind.PIN, "12", vault.PinNotUnderstood),
        (PasscodeKind.PIN, "", vault.PasscodeMissing),
        (PasscodeKind.PATTERN, "1478", "1-4-7-8"),
        (PasscodeKind.PATTERN, "1-4-7-8", "1-4-7-8"),
        (PasscodeKind.PATTERN, "1 4 7 8", "1-4-7-8"),
        (PasscodeKind.PATTERN, "1379", "1-2-3-5-7-8-9"),
        (PasscodeKind.PATTERN, "2139", "2-1-3-6-9"),
        (PasscodeKind.PATTERN, "4519", "4-5-1-9"),
        (PasscodeKind.PATTERN, "4651", vault.PatternNotUnderstood),
        (PasscodeKind.PATTERN, "1-4-7-4", vault.PatternNotUnderstood),
        (PasscodeKind.PATTERN, "1-4-0-8", vault.PatternNotUnderstood),
        (PasscodeKind.PATTERN, "1-4-7", vault.PatternNotUnderstood),
        (PasscodeKind.TEXT, " a b ", " a b "),
    ],
)
def test_a_passcode_is_kept_in_one_way_or_refused(kind, typed, kept):
    if isinstance(kept, str):
        assert vault.read_passcode(kind, typed) == kept
    else:
        with pytest.raises(kept):
            vault.read_passcode(kind, typed)
