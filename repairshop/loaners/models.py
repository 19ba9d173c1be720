"""The shop's loaners and their loans."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from repairshop.database import Base, enum_column
from repairshop.loaners.rules import LONGEST_NAME, LONGEST_WORDS, LoanEnd


class Loaner(Base):
    """A device of the shop's that is lent."""

    __tablename__ = "loaner"

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), index=True)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    number: Mapped[str] = mapped_column(
        String(40), default=""
    )  # IMEI or serial number, of the shop's own device
    needs_wipe: Mapped[bool] = mapped_column(default=False)
    wiped_at: Mapped[datetime | None]  # the last time somebody said that nothing of a borrower is on it
    wiped_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    retired_at: Mapped[datetime | None]


class Loan(Base):
    """One loaner with one customer for the length of a repair."""

    __tablename__ = "loan"
    # Of two people who lend the same thing at once, one is refused by the database.
    __table_args__ = (
        Index(
            "uq_loan_open_loaner",
            "loaner_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
            sqlite_where=text("ended_at IS NULL"),
        ),
        Index(
            "uq_loan_open_ticket",
            "ticket_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
            sqlite_where=text("ended_at IS NULL"),
        ),
        CheckConstraint("deposit_minor > 0", name="deposit"),
        CheckConstraint("deposit_back_minor BETWEEN 0 AND deposit_minor", name="deposit_back"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    loaner_id: Mapped[int] = mapped_column(ForeignKey("loaner.id"), index=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    condition: Mapped[str] = mapped_column(String(LONGEST_WORDS), default="")
    lent_at: Mapped[datetime]
    lent_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    due_on: Mapped[date | None]
    deposit_minor: Mapped[int | None]  # taken when it went out, in the shop's currency
    deposit_back_minor: Mapped[int | None]  # given back at the end
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[datetime | None]
    ended_as: Mapped[LoanEnd | None] = mapped_column(enum_column(LoanEnd, name="loan_end"))
    end_note: Mapped[str] = mapped_column(String(LONGEST_WORDS), default="")
