"""Whether this process can do its work: for load balancers and monitoring."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from repairshop.operations.queries import look
from repairshop.web.access import public

operations = Blueprint("operations", __name__)


@operations.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    """503 while the database or its migrations are not as they should be; the worker is told, never asked."""
    seen = look()
    answer = jsonify(
        status="ready" if seen.is_ready else "not ready",
        database="ok" if seen.database_answers else "no answer",
        migrations={"current": seen.current_migration, "newest": seen.newest_migration},
        worker={
            "age_seconds": seen.worker_age_seconds,
            "alive": seen.delivery.workers_alive if seen.delivery else 0,
        },
        messages={"oldest_due_seconds": seen.delivery.oldest_due_seconds if seen.delivery else None},
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer, 200 if seen.is_ready else 503
