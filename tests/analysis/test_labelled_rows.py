"""Files of labelled summaries, read strictly and with a word for every value that is not what it should be."""

import json
from pathlib import Path

import pytest

from upshot.analysis.labelled_rows import LabelledRow, header_of, read_labelled
from upshot.errors import DataError


def row(**values: object) -> LabelledRow:
    """The first record of a file x.csv."""
    return LabelledRow("x.csv", 1, values)


def test_a_csv_file_keeps_line_ends_inside_its_fields_and_loses_its_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes('\ufeffid,said\r\n1,"Ann: Hi.\r\nBo: Yes."\r\n'.encode())
    found = read_labelled(path)
    assert found.columns == ("id", "said")
    assert [one.text("said") for one in found.rows] == ["Ann: Hi.\nBo: Yes."]


def test_columns_of_json_are_those_that_every_record_has(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps([{"a": 1, "b": 2}, {"a": 3, "c": 4}]), encoding="utf-8")
    found = read_labelled(path)
    assert found.columns == ("a",)
    assert [one.number for one in found.rows] == [1, 2]


def test_an_object_of_records_gives_each_its_key_as_id(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"1-5": {"a": 1}, "2-1": {"a": 2}}), encoding="utf-8")
    assert [one.values["id"] for one in read_labelled(path).rows] == ["1-5", "2-1"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"a": ', "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("[1, 2]", "expected objects in a list or by id, got a list"),
        ('"text"', "expected objects in a list or by id, got a text"),
        ("[]", "no rows"),
    ],
)
def test_json_that_holds_no_records_is_refused(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=said):
        read_labelled(path)


def test_a_header_is_read_alone_and_what_is_no_table_has_none(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text('a,b\n1,"never closed\n', encoding="utf-8")
    (tmp_path / "y.csv").write_bytes(b"\x89PNG\x00\x00")
    assert header_of(tmp_path / "x.csv") == ("a", "b")
    assert header_of(tmp_path / "y.csv") == ()
    assert header_of(tmp_path / "z.csv") == ()


def test_marks_are_read_in_every_common_form() -> None:
    assert [row(m=value).mark("m") for value in (1, "1", True, "Yes", " true ")] == [True] * 5
    assert [row(m=value).mark("m") for value in (0, "0", False, "no", "FALSE")] == [False] * 5


def test_lists_are_read_as_json_has_them_and_as_python_prints_them() -> None:
    assert row(k=["a", "b", "a"]).names("k") == ("a", "b")
    assert row(k="['a', \"it's\", None]").names("k") == ("a", "it's")
    assert row(k="[]").names("k") == ()


@pytest.mark.parametrize(
    ("read", "said"),
    [
        (lambda: row(s=3).text("s"), "x.csv row 1: 's' is 3, expected a text"),
        (lambda: row().text("s"), "x.csv row 1: no 's', expected a text"),
        (lambda: row(s="  ").filled("s"), "x.csv row 1: 's' is   , expected a text that is not empty"),
        (lambda: row(m=2).mark("m"), "x.csv row 1: 'm' is 2, expected 0 or 1, true or false, yes or no"),
        (lambda: row(m="").mark("m"), "x.csv row 1: 'm' is empty, expected 0 or 1"),
        (lambda: row(f="nan").measure("f"), "x.csv row 1: 'f' is nan, expected a number"),
        (lambda: row(f="high").measure("f"), "x.csv row 1: 'f' is high, expected a number"),
        (lambda: row(k="__import__('os')").names("k"), "expected a list of names"),
        (lambda: row(k={"a": 1}).names("k"), "expected a list of names"),
    ],
)
def test_a_wrong_value_is_named_with_its_file_and_row(read: object, said: str) -> None:
    with pytest.raises(DataError) as caught:
        read()  # type: ignore[operator]
    assert said in str(caught.value)
