"""Remarks on data: the first error stops, up to a hundred are collected on request."""

import pytest

from upshot.data.notices import Notice, Remarks, shown
from upshot.errors import DataError


def test_the_first_error_stops_unless_more_are_wanted() -> None:
    with pytest.raises(DataError):
        Remarks().error(DataError("a"))
    collecting = Remarks(limit=2)
    collecting.error(DataError("a"))
    with pytest.raises(DataError, match="b"):
        collecting.error(DataError("b"))
    assert [error.message for error in collecting.errors] == ["a", "b"]


def test_a_notice_without_a_code_prints_its_level_alone() -> None:
    assert str(Notice("note", None, "x.csv: all well")) == "note: x.csv: all well"
    assert Notice("warning", "D43", "x").to_json() == {"code": "D43", "message": "x"}


def test_names_are_shown_short_and_harmless() -> None:
    assert shown("\x1b[31m\ud800") == "\\x1b[31m\\ud800"
    assert len(shown("a" * 1000)) == 120
