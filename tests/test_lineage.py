"""Which weights an arm stands on, and changes that are refused."""

from pathlib import Path

import pytest

from upshot.errors import ModelError, UsageError
from upshot.lineage import (
    best_arm,
    recorded,
    refuse_changes,
    spoken_by,
    start_folder,
    validation_score,
    weights_folder,
)
from upshot.recipe import Arm
from upshot.records import Dialogue, Prediction, dump_lines
from upshot.rundir import RunDir, write_text

DIALOGUES = [
    Dialogue("a", "Ann: hi", ("Ann says hi.",), ("a",)),
    Dialogue("b", "Ben: bye", ("Ben leaves.", "Bye."), ("b",)),
]


def run_with(tmp_path: Path, **texts: tuple[str, str]) -> RunDir:
    """A run whose arms have these validation predictions, and weights folders."""
    run = RunDir(tmp_path)
    write_text(run.split("validation"), dump_lines(DIALOGUES))
    for name, pair in texts.items():
        made = [Prediction(key, text, 1, False, 0.0, 1, False) for key, text in zip("ab", pair, strict=True)]
        write_text(run.predictions(name, "validation"), dump_lines(made))
        run.weights(name).mkdir(parents=True)
    return run


def arm(start: str | list[str] | None = None, tuning: str = "none") -> Arm:
    return Arm.model_validate({"from": start, "tuning": tuning})


def test_the_score_is_the_mean_over_dialogues_of_the_mean_over_references(tmp_path: Path) -> None:
    run = run_with(tmp_path, x=("Ann says hi.", "Bye."))
    assert validation_score(run, "x") == pytest.approx((1 + (0 + 1) / 2) / 2)
    assert validation_score(run, "none") is None


def test_of_a_list_the_best_on_validation_is_taken_and_the_earlier_of_equals(tmp_path: Path) -> None:
    run = run_with(tmp_path, x=("no", "no"), y=("Ann says hi.", "Bye."), z=("Ann says hi.", "Bye."))
    assert best_arm(run, ("x", "y", "z")) == "y"
    assert start_folder(run, arm(["x", "z"])) == run.weights("z")
    with pytest.raises(ModelError, match="arm 'w' has no validation predictions yet"):
        best_arm(run, ("x", "w"))


def test_an_arm_starts_from_its_base_another_arm_or_a_folder(tmp_path: Path) -> None:
    run = run_with(tmp_path, x=("a", "b"))
    assert start_folder(run, arm()) is None
    assert start_folder(run, arm("x")) == run.weights("x")
    assert start_folder(run, arm(str(run.arm("x")))) == run.weights("x")
    assert start_folder(run, arm(str(run.weights("x")))) == run.weights("x")
    with pytest.raises(ModelError, match="arm 'y' has no weights yet; train it first: upshot train RECIPE --only y"):
        start_folder(run, arm("y"))


def test_predictions_use_an_arms_own_weights_those_it_starts_from_or_the_base(tmp_path: Path) -> None:
    run = run_with(tmp_path, x=("a", "b"))
    assert weights_folder(run, "base", arm()) is None
    assert weights_folder(run, "frozen", arm("x")) == run.weights("x")
    assert weights_folder(run, "x", arm(tuning="full")) == run.weights("x")
    with pytest.raises(ModelError, match="arm 'y' has no weights yet"):
        weights_folder(run, "y", arm("x", tuning="lora"))


def test_inputs_are_recorded_once_and_differences_listed_by_key(tmp_path: Path) -> None:
    path = tmp_path / "inputs.json"
    first = {"train": {"epochs": 3.0, "targets": ("q", "v")}, "seed": 1}
    assert recorded(path, first) == recorded(path, first) == []
    other = {"train": {"epochs": 4.0, "targets": ("q",)}, "seed": 1, "new": True}
    assert recorded(path, other) == [
        "new: None -> True",
        "train.epochs: 3.0 -> 4.0",
        "train.targets: ['q', 'v'] -> ['q']",
    ]
    assert recorded(path, first) == []


def test_changes_are_refused_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "train" / "inputs.json"
    refuse_changes(path, {"seed": 1}, "arm 'x' was trained before")
    with pytest.raises(UsageError) as refused:
        refuse_changes(path, {"seed": 2}, "arm 'x' was trained before")
    assert refused.value.message.startswith("arm 'x' was trained before with other settings; use another")
    assert refused.value.message.endswith("seed: 1 -> 2")
    assert str(tmp_path / "train") in refused.value.message


def test_the_engine_counts_only_where_it_is_not_the_usual_one() -> None:
    usual = spoken_by(arm())
    assert set(usual) == {"seed", "prompt", "shots", "generation"}
    other = spoken_by(Arm.model_validate({"predict": {"engine": "ct2"}}))
    assert other == {**usual, "predict": {"engine": "ct2", "quantization": "int8"}}


def test_records_from_before_there_were_tags_stay_valid() -> None:
    assert "speakers" not in spoken_by(Arm())["prompt"]
    assert spoken_by(Arm.model_validate({"prompt": {"speakers": "tags"}}))["prompt"]["speakers"] == "tags"
