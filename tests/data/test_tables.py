"""Files of every kind to rows."""

import hashlib
from pathlib import Path

import pytest

from upshot.data.notices import Remarks
from upshot.data.splits import join_rows
from upshot.data.tables import Reading, find_problems, read_objects, read_rows, read_table
from upshot.errors import DataError, UsageError
from upshot.records import Dialogue, dump_lines


def test_samsum_is_read_with_its_windows_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "train.json"
    path.write_text(
        '[{"id": "13818513", "summary": "Amanda baked.", "dialogue": "Amanda: I baked.\\r\\nJerry: Sure!"}]'
    )
    [row] = read_rows(path)[0]
    assert (row.id, row.dialogue, row.summary) == ("13818513", "Amanda: I baked.\nJerry: Sure!", "Amanda baked.")


def test_columns_of_a_json_file_may_first_come_in_a_later_row(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"dialogue": "a", "summary": "s"}\n{"id": "b", "dialogue": "b", "summary": "s"}\n')
    assert [row.id for row in read_rows(path)[0]] == ["row-1", "b"]


def test_a_table_knows_the_hash_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("dialogue,summary\na,b\n")
    table = read_table(path, Reading(), Remarks())
    assert (table.name, table.sha256) == ("x.csv", hashlib.sha256(path.read_bytes()).hexdigest())


def test_objects_are_read_without_asking_for_columns(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"anything": [1]}\n')
    assert read_objects(path, Remarks())[2] == [{"anything": [1]}]


def test_a_good_file_has_no_problems_and_a_bad_setting_is_still_an_error(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("dialogue,summary\na,b\n")
    assert find_problems(path) == []
    with pytest.raises(UsageError):
        find_problems(path, Reading(encoding="nope"))


def test_the_dialogues_that_a_run_keeps_can_be_read_as_rows_again(tmp_path: Path) -> None:
    dialogues = [
        Dialogue("a", "Ann: Hello.", ("Ann greets.", "A greeting."), ("a_1", "a_2"), topic="hello"),
        Dialogue("b", "Ben: Bye.", ("Ben leaves.",), ("b_1",)),
    ]
    path = tmp_path / "test.jsonl"
    path.write_text(dump_lines(dialogues), encoding="utf-8")
    rows, notices = read_rows(path)
    assert [(row.id, row.dialogue, row.summary) for row in rows] == [
        ("a_1", "Ann: Hello.", "Ann greets."),
        ("a_2", "Ann: Hello.", "A greeting."),
        ("b_1", "Ben: Bye.", "Ben leaves."),
    ]
    assert notices == []
    assert [(item.text, item.references, item.row_ids, item.topic) for item in join_rows(rows)] == [
        (item.text, item.references, item.row_ids, item.topic) for item in dialogues
    ]
    path.write_text('{"text": "Ann: Hello.", "references": ["x"], "row_ids": []}\n', encoding="utf-8")
    with pytest.raises(DataError, match="no column 'dialogue'"):
        read_rows(path)
