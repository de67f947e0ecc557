"""Masked answers and texts with the values of their key put back: JSON, JSON Lines, CSV, a page, or words alone."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from upshot.answers.answer import Answer
from upshot.answers.reading import MASKED, UNMASKED
from upshot.answers.spreadsheet import safe_cell
from upshot.data.csv_rows import wide_fields
from upshot.errors import DataError, UsageError
from upshot.privacy.keys import Keys
from upshot.privacy.mask import Key
from upshot.report.markdown_text import literal

# What no mask was over: names, hashes and marks stay letter by letter.
_AS_IT_IS: Final = frozenset(("id", "row", "label", "kind", "tier", "consent", "confidence", "generated_by", "error"))
_ESCAPED: Final = re.compile(r"\\\[([A-Z]+-\d{1,6})\\\]|\\(#Person\d{1,6}#)")
_LARGEST_CELL: Final = 1_000_000
_MARK: Final = "\ufeff"


def unmasked(content: str, keys: Keys, *, name: str, whose: str = "") -> Iterator[str]:
    """Pieces of a file's text with values where it has placeholders; its name and how it looks decide its form.

    Answers say which conversation they are about. `whose` names it for a text or a page where `keys` holds several, and
    for answers that go by another name.

    Raises:
        UsageError: no key of the conversation, or of several it is not known which.
        DataError: JSON that is none, or holds no answers.
    """
    form = _form(content, Path(name).suffix.lower())
    if form == "lines":
        yield from _lines(content, keys, name, whose)
    elif form == "json":
        yield f"{json.dumps(_document(_json(content, name), keys, name, whose), indent=2, ensure_ascii=False)}\n"
    elif form == "csv":
        yield from _table(content, keys, name, whose)
    else:
        key = keys.of(whose) if whose else keys.only()
        yield _page(content, key) if form == "page" else key.restore(content)


def unmasked_answer(answer: Answer, key: Key) -> dict[str, Any]:
    """An answer as plain values, with those of the key put back; marks and certainties move with their words."""
    found = answer.model_dump(mode="json")
    sure = [_moved(word, answer.sentences[word["sentence"]].text, key) for word in found["certainty"]]
    return _mapping(found, key) | {"certainty": sure}


def _form(content: str, suffix: str) -> str:
    start = content.removeprefix(_MARK).lstrip()
    if suffix in (".jsonl", ".ndjson"):
        return "lines"
    if suffix == ".json":
        return "json"
    if suffix == ".csv" or (suffix == "" and "id" in _header(start)):
        return "csv"
    if start.startswith(("{", "[")) and suffix not in (".txt", ".md"):
        if _is_json(start):
            return "json"
        if start.startswith("{") and _is_json(start.split("\n", 1)[0]):
            return "lines"
    return "page" if suffix == ".md" or (start.startswith("# ") and "\n---\n" in start) else "text"


def _header(content: str) -> list[str]:
    """Cells of a first line that looks like a table's."""
    line = content.split("\n", 1)[0].rstrip("\r")
    return next(csv.reader([line]), []) if "," in line and len(line) < _LARGEST_CELL // 10 else []


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _json(text: str, place: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise DataError(f"{place}: not valid JSON", code="D25") from None


def _lines(content: str, keys: Keys, name: str, whose: str) -> Iterator[str]:
    for number, line in enumerate(content.split("\n"), 1):
        if line.strip():
            place = f"{name} line {number}"
            found = _document(_json(line, place), keys, place, whose)
            yield f"{json.dumps(found, ensure_ascii=False)}\n"


def _document(value: Any, keys: Keys, place: str, whose: str) -> Any:
    """A JSON value whose answers are unmasked: one, or a list of them; a batch's row without a summary stays."""
    if isinstance(value, list) and value:
        return [_document(item, keys, f"{place}, answer {number}", whose) for number, item in enumerate(value, 1)]
    if not isinstance(value, dict):
        raise DataError(f"{place}: no answer, as upshot summarize --json and --out give it")
    if "error" in value and "row" in value:
        return value
    try:
        answer = Answer.model_validate({name: item for name, item in value.items() if name != "row"})
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise DataError(f"{place}: no answer, as upshot summarize --json and --out give it ({where})") from None
    if not answer.privacy.masked:
        return value
    key = keys.of(whose) if whose else keys.of(answer.id, answer.source.sha256)
    return {name: value[name] for name in ("row",) if name in value} | unmasked_answer(answer, key)


def _restored(value: Any, key: Key) -> Any:
    if isinstance(value, str):
        return UNMASKED if value == MASKED else key.restore(value)
    if isinstance(value, list):
        return [_restored(item, key) for item in value]
    if isinstance(value, dict) and isinstance(value.get("text"), str) and "unsupported" in value:
        text, marks = value["text"], value["unsupported"]
        return {**value, "text": key.restore(text), "unsupported": [_moved(mark, text, key) for mark in marks]}
    return _mapping(value, key) if isinstance(value, dict) else value


def _mapping(values: Mapping[str, Any], key: Key) -> dict[str, Any]:
    return {name: value if name in _AS_IT_IS else _restored(value, key) for name, value in values.items()}


def _moved(mark: Mapping[str, Any], text: str, key: Key) -> dict[str, Any]:
    """A mark over the same words of the restored text; one that cuts a placeholder grows to all of its value."""
    whole = key.restore(text)
    start, end = mark["start"], mark["end"]
    while start > 0 and not _divides(text, start, key, whole):
        start -= 1
    while end < len(text) and not _divides(text, end, key, whole):
        end += 1
    return {**mark, "start": len(key.restore(text[:start])), "end": len(whole) - len(key.restore(text[end:]))}


def _divides(text: str, place: int, key: Key, whole: str) -> bool:
    """Whether no placeholder lies across a place in a text."""
    return key.restore(text[:place]) + key.restore(text[place:]) == whole


def _table(content: str, keys: Keys, name: str, whose: str) -> Iterator[str]:
    with wide_fields(_LARGEST_CELL):
        rows = csv.reader(io.StringIO(content.removeprefix(_MARK), newline=""))
        try:
            names = next(rows, [])
            if "id" not in names and not whose:
                raise UsageError(f"{name}: no column 'id' that names conversations; say whose it is with --id NAME")
            yield _MARK + _row(names)  # as spreadsheets expect
            for cells in rows:
                yield _row(_unmasked_cells(dict(zip(names, cells, strict=False)), cells, keys, whose))
        except csv.Error:
            raise DataError(f"{name} line {rows.line_num}: not CSV as upshot summarize --sheet writes it") from None


def _unmasked_cells(row: Mapping[str, str], cells: Sequence[str], keys: Keys, whose: str) -> Sequence[str]:
    """Cells of a row; one that says that there is no summary has no key."""
    if not cells or row.get("state", "").startswith("error"):
        return cells
    key = keys.of(whose or row.get("id", ""))
    return [cell if name in _AS_IT_IS else _cell(cell, key) for name, cell in zip_longest(row, cells, fillvalue="")]


def _cell(cell: str, key: Key) -> str:
    found = key.restore(cell).replace(MASKED, UNMASKED)
    return cell if found == cell else safe_cell(found)


def _row(cells: Sequence[str]) -> str:
    stream = io.StringIO(newline="")
    csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(cells)
    return stream.getvalue()


def _page(content: str, key: Key) -> str:
    """A Markdown page, in which values stay text as all of its words are."""
    plain = _ESCAPED.sub(lambda found: f"[{found[1]}]" if found[1] else found[2], content)
    values = {placeholder: literal(value) for placeholder, value in key.values.items()}
    return Key(values).restore(plain).replace(MASKED, UNMASKED)
