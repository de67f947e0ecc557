"""Answers of a batch as a CSV for spreadsheets, in which no cell is taken for a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from upshot.records import whole_lines
from upshot.rundir import lines_of, staged_file

COLUMNS: Final = ("row", "id", "label", "summary", "confidence", "percentile", "flags", "notes", "state")
LABEL: Final = "AI-generated summary"

# Full-width forms are formulas too, where a spreadsheet is set to an East Asian language.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def write_spreadsheet(answers: Path, table: Path) -> int:
    """How many rows were written from a batch's JSON Lines: quoted CSV in UTF-8 with its mark, as spreadsheets expect.

    Raises:
        DataError: a line of the answers that is not JSON.
        ResourceError: the table cannot be written.
    """
    rows = 0
    with staged_file(table) as stream:
        stream.write("\ufeff")
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        for line in whole_lines(lines_of(answers), str(answers)):
            writer.writerow([safe_cell(cell) for cell in _cells(line)])
            rows += 1
    return rows


def safe_cell(text: str) -> str:
    """The text with an apostrophe in front where a spreadsheet would run it.

    >>> safe_cell("=1+1"), safe_cell("Ann"), safe_cell(" @x")
    ("'=1+1", 'Ann', "' @x")
    """
    risky = text.startswith(_FORMULA) or text.lstrip(" \u00a0\u3000").startswith(_FORMULA)
    return f"'{text}" if risky else text


def _cells(line: Mapping[str, Any]) -> Iterable[str]:
    start = [str(line.get("row", "")), str(line.get("id", "")), LABEL]
    if "error" in line:
        error = line["error"]
        said = f"{error.get('code') or ''} {error.get('message', '')}".strip()
        return [*start, "", "", "", "", "", f"error: {said}"]
    confidence = line.get("confidence") or {}
    percentile = confidence.get("percentile")
    flags = "; ".join(str(flag.get("text", "")) for flag in line.get("flags", ()))
    return [
        *start,
        str(line.get("summary", "")),
        confidence.get("band") or "",
        "" if percentile is None else f"{percentile:.0f}",
        flags,
        "; ".join(line.get("notes", ())),
        _state(line),
    ]


def _state(line: Mapping[str, Any]) -> str:
    if line.get("abstained"):
        return "kept back: not certain enough"
    if (line.get("privacy") or {}).get("withheld"):
        return "kept back: sensitive"
    return "ok"
