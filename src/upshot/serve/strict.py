"""A request's body read strictly: UTF-8 without a mark, no key twice, no NaN, no deep nesting, no half characters."""

from __future__ import annotations

import json
from typing import Any, Final

from upshot.data.json_rows import json_lines
from upshot.data.notices import Remarks
from upshot.errors import DataError
from upshot.serve.desk import Refused

_WORDS: Final = {
    "D25": "the body is not valid JSON",
    "D26": "the body is not valid JSON; it may be cut off",
    "D27": "the body must be a JSON object",
    "D28": "a key appears twice",
    "D29": "NaN and Infinity are no JSON values",
    "D30": "the body is nested too deeply",
    "D31": "a number has too many digits",
}


def checked_json(body: bytes) -> dict[str, Any]:
    """The object that a body holds.

    Raises:
        Refused: 400 for what is no strict JSON, 422 for JSON that is no object.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise _bad("the body is not UTF-8") from None
    if text.startswith("\ufeff"):
        raise _bad("the body begins with a byte order mark")
    if not text.strip():
        raise _bad("the body is empty; a JSON object is expected")
    try:
        (record,) = json_lines([text], file="body", remarks=Remarks())
        json.dumps(record.values, ensure_ascii=False).encode("utf-8")
    except DataError as error:
        status = 422 if error.code == "D27" else 400
        raise Refused(status, "bad_json", _WORDS.get(error.code or "", _WORDS["D25"])) from None
    except UnicodeEncodeError:
        raise _bad("a text holds half of a character (a lone surrogate)") from None
    return record.values


def _bad(words: str) -> Refused:
    return Refused(400, "bad_json", words)
