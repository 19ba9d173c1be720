"""What events mean for the inbox. Rows only, in the transaction of the event."""

from repairshop.inbox import service
from repairshop.notifications.events import MessageFellThrough


def reopen_texts(event: MessageFellThrough) -> None:
    service.reopen_answered(event.message_id)
