"""Finished outputs in a CSV or JSONL table: one row a reference, one column an arm, as the origin notebooks save it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from upshot.errors import DataError, UsageError
from upshot.metrics.score import score_pairs
from upshot.records import Dialogue, Score

_READERS: Final = (".csv", ".jsonl")
_INDEX_NAMES: Final = ("", "Unnamed: 0")  # pandas writes the first and reads it back as the second
_LARGEST_FIELD: Final = 1_000_000
# The csv module tells its errors apart by their words alone.
_CSV_CASES: Final = {
    "unexpected end of data": ("D14", "a quote is opened and never closed"),
    "expected after": ("D17", "text after a closing quote"),
    "field larger than": ("D22", f"a field has more than {_LARGEST_FIELD:,} characters"),
}
_UNREADABLE: Final[dict[type[OSError], tuple[str, str]]] = {
    FileNotFoundError: ("D01", "file not found"),
    IsADirectoryError: ("D02", "is a folder, expected .csv or .jsonl"),
    PermissionError: ("D03", "permission denied"),
}


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of a table by dialogue; `texts[arm][k]` holds the arm's outputs for the rows of `dialogues[k]`, in order."""

    dialogues: tuple[Dialogue, ...]
    texts: dict[str, tuple[tuple[str, ...], ...]]
    unit: str

    def scores(self) -> dict[str, list[Score]]:
        """Scores of every arm: each output against the reference of its own row, averaged over the rows of a dialogue.

        Where the rows of a dialogue hold one output, this is its mean over the references. Where each row was generated
        anew, it is the mean over the rows. A table has no dialogue text, so novelty is left out.
        """
        return {arm: list(map(_score, self.dialogues, rows)) for arm, rows in self.texts.items()}


def read_table(path: Path, *, reference: str, predictions: Sequence[str], group: str | int | None = None) -> Table:
    """The table's rows as dialogues.

    `group` is a column, or N for "every N rows are one dialogue", as a number or in digits that name no column, or
    None: each row is a unit of its own. A nameless index column is ignored. An empty output counts and scores 0.

    Raises:
        UsageError: a column that the file does not have, or rows that N does not divide.
        DataError: a file that cannot be read, or a row without a reference.
    """
    rows = list(_read(path))
    if not rows:
        raise DataError(f"{path}: no rows after the header", code="D05")
    if isinstance(group, str) and group.isdecimal() and group not in rows[0]:
        group = int(group)
    _check_columns(path, rows[0], [reference, *predictions, *([group] if isinstance(group, str) else [])])
    if len(set(predictions)) < len(predictions):
        raise UsageError(f"a prediction column is named twice: {', '.join(predictions)}")
    groups = _groups(path, rows, group)
    _check_texts(path, rows, reference, predictions)
    return Table(
        dialogues=tuple(_dialogue(name, numbers, rows, reference) for name, numbers in groups.items()),
        texts={arm: tuple(tuple(rows[n][arm] for n in numbers) for numbers in groups.values()) for arm in predictions},
        unit="rows (no grouping given)" if group is None else "dialogues",
    )


def _score(dialogue: Dialogue, outputs: Sequence[str]) -> Score:
    return score_pairs(dialogue.id, list(zip(outputs, dialogue.references, strict=True)))


def _dialogue(name: str, numbers: Sequence[int], rows: Sequence[dict[str, Any]], reference: str) -> Dialogue:
    references = tuple(rows[n][reference] for n in numbers)
    return Dialogue(name, "", references, tuple(f"row_{n + 1}" for n in numbers))


def _groups(path: Path, rows: Sequence[dict[str, Any]], group: str | int | None) -> dict[str, list[int]]:
    """Row numbers from 0 by dialogue, dialogues in order of their first row."""
    if isinstance(group, int) and (group < 1 or len(rows) % group):
        raise UsageError(f"{path}: {len(rows)} rows cannot be divided into dialogues of {group} rows")
    groups: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        if isinstance(group, str):
            if row.get(group) is None:
                raise DataError(f"{path} row {number + 1}: '{group}' is missing", code="D33")
            name = str(row[group])
        else:
            name = f"row_{number + 1}" if group is None else f"dialogue_{number // group + 1}"
        groups.setdefault(name, []).append(number)
    return groups


def _check_columns(path: Path, row: dict[str, Any], wanted: Sequence[str]) -> None:
    for column in wanted:
        if column not in row:
            raise UsageError(f"{path}: no column '{column}' (found: {', '.join(row)})", code="D19")


def _check_texts(path: Path, rows: Sequence[dict[str, Any]], reference: str, predictions: Sequence[str]) -> None:
    for number, row in enumerate(rows, start=1):
        for column in (reference, *predictions):
            if row.get(column) is None:
                raise DataError(f"{path} row {number}: '{column}' is missing", code="D33")
            if not isinstance(row[column], str):
                raise DataError(f"{path} row {number}: '{column}' is not a text", code="D37")
        if not row[reference].strip():
            raise DataError(f"{path} row {number}: '{reference}' is empty", code="D34")


def _read(path: Path) -> Iterator[dict[str, Any]]:
    """Records of the file without its index column, in file order."""
    if path.suffix.lower() not in _READERS:
        raise DataError(f"{path}: unsupported type '{path.suffix}' (use .csv or .jsonl)", code="D06")
    text = _text(path)
    records = _read_csv(path, text) if path.suffix.lower() == ".csv" else _read_jsonl(path, text)
    return ({name: value for name, value in record.items() if name not in _INDEX_NAMES} for record in records)


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except tuple(_UNREADABLE) as error:
        code, found = _UNREADABLE[type(error)]
        raise DataError(f"{path}: {found}", code=code) from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{content[error.start]:02X} is not valid UTF-8"
        raise DataError(f"{path} line {line}: {found}; convert the file", code="D08") from None
    if not text.strip():
        raise DataError(f"{path}: file is empty", code="D04")
    return text


def _read_csv(path: Path, text: str) -> Iterator[dict[str, Any]]:
    csv.field_size_limit(_LARGEST_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader)
        twice = next((name for name in header if header.count(name) > 1), None)
        if twice is not None:
            raise DataError(f"{path}: column '{twice}' appears twice", code="D20")
        filled = (fields for fields in reader if fields)
        for number, fields in enumerate(filled, start=1):
            if len(fields) != len(header):
                found = f"{len(fields)} fields, the header has {len(header)}"
                code = "D15" if len(fields) > len(header) else "D16"
                raise DataError(f"{path} row {number} (line {reader.line_num}): {found}", code=code)
            yield dict(zip(header, fields, strict=True))
    except csv.Error as error:
        known = (case for sign, case in _CSV_CASES.items() if sign in str(error))
        code, found = next(known, ("D14", f"not valid CSV ({error})"))
        raise DataError(f"{path} line {reader.line_num}: {found}", code=code) from None


def _read_jsonl(path: Path, text: str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{path} line {number}: not valid JSON ({error})", code="D25") from None
        if not isinstance(record, dict):
            raise DataError(f"{path} line {number}: expected an object, got a {type(record).__name__}", code="D27")
        yield record
