"""Places and alerts hold nothing about a person."""

from repairshop.personal import Eraser

ERASER = Eraser(not_personal={"place": "shelves, lockers, businesses", "custody_alert": "times"})
