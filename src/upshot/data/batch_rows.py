"""Conversations of a batch one by one: rows of a table, files of a folder, or files that are named. None is lost."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import Final

from upshot.data.columns import Found, find_columns
from upshot.data.conversation import Conversation
from upshot.data.csv_rows import Record, csv_records, wide_fields
from upshot.data.files import SUFFIXES, DataFile, as_path, open_data, text_lines
from upshot.data.json_rows import json_document, json_lines, kind_of
from upshot.data.notices import Remarks, counted, shown
from upshot.data.parquet_rows import parquet_records
from upshot.data.rows import MAX_CHARACTERS, SURROGATE
from upshot.data.said import finished
from upshot.data.transcripts import conversation_files, conversation_of, read_conversation
from upshot.data.turn_lists import draft_of
from upshot.errors import DataError, UsageError
from upshot.recipe import Columns
from upshot.rundir import file_sha256, value_sha256

# Columns of files without a header are those of so many first records.
_LOOK_AHEAD: Final = 100


@dataclass(frozen=True, slots=True)
class Rows:
    """What a batch reads: a table (then which columns; None: by name), a folder, or several files."""

    source: Path | tuple[Path, ...]
    column: str | None = None
    id_column: str | None = None
    delimiter: str = ","
    encoding: str = "utf-8"

    @property
    def is_table(self) -> bool:
        """Whether rows come out of one file; a .json alone is a table, among others a conversation."""
        return isinstance(self.source, Path) and self.source.suffix.lower() in SUFFIXES and not _is_folder(self.source)


@dataclass(frozen=True, slots=True)
class Item:
    """A row from 1 with its id: a conversation, or what is wrong with it. `characters` are those that are said."""

    number: int
    id: str
    found: Conversation | DataError | UsageError

    @property
    def characters(self) -> int:
        """Characters of all turns; none where the row cannot be read."""
        return sum(len(turn.text) for turn in self.found.turns) if isinstance(self.found, Conversation) else 0


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a batch is: rows and their characters, the hash of its source, and what is to be said of it."""

    rows: int
    characters: int
    sha256: str
    notes: tuple[str, ...]


def extent_of(rows: Rows) -> Extent:
    """The extent of a batch; all of it is read once, row by row.

    Raises:
        DataError: the source cannot be read to its end, or has no rows (D05).
        UsageError: an unknown encoding or delimiter, or Parquet without pyarrow.
    """
    remarks = Remarks(sys.maxsize)
    number = characters = 0
    for item in _items(rows, remarks):
        number += 1
        characters += item.characters
    if not number:
        raise DataError(f"{shown(str(rows.source))}: no rows", code="D05")
    notes = [str(notice) for notice in remarks.notices]
    if isinstance(rows.source, Path) and rows.is_table:
        sha256 = file_sha256(as_path(rows.source))
    else:
        files, passed_over = _files(rows)
        sha256 = value_sha256([(name, _hash(file)) for name, file in files])
        if passed_over:
            notes.append(f"{counted(passed_over, 'file')} of the folder passed over: no .txt, .vtt, .srt or .json")
    return Extent(number, characters, sha256, tuple(notes))


def items_of(rows: Rows) -> Iterator[Item]:
    """Rows in order, one in memory at a time (a .json table is read whole).

    Raises:
        DataError: the source cannot be read to its end.
    """
    return _items(rows, Remarks(sys.maxsize))


def _items(rows: Rows, remarks: Remarks) -> Iterator[Item]:
    if isinstance(rows.source, Path) and rows.is_table:
        yield from _table(rows.source, rows, remarks)
        return
    for number, (name, file) in enumerate(_files(rows)[0], 1):
        try:
            yield Item(number, name, replace(read_conversation(file, encoding=rows.encoding), name=name))
        except (DataError, UsageError) as error:
            yield Item(number, name, error)


def _files(rows: Rows) -> tuple[list[tuple[str, Path]], int]:
    if isinstance(rows.source, tuple):
        return [(shown(str(file)), as_path(file)) for file in rows.source], 0
    folder = as_path(rows.source)
    if folder.exists() and not folder.is_dir():
        return [(shown(folder.name), folder)], 0
    files, others = conversation_files(folder)
    return [(shown(file.relative_to(folder).as_posix()), file) for file in files], len(others)


