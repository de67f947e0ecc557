"""Every shipped recipe trains two steps, predicts and scores: a tiny checkpoint and a tiny DialogSum in their place."""

import json
from pathlib import Path
from typing import Final

import pytest

import tiny
from command import ROOT, upshot
from small_project import settings, write_splits
from upshot.recipe_file import expand_arms, read_recipe

PATHS: Final = sorted((ROOT / "recipes").glob("*.yaml"))
SMALL: Final = (
    "train.max_steps=2",
    "train.eval_rows=1",
    "prompt.max_source_tokens=128",
    "prompt.max_target_tokens=24",
    "generation.max_new_tokens=4",
    "data.subset.train={}",
    "data.subset.validation={}",
    "data.subset.test={}",
    "compare.resamples=200",
    "compare.show=[test_0_1]",
)
SHAPE: Final = "d_model: 32, d_kv: 16, d_ff: 64, num_layers: 2, num_decoder_layers: 2, num_heads: 2"
SCRATCH: Final = f"model.scratch={{vocab_size: 640, {SHAPE}}}"


def changes_of(path: Path) -> list[str]:
    """What makes a recipe tiny, and nothing else of it different."""
    recipe = read_recipe(path)
    changes = list(SMALL)
    changes.append(SCRATCH if recipe.model.scratch else f"model.name={tiny.flan()}")
    for name, arm in recipe.arms.items():
        if arm.trains and arm.train.max_steps is None:
            changes.append(f"arms.{name}.train.max_steps=2")
        if arm.shots and arm.shots.rows:
            changes.append(f"arms.{name}.shots.rows={[number // 10 for number in arm.shots.rows]}")
        if arm.shots:
            changes.append(f"arms.{name}.shots.max_tokens=128")
    return changes


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as DialogSum's, with three test rows a dialogue."""
    return write_splits(tmp_path_factory.mktemp("data"), train=6, validation=2, test=2)


def test_nine_recipes_run_here() -> None:
    assert len(PATHS) == 9


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_recipe_runs_two_steps_predicts_and_scores(path: Path, source: Path, tmp_path: Path) -> None:
    changes = [f"data.source={source}", *changes_of(path)]
    done = upshot("run", path, *settings(*changes), cwd=tmp_path)
    # Two steps from nothing may leave a model without a word: the run is whole then, and says so.
    silent = read_recipe(path).model.scratch is not None and "\nerror D55: " in done.err
    assert done.code == (3 if silent else 0), done.err
    run, arms = tmp_path / "runs" / path.stem, expand_arms(read_recipe(path))
    comparison = json.loads((run / "comparison.json").read_text())
    assert list(comparison["arms"]) == list(arms)
    assert comparison["n_dialogues"] == 2
    for name, arm in arms.items():
        assert len((run / "arms" / name / "predictions.jsonl").read_text().splitlines()) == 2
        assert len((run / "arms" / name / "scores.jsonl").read_text().splitlines()) == 2
        if arm.trains:
            assert json.loads((run / "arms" / name / "train" / "summary.json").read_text())["steps"] == 2
    header = (run / "results.csv").read_text().splitlines()[0]
    assert header.count(",") == 1 + len(arms) + sum(name.count(",") for name in arms)
    assert (run / "report.html").stat().st_size > 10_000
