"""Nothing of a customer stands in this table; a customer's number is refused."""

from repairshop.personal import Eraser

ERASER = Eraser(not_personal={"own_number": "numbers of the shop's own people, who proved them"})
