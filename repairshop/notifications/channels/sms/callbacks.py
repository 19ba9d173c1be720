"""Twilio's status callbacks."""

import re

from config import Config
from repairshop.notifications.channels.carrier import Callback, StatusReport
from repairshop.notifications.channels.gateways import Verdict
from repairshop.notifications.channels.sms.codes import verdict_of_code
from repairshop.notifications.channels.sms.twilio import is_signed_by_twilio

_SID = re.compile(r"[SM]M[0-9a-fA-F]{32}")
_CODE = re.compile(r"\d{1,6}")


def is_signed(config: Config, callback: Callback) -> bool:
    return is_signed_by_twilio(
        auth_token=config.twilio_auth_token,
        url=callback.url,
        fields=callback.fields,
        signature=callback.header("X-Twilio-Signature"),
    )


def read_status(callback: Callback) -> StatusReport | None:
    sid, code = callback.fields.get("MessageSid", ""), callback.fields.get("ErrorCode", "")
    if not _SID.fullmatch(sid):
        return None
    known_code = code if _CODE.fullmatch(code) else ""
    return StatusReport(
        provider_id=sid,
        status=callback.fields.get("MessageStatus", ""),
        error_code=known_code,
        opted_out=bool(known_code) and verdict_of_code(int(known_code)) is Verdict.OPTED_OUT,
    )
