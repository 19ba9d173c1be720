"""What was found and what fixed it, once per past repair, and the index by which it is searched."""

from sqlalchemy import DDL, ForeignKey, Text, event
from sqlalchemy.orm import Mapped, mapped_column

from repairshop.database import Base
from repairshop.similar.index import POSTGRESQL, SQLITE


class RepairText(Base):
    """One past repair in the words of those who did it, written anew whenever they change.

    The index `repair_words` is no table that could be mapped: see index.py, which writes it beside this one.
    """

    __tablename__ = "repair_text"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True, autoincrement=False)
    found: Mapped[str] = mapped_column(Text)
    fixed: Mapped[str] = mapped_column(Text)


for _dialect, _statements in (("sqlite", SQLITE), ("postgresql", POSTGRESQL)):
    for _statement in _statements:
        # No percent signs in them: DDL() would read them as places to fill in.
        _made = DDL(_statement).execute_if(dialect=_dialect)  # type: ignore[no-untyped-call]
        event.listen(RepairText.__table__, "after_create", _made)
