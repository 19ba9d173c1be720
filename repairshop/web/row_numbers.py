"""Numbers of rows in addresses and forms. One that no table can hold names nothing."""

from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

LARGEST = 2**31 - 1


class RowNumber(IntegerConverter):
    """What <int:…> in an address matches."""

    def __init__(self, map: Map, *args: Any, **kwargs: Any) -> None:
        super().__init__(map, *args, **{"max": LARGEST, **kwargs})


def row_number(text: str) -> int:
    """For `request.args.get(name, type=row_number)`."""
    number = int(text)
    if not 0 <= number <= LARGEST:
        raise ValueError
    return number


def init_row_numbers(app: Flask) -> None:
    app.url_map.converters["int"] = RowNumber
