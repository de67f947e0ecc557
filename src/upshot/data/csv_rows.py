"""CSV read strictly: nothing is guessed, shifted or repaired, and every message names row and line."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from upshot.data.notices import Remarks, counted, shown
from upshot.errors import DataError, UsageError

_DELIMITERS: Final = (";", "\t", "|", ",")


class Record(NamedTuple):
    """One record of a file: its number from 1, the physical line where it begins (0: unknown), its named values."""

    number: int
    line: int
    values: dict[str, object]


@contextmanager
def wide_fields(characters: int) -> Iterator[None]:
    """Nothing; inside the block the csv module takes fields of so many characters (its own limit is 131,072)."""
    before = csv.field_size_limit(characters)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def csv_records(
    lines: Iterable[str], *, file: str, delimiter: str, remarks: Remarks
) -> tuple[list[str], Iterator[Record]]:
    """Column names and records; `lines` keep their line ends, and a line end inside quotes is part of the text.

    Raises:
        DataError: D04 without a header, D14, D17, D18, D20 and an endless field at once; D15 and D16 go to `remarks`.
        UsageError: a delimiter that CSV cannot have.
    """
    if len(delimiter) != 1 or delimiter in '\r\n"':
        raise UsageError(f"delimiter {delimiter!r}: expected one character that is no quote and no line end")
    found = _raw_records(lines, file=file, delimiter=delimiter, remarks=remarks)
    header = next(found, None)
    if header is None:
        raise DataError(f"{file}: file is empty", code="D04")
    names = header[2]
    _check_header(names, file=file, delimiter=delimiter)
    return names, _named(found, names, file=file, remarks=remarks)


def _raw_records(
    lines: Iterable[str], *, file: str, delimiter: str, remarks: Remarks
) -> Iterator[tuple[int, int, list[str]]]:
    """Number (0: the header), first line and fields of each record."""
    pending: list[str] = []
    reader = csv.reader(_watched(lines, pending), delimiter=delimiter, strict=True)
    number, blank, start = 0, 0, 1
    while True:
        try:
            fields = next(reader, None)
        except csv.Error as error:
            raise _broken(error, number, start, pending, file=file, delimiter=delimiter) from None
        if fields is None:
            break
        if len(fields) <= 1 and not "".join(pending).strip():
            blank += 1
        else:
            yield number, start, fields
            number += 1
        start = reader.line_num + 1
        pending.clear()
    if blank:
        remarks.note("D24", f"{file}: {counted(blank, 'blank line')} skipped")


def _watched(lines: Iterable[str], pending: list[str]) -> Iterator[str]:
    for line in lines:
        pending.append(line)
        yield line


def _check_header(names: list[str], *, file: str, delimiter: str) -> None:
    if len(names) == 1:
        other = max(_DELIMITERS, key=names[0].count)
        if other != delimiter and other in names[0]:
            raise DataError(f"{file}: one column '{shown(names[0])}'; pass --delimiter {other!r}", code="D18")
    seen: set[str] = set()
    for name in names:
        if name and name in seen:
            raise DataError(f"{file}: column '{shown(name)}' appears twice", code="D20")
        seen.add(name)


def _named(
    found: Iterator[tuple[int, int, list[str]]], names: list[str], *, file: str, remarks: Remarks
) -> Iterator[Record]:
    for number, line, fields in found:
        if len(fields) == len(names):
            yield Record(number, line, dict(zip(names, fields, strict=True)))
            continue
        said = f"{file} row {number} (line {line}): {counted(len(fields), 'field')}, the header has {len(names)}"
        if len(fields) > len(names):
            remarks.error(DataError(f"{said}; is a text with commas missing its quotes?", code="D15"))
        else:
            remarks.error(DataError(said, code="D16"))


def _broken(error: csv.Error, number: int, start: int, pending: list[str], *, file: str, delimiter: str) -> DataError:
    place = f"{file} row {number} (line {start})" if number else f"{file} line {start}"
    reason = str(error)
    if "unexpected end of data" in reason:
        line = start + _open_quote(pending, delimiter)
        return DataError(f"{file}: the quote opened on line {line} is never closed", code="D14")
    if "field limit" in reason:
        limit = csv.field_size_limit()
        return DataError(f"{place}: a field has more than {limit:,} characters; is a quote never closed?", code="D22")
    return DataError(f"{place}: text after a closing quote", code="D17")


def _open_quote(lines: list[str], delimiter: str) -> int:
    """Index of the line on which the last quoted field of an unfinished record begins."""
    opened, quoted, closed, field_start = 0, False, False, True
    for index, line in enumerate(lines):
        for char in line:
            if quoted or (char == '"' and closed):
                closed = quoted and char == '"'
                quoted = not closed
            elif char == '"' and field_start:
                opened, quoted, field_start = index, True, False
            else:
                closed, field_start = False, char == delimiter
    return opened
