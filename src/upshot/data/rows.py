"""Records to rows: every text checked, dialogues with plain line ends, references byte for byte."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from upshot.data.columns import Found
from upshot.data.csv_rows import Record
from upshot.data.json_rows import kind_of
from upshot.data.notices import Remarks, counted, shown
from upshot.errors import DataError
from upshot.records import Row

MAX_CHARACTERS: Final = 1_000_000

# One scan decides for most texts that nothing is odd in them. Joiners (U+200C, U+200D) belong to emoji and to scripts.
_CONTROL: Final = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_INVISIBLE: Final = "\u200b\u200e\u200f\u2060\u2066-\u2069\u202a-\u202e\u061c\ufeff"
_ODD: Final = re.compile(f"[{_CONTROL}{_INVISIBLE}\ufffd\ud800-\udfff]")
CONTROLS: Final = re.compile(f"\x1b\\[[0-?]*[ -/]*[@-~]|[{_CONTROL}]")
_INVISIBLES: Final = re.compile(f"[{_INVISIBLE}]")
SURROGATE: Final = re.compile("[\ud800-\udfff]")
_SPECIAL: Final = re.compile(r"</s>|<pad>|<unk>|<extra_id_\d+>")

# One value for all rows, since a million empty ones fill 64 MB.
_NO_NOTES: Final[dict[str, str]] = {}

_REMARKS: Final = {
    "D39": "control characters removed in {rows} (first: row {first})",
    "D40": "{rows} {hold} U+FFFD; the text was decoded wrongly before",
    "D41": "invisible or direction characters in {rows} (first: row {first})",
    "D50": "special tokens written as text in {rows}; they are read as plain text",
}


@dataclass(frozen=True, slots=True)
class RowRules:
    """What a row must hold. `need_summary` is false where only dialogues are wanted."""

    need_summary: bool = True
    max_characters: int = MAX_CHARACTERS


@dataclass(slots=True)
class _File:
    """What is known of a file while its rows go by: numbers of the rows by odd thing, and ids with their row."""

    name: str
    columns: Found
    rules: RowRules
    odd: dict[str, list[int]] = field(default_factory=lambda: {code: [] for code in _REMARKS})
    ids: dict[str, int] = field(default_factory=dict)


def build_rows(records: Iterable[Record], columns: Found, *, file: str, rules: RowRules, remarks: Remarks) -> list[Row]:
    """Rows in file order; a record with several references gives a row for each. D22 and D33-D42 go to `remarks`."""
    state = _File(file, columns, rules)
    rows: list[Row] = []
    for record in records:
        try:
            rows.extend(_rows_of(record, state))
        except DataError as error:
            remarks.error(error)
    for code, numbers in state.odd.items():
        if numbers:
            said = _REMARKS[code].format(
                rows=counted(len(numbers), "row"), first=numbers[0], hold="holds" if len(numbers) == 1 else "hold"
            )
            remarks.warn(code, f"{file}: {said}")
    return rows


def _rows_of(record: Record, state: _File) -> Iterator[Row]:
    columns = state.columns
    dialogue = _dialogue(record, state)
    references = [text for name in columns.summaries if (text := _summary(record, name, state)) is not None]
    if not references and state.rules.need_summary:
        raise _no_summary(record, state)
    row_id = _id(record, state)
    topic = _optional(record, columns.topic, state)
    split = _optional(record, columns.split, state)
    notes = {"split": split} if columns.split else _NO_NOTES
    for code in _oddities(dialogue, *references):
        state.odd[code].append(record.number)
    text = _clean(dialogue)
    if not text.strip():
        raise _row_error(state, record, "'dialogue' is empty", "D34")
    for index, reference in enumerate(references or [None], 1):
        name = f"{row_id}_{index}" if len(references) > 1 else row_id
        yield Row(name, text, reference, topic, record.number, notes)


def _dialogue(record: Record, state: _File) -> str:
    value = record.values.get(state.columns.dialogue)
    if value is None:
        raise _row_error(state, record, "'dialogue' is missing", "D33")
    text = _text(value, "dialogue", record, state)
    if not text.strip():
        raise _row_error(state, record, "'dialogue' is empty", "D34")
    return text


def _summary(record: Record, name: str, state: _File) -> str | None:
    value = record.values.get(name)
    if value is None:
        return None
    text = _text(value, "summary", record, state)
    return text if text.strip() else None


def _no_summary(record: Record, state: _File) -> DataError:
    given = any(record.values.get(name) is not None for name in state.columns.summaries)
    said = f"'summary' is {'empty' if given else 'missing'} (needed here; predict works without it)"
    return _row_error(state, record, said, "D35")


def _id(record: Record, state: _File) -> str:
    """The row's id, or one made of its number; numbers of the file are no texts, so both kinds stay apart."""
    row_id = _optional(record, state.columns.id, state) or f"row-{record.number}"
    first = state.ids.setdefault(row_id, record.number)
    if first != record.number:
        raise DataError(f"{state.name}: id '{shown(row_id)}' in rows {first} and {record.number}", code="D42")
    return row_id


def _optional(record: Record, name: str | None, state: _File) -> str:
    value = record.values.get(name) if name else None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return "" if value is None else _text(value, name or "", record, state).strip()


def _text(value: object, column: str, record: Record, state: _File) -> str:
    if not isinstance(value, str):
        raise _row_error(state, record, f"'{shown(column)}' is {kind_of(value)}, expected text", "D37")
    if len(value) > state.rules.max_characters:
        limit = f"has {len(value):,} characters, the limit is {state.rules.max_characters:,}"
        raise _row_error(state, record, f"'{shown(column)}' {limit}", "D22")
    half = SURROGATE.search(value)
    if half:
        said = f"'{shown(column)}' holds half a surrogate pair (\\u{ord(half.group()):04x})"
        raise _row_error(state, record, said, "D38")
    return value


def _row_error(state: _File, record: Record, said: str, code: str) -> DataError:
    return DataError(f"{state.name} row {record.number}: {said}", code=code)


def _oddities(dialogue: str, *references: str) -> Iterator[str]:
    texts = (dialogue, *references)
    if any("<" in text and _SPECIAL.search(text) for text in texts):
        yield "D50"
    if not any(map(_ODD.search, texts)):
        return
    if CONTROLS.search(dialogue):
        yield "D39"
    if any("\ufffd" in text for text in texts):
        yield "D40"
    if any(map(_INVISIBLES.search, texts)):
        yield "D41"


def _clean(dialogue: str) -> str:
    """Line ends as LF, without control characters: they carry no words, and could drive a terminal."""
    if "\r" in dialogue:
        dialogue = dialogue.replace("\r\n", "\n").replace("\r", "\n")
    return CONTROLS.sub("", dialogue) if _ODD.search(dialogue) else dialogue
