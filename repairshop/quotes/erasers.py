"""Who agreed and how they said it; prices, lines and dates stay, because they are the shop's books."""

from repairshop.personal import Eraser, Holding, Kind, Whose

ERASER = Eraser(
    holdings=(
        Holding(
            table="quote_decision",
            kind=Kind.TICKET,
            whose=Whose.TICKET,
            by="quote_id",
            via=("quote", "id", "ticket_id"),
            becomes={"consented_by": "", "number_called": "", "conditions": "", "note": ""},
        ),
        # The one change the triggers let through: a sent quote may lose its words to the customer.
        Holding(table="quote", kind=Kind.TICKET, whose=Whose.TICKET, by="ticket_id", becomes={"message": ""}),
        Holding(
            table="quote_draft", kind=Kind.TICKET, whose=Whose.TICKET, by="ticket_id", becomes={"message": ""}
        ),
    ),
    not_personal={
        "quote.currency": "money",
        "quote.tax_name": "money",
        "quote.hash": "a digest",
        "quote_option.label": "a way to do the repair",
        "quote_draft_option.label": "a way to do the repair",
        "quote_line.description": "goods and work, as on an invoice",
        "quote_line.device_will_show": "what the maker's software says",
        "quote_draft_line.description": "goods and work, as on an invoice",
        "quote_draft_line.device_will_show": "what the maker's software says",
    },
)
