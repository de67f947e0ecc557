"""Learned metrics over a run: written once, kept, resumed, and without any model here."""

from collections.abc import Sequence
from pathlib import Path

import pytest

import tiny
from upshot.errors import ModelError, StoppedError
from upshot.events import Event, never, silent
from upshot.metrics.learned import Scorer
from upshot.records import Dialogue, Prediction, dump_lines
from upshot.rundir import RunDir, read_json, read_text, write_text
from upshot.stages.score_learned import score_learned

RECIPE = tiny.recipe({"full": {}, "lora": {}}, compare={"resamples": 200})


def run_with(folder: Path, dialogues: Sequence[Dialogue] = tiny.dialogues()) -> RunDir:
    run = RunDir(folder)
    write_text(run.split("test"), dump_lines(dialogues))
    for arm, text in (("full", "They talk about it."), ("lora", "They talk.")):
        made = (Prediction(item.id, text, 3, False, -0.1, 9, False) for item in dialogues)
        write_text(run.predictions(arm, "test"), dump_lines(made))
    return run


def words(asked: list[str], name: str = "words") -> Scorer:
    """A scorer that counts words and notes what it was asked."""

    def score(_source: str, hypothesis: str, _references: Sequence[str]) -> float:
        asked.append(hypothesis)
        return float(len(hypothesis.split()))

    return Scorer(name, frozenset({"references"}), score, {"version": 1})


def score(run: RunDir, *scorers: Scorer, names: Sequence[str] = ("full", "lora"), **listen: object) -> dict:
    settings = {"tell": silent, "stop": never, **listen}
    return score_learned(run, RECIPE, scorers, names, **settings)  # type: ignore[arg-type]


def test_means_pairs_and_provenance_are_written_as_they_are_returned(tmp_path: Path) -> None:
    run = run_with(tmp_path)
    found = score(run, words([]))
    assert read_json(run.root / "learned.json") == found
    of = found["words"]
    assert of["arms"]["full"] == {"mean": 4.0, "ci95": [4.0, 4.0], "n": 4, "spread": None}
    assert (of["pairs"][0]["difference"], of["provenance"], of["repeats"]) == (2.0, {"version": 1}, 1)


def test_a_second_call_asks_nothing_and_another_scorer_stands_beside_the_first(tmp_path: Path) -> None:
    run, asked = run_with(tmp_path), list[str]()
    score(run, words(asked))
    assert len(asked) == 8
    found = score(run, words(asked), words(asked, "again"))
    assert len(asked) == 16
    assert list(found) == ["words", "again"]


def test_a_stopped_scoring_goes_on_where_it_was_also_after_a_line_cut_off(tmp_path: Path) -> None:
    run, asked = run_with(tmp_path), list[str]()
    with pytest.raises(StoppedError, match="stopped while scoring 'full' with words"):
        score(run, words(asked), stop=lambda: 15 if len(asked) == 2 else None)
    assert not (run.root / "learned.json").exists()
    log = run.arm("full") / "learned-words.jsonl"
    log.write_text(read_text(log) + '{"key": "x')
    score(run, words(asked))
    assert len(asked) == 8


def test_progress_and_what_no_dialogue_has_are_told(tmp_path: Path) -> None:
    heard: list[Event] = []
    score(run_with(tmp_path / "a"), words([]), tell=heard.append)
    assert [event.facts["done"] for event in heard] == [1, 2, 3, 4] * 2
    bare = [Dialogue(item.id, item.text, (), item.row_ids) for item in tiny.dialogues()]
    heard.clear()
    found = score(run_with(tmp_path / "b", bare), words([]), tell=heard.append)
    assert {event.text for event in heard} == {"warning: words needs references, which no test dialogue has"}
    assert found["words"]["arms"] == {}


def test_an_arm_without_predictions_says_what_makes_them(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="arm 'other' has no predictions yet"):
        score(run_with(tmp_path), words([]), names=["other"])
