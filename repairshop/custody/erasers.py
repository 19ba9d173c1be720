"""Places hold nothing about a person."""

from repairshop.personal import Eraser

ERASER = Eraser(not_personal={"place": "shelves and lockers of the shop"})
