"""Errors as clients get them: `{"error": {"code", "message", "id"}}`, with nothing of what was sent."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel, Field

from upshot.serve.desk import Refused

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,31}")  # how a field may look; anything else could be a text

CODES: Final[Mapping[int, str]] = {
    400: "bad_request",
    401: "token",
    403: "origin",
    404: "not_found",
    405: "method",
    408: "too_slow",
    413: "too_large",
    415: "content_type",
    422: "invalid",
    429: "full",
    431: "header_too_large",
    500: "internal",
    503: "not_ready",
    504: "timeout",
}


class ErrorBody(BaseModel):
    """What went wrong."""

    code: str = Field(description="For programs.")
    message: str = Field(description="For people; it never repeats what was sent.")
    id: str = Field(description="Of the request, as in its X-Request-Id header.")


class ErrorAnswer(BaseModel):
    """The body of every answer that is not 200."""

    error: ErrorBody


def body_of(refused: Refused, request_id: str) -> bytes:
    """The JSON body of a refusal."""
    error = {"code": refused.code, "message": refused.message, "id": request_id}
    return json.dumps({"error": error}).encode()


def headers_of(refused: Refused) -> dict[str, str]:
    """Headers that belong to a refusal: when to come again, and how to name oneself."""
    headers = {}
    if refused.retry_after is not None:
        headers["retry-after"] = str(refused.retry_after)
    if refused.status == 401:
        headers["www-authenticate"] = 'Basic realm="upshot", charset="UTF-8"'
    if refused.code == "draining":
        headers["connection"] = "close"
    return headers


def of_problems(problems: Sequence[Mapping[str, Any]]) -> Refused:
    """A refusal with status 422 that names fields and bounds of pydantic's problems, and no value."""
    told = [f"{_place(problem['loc'])}: {_words(problem)}" for problem in problems[:5]]
    return Refused(422, CODES[422], "; ".join(told))


def _place(place: Sequence[int | str]) -> str:
    """Where in the body, in dots; a key that looks like no field is not repeated.

    >>> _place(("body", "turns", 0, "a text"))
    'turns.0.(unknown)'
    """
    parts = place[1:] if place and place[0] in ("body", "path", "query") else place
    shown = (str(part) if isinstance(part, int) or _NAME.fullmatch(part) else "(unknown)" for part in parts)
    return ".".join(shown) or "body"


def _words(problem: Mapping[str, Any]) -> str:
    own = {"extra_forbidden": "no such field", "string_pattern_mismatch": "there are no words in it"}
    return own.get(problem["type"], str(problem["msg"]).removeprefix("Value error, "))
