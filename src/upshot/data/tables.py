"""Data files of every kind to checked rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Final

from upshot.data.columns import find_columns
from upshot.data.csv_rows import Record, csv_records, wide_fields
from upshot.data.files import MAX_BYTES, DataFile, open_data, text_lines
from upshot.data.json_rows import json_document, json_lines
from upshot.data.notices import MAX_LISTED, Notice, Remarks
from upshot.data.parquet_rows import parquet_records
from upshot.data.rows import MAX_CHARACTERS, RowRules, build_rows
from upshot.errors import DataError
from upshot.recipe import Columns, DataSettings
from upshot.records import Row

RECOGNISED: Final = Columns.model_validate({})

# Columns of files without a header are those of so many first records.
_LOOK_AHEAD: Final = 100
# Room in the CSV parser beyond the limit of a text, so that a message can say how long it is.
_FIELD_ROOM: Final = 16


@dataclass(frozen=True, slots=True)
class Reading:
    """How files are read. `need_summary` is false where only dialogues are wanted; sizes are bytes and characters."""

    columns: Columns = RECOGNISED
    delimiter: str = ","
    encoding: str = "utf-8"
    need_summary: bool = True
    max_bytes: int = MAX_BYTES
    max_characters: int = MAX_CHARACTERS

    @classmethod
    def of(cls, settings: DataSettings, *, need_summary: bool = True) -> Reading:
        """The reading that a recipe's `data` section asks for."""
        return cls(settings.columns, settings.delimiter, settings.encoding, need_summary)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one file in file order, with the file's name and sha256."""

    name: str
    sha256: str
    rows: tuple[Row, ...]


def read_rows(path: Path | str, reading: Reading | None = None) -> tuple[list[Row], list[Notice]]:
    """Rows of a CSV, JSONL, JSON or Parquet file, and what is to be said of it.

    Raises:
        DataError: the first thing that is wrong with the file.
        UsageError: unknown encoding or delimiter, or Parquet without pyarrow.
    """
    remarks = Remarks()
    table = read_table(path, reading or Reading(), remarks)
    return list(table.rows), remarks.notices


def find_problems(path: Path | str, reading: Reading | None = None) -> list[DataError]:
    """Up to 100 things that are wrong with a file, in file order; after a broken quote nothing more can be found."""
    remarks = Remarks(MAX_LISTED)
    try:
        read_table(path, reading or Reading(), remarks)
    except DataError as error:
        if error not in remarks.errors:
            remarks.errors.append(error)
    return remarks.errors


def read_table(path: Path | str, reading: Reading, remarks: Remarks) -> Table:
    """Rows of one file; errors of single rows and all notices go to `remarks`."""
    with open_data(Path(path), encoding=reading.encoding, max_bytes=reading.max_bytes) as file:
        if file.suffix == ".csv":
            rows = _csv_rows(file, reading, remarks)
        else:
            rows = record_rows(_records(file, reading, remarks), reading, file=file.name, remarks=remarks)
        return Table(file.name, file.sha256, tuple(rows))


def record_rows(records: Iterator[Record], reading: Reading, *, file: str, remarks: Remarks) -> list[Row]:
    """Rows of records that come without a header; `file` stands in messages."""
    first = list(islice(records, _LOOK_AHEAD))
    if not first:
        return _none(f"{file}: no rows", remarks)
    names = list(dict.fromkeys(name for record in first for name in record.values))
    columns = find_columns(names, reading.columns, file=file, need_summary=reading.need_summary, remarks=remarks)
    return build_rows(chain(first, records), columns, file=file, rules=_rules(reading), remarks=remarks)


def read_objects(path: Path | str, remarks: Remarks) -> tuple[str, str, list[Mapping[str, object]]]:
    """Name, sha256 and bare objects of a JSON Lines file, without a reading of its columns."""
    with open_data(Path(path)) as file:
        records = json_lines(text_lines(file), file=file.name, remarks=remarks)
        return file.name, file.sha256, [record.values for record in records]


def _csv_rows(file: DataFile, reading: Reading, remarks: Remarks) -> list[Row]:
    with wide_fields(_FIELD_ROOM * reading.max_characters):
        lines = text_lines(file, reading.encoding)
        names, records = csv_records(lines, file=file.name, delimiter=reading.delimiter, remarks=remarks)
        columns = find_columns(
            names, reading.columns, file=file.name, need_summary=reading.need_summary, remarks=remarks
        )
        rows = build_rows(records, columns, file=file.name, rules=_rules(reading), remarks=remarks)
    return rows or _none(f"{file.name}: no rows after the header", remarks)


def _records(file: DataFile, reading: Reading, remarks: Remarks) -> Iterator[Record]:
    if file.suffix == ".parquet":
        return parquet_records(file.handle, file=file.name)
    lines = text_lines(file, reading.encoding)
    if file.suffix == ".json":
        return json_document("".join(lines), file=file.name, remarks=remarks)
    return chain.from_iterable(map(_as_rows, json_lines(lines, file=file.name, remarks=remarks)))


def _as_rows(record: Record) -> list[Record]:
    """The record itself; a dialogue with its references, as a run keeps validation and test, as a row for each."""
    names, references = record.values.get("row_ids"), record.values.get("references")
    if "text" not in record.values or not isinstance(names, list) or not isinstance(references, list):
        return [record]
    if len(names) != len(references):
        return [record]
    kept = {"dialogue": record.values["text"], "topic": record.values.get("topic", "")}
    return [
        record._replace(values={"id": name, **kept, "summary": reference})
        for name, reference in zip(names, references, strict=True)
    ]


def _rules(reading: Reading) -> RowRules:
    return RowRules(reading.need_summary, reading.max_characters)


def _none(message: str, remarks: Remarks) -> list[Row]:
    """No rows; that is an error of its own unless others explain it."""
    if not remarks.errors:
        raise DataError(message, code="D05")
    return []
