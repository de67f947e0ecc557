"""Finished outputs in a table."""

import csv
import json
from pathlib import Path
from statistics import fmean

import pytest

from shared_data import shared
from upshot.errors import DataError, UsageError
from upshot.metrics.score import METRICS, score_pairs
from upshot.table import read_table

ROWS = [
    {"": "0", "talk": "a", "human": "Ann meets Bob.", "bart": "Ann meets Bob.", "t5": "Ann."},
    {"": "1", "talk": "a", "human": "Two people meet.", "bart": "Ann meets Bob.", "t5": "People meet."},
    {"": "2", "talk": "b", "human": "It is late.", "bart": "It is noon.", "t5": ""},
    {"": "3", "talk": "b", "human": 'He says "noon",\nthen goes.', "bart": "It is noon.", "t5": "It\u2028is late."},
]


def save(folder: Path, rows: list[dict[str, str]] = ROWS, name: str = "table.csv") -> Path:
    path = folder / name
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return path
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.mark.parametrize("name", ["table.csv", "table.jsonl"])
@pytest.mark.parametrize(("group", "ids"), [("talk", ["a", "b"]), (2, ["dialogue_1", "dialogue_2"])])
def test_rows_are_grouped_by_a_column_or_by_number(tmp_path, name, group, ids):
    table = read_table(save(tmp_path, name=name), reference="human", predictions=["bart", "t5"], group=group)
    assert [dialogue.id for dialogue in table.dialogues] == ids
    assert table.dialogues[1].references == ("It is late.", 'He says "noon",\nthen goes.')
    assert table.texts["t5"] == (("Ann.", "People meet."), ("", "It\u2028is late."))
    assert table.unit == "dialogues"


def test_digits_are_a_number_of_rows_unless_a_column_has_that_name(tmp_path):
    def ids(rows: list[dict]) -> list[str]:
        table = read_table(save(tmp_path, rows), reference="human", predictions=["bart"], group="2")
        return [dialogue.id for dialogue in table.dialogues]

    assert ids(ROWS) == ["dialogue_1", "dialogue_2"]
    assert ids([row | {"2": "one"} for row in ROWS]) == ["one"]


def test_scattered_rows_of_a_dialogue_come_together(tmp_path):
    path = save(tmp_path, [ROWS[0], ROWS[2], ROWS[1], ROWS[3]])
    table = read_table(path, reference="human", predictions=["bart"], group="talk")
    assert [dialogue.row_ids for dialogue in table.dialogues] == [("row_1", "row_3"), ("row_2", "row_4")]


def test_without_a_group_each_row_is_a_unit_and_says_so(tmp_path):
    table = read_table(save(tmp_path), reference="human", predictions=["bart"])
    assert (len(table.dialogues), table.unit) == (4, "rows (no grouping given)")


def test_one_output_a_dialogue_is_its_mean_over_the_references(tmp_path):
    scores = read_table(save(tmp_path), reference="human", predictions=["bart"], group=2).scores()["bart"]
    expected = fmean(METRICS["rouge1"]("Ann meets Bob.", row["human"]) for row in ROWS[:2])
    assert scores[0].mean["rouge1"] == pytest.approx(expected)
    assert "novelty" not in scores[0].mean


def test_outputs_that_differ_meet_the_reference_of_their_own_row(tmp_path):
    scores = read_table(save(tmp_path), reference="human", predictions=["t5"], group=2).scores()["t5"]
    assert scores[0] == score_pairs("dialogue_1", [("Ann.", "Ann meets Bob."), ("People meet.", "Two people meet.")])


