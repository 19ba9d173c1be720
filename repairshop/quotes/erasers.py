"""Who agreed and how they said it; prices, lines and dates stay, because they are the shop's books."""

from repairshop.personal import Eraser, Holding, Kind, Stamp, Whose

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
            table="quote_draft",
            kind=Kind.TICKET,
            whose=Whose.TICKET,
            by="ticket_id",
            becomes={"message": "", "form": {}},
        ),
        Holding(
            table="quote_addition",
            kind=Kind.TICKET,
            whose=Whose.TICKET,
            by="ticket_id",
            becomes={"reason": ""},
        ),
        Holding(
            table="repair_form",
            kind=Kind.TICKET,
            whose=Whose.TICKET,
            by="quote_id",
            via=("quote", "id", "ticket_id"),
            becomes={"facts": Stamp.NOTHING},
        ),
    ),
    not_personal={
        "quote.currency": "money",
        "quote.tax_name": "money",
        "quote.hash": "a digest",
        "repair_form.hash": "a digest",
        "quote_addition.hash": "a digest",
        "quote_addition_line.description": "goods and work, as on an invoice",
        "quote_addition_line.device_will_show": "what the maker's software says",
        "quote_addition_line.feature_lost": "what a part does to the device",
        "quote_addition_line.source": "where that is known from",
        "quote_option.label": "a way to do the repair",
        "quote_draft_option.label": "a way to do the repair",
        "quote_line.description": "goods and work, as on an invoice",
        "quote_line.feature_lost": "what a part does to the device",
        "quote_line.source": "where that is known from",
        "quote_draft_line.feature_lost": "what a part does to the device",
        "quote_draft_line.source": "where that is known from",
        "quote_line.device_will_show": "what the maker's software says",
        "quote_draft_line.description": "goods and work, as on an invoice",
        "quote_draft_line.device_will_show": "what the maker's software says",
    },
)
