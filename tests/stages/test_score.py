"""Scores from stored predictions: no model, one line a dialogue, empty outputs counted and told."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import tiny
from command import environment
from upshot import rundir
from upshot.errors import DataError, ModelError
from upshot.events import Event, silent
from upshot.records import Prediction, Score, dump_lines, load_lines
from upshot.rundir import RunDir, read_text, write_text
from upshot.stages.score import refuse_empty, score_arm

# None in sys.modules would trip scipy, which takes a module that is listed for one that is there.
WITHOUT_TORCH = """import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "transformers", "peft", "accelerate"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
"""


def run_with(folder: Path, texts: Sequence[str], arm: str = "full") -> RunDir:
    """A run whose arm predicted these texts for the first dialogues."""
    run = RunDir(folder)
    write_text(run.split("test"), dump_lines(tiny.dialogues()))
    made = (
        Prediction(item.id, text, 3, False, -0.1, 9, False) for item, text in zip(tiny.dialogues(), texts, strict=False)
    )
    write_text(run.predictions(arm, "test"), dump_lines(made))
    return run


def test_scores_are_written_in_the_order_of_the_dialogues(tmp_path: Path) -> None:
    texts = [item.references[0] for item in tiny.dialogues()]
    run = run_with(tmp_path, [*texts[:-1], "nothing alike"])
    made = score_arm(run, "full", silent)
    scores = load_lines(read_text(run.arm("full") / "scores.jsonl"), Score)
    assert [score.mean["rouge1"] for score in scores] == [1.0, 1.0, 1.0, 0.0]
    assert [score.id for score in scores] == [item.id for item in tiny.dialogues()]
    assert (made.dialogues, made.rouge1, made.empty) == (4, 0.75, 0)


@pytest.mark.parametrize("window", [1, 3, 4])
def test_windows_change_no_score(window: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [item.references[0] for item in tiny.dialogues()]
    whole, run = run_with(tmp_path / "whole", texts), run_with(tmp_path / "run", texts)
    made = score_arm(whole, "full", silent)
    monkeypatch.setattr(rundir, "WINDOW", window)
    assert score_arm(run, "full", silent) == made
    assert read_text(run.arm("full") / "scores.jsonl") == read_text(whole.arm("full") / "scores.jsonl")
    write_text(run.predictions("full", "test"), read_text(run.predictions("full", "test")).split("\n", 1)[1])
    with pytest.raises(DataError):
        score_arm(run, "full", silent)
    assert read_text(run.arm("full") / "scores.jsonl") == read_text(whole.arm("full") / "scores.jsonl")


def test_an_arm_without_predictions_says_what_makes_them(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="arm 'lora' has no predictions yet; upshot predict makes them"):
        score_arm(run_with(tmp_path, ["a"] * 4), "lora", silent)


def test_a_missing_prediction_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        score_arm(run_with(tmp_path, ["a"] * 3), "full", silent)
    assert caught.value.code == "D53"
    assert tiny.dialogues()[3].id in caught.value.message


def test_empty_predictions_are_told_scored_as_0_and_refused_at_the_end(tmp_path: Path) -> None:
    heard: list[Event] = []
    run = run_with(tmp_path, ["", "They talk.", "They talk.", "They talk."])
    made = score_arm(run, "full", heard.append)
    assert load_lines(read_text(run.arm("full") / "scores.jsonl"), Score)[0].mean["rouge1"] == 0.0
    said = "1 of 4 predictions of 'full' are empty and score 0"
    assert [(event.kind, event.text) for event in heard] == [("warning", f"warning D55: {said}")]
    with pytest.raises(DataError, match=said) as caught:
        refuse_empty({"full": made})
    assert caught.value.code == "D55"
    refuse_empty({"full": score_arm(run_with(tmp_path, ["They talk."] * 4), "full", silent)})


def test_old_predictions_are_scored_and_compared_where_there_is_no_torch(tmp_path: Path) -> None:
    run = run_with(tmp_path / "run", ["They talk."] * 4)
    write_text(run.root / "recipe.yaml", "name: x\narms: {full: {tuning: full}}\ncompare: {resamples: 100}\n")
    for verb in ("score", "compare", "report"):
        code = f"{WITHOUT_TORCH}from upshot.cli.app import main\nmain([{verb!r}, {str(run.root)!r}, '-q'])"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=False
        )
        assert (done.returncode, done.stderr) == (0, ""), verb
    assert json.loads((run.root / "comparison.json").read_text())["n_dialogues"] == 4
