"""Answers as a CSV that no spreadsheet runs."""

import csv
import json
from pathlib import Path

import pytest

from upshot.answers.spreadsheet import COLUMNS, safe_cell, write_spreadsheet

RISKY = (
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "\nx",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    " =1",
    "\u3000=1",
)


@pytest.mark.parametrize("text", RISKY)
def test_formulas_get_an_apostrophe(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Ann", "1-2", "a=b", "'=1", " x"])
def test_other_cells_stay(text: str) -> None:
    assert safe_cell(text) == text


def test_every_answer_is_a_quoted_row(tmp_path: Path) -> None:
    answers = tmp_path / "answers.jsonl"
    good = {
        "row": 1,
        "id": "=id",
        "summary": '-Ann says "hi";=1\n-Bo too',
        "confidence": {"band": "high", "percentile": 80.4},
        "flags": [{"text": "a number"}, {"text": "a name"}],
        "notes": ["cut"],
        "privacy": {"withheld": False},
    }
    lines = [
        good,
        {"row": 2, "id": "b", "error": {"code": "D34", "message": "x row 2: 'dialogue' is empty"}},
        {"row": 3, "id": "c", "summary": "", "abstained": True, "confidence": {"band": None, "percentile": None}},
        {"row": 4, "id": "d", "summary": "", "privacy": {"withheld": True}},
    ]
    answers.write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"row": 5', encoding="utf-8")
    assert write_spreadsheet(answers, tmp_path / "x.csv") == 4
    content = (tmp_path / "x.csv").read_bytes()
    assert content.startswith(b'\xef\xbb\xbf"row","id"')
    rows = list(csv.reader(content.decode("utf-8-sig").splitlines(keepends=True), strict=True))
    assert tuple(rows[0]) == COLUMNS
    label = "AI-generated summary"
    assert rows[1] == ["1", "'=id", label, f"'{good['summary']}", "high", "80", "a number; a name", "cut", "ok"]
    assert rows[2][2:] == [label, "", "", "", "", "", "error: D34 x row 2: 'dialogue' is empty"]
    assert [row[-1] for row in rows[3:]] == ["kept back: not certain enough", "kept back: sensitive"]
