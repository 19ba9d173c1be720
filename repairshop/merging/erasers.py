"""What goes when a customer is erased: the names that a merge kept for its undoing."""

from sqlalchemy import or_, update

from repairshop.database import db
from repairshop.merging.models import CustomerMerge


def erase_customer(customer_id: int) -> int:
    """Forget what could be restored; that two records became one, and when, stays. How many merges."""
    forgotten = db.session.execute(
        update(CustomerMerge)
        .where(or_(CustomerMerge.kept_id == customer_id, CustomerMerge.gone_id == customer_id))
        .values(changed=[], moved={})
        .execution_options(synchronize_session="fetch")
    )
    return int(forgotten.rowcount)  # type: ignore[attr-defined]
