"""A request says nothing about a person that its ticket and customer do not say."""

from repairshop.personal import Eraser

ERASER = Eraser(not_personal={"drop_off_request.backup": "one of three answers"})
