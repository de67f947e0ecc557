"""Conversations of a batch: rows of tables, files of folders, and what is wrong with single ones."""

import json
from pathlib import Path

import pytest

from upshot.data.batch_rows import Rows, extent_of, items_of
from upshot.data.conversation import Conversation
from upshot.errors import DataError, UsageError

TURNS = [{"speaker": "Ann", "text": "hi"}, {"speaker": "Bo", "text": "yo"}]


def written(folder: Path, name: str, *lines: str) -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def read(rows: Rows) -> list[tuple[int, str, str | None]]:
    """Number, id, and text of a conversation or code of an error."""
    items = list(items_of(rows))
    assert extent_of(rows).rows == len(items)
    return [(i.number, i.id, i.found.text if isinstance(i.found, Conversation) else i.found.code) for i in items]


def test_columns_of_a_csv_are_found_or_named(tmp_path: Path) -> None:
    path = written(tmp_path, "x.csv", "id,dialogue,talk", 'a,"Ann: hi\nBo: yo",Cy: no', ",Dee: so,")
    assert read(Rows(path)) == [(1, "a", "Ann: hi\nBo: yo"), (2, "row-2", "Dee: so")]
    assert read(Rows(path, column="talk", id_column="dialogue"))[1] == (2, "Dee: so", "D34")
    with pytest.raises(DataError, match=r"D19: x\.csv: no column 'no'"):
        extent_of(Rows(path, column="no"))


def test_bad_rows_stand_in_their_places(tmp_path: Path) -> None:
    path = written(tmp_path, "x.csv", "dialogue,n", "Ann: a,1", "Ann: b, c,2", "Ann: d", "Ann: e,5", ",6", "Ann: f,7,8")
    assert [item[2] for item in read(Rows(path))] == ["Ann: a", "D15", "D16", "Ann: e", "D34", "D15"]
    lines = [
        json.dumps(value)
        for value in (
            {"id": 7, "dialogue": "Ann: a"},
            {"id": "\ud800", "dialogue": "Ann: b"},
            {"id": [1], "dialogue": "Ann: c"},
            {"dialogue": TURNS, "consent": "yes"},
            {"dialogue": {"turns": TURNS, "consent": "no"}},
            {"dialogue": [{"text": 5}]},
            {"dialogue": 5},
            {"other": "x"},
            {"dialogue": "Ann: " + "a" * 1_000_000},
            [1],
        )
    ]
    path = written(tmp_path, "x.jsonl", *lines, "{", "", '{"dialogue": "Bo: end"}', '{"dialogue": "cut')
    expected = [
        *((1, "7", "Ann: a"), (2, "row-2", "D38"), (3, "row-3", "D37"), (4, "row-4", "Ann: hi\nBo: yo")),
        *((5, "row-5", "Ann: hi\nBo: yo"), (6, "row-6", "D37"), (7, "row-7", "D37"), (8, "row-8", "D33")),
        *((9, "row-9", "D22"), (10, "row-10", "D27"), (11, "row-11", "D25"), (12, "row-12", "Bo: end")),
        (13, "row-13", "D25"),
    ]
    assert read(Rows(path)) == expected
    consents = [item.found.consent for item in items_of(Rows(path)) if isinstance(item.found, Conversation)]
    assert consents == ["", "yes", "no", ""]


def test_what_is_said_of_a_row_names_it_and_holds_no_text(tmp_path: Path) -> None:
    path = written(tmp_path, "x.jsonl", '{"dialogue": [{"text": {"secret": 1}}]}', '{"dialogue": "secret \\ud800"}')
    said = [str(item.found) for item in items_of(Rows(path))]
    assert said == [
        "error D37: x.jsonl row 1 turn 1: 'text' is an object, expected text",
        "error D38: x.jsonl row 2: holds half a surrogate pair (\\ud800)",
    ]


def test_json_and_parquet_are_tables_too(tmp_path: Path) -> None:
    path = written(tmp_path, "x.json", json.dumps([{"dialogue": "Ann: hi"}, 5, {"dialogue": TURNS}]))
    assert [item[2] for item in read(Rows(path))] == ["Ann: hi", "D27", "Ann: hi\nBo: yo"]
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(pyarrow.table({"id": [4, 5], "dialogue": ["Ann: hi", None]}), tmp_path / "x.parquet")
    assert read(Rows(tmp_path / "x.parquet")) == [(1, "4", "Ann: hi"), (2, "5", "D33")]


def test_a_table_that_breaks_off_is_refused_as_a_whole(tmp_path: Path) -> None:
    cases = {
        "D14": written(tmp_path, "a.csv", "dialogue", "Ann: a", '"Ann: b'),
        "D07": written(tmp_path, "b.csv", "dialogue", "Ann: a", "\0"),
        "D05": written(tmp_path, "c.csv", "dialogue"),
        "D04": written(tmp_path, "d.csv"),
        "D25": written(tmp_path, "e.jsonl", "{", "["),
        "D05 ": written(tmp_path, "f.jsonl", ""),
        "D19": written(tmp_path, "g.jsonl", "{}"),
        "D01": tmp_path / "none.csv",
    }
    for code, path in cases.items():
        with pytest.raises(DataError, match=f"^error {code.strip()}"):
            extent_of(Rows(path))
    with pytest.raises(UsageError, match="unknown encoding"):
        extent_of(Rows(cases["D05"], encoding="no-such"))


def test_folders_and_files_are_batches_too(tmp_path: Path) -> None:
    folder = tmp_path / "calls"
    (folder / "may").mkdir(parents=True)
    written(folder, "b.txt", "Ann: hi")
    written(folder, "a.json", "{")
    written(folder / "may", "b.txt", "Bo: yo")
    written(folder, "sound.mp3", "")
    assert read(Rows(folder)) == [(1, "a.json", "D25"), (2, "b.txt", "Ann: hi"), (3, "may/b.txt", "Bo: yo")]
    assert extent_of(Rows(folder)).notes == ("1 file of the folder passed over: no .txt, .vtt, .srt or .json",)
    table = written(tmp_path, "t.csv", "dialogue")
    several = (folder / "b.txt", tmp_path / "none.txt", table)
    assert [item[2] for item in read(Rows(several))] == ["Ann: hi", "D01", None]
    assert read(Rows(folder / "b.txt")) == [(1, "b.txt", "Ann: hi")]
    with pytest.raises(DataError, match="D01"):
        extent_of(Rows(tmp_path / "nowhere"))


def test_the_hash_is_that_of_the_source(tmp_path: Path) -> None:
    path = written(tmp_path, "x.txt", "Ann: hi")
    before = [extent_of(rows).sha256 for rows in (Rows(tmp_path), Rows((path,)), Rows(path))]
    written(tmp_path, "x.txt", "Ann: ho")
    assert all(
        a != b
        for a, b in zip(before, [extent_of(r).sha256 for r in (Rows(tmp_path), Rows((path,)), Rows(path))], strict=True)
    )


def test_odd_columns_are_noted(tmp_path: Path) -> None:
    path = written(tmp_path, "x.csv", "Dialogue", "Ann: hi")
    assert extent_of(Rows(path)).notes == ("warning D21: x.csv: column 'Dialogue' read as 'dialogue'",)
    assert extent_of(Rows(path)).characters == 2
