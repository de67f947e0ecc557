"""Every way in which a recipe may name its conversations."""

import json
from pathlib import Path

import pytest

from shared_data import shared
from upshot.data.sources import LoadedData, load_splits
from upshot.errors import DataError, UsageError
from upshot.recipe import DataSettings
from upshot.recipe_file import parse_recipe

HEAD = "id,dialogue,summary\n"


def _load(**settings: object) -> LoadedData:
    return load_splits(DataSettings.model_validate(settings), 13)


def _folder(folder: Path, **files: str) -> Path:
    for name, rows in files.items():
        (folder / f"{name}.csv").write_text(HEAD + rows)
    return folder


def _ids(data: LoadedData) -> tuple[list[str], list[str], list[str]]:
    splits = data.splits
    return [row.id for row in splits.train], [one.id for one in splits.validation], [one.id for one in splits.test]


def test_a_folder_gives_its_splits_with_rows_and_dialogues(tmp_path: Path) -> None:
    _folder(tmp_path, train="a,A: x,s\nb,A: x,t\n", dev="c,A: y,s\n", test="t_1,A: z,s\nt_2,A: z,t\n")
    data = _load(source=str(tmp_path))
    assert _ids(data) == (["a", "b"], ["c"], ["t"])
    assert data.splits.test[0].references == ("s", "t")
    assert data.files == {"train": "train.csv", "validation": "dev.csv", "test": "test.csv"}
    assert data.raw_rows == {"train": 2, "validation": 1, "test": 2}
    assert set(data.hashes) == {"train.csv", "dev.csv", "test.csv"}


def test_files_may_be_named_one_by_one(tmp_path: Path) -> None:
    _folder(tmp_path, one="a,A: x,s\n", two="b,A: y,s\n")
    data = _load(train=str(tmp_path / "one.csv"), test=str(tmp_path / "two.csv"))
    assert _ids(data) == (["a"], [], ["b"])
    with pytest.raises(UsageError, match="not both"):
        _load(train="one.csv", source=str(tmp_path))


def test_files_of_the_same_name_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one, two = _folder(tmp_path / "a", data="a,A: x,s\n"), _folder(tmp_path / "b", data="b,A: y,s\n")
    data = _load(train=str(one / "data.csv"), test=str(two / "data.csv"))
    assert set(data.files.values()) == set(data.hashes) == {str(one / "data.csv"), str(two / "data.csv")}


def test_one_file_is_divided_and_says_so(tmp_path: Path) -> None:
    path = _folder(tmp_path, all="".join(f"r{n},A: word{n},s\n" for n in range(20))) / "all.csv"
    data = _load(source=str(path))
    assert [len(ids) for ids in _ids(data)] == [16, 2, 2]
    assert "divided by dialogue with seed 13" in data.notes[0].message
    whole = load_splits(DataSettings(source=str(path)), 13, divide_file=False)
    assert [len(ids) for ids in _ids(whole)] == [20, 0, 0]


