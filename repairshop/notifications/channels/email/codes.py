"""A mail server's reply codes: RFC 5321 with the enhanced codes of RFC 3463.

The enhanced code says what is wrong; where a server gives none, its three digits must do.
"""

import re

from repairshop.notifications.channels.gateways import Trouble, Verdict

_ENHANCED = re.compile(r"^([245])\.(\d{1,3})\.(\d{1,3})\b")
_SIGN_IN_CODES = frozenset({530, 534, 535, 538})
# Of replies without an enhanced code: those about us, and those about the address.
_ACCOUNT_CODES = _SIGN_IN_CODES | {500, 502, 503, 504, 555}
_ADDRESS_CODES = frozenset({501, 521, 550, 551, 553, 556})

# Subject and detail of permanent failures that concern us and not the recipient. Everything else is final.
_OURS = frozenset(
    {
        (1, 7),  # the sender's address is badly written
        (1, 8),  # the sender's domain is unknown
        *((3, detail) for detail in (0, 1, 2, 3, 5)),  # the system: off, full, not capable
        *((4, detail) for detail in (0, 2, 3, 5, 6, 7)),  # the network and the way there
        *((5, detail) for detail in (0, 1, 2, 4, 5)),  # the protocol
        (7, 0),
        (7, 1),  # delivery not authorised: the server does not know us
        *((7, detail) for detail in range(3, 17)),  # cryptography, sign-in, priorities
        *((7, detail) for detail in range(20, 30)),  # SPF, DKIM, reverse DNS
    }
)
_TROUBLES = {
    **{(1, detail): Trouble.ADDRESS for detail in (0, 1, 2, 3, 4, 6, 9, 10)},
    (2, 0): Trouble.UNREACHED,
    (2, 1): Trouble.ADDRESS,  # mailbox switched off
    (2, 2): Trouble.UNREACHED,  # mailbox full
    (2, 3): Trouble.WORDS,  # longer than the mailbox takes
    (2, 4): Trouble.UNREACHED,
    (3, 4): Trouble.WORDS,  # longer than the server takes
    (4, 1): Trouble.UNREACHED,  # nobody answers for the address
    (4, 4): Trouble.UNREACHED,  # no way to it
    (5, 3): Trouble.WORDS,  # too many recipients
    **{(6, detail): Trouble.WORDS for detail in range(11)},  # the letter's form
    (7, 2): Trouble.BLOCKED,
    (7, 17): Trouble.ADDRESS,  # the mailbox is somebody else's now
    (7, 18): Trouble.ADDRESS,  # the domain is
}


# As our rows keep them: what says that the address is wrong, by itself and at the end of "550 5.1.1".
ADDRESS_WORDS = frozenset({"address", "smtputf8", *map(str, _ADDRESS_CODES)})
ADDRESS_ENDINGS = tuple(
    f" 5.{subject}.{detail}" for (subject, detail), trouble in _TROUBLES.items() if trouble is Trouble.ADDRESS
)


def read_enhanced(reply: str) -> tuple[int, int, int] | None:
    """Class, subject and detail at the reply's beginning."""
    found = _ENHANCED.match(reply.strip())
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def verdict_of_reply(code: int, reply: str, *, about_sender: bool = False) -> Verdict:
    """What a refusal means for a second try; `about_sender` where the server refused us at MAIL FROM or AUTH.

    A permanent refusal of ours is retried and shown as something to set right: the address is fine.
    """
    if not 500 <= code < 600:
        return Verdict.RETRY
    enhanced = read_enhanced(reply)
    is_ours = code in _ACCOUNT_CODES if enhanced is None else enhanced[1:] in _OURS or code in _SIGN_IN_CODES
    return Verdict.SETUP if about_sender or is_ours else Verdict.PERMANENT


def kept_code(code: int, reply: str) -> str:
    """The code as our rows keep it: "550 5.1.1", or the three digits."""
    enhanced = read_enhanced(reply)
    return f"{code} {'.'.join(map(str, enhanced))}" if enhanced else str(code)


def trouble_of(code: str) -> Trouble:
    """What the code, as our rows keep it, means to people."""
    digits, _, rest = code.partition(" ")
    if code in ADDRESS_WORDS:
        return Trouble.ADDRESS
    if code in {"certificate", "plain_smtp", "not_supported"}:
        return Trouble.ACCOUNT
    number = int(digits) if digits.isdecimal() else 0
    if number in (_SIGN_IN_CODES if rest else _ACCOUNT_CODES):
        return Trouble.ACCOUNT
    if enhanced := read_enhanced(rest):
        if enhanced[1:] in _TROUBLES:
            return _TROUBLES[enhanced[1:]]
        if enhanced[0] != 5:
            return Trouble.PROVIDER
        return Trouble.ACCOUNT if enhanced[1:] in _OURS else Trouble.BLOCKED
    if number in _ADDRESS_CODES:
        return Trouble.ADDRESS
    return {"552": Trouble.UNREACHED, "554": Trouble.BLOCKED}.get(digits, Trouble.PROVIDER)
