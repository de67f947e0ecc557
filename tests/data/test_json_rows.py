"""JSON and JSON Lines, strictly."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upshot.data.json_rows import json_document, json_lines
from upshot.data.notices import Remarks
from upshot.data.tables import read_rows
from upshot.errors import DataError

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\t\r\n")).filter(str.strip)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5), plain=st.booleans())
def test_texts_written_as_jsonl_are_read_back(tmp_path: Path, texts: list[tuple[str, str]], plain: bool) -> None:
    path = tmp_path / "x.jsonl"
    lines = [json.dumps({"dialogue": one, "summary": two}, ensure_ascii=plain) + "\n" for one, two in texts]
    path.write_bytes("".join(lines).encode())
    rows, _ = read_rows(path)
    assert [row.dialogue for row in rows] == [text.replace("\r\n", "\n").replace("\r", "\n") for text, _ in texts]
    assert [row.summary for row in rows] == [summary for _, summary in texts]


@pytest.mark.parametrize("shape", ["{rows}", '{{"data": {rows}}}', '{{"train": {rows}, "version": 1}}'])
def test_a_json_file_holds_a_list_or_an_object_with_one(shape: str) -> None:
    text = shape.format(rows='[{"dialogue": "a"}, {"dialogue": "b"}]')
    records = list(json_document(text, file="x.json", remarks=Remarks()))
    assert [(record.number, record.values) for record in records] == [(1, {"dialogue": "a"}), (2, {"dialogue": "b"})]


def test_lists_under_names_of_splits_tell_the_split() -> None:
    text = '{"train": [{"a": 1}], "test": [{"a": 2}]}'
    records = json_document(text, file="x.json", remarks=Remarks())
    assert [record.values["split"] for record in records] == ["train", "test"]


@pytest.mark.parametrize("text", ["7", '{"rows": []}', '"x"', "null"])
def test_other_json_is_refused(text: str) -> None:
    with pytest.raises(DataError, match="expected a list of objects") as caught:
        list(json_document(text, file="x.json", remarks=Remarks()))
    assert caught.value.code == "D27"


def test_brackets_inside_texts_are_no_nesting() -> None:
    line = json.dumps({"dialogue": "[{" * 50 + '"\\'}) + "\n"
    assert len(list(json_lines([line], file="x", remarks=Remarks()))) == 1


def test_the_line_of_bad_json_in_a_document_is_told() -> None:
    with pytest.raises(DataError) as caught:
        list(json_document('[\r\n{"a": 1},\r\n{"a" 2}]', file="x.json", remarks=Remarks()))
    assert str(caught.value) == "error D25: x.json line 3: not valid JSON (Expecting ':' delimiter, column 6)"


def test_a_bad_line_with_an_end_is_not_called_cut_off() -> None:
    with pytest.raises(DataError) as caught:
        list(json_lines(['{"a": \n'], file="x", remarks=Remarks()))
    assert caught.value.code == "D25"
