"""The gate."""

import json
from pathlib import Path

import pytest

from shared_data import shared
from upshot.data.findings import Findings, findings
from upshot.data.measures import Repeats
from upshot.data.sources import load_splits
from upshot.data.token_warnings import Limits
from upshot.errors import DataError
from upshot.recipe import DataSettings

HEAD = "id,dialogue,summary\n"


def _gate(folder: Path, *, strict: bool = False, **files: str) -> Findings:
    for name, rows in files.items():
        (folder / f"{name}.csv").write_text(HEAD + rows)
    return findings(load_splits(DataSettings(source=str(folder)), 1), strict=strict)


def test_good_data_gives_no_warning(tmp_path: Path) -> None:
    found = _gate(tmp_path, train="a,A: one two,s\n", test="t_1,A: three four,s\nt_2,A: three four,t\n")
    assert found.warnings == ()
    assert found.leaks == ()


def test_an_overlap_of_splits_is_a_warning_and_an_error_when_strict(tmp_path: Path) -> None:
    files = {
        "train": "train_88,A: Hello you,s\nb,A: x y,s\n",
        "test": "test_12_1,a hello YOU,s\ntest_12_2,a hello YOU,t\n",
    }
    found = _gate(tmp_path, **files)
    said = "1 dialogue of test.csv is in train.csv (first: test_12 = train_88); data.clean removes them"
    assert ("D44", said) in [(notice.code, notice.message) for notice in found.warnings]
    assert (found.leaks[0].dialogues, found.leaks[0].rows) == (1, 2)
    with pytest.raises(DataError) as caught:
        _gate(tmp_path, strict=True, **files)
    assert str(caught.value) == f"error D44: {said}"


def test_references_without_latin_words_are_a_warning(tmp_path: Path) -> None:
    found = _gate(tmp_path, train="a,A: one two,s\n", test="b,王先生：你 好,你好\nc,A: three four,fine\n")
    said = "ROUGE counts only a-z and 0-9: 1 of 2 references has no words left"
    assert [(notice.code, notice.message) for notice in found.warnings] == [("D51", said)]


def test_names_are_good_turns_where_no_tags_are_used(tmp_path: Path) -> None:
    found = _gate(tmp_path, train="a,Amanda: I baked cookies,s\nb,no name here at all,s\nc,Tom: nice of you,s\n")
    said = "train.csv: 1 row has no '#Person1#:' style turns (first: row 2)"
    assert [notice.message for notice in found.warnings] == [said]


def test_findings_are_plain_json(tmp_path: Path) -> None:
    data = load_splits(DataSettings(source=str(_write(tmp_path))), 1)
    found = findings(data, tokenize=lambda texts: [[1] * len(text.split()) for text in texts], limits=Limits(4, 2, 0))
    record = json.loads(json.dumps(found.to_json()))
    assert record["splits"]["train"]["tokens"]["dialogues_over"] == 0.5
    assert [warning["code"] for warning in record["warnings"]] == ["D46"]
    assert record["notes"][0]["message"].startswith("1 of 2 dialogues have line breaks")


def test_the_known_figures_of_dialogsum_are_found() -> None:
    data = load_splits(DataSettings(source=str(shared("data/dialogsum"))), 1)
    found = findings(data)
    train = found.splits["train"]
    assert (train.rows, train.dialogues, train.unique_dialogues) == (12_460, 12_458, 11_348)
    assert train.repeats == Repeats(groups=1056, rows=2168)
    assert found.splits["test"].repeats == Repeats(groups=2, rows=4)
    assert [(leak.split, leak.earlier, leak.dialogues) for leak in found.leaks] == [
        ("validation", "train", 52),
        ("test", "train", 1),
        ("test", "validation", 7),
    ]
    assert found.leaks[1].first[0] == "test_156"
    clean = findings(load_splits(DataSettings(source=str(shared("data/dialogsum")), clean=True), 1), strict=True)
    assert (clean.leaks, clean.splits["validation"].rows, clean.splits["test"].dialogues) == ((), 448, 492)


def _write(folder: Path) -> Path:
    path = folder / "train.csv"
    path.write_text(HEAD + '1,"A: one two\nB: three four",s\n2,A: five,t\n')
    return folder
