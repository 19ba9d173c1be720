"""The dates that a yes to a quote gives."""

from datetime import datetime

from repairshop import clock
from repairshop.promises.queries import get_calendar, get_promises, list_promises, promised_at
from repairshop.promises.rules import PromisedDates, dates_after_yes, first_working_day
from repairshop.quotes.rows import QuoteRow


def dates_if_yes(quote: QuoteRow, *, shop_id: int) -> PromisedDates:
    """What a yes given now promises: never a day that has passed."""
    promises = get_promises(quote.ticket_id)
    return dates_after_yes(
        PromisedDates(earliest=quote.earliest, latest=quote.latest),
        offered_at=quote.sent_at,
        in_force=promises.current.dates if promises else None,
        calendar=get_calendar(shop_id),
        at=clock.now(),
    )


def days_have_passed(quote: QuoteRow, *, shop_id: int) -> bool:
    """Whether the quote names days that nobody can keep any more."""
    return quote.latest < first_working_day(get_calendar(shop_id), at=clock.now())


def dates_agreed(quote: QuoteRow, *, at: datetime) -> PromisedDates:
    """What was promised when the customer decided at this moment."""
    return promised_at(list_promises(quote.ticket_id), at=at) or PromisedDates(
        earliest=quote.earliest, latest=quote.latest
    )
