"""Records to rows."""

import pytest

from upshot.data.columns import Found
from upshot.data.csv_rows import Record
from upshot.data.notices import Remarks
from upshot.data.rows import RowRules, build_rows
from upshot.errors import DataError
from upshot.records import Row


def _rows(*values: dict[str, object], columns: Found | None = None, need_summary: bool = True) -> list[Row]:
    records = [Record(number, 0, value) for number, value in enumerate(values, 1)]
    columns = columns or Found("dialogue", ("summary",), "id")
    return build_rows(records, columns, file="F", rules=RowRules(need_summary), remarks=Remarks())


def test_references_stay_byte_for_byte_and_dialogues_get_plain_line_ends() -> None:
    [row] = _rows({"dialogue": "A: x\r\nB: y\rC: z", "summary": " s\r\n\x1b[1m\u200b "})
    assert row.dialogue == "A: x\nB: y\nC: z"
    assert row.summary == " s\r\n\x1b[1m\u200b "


def test_control_characters_leave_dialogues_but_tabs_and_joiners_stay() -> None:
    [row] = _rows({"dialogue": "\x1b[2JA:\t\x07x \x85\u200d\u200b", "summary": "s"})
    assert row.dialogue == "A:\tx \u200d\u200b"


def test_rows_without_an_id_are_named_by_number() -> None:
    rows = _rows(
        {"dialogue": "a", "summary": "s"},
        {"id": None, "dialogue": "b", "summary": "s"},
        {"id": 7, "dialogue": "c", "summary": "s"},
    )
    assert [row.id for row in rows] == ["row-1", "row-2", "7"]


def test_a_dialogue_of_control_characters_alone_is_empty() -> None:
    with pytest.raises(DataError, match="row 1: 'dialogue' is empty"):
        _rows({"dialogue": "\x07\x08", "summary": "s"})


@pytest.mark.parametrize(
    ("value", "kind"), [(7, "a number"), ([], "a list"), (True, "true or false"), ({}, "an object")]
)
def test_values_that_are_no_text_are_named(value: object, kind: str) -> None:
    with pytest.raises(DataError, match=f"'summary' is {kind}, expected text"):
        _rows({"dialogue": "a", "summary": value})


def test_a_missing_summary_is_none_where_it_is_not_needed() -> None:
    rows = _rows({"dialogue": "a", "summary": " "}, {"dialogue": "b"}, need_summary=False)
    assert [row.summary for row in rows] == [None, None]
    with pytest.raises(DataError, match="'summary' is missing") as caught:
        _rows({"dialogue": "a"})
    assert caught.value.code == "D35"


def test_several_references_of_a_record_are_rows_of_their_own() -> None:
    rows = _rows({"id": "t", "dialogue": "a", "s1": "x", "s2": "y"}, columns=Found("dialogue", ("s1", "s2"), "id"))
    assert [(row.id, row.summary, row.number) for row in rows] == [("t_1", "x", 1), ("t_2", "y", 1)]
