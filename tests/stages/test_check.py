"""The gate of a run: its own copy of the data, what was found, and refusal of other data under the same name."""

import json
from pathlib import Path
from typing import Any

import pytest

import tiny
from small_project import write_splits, write_table
from upshot.data.sources import LoadedData, load_splits
from upshot.errors import DataError, ModelError, UsageError
from upshot.events import Event, silent
from upshot.model.load import load_tokenizer
from upshot.model.place import ModelRef
from upshot.recipe import DataSettings, PromptSettings, Recipe
from upshot.records import Dialogue, Row, load_lines
from upshot.rundir import RunDir, read_text
from upshot.stages.check import check_run, inspect, rows_as_seen


def recipe(folder: Path, **data: Any) -> Recipe:
    return tiny.recipe({"zero-shot": {}}, data={"source": str(folder), **data})


def test_the_run_keeps_its_own_rows_and_what_the_gate_found(tmp_path: Path) -> None:
    heard: list[Event] = []
    run = RunDir(tmp_path / "run")
    found = check_run(run, recipe(write_splits(tmp_path / "data")), heard.append)
    assert len(load_lines(read_text(run.split("train")), Row)) == 8
    dialogues = load_lines(read_text(run.split("test")), Dialogue)
    assert [len(item.references) for item in dialogues] == [3, 3, 3]
    assert json.loads((run.root / "data.json").read_text()) == found.to_json()
    assert [event.text for event in heard] == [str(notice) for notice in (*found.notes, *found.warnings)]
    assert {event.kind for event in heard} <= {"note", "warning"}


def test_the_same_data_again_changes_no_file(tmp_path: Path) -> None:
    run, settings = RunDir(tmp_path / "run"), recipe(write_splits(tmp_path / "data"))
    check_run(run, settings, silent)
    before = {path: path.stat().st_mtime_ns for path in run.root.rglob("*.json*")}
    check_run(run, settings, silent)
    assert {path: path.stat().st_mtime_ns for path in run.root.rglob("*.json*")} == before
    assert len(before) == 5


def test_other_data_in_the_same_run_is_refused_with_the_splits_that_differ(tmp_path: Path) -> None:
    run, source = RunDir(tmp_path / "run"), write_splits(tmp_path / "data")
    check_run(run, recipe(source), silent)
    before = read_text(run.split("train"))
    with pytest.raises(UsageError, match="other data") as caught:
        check_run(run, recipe(source, subset={"train": {"first": 6}}), silent)
    assert "rows.train" in str(caught.value)
    assert "rows.test" not in str(caught.value)
    assert read_text(run.split("train")) == before


def test_data_without_a_test_split_cannot_be_compared_on(tmp_path: Path) -> None:
    write_splits(tmp_path / "data")
    (tmp_path / "data" / "test.csv").unlink()
    with pytest.raises(DataError, match="no test split") as caught:
        check_run(RunDir(tmp_path / "run"), recipe(tmp_path / "data"), silent)
    assert caught.value.code == "D52"


def test_a_model_that_is_not_there_is_told_by_the_gate(tmp_path: Path) -> None:
    settings = tiny.recipe({"a": {}}, data={"source": str(write_splits(tmp_path / "data"))})
    wrong = settings.model_copy(update={"model": settings.model.model_copy(update={"name": str(tmp_path / "nowhere")})})
    with pytest.raises(ModelError, match="no such folder"):
        check_run(RunDir(tmp_path / "run"), wrong, silent)


def test_lengths_are_in_tokens_where_there_is_a_tokenizer(tmp_path: Path) -> None:
    data = load_splits(DataSettings(source=str(write_splits(tmp_path / "data"))), 1)
    settings = recipe(tmp_path / "data").prompt
    assert inspect(data, settings, None).splits["train"].tokens is None
    counted = inspect(data, settings, tiny.tokenizer()).splits["train"].tokens
    assert counted is not None
    assert counted.dialogue is not None
    assert counted.dialogue.max > 20


def test_two_rows_are_shown_as_the_model_sees_them(tmp_path: Path) -> None:
    write_table(tmp_path / "x.csv", [(str(n), f"Ann: talk {n}\nBen: yes", f"They talk {n}.") for n in range(4)])
    data = load_splits(DataSettings(source=str(tmp_path / "x.csv")), 1, divide_file=False)
    first, second = rows_as_seen(data, recipe(tmp_path).prompt, tiny.tokenizer())
    assert (first.id, second.id) == ("0", "1")
    assert "talk 0 / Ben: yes" in first.source
    assert "".join(first.pieces).count("Summar") == 2
    assert first.labels[-2:] == (-100, -100)
    assert not first.truncated
    assert "talk 0" in first.target


def test_rows_are_shown_with_the_tags_that_the_model_reads(tmp_path: Path) -> None:
    data = load_splits(DataSettings(source=str(write_splits(tmp_path / "data"))), 1)
    settings = PromptSettings(speakers="tags", template="raw")
    seen = rows_as_seen(data, settings, load_tokenizer(ModelRef("starter")), count=1)[0]
    assert seen.source.startswith("#Person1#: ")
    assert "#Person1#" in seen.target


def test_lengths_are_those_of_whole_prompts_as_the_model_reads_them(tmp_path: Path) -> None:
    data = talks(tmp_path, "Bartholomew: Gwendolyn, hi!\nGwendolyn: Hi {}!", "Bartholomew meets Gwendolyn.")
    for speakers in ("keep", "tags"):
        settings = PromptSettings(speakers=speakers, template="raw-summary")
        seen = rows_as_seen(data, settings, tiny.tokenizer(), count=9)
        [length, target] = (max(len(row.pieces) for row in seen), len(seen[0].labels) - 2)
        found = [split.tokens for split in inspect(data, settings, tiny.tokenizer()).splits.values()]
        assert max(tokens.dialogue.max for tokens in found if tokens and tokens.dialogue) == length
        assert {tokens.summary.max for tokens in found if tokens and tokens.summary} == {target}
        for less, codes in ((0, set()), (1, {"D46", "D47"})):
            limits = {"max_source_tokens": length - less, "max_target_tokens": target - less}
            notices = inspect(data, settings.model_copy(update=limits), tiny.tokenizer()).warnings
            assert {notice.code for notice in notices} & {"D46", "D47"} == codes


def test_a_sign_that_tags_hide_is_not_unknown(tmp_path: Path) -> None:
    data = talks(tmp_path, "Ж1: hi Ben\nBen: hi Ж1 {}", "Ж1 greets Ben.")
    said = {
        speakers: {
            notice.code for notice in inspect(data, PromptSettings(speakers=speakers), tiny.tokenizer()).warnings
        }
        for speakers in ("keep", "tags")
    }
    assert ("D49" in said["keep"], "D49" in said["tags"]) == (True, False)


def talks(folder: Path, dialogue: str, summary: str) -> LoadedData:
    """Nine rows that differ in a letter, divided."""
    rows = [{"dialogue": dialogue.format(letter), "summary": summary} for letter in "abcdefghi"]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return load_splits(DataSettings(source=str(folder / "rows.jsonl")), 1)
