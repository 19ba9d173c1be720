"""Twilio's error codes: whether a second try can help, and what to tell people.

Codes as in https://www.twilio.com/docs/api/errors. A code that is not here is judged by the HTTP status of
the answer, and as final in a report.
"""

from repairshop.notifications.channels.gateways import Trouble, Verdict

_RETRY, _SETUP, _FINAL, _STOP = Verdict.RETRY, Verdict.SETUP, Verdict.PERMANENT, Verdict.OPTED_OUT

CODES: dict[int, tuple[Verdict, Trouble]] = {
    # The account and its limits.
    14107: (_RETRY, Trouble.PROVIDER),  # rate limit of the account
    20003: (_SETUP, Trouble.ACCOUNT),  # account SID or token are wrong
    20005: (_SETUP, Trouble.ACCOUNT),  # account is not active
    20006: (_SETUP, Trouble.ACCOUNT),  # access denied
    20008: (_SETUP, Trouble.ACCOUNT),  # a key for tests
    20010: (_SETUP, Trouble.ACCOUNT),  # account suspended
    20403: (_SETUP, Trouble.ACCOUNT),  # the account may not do this
    20404: (_SETUP, Trouble.ACCOUNT),  # no such account
    20429: (_RETRY, Trouble.PROVIDER),  # too many requests
    63038: (_RETRY, Trouble.PROVIDER),  # daily limit of the account
    # The recipient's number.
    21211: (_FINAL, Trouble.ADDRESS),  # not a phone number
    21214: (_FINAL, Trouble.ADDRESS),  # number cannot be reached
    21217: (_FINAL, Trouble.ADDRESS),  # number does not look valid
    21219: (_SETUP, Trouble.ACCOUNT),  # trial account, recipient not confirmed there
    21265: (_FINAL, Trouble.ADDRESS),  # a short code
    21266: (_FINAL, Trouble.ADDRESS),  # our own number
    21408: (_SETUP, Trouble.ACCOUNT),  # texts to this country are switched off in the account
    21601: (_FINAL, Trouble.ADDRESS),  # number cannot take texts
    21604: (_FINAL, Trouble.ADDRESS),  # no number
    21608: (_SETUP, Trouble.ACCOUNT),  # trial account, recipient not confirmed there
    21610: (_STOP, Trouble.OPTED_OUT),  # the person said STOP
    21612: (_FINAL, Trouble.ADDRESS),  # no way from our sender to this number
    21614: (_FINAL, Trouble.ADDRESS),  # not a mobile number
    21635: (_FINAL, Trouble.ADDRESS),  # a landline
    21662: (_FINAL, Trouble.ADDRESS),  # an information or premium number
    # Our sender.
    21212: (_SETUP, Trouble.ACCOUNT),  # not a number we could send from
    21213: (_SETUP, Trouble.ACCOUNT),  # missing
    21267: (_SETUP, Trouble.ACCOUNT),  # trial accounts have no sender names
    21603: (_SETUP, Trouble.ACCOUNT),  # missing
    21606: (_SETUP, Trouble.ACCOUNT),  # cannot send texts
    21609: (_SETUP, Trouble.ACCOUNT),  # the callback address is no address
    21611: (_RETRY, Trouble.PROVIDER),  # its queue is full
    21659: (_SETUP, Trouble.ACCOUNT),  # not one of Twilio's
    21660: (_SETUP, Trouble.ACCOUNT),  # another account's
    21661: (_SETUP, Trouble.ACCOUNT),  # cannot send texts
    21701: (_SETUP, Trouble.ACCOUNT),  # no such messaging service
    21703: (_SETUP, Trouble.ACCOUNT),  # the messaging service has no sender
    21704: (_SETUP, Trouble.ACCOUNT),  # the messaging service has no sender for this
    21705: (_SETUP, Trouble.ACCOUNT),  # the messaging service cannot be used
    # The words.
    21602: (_FINAL, Trouble.WORDS),  # none
    21605: (_FINAL, Trouble.WORDS),  # too long
    21617: (_FINAL, Trouble.WORDS),  # too long
    21619: (_FINAL, Trouble.WORDS),  # none
    # What became of it later.
    30001: (_RETRY, Trouble.PROVIDER),  # queue overflow
    30002: (_SETUP, Trouble.ACCOUNT),  # account suspended
    30003: (_FINAL, Trouble.UNREACHED),  # handset unreachable, and Twilio gave up
    30004: (_FINAL, Trouble.BLOCKED),  # by the person or the network
    30005: (_FINAL, Trouble.ADDRESS),  # unknown or inactive number
    30006: (_FINAL, Trouble.ADDRESS),  # landline or carrier out of reach
    30007: (_FINAL, Trouble.FILTERED),
    30008: (_FINAL, Trouble.UNREACHED),  # unknown, and Twilio gave up
    30009: (_FINAL, Trouble.UNREACHED),  # a part went missing
    30010: (_FINAL, Trouble.ACCOUNT),  # dearer than allowed
    30012: (_FINAL, Trouble.UNREACHED),  # it would have waited longer than it may
    30017: (_FINAL, Trouble.UNREACHED),  # the network was congested
    30018: (_SETUP, Trouble.ACCOUNT),  # the network wants our sender registered
    30019: (_FINAL, Trouble.WORDS),  # longer than the network takes
    30022: (_RETRY, Trouble.PROVIDER),  # our campaign's rate
    30023: (_RETRY, Trouble.PROVIDER),  # our brand's day is full
    30024: (_SETUP, Trouble.ACCOUNT),  # sender not set up at the network
    30027: (_RETRY, Trouble.PROVIDER),  # the network's limit for our day
    30032: (_SETUP, Trouble.ACCOUNT),  # toll-free sender not verified
    30033: (_SETUP, Trouble.ACCOUNT),  # campaign suspended
    30034: (_SETUP, Trouble.ACCOUNT),  # sender not registered
    30035: (_SETUP, Trouble.ACCOUNT),  # sender being registered
    30036: (_FINAL, Trouble.UNREACHED),  # its time was over
    30037: (_SETUP, Trouble.ACCOUNT),  # this sender may not send
    30038: (_FINAL, Trouble.FILTERED),  # looked like a code
    30039: (_FINAL, Trouble.FILTERED),  # looked like a loop
    30040: (_SETUP, Trouble.ACCOUNT),  # the network wants our sender registered
    30044: (_FINAL, Trouble.WORDS),  # too long for a trial account
    30045: (_FINAL, Trouble.ADDRESS),  # a premium number
    30410: (_FINAL, Trouble.UNREACHED),  # the network did not answer
    30450: (_FINAL, Trouble.BLOCKED),  # too much to this range of numbers
    30453: (_FINAL, Trouble.BLOCKED),  # too much to this range of numbers
    30500: (_FINAL, Trouble.UNREACHED),  # the network's own error
}


# As our rows keep them.
ADDRESS_CODES = frozenset(str(code) for code, (_, trouble) in CODES.items() if trouble is Trouble.ADDRESS)


def verdict_of_code(code: int) -> Verdict | None:
    """What the code means for a second try; None for one that is not in the table."""
    entry = CODES.get(code)
    return entry[0] if entry else None


def verdict_of(*, status: int, code: int) -> Verdict | None:
    """What an error answer means; None when it leaves open whether the message was accepted."""
    if (verdict := verdict_of_code(code)) is not None:
        return verdict
    if status in {401, 403}:
        return Verdict.SETUP
    if status in {425, 429}:
        return Verdict.RETRY
    # A 408 or a 5xx may come from a proxy that had already passed the request on.
    return Verdict.PERMANENT if 400 <= status < 500 and status != 408 else None


def trouble_of(code: str) -> Trouble:
    """What the code, as our rows keep it, means to people."""
    entry = CODES.get(int(code)) if code.isdecimal() else None
    return entry[1] if entry else Trouble.PROVIDER
