"""Nothing here is about a person: a code is random, and only its hash is kept."""

from repairshop.personal import Eraser

ERASER = Eraser(holdings=(), not_personal={"portal_code.digest": "a keyed hash of six random digits"})
