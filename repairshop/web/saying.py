"""What the page after an act says about it, where that page does not show the act by itself."""

from typing import TypeVar

from flask import flash
from flask.typing import ResponseReturnValue
from werkzeug import Response

Answer = TypeVar("Answer", bound=ResponseReturnValue | None)


def say_done(code: str, answer: Answer) -> Answer:
    """Have the next page begin with the sentence of `code` (templates/_done.html), which takes the focus.

    Only where the act was done: a form that has to be shown again says what is wrong itself.
    """
    if isinstance(answer, Response):
        flash(code, "success")
    return answer
