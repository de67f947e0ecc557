"""Rows of a file of labelled summaries, whatever its form; each says what is wrong with a value of its own."""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from upshot.data.csv_rows import csv_records, wide_fields
from upshot.data.files import DataFile, open_data, text_lines
from upshot.data.json_rows import json_lines, kind_of
from upshot.data.notices import Remarks, shown
from upshot.errors import DataError

_WIDEST_FIELD: Final = 1_000_000
_LONGEST_SHOWN: Final = 40
_MARKS: Final = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


@dataclass(frozen=True, slots=True)
class LabelledRow:
    """One record of a file; `number` counts from 1. Every reading of a value raises DataError where it is another."""

    file: str
    number: int
    values: Mapping[str, Any]

    def text(self, key: str) -> str:
        """A text as it stands, with plain line ends and nothing around it."""
        value = self.values.get(key)
        if not isinstance(value, str):
            raise self.fault(key, "a text")
        return value.replace("\r\n", "\n").strip()

    def filled(self, key: str) -> str:
        """A text that is not empty."""
        text = self.text(key)
        if not text:
            raise self.fault(key, "a text that is not empty")
        return text

    def mark(self, key: str) -> bool:
        """Yes or no: 1 and 0, true and false, yes and no."""
        found = _MARKS.get(str(self.values.get(key)).strip().casefold())
        if found is None:
            raise self.fault(key, "0 or 1, true or false, yes or no")
        return found

    def measure(self, key: str) -> float:
        """A finite number."""
        try:
            value = float(str(self.values.get(key)))
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise self.fault(key, "a number")
        return value

    def names(self, key: str) -> tuple[str, ...]:
        """Texts of a list, or of a list as Python prints it, each once; what is no text in it is left out."""
        value = self.values.get(key)
        if isinstance(value, str):
            try:
                value = ast.literal_eval(value.strip() or "[]")
            except (ValueError, SyntaxError, RecursionError, MemoryError):
                raise self.fault(key, "a list of names") from None
        if not isinstance(value, list):
            raise self.fault(key, "a list of names")
        return tuple(dict.fromkeys(item for item in value if isinstance(item, str)))

    def fault(self, key: str, wanted: str) -> DataError:
        """The error for a value that is not what was wanted."""
        if key not in self.values:
            return DataError(f"{self.file} row {self.number}: no '{key}', expected {wanted}", code="D33")
        found = shown(str(self.values[key])[:_LONGEST_SHOWN]) or "empty"
        return DataError(f"{self.file} row {self.number}: '{key}' is {found}, expected {wanted}", code="D37")


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """Records of one file, and the columns that all of them have; `name` is what messages call it."""

    path: Path
    name: str
    columns: tuple[str, ...]
    rows: tuple[LabelledRow, ...]

    def has(self, columns: tuple[str, ...]) -> bool:
        """Whether all these are among its columns."""
        return set(columns) <= set(self.columns)


def read_labelled(path: Path) -> LabelledFile:
    """All records of a CSV, JSON or JSON Lines file, none of them judged yet.

    Raises:
        DataError: a file that cannot be read, is no table of records, or holds none.
    """
    with open_data(path) as file, wide_fields(_WIDEST_FIELD):
        columns, records = _records(file)
        rows = tuple(LabelledRow(file.name, number, record) for number, record in enumerate(records, start=1))
    if not rows:
        raise DataError(f"{file.name}: no rows", code="D05")
    columns = columns or tuple(key for key in rows[0].values if all(key in row.values for row in rows))
    return LabelledFile(path, file.name, columns, rows)


def header_of(path: Path) -> tuple[str, ...]:
    """Column names of a CSV file; nothing where it is none, as whatever else lies in a folder may be."""
    try:
        with open_data(path) as file, wide_fields(_WIDEST_FIELD):
            return tuple(csv_records(text_lines(file), file=file.name, delimiter=",", remarks=Remarks())[0])
    except DataError:
        return ()


def _records(file: DataFile) -> tuple[tuple[str, ...], list[Mapping[str, Any]]]:
    """Columns of the header (JSON has none) and records."""
    lines, remarks = text_lines(file), Remarks()
    if file.suffix == ".csv":
        names, found = csv_records(lines, file=file.name, delimiter=",", remarks=remarks)
        return tuple(names), [record.values for record in found]
    if file.suffix == ".json":
        return (), _document("".join(lines), file.name)
    if file.suffix == ".parquet":
        raise DataError(f"{file.name}: unsupported type '.parquet' (use .csv, .jsonl or .json)", code="D06")
    return (), [record.values for record in json_lines(lines, file=file.name, remarks=remarks)]


def _document(text: str, file: str) -> list[Mapping[str, Any]]:
    """Objects of a list, or those of an object by id, which becomes their `id`."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{file}: not valid JSON ({error})", code="D25") from None
    if isinstance(found, dict):
        found = [{"id": key, **item} if isinstance(item, dict) else item for key, item in found.items()]
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise DataError(f"{file}: expected objects in a list or by id, got {kind_of(found)}", code="D27")
    return found