def _is_folder(path: Path) -> bool:
    return as_path(path).is_dir()


def _hash(file: Path) -> str:
    try:
        return file_sha256(file) if file.is_file() else ""
    except OSError:
        return ""


def _table(path: Path, rows: Rows, remarks: Remarks) -> Iterator[Item]:
    with ExitStack() as open_files:
        file = open_files.enter_context(open_data(path, encoding=rows.encoding))
        open_files.enter_context(wide_fields(16 * MAX_CHARACTERS))
        found, columns = _records(file, rows, remarks)
        for number, record in enumerate(found, 1):
            if isinstance(record, DataError):
                yield Item(number, f"row-{number}", record)
            else:
                yield _item(number, record, columns, file.name)


def _records(file: DataFile, rows: Rows, remarks: Remarks) -> tuple[Iterator[Record | DataError], Found]:
    wanted = Columns.model_validate({"dialogue": rows.column, "id": rows.id_column})
    if file.suffix == ".csv":
        lines = text_lines(file, rows.encoding)
        names, records = csv_records(lines, file=file.name, delimiter=rows.delimiter, remarks=remarks)
        found = _with_errors(records, remarks)
    else:
        found = _with_errors(_without_header(file, rows, remarks), remarks)
        first = list(islice(found, _LOOK_AHEAD))
        names = list(dict.fromkeys(name for item in first if isinstance(item, Record) for name in item.values))
        if not first:
            return found, Found("")
        if not names and isinstance(first[0], DataError):
            raise first[0]
        found = chain(first, found)
    return found, find_columns(names, wanted, file=file.name, need_summary=False, remarks=remarks)


def _without_header(file: DataFile, rows: Rows, remarks: Remarks) -> Iterator[Record]:
    if file.suffix == ".parquet":
        return parquet_records(file.handle, file=file.name)
    lines = text_lines(file, rows.encoding)
    if file.suffix == ".json":
        return json_document("".join(lines), file=file.name, remarks=remarks)
    return json_lines(lines, file=file.name, remarks=remarks)


def _with_errors(records: Iterator[Record], remarks: Remarks) -> Iterator[Record | DataError]:
    """Records, and in their places the errors of those that could not be read."""
    for record in records:
        yield from _taken(remarks)
        yield record
    yield from _taken(remarks)


def _taken(remarks: Remarks) -> list[DataError]:
    errors, remarks.errors = remarks.errors, []
    return errors


def _item(number: int, record: Record, columns: Found, file: str) -> Item:
    place = f"{file} row {number}"
    name = f"row-{number}"
    try:
        name = _id(record.values.get(columns.id or ""), name, place)
        found = _conversation(record.values.get(columns.dialogue), place)
    except (DataError, UsageError) as error:
        return Item(number, name, error)
    consent = record.values.get("consent")
    return Item(number, name, replace(found, name=name, consent=consent if isinstance(consent, str) else found.consent))


def _id(value: object, otherwise: str, place: str) -> str:
    if value is None or value == "":
        return otherwise
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise DataError(f"{place}: the id is {kind_of(value)}, expected text", code="D37")
    if isinstance(value, str) and SURROGATE.search(value):
        raise DataError(f"{place}: the id holds half a surrogate pair", code="D38")
    return str(value)


def _conversation(value: object, place: str) -> Conversation:
    if value is None:
        raise DataError(f"{place}: 'dialogue' is missing", code="D33")
    if isinstance(value, list | dict):
        return finished(draft_of(value, name=place), place)
    if not isinstance(value, str):
        raise DataError(f"{place}: 'dialogue' is {kind_of(value)}, expected text or turns", code="D37")
    if not value.strip():
        raise DataError(f"{place}: 'dialogue' is empty", code="D34")
    if len(value) > MAX_CHARACTERS:
        limit = f"has {len(value):,} characters, the limit is {MAX_CHARACTERS:,}"
        raise DataError(f"{place}: 'dialogue' {limit}", code="D22")
    return conversation_of(value, name=place)
