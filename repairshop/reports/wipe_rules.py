"""What a certificate of erasure says: frozen facts, filled by wipe_facts, drawn by its template. Pure."""

from dataclasses import dataclass
from datetime import datetime

from repairshop.reports.rules import Answer, Identity, Letterhead


@dataclass(frozen=True, kw_only=True)
class Stander:
    """Who stands for it; `role` is a key, "" where it was not kept."""

    name: str
    role: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class WipeData:
    """The fields of NIST SP 800-88's sample certificate; method, check and destination are keys."""

    shop: Letterhead
    number: str  # of the certificate: "R-4821-E1"
    ticket_number: str  # "" for a device of the shop's own
    code: str
    device: Identity
    customer: str  # "" for a device of the shop's own
    handed_in_at: datetime | None
    media_type: str
    media_serial: str
    backup: Answer | None
    method: str
    technique: str
    tool: str
    check: str
    verification: str
    destination: str
    destination_note: str
    done: Stander
    confirmed: Stander | None
    history_seq: int = 0
    history_head: str = ""
