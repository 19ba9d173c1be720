"""Streaming a CSV file row by row, so that one broken row costs nothing but itself."""

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from repairshop.importing.rules import Fault, Problem, Record, read_row, require_columns


def read_file(path: Path, *, today: date) -> Iterator[Record | Problem]:
    """Every row of a file as a record or a problem; NotOpenRepairData when its first line is another's."""
    # Bytes that are not UTF-8 become lone surrogates, which the rules name as a problem of their row.
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        yield from read_lines(file, today=today)


def read_lines(lines: Iterable[str], *, today: date) -> Iterator[Record | Problem]:
    source = _Lines(lines)
    names = next(csv.reader(source), [])
    require_columns(names)
    while source.start_row():
        found = _read_next(source, names, today=today)
        if isinstance(found, Problem) and source.taken > 1:
            # A stray quote joins the lines that follow to one row: give them back and lose only this line.
            source.give_back()
        if found is not None:
            yield found


def _read_next(source: "_Lines", names: list[str], *, today: date) -> Record | Problem | None:
    """The next row; None for an empty line."""
    line = source.line
    try:
        cells = next(csv.reader(source))
    except csv.Error as error:
        return Problem(line=line, fault=Fault.QUOTING, value=str(error))
    if source.ran_out:
        return Problem(line=line, fault=Fault.QUOTING, value="a quote is never closed")
    return read_row(names, cells, line=line, today=today) if cells else None


class _Lines:
    """Physical lines, numbered, of which the ones of the row being read can be given back."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._waiting: deque[str] = deque()
        self._row: list[str] = []
        self.ran_out = False  # the file ended inside the row
        self.line = 1  # number of the next line

    @property
    def taken(self) -> int:
        return len(self._row)

    def start_row(self) -> bool:
        """Begin a row; False at the end of the file."""
        self._row, self.ran_out = [], False
        if not self._waiting:
            following = next(self._lines, None)
            if following is None:
                return False
            self._waiting.append(following)
        return True

    def give_back(self) -> None:
        """All lines of the row but its first are to be read again."""
        self.line -= len(self._row) - 1
        self._waiting.extendleft(reversed(self._row[1:]))

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            text = self._waiting.popleft() if self._waiting else next(self._lines)
        except StopIteration:
            self.ran_out = True
            raise
        self._row.append(text)
        self.line += 1
        return text