def test_the_golden_table_scores_as_rouge_score_does(tmp_path):
    outputs = shared("data/outputs/bart-large-quick.txt").read_text(encoding="utf-8").split("\n")
    with shared("data/dialogsum/test.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [{"": n, "human": row["summary"], "bart": outputs[n // 3]} for n, row in enumerate(csv.DictReader(file))]
    for group, count in ((3, 500), (None, 1500)):
        scores = read_table(save(tmp_path, rows), reference="human", predictions=["bart"], group=group).scores()["bart"]
        found = [100 * fmean(score.mean[name] for score in scores) for name in ("rouge1", "rouge2", "rougeL")]
        assert len(scores) == count
        assert found == pytest.approx([45.05, 20.07, 37.88], abs=0.006)


def test_a_missing_column_is_answered_with_those_found(tmp_path):
    path = save(tmp_path)
    for wanted in ({"reference": "people"}, {"predictions": ["people"]}, {"group": "people"}):
        with pytest.raises(UsageError, match=r"no column 'people' \(found: talk, human, bart, t5\)"):
            read_table(path, **({"reference": "human", "predictions": ["bart"]} | wanted))


def test_rows_that_do_not_divide_are_refused(tmp_path):
    with pytest.raises(UsageError, match="4 rows cannot be divided into dialogues of 3 rows"):
        read_table(save(tmp_path), reference="human", predictions=["bart"], group=3)
    with pytest.raises(UsageError, match="dialogues of 0 rows"):
        read_table(save(tmp_path), reference="human", predictions=["bart"], group=0)


def test_a_prediction_named_twice_is_refused(tmp_path):
    with pytest.raises(UsageError, match="named twice"):
        read_table(save(tmp_path), reference="human", predictions=["bart", "bart"])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "error D04: {path}: file is empty"),
        ("a.csv", b"human,bart\n", "error D05: {path}: no rows after the header"),
        ("a.xlsx", b"x", "error D06: {path}: unsupported type '.xlsx' (use .csv or .jsonl)"),
        ("a.csv", b"human,bart\nx,\xe9\n", "error D08: {path} line 2: byte 0xE9 is not valid UTF-8; convert the file"),
        ("a.csv", b"human,bart\nx,y,z\n", "error D15: {path} row 1 (line 2): 3 fields, the header has 2"),
        ("a.csv", b"human,bart\nx\n", "error D16: {path} row 1 (line 2): 1 fields, the header has 2"),
        ("a.csv", b'human,bart\n"x,y\n', "error D14: {path} line 2: a quote is opened and never closed"),
        ("a.csv", b'human,bart\n"x"y,z\n', "error D17: {path} line 2: text after a closing quote"),
        (
            "a.csv",
            b"human,bart\n" + b"x" * 1_000_001 + b",y\n",
            "error D22: {path} line 2: a field has more than 1,000,000 characters",
        ),
        ("a.csv", b"human,human\nx,y\n", "error D20: {path}: column 'human' appears twice"),
        ("a.csv", b"human,bart\n ,y\n", "error D34: {path} row 1: 'human' is empty"),
        ("a.jsonl", b'{"human": "x", "bart": null}\n', "error D33: {path} row 1: 'bart' is missing"),
        ("a.jsonl", b'{"human": "x", "bart": 3}\n', "error D37: {path} row 1: 'bart' is not a text"),
        ("a.jsonl", b"[1]\n", "error D27: {path} line 1: expected an object, got a list"),
    ],
)
def test_a_bad_file_is_told_in_one_line(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_table(path, reference="human", predictions=["bart"])
    assert str(caught.value) == message.format(path=path)


def test_bad_json_is_told_with_its_line(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"human": "x", "bart": "y"}\n{"human":\n', encoding="utf-8")
    with pytest.raises(DataError, match="line 2: not valid JSON"):
        read_table(path, reference="human", predictions=["bart"])


def test_a_file_that_is_not_there_and_a_folder_are_told(tmp_path):
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(DataError, match="D01"):
        read_table(tmp_path / "none.csv", reference="human", predictions=["bart"])
    with pytest.raises(DataError, match="D02"):
        read_table(tmp_path / "folder.csv", reference="human", predictions=["bart"])


def test_a_byte_order_mark_and_windows_lines_are_accepted(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("\ufeffhuman,bart\r\nx,y\r\n\r\n".encode())
    assert read_table(path, reference="human", predictions=["bart"]).texts == {"bart": (("y",),)}
