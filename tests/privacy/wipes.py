"""An invented erasure."""

from repairshop.privacy.rules import WipeCheck, WipeDestination, WipeMethod
from repairshop.privacy.wiping import Wiped

WIPED = Wiped(
    media_type="Flash of the phone",
    media_serial="",
    method=WipeMethod.PURGE,
    technique="Factory reset with cryptographic erase",
    tool="Android 15 settings",
    check=WipeCheck.OTHER,
    verification="Set-up screen seen, no account asked for",
    destination=WipeDestination.CUSTOMER,
)
FIELDS = {
    "media_type": "SSD",
    "media_serial": "S4EWNX0M",
    "method": "purge",
    "technique": "Sanitize, cryptographic erase",
    "tool": "nvme-cli 2.8",
    "check": "sample",
    "verification": "64 blocks read from all over it, all zero",
    "destination": "recycled",
    "destination_note": "Green Metals",
}