def test_a_column_named_split_divides_a_file(tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    path.write_text("split,dialogue,summary\ntrain,a,s\nTest,b,s\nval,c,s\ntrain,d,s\n")
    assert _ids(_load(source=str(path))) == (["row-1", "row-4"], ["row-3"], ["row-2"])
    path.write_text("split,dialogue,summary\nholdout,a,s\n")
    with pytest.raises(DataError, match="row 1: split 'holdout' is not train, validation or test"):
        _load(source=str(path))


def test_subsets_come_before_joining(tmp_path: Path) -> None:
    _folder(tmp_path, train="a,A: x,s\nb,A: y,s\n", test="t_1,A: z,s\nt_2,A: z,t\nt_3,A: z,u\nu_1,A: w,s\n")
    data = _load(source=str(tmp_path), subset={"test": {"every": 2}})
    assert [(one.id, one.references) for one in data.splits.test] == [("t", ("s", "u"))]
    with pytest.raises(DataError) as caught:
        _load(source=str(tmp_path), subset={"train": {"first": 1}})
    assert str(caught.value) == "error D52: train.csv: 1 row left after the filter, at least 2 are needed"


def test_cleaning_says_what_it_removed(tmp_path: Path) -> None:
    _folder(tmp_path, train="a,A: x,s\n", test="t_1,A: x!,s\nt_2,A: x!,t\nu,A: new,s\n")
    data = _load(source=str(tmp_path), clean=True)
    assert _ids(data) == (["a"], [], ["u"])
    said = "test.csv: data.clean removed 2 rows (1 dialogue) of the test split that also stand in an earlier one"
    assert [notice.message for notice in data.notes] == [said]


def test_builtin_conversations_come_from_the_package_file(tmp_path: Path) -> None:
    path = tmp_path / "conversations.jsonl"
    items = [
        {
            "id": f"shop-{n}",
            "split": split,
            "domain": "shop",
            "topic": "t",
            "dialogue": f"A: {n}",
            "summaries": list("st"),
        }
        for n, split in enumerate(("train", "validation", "test"))
    ]
    path.write_text("".join(json.dumps(item) + "\n" for item in items))
    data = load_splits(DataSettings.model_validate({}), 1, builtin=path)
    assert _ids(data) == (["shop-0_1", "shop-0_2"], ["shop-1"], ["shop-2"])
    assert data.splits.test[0].notes["domain"] == "shop"
    assert list(data.hashes) == ["conversations.jsonl"]


def test_a_null_source_makes_room_for_three_files_and_for_nothing_else(tmp_path: Path) -> None:
    files = {}
    for number, split in enumerate(("train", "validation", "test")):
        files[split] = str(tmp_path / f"{split}.csv")
        Path(files[split]).write_text(f"id,dialogue,summary\n{number},Ann: Hello {number}.,Ann says hello.\n")
    overrides = [f"data.{split}={place}" for split, place in files.items()]
    text = "data: {source: old.csv}\narms: {a: {}}"
    data = parse_recipe(text, overrides=["data.source=null", *overrides]).data
    assert _ids(load_splits(data, 1)) == (["0"], ["1"], ["2"])
    with pytest.raises(UsageError, match=r"--set data.source=null takes back a recipe's source"):
        load_splits(parse_recipe(text, overrides=overrides).data, 1)
    with pytest.raises(UsageError, match=r"data.source"):
        parse_recipe(text, overrides=["data.source=null"])


def test_sources_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        _load(source="nowhere/train.csv")
    assert str(caught.value) == "error D01: nowhere/train.csv: file not found"
    with pytest.raises(DataError, match="File name too long"):
        _load(source="x" * 5000)
    with pytest.raises(DataError, match="D01"):
        _load(source="~nobody-here/x.csv")
    with pytest.raises(DataError, match="folder without train, validation or test files"):
        _load(source=str(tmp_path))
    (tmp_path / "train.csv").write_text(HEAD + "a,b,c\n")
    (tmp_path / "train.json").write_text("[]")
    with pytest.raises(UsageError, match=r"both train.csv and train.json could be the train split"):
        _load(source=str(tmp_path))


def test_a_path_that_exists_wins_over_a_hub_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "owner" / "name").mkdir(parents=True)
    _folder(tmp_path / "owner" / "name", test="a,A: x,s\n")
    assert _ids(_load(source="owner/name")) == ([], [], ["a"])


def test_dialogsum_is_500_test_dialogues_of_three_references() -> None:
    data = _load(source=str(shared("data/dialogsum")))
    assert [len(ids) for ids in _ids(data)] == [12_460, 500, 500]
    assert {len(one.references) for one in data.splits.test} == {3}
    assert [one.id for one in data.splits.test] == [f"test_{n}" for n in range(500)]
    assert not data.warnings
    few = _load(
        source=str(shared("data/dialogsum")),
        subset={split: {"every": 100} for split in ("train", "validation", "test")},
    )
    assert (len(few.rows["train"]), len(few.rows["validation"]), len(few.rows["test"])) == (125, 5, 15)
    first = _load(source=str(shared("data/dialogsum")), subset={"test": {"first": 10}})
    assert [one.id for one in first.splits.test] == ["test_0", "test_1", "test_2", "test_3_1"]
