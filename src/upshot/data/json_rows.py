"""JSON and JSON Lines read strictly: no key twice, no NaN, no number or nesting that could hurt a reader."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from upshot.data.csv_rows import Record
from upshot.data.files import line_at
from upshot.data.notices import Remarks, counted, shown
from upshot.errors import DataError
from upshot.records import SPLITS

MAX_DEPTH: Final = 20
MAX_DIGITS: Final = 4300

_MARK: Final = re.compile(r'\\.|["\[\]{}]', re.DOTALL)
_KINDS: Final = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
}


def json_lines(lines: Iterable[str], *, file: str, remarks: Remarks) -> Iterator[Record]:
    """Records of JSON Lines, one object a line; blank lines are skipped and noted. D25-D31 go to `remarks`."""
    number = blank = 0
    for line_number, line in enumerate(lines, 1):
        if not line.strip():
            blank += 1
            continue
        number += 1
        place = f"{file} line {line_number}"
        try:
            value = _line_value(line, place)
            if not isinstance(value, dict):
                raise DataError(f"{place}: expected an object, got {kind_of(value)}", code="D27")
        except DataError as error:
            remarks.error(error)
        else:
            yield Record(number, line_number, value)
    if blank:
        remarks.note("D24", f"{file}: {counted(blank, 'blank line')} skipped")


def json_document(text: str, *, file: str, remarks: Remarks) -> Iterator[Record]:
    """Records of a JSON file: a list of objects, or an object with such a list as `data` or under names of splits.

    Under names of splits each record gets that name as its value `split`.

    Raises:
        DataError: D25 and D28-D32 at once; D27 of one record goes to `remarks`.
    """
    number = 0
    for split, values in _lists(json_value(text, file), file):
        for value in values:
            number += 1
            if isinstance(value, dict):
                yield Record(number, 0, value | {"split": split} if split else value)
            else:
                remarks.error(DataError(f"{file} row {number}: expected an object, got {kind_of(value)}", code="D27"))


def json_value(text: str, file: str) -> Any:
    """The value of a JSON text; `file` is what messages call it.

    Raises:
        DataError: D25 and D28-D32.
    """
    try:
        return _strict(text)
    except _RefusedError as refused:
        place = f"{file} line {line_at(text, refused.position)}" if refused.position is not None else file
        raise DataError(f"{place}: {refused}", code=refused.code) from None
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":
            raise DataError(f"{file}: more than one JSON value; name the file .jsonl", code="D32") from None
        line = line_at(text, error.pos)
        said = f"not valid JSON ({_reason(error)}, column {error.colno})"
        raise DataError(f"{file} line {line}: {said}", code="D25") from None


def kind_of(value: object) -> str:
    """What a JSON value is, in words.

    >>> kind_of([1]), kind_of(True), kind_of(None)
    ('a list', 'true or false', 'null')
    """
    return "null" if value is None else _KINDS.get(type(value), f"a {type(value).__name__}")


def _line_value(line: str, place: str) -> Any:
    try:
        return _strict(line)
    except _RefusedError as refused:
        raise DataError(f"{place}: {refused}", code=refused.code) from None
    except json.JSONDecodeError as error:
        # Writers end every line, so a line without an end that does not parse was cut off.
        if not line.endswith(("\n", "\r")):
            said = "not valid JSON; it is the last line, the file may be cut off"
            raise DataError(f"{place}: {said}", code="D26") from None
        raise DataError(f"{place}: not valid JSON ({_reason(error)}, column {error.colno})", code="D25") from None


def _lists(document: Any, file: str) -> Iterator[tuple[str, list[Any]]]:
    if isinstance(document, list):
        yield "", document
        return
    named = document if isinstance(document, dict) else {}
    keys = [key for key in ("data", *SPLITS, "val", "dev", "valid") if isinstance(named.get(key), list)]
    if not keys:
        raise DataError(f"{file}: expected a list of objects, got {kind_of(document)}", code="D27")
    for key in keys[:1] if keys[0] == "data" else keys:
        yield "" if keys in (["data"], ["train"]) or key == "data" else key, named[key]


class _RefusedError(ValueError):
    """JSON that Python would take, and that is refused here."""

    def __init__(self, message: str, code: str, position: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.position = position


def _strict(text: str) -> Any:
    if text.count("[") + text.count("{") > MAX_DEPTH:
        _check_depth(text)
    return _DECODER.decode(text)


def _check_depth(text: str) -> None:
    """Nothing for shallow text; the parser itself would end in a RecursionError."""
    depth, quoted = 0, False
    for mark in _MARK.finditer(text):
        sign = mark.group()
        if sign == '"':
            quoted = not quoted
        elif not quoted:
            depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(sign, 0)
            if depth > MAX_DEPTH:
                raise _RefusedError(f"nested deeper than {MAX_DEPTH}", "D30", mark.start())


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _RefusedError(f"key '{shown(twice)}' appears twice", "D28")
    return found


def _constant(text: str) -> float:
    raise _RefusedError(f"'{text}' is not a JSON value", "D29")


def _float(text: str) -> float:
    value = float(text)
    return _constant(shown(text)) if math.isinf(value) else value


def _int(text: str) -> int:
    if len(text.lstrip("-")) > MAX_DIGITS:
        raise _RefusedError(f"number with more than {MAX_DIGITS:,} digits", "D31")
    return int(text)


def _reason(error: json.JSONDecodeError) -> str:
    """Some of the parser's messages end in "at", which wants a place that is told otherwise here."""
    return error.msg.removesuffix(" at")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_constant, parse_float=_float, parse_int=_int
)
