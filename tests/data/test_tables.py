"""Files of every kind to rows."""

import hashlib
from pathlib import Path

import pytest

from upshot.data.notices import Remarks
from upshot.data.tables import Reading, find_problems, read_objects, read_rows, read_table
from upshot.errors import UsageError


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
