"""What `upshot score --with` does, on the tiny demo with tiny stand-in models."""

import json
from pathlib import Path

import pytest

import tiny_bert
from upshot.cli.learned_options import KEY, learned_lines, score_with
from upshot.errors import UsageError
from upshot.recipe_file import read_recipe


def score(folder: Path, *specs: str, **more: object) -> dict:
    settings = {"leave": (False, False), "judge_model": "", "repeats": 1, "quiet": True, **more}
    return score_with(folder, read_recipe(folder / "recipe.yaml"), specs, **settings)  # type: ignore[arg-type]


def test_every_arm_is_scored_and_said_in_a_line(finished: Path) -> None:
    folder = finished / "runs" / "demo"
    found = score(folder, f"bertscore={tiny_bert.encoder()}", f"checker={tiny_bert.classifier()}")
    assert json.loads((folder / "learned.json").read_text()) == found
    lines = learned_lines(found, ["bertscore", "checker"])
    assert len(lines) == 8
    assert lines[0].startswith("zero-shot: bertscore ")
    assert lines[0].endswith(f"n={found['bertscore']['arms']['zero-shot']['n']}")


def test_the_spread_between_repeats_is_said_where_there_are_any() -> None:
    cell = {"mean": 0.5, "ci95": [0.4, 0.6], "n": 9, "spread": 0.125}
    assert learned_lines({"judge": {"arms": {"full": cell}}}, ["judge"]) == [
        "full: judge 0.5000 [0.4000, 0.6000], n=9, spread 0.125"
    ]


def test_a_refused_scorer_leaves_the_run_as_it_was(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = finished / "runs" / "demo"
    monkeypatch.setenv(KEY, "secret")
    with pytest.raises(UsageError, match="--allow-remote"):
        score(folder, f"bertscore={tiny_bert.encoder()}", "judge=https://example.com/v1", judge_model="m")
    assert not (folder / "learned.json").exists()
