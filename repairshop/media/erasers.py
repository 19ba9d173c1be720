"""Pictures go with the row that shows them (tickets/erasers.py); its row stays for the chain."""

from repairshop.personal import Eraser

ERASER = Eraser(
    not_personal={
        "media.key": "random",
        "media.content_type": "a format",
        "media.sha256": "a digest of a picture nobody has any more",
        "media.original_sha256": "a digest of a picture nobody has any more",
    },
)
