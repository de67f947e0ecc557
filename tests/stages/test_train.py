"""The stage from rows to the weights of one arm."""

import json
import re
import signal
from pathlib import Path
from typing import Any

import pytest

import tiny
from upshot.errors import DataError, ModelError, NumbersError, StoppedError, UsageError
from upshot.events import Event, never
from upshot.model.load import ModelRef
from upshot.model.save import is_adapter, load_arm, save_weights
from upshot.recipe import Recipe
from upshot.rundir import RunDir, damage
from upshot.stages.train import train_arm, training_inputs
from upshot.train.checkpoint import checkpoint_folders


def train(run: RunDir, recipe: Recipe, name: str = "arm", stop_at: int | None = None) -> tuple[bool, list[Event]]:
    """Train an arm in the folder, with a signal after step `stop_at`; whether it was trained, and what was told."""
    told: list[Event] = []

    def stop() -> int | None:
        steps = [event.facts["step"] for event in told if event.kind == "step"]
        return signal.SIGINT if stop_at is not None and steps and steps[-1] >= stop_at else never()

    return train_arm(run, recipe, name, tiny.arms(recipe)[name], tell=told.append, stop=stop), told


def log(run: RunDir, name: str = "arm") -> list[dict[str, Any]]:
    text = (run.arm(name) / "train" / "log.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_an_arm_is_trained_evaluated_saved_and_not_trained_twice(tmp_path: Path) -> None:
    run = tiny.write_splits(RunDir(tmp_path))
    recipe = tiny.recipe({"arm": {"tuning": "lora"}}, {"eval_every": 3, "eval_rows": 2, "best_by": "rouge1"})
    trained, told = train(run, recipe)
    assert trained
    folder = run.weights("arm")
    assert is_adapter(folder)
    assert damage(folder) is None
    assert [line["step"] for line in log(run) if "loss" in line] == [1, 2, 3, 4, 5, 6]
    evaluations = [line["evaluation"] for line in log(run) if "evaluation" in line]
    assert [item["step"] for item in evaluations] == [3, 6]
    assert all(item["sample"] == tiny.dialogues()[0].id and isinstance(item["summary"], str) for item in evaluations)
    assert checkpoint_folders(run.arm("arm") / "train") == []
    assert {event.kind for event in told} >= {"step", "evaluation", "trained"}
    made = (folder / "MANIFEST.json").read_bytes()
    assert train(run, recipe) == (False, [])
    assert (folder / "MANIFEST.json").read_bytes() == made


def test_a_signal_saves_first_and_leaves_with_its_code(tmp_path: Path) -> None:
    run = tiny.write_splits(RunDir(tmp_path))
    recipe = tiny.recipe({"arm": {"tuning": "full"}})
    with pytest.raises(StoppedError, match="stopped after step 2; saved, the same command continues") as stopped:
        train(run, recipe, stop_at=2)
    assert stopped.value.exit_code == 130
    assert [path.name for path in checkpoint_folders(run.arm("arm") / "train")] == ["step-00000002"]
    assert not run.weights("arm").exists()


def test_changed_settings_of_a_trained_arm_are_refused_with_the_list(tmp_path: Path) -> None:
    run = tiny.write_splits(RunDir(tmp_path))
    with pytest.raises(StoppedError):
        train(run, tiny.recipe({"arm": {"tuning": "full"}}), stop_at=1)
    changed = tiny.recipe({"arm": {"tuning": "full"}}, {"learning_rate": 0.5, "batch_size": 2})
    with pytest.raises(UsageError, match="arm 'arm' was trained before with other settings") as refused:
        train(run, changed)
    assert "train.batch_size: 4 -> 2" in refused.value.message
    assert "train.learning_rate: 0.01 -> 0.5" in refused.value.message
    tiny.write_splits(run, train=tiny.rows()[:7])
    with pytest.raises(UsageError, match=r"train_rows: [0-9a-f]{64} -> [0-9a-f]{64}"):
        train(run, tiny.recipe({"arm": {"tuning": "full"}}))


def test_training_without_rows_is_refused(tmp_path: Path) -> None:
    run = tiny.write_splits(RunDir(tmp_path), train=[])
    with pytest.raises(DataError, match="no training rows left") as refused:
        train(run, tiny.recipe({"arm": {"tuning": "full"}}))
    assert refused.value.code == "D52"


def test_all_checkpoints_damaged_is_an_error_and_not_a_silent_new_start(tmp_path: Path) -> None:
    run = tiny.write_splits(RunDir(tmp_path))
    recipe = tiny.recipe({"arm": {"tuning": "full"}})
    with pytest.raises(StoppedError):
        train(run, recipe, stop_at=2)
    (run.arm("arm") / "train" / "step-00000002" / "weights.safetensors").write_bytes(b"")
    with pytest.raises(ModelError, match=r"no usable checkpoint .* delete the folder to train anew"):
        train(run, recipe)


def test_numbers_that_are_none_stop_the_training_and_publish_nothing(tmp_path: Path) -> None:
    run = tiny.write_splits(RunDir(tmp_path))
    wild = tiny.recipe({"arm": {"tuning": "full"}}, {"learning_rate": 1e30, "clip": None, "save_every": 3})
    with pytest.raises(NumbersError, match=r"not finite at step \d \(rows "):
        train(run, wild)
    assert not run.weights("arm").exists()
    assert checkpoint_folders(run.arm("arm") / "train") == []


def test_patience_and_the_last_proof_hold_after_a_kill_just_before_the_end(tmp_path: Path) -> None:
    run = tiny.write_splits(RunDir(tmp_path))
    # A learning rate this small changes no text: the second and third evaluation are no better than the first.
    settings = {"learning_rate": 1e-9, "eval_every": 1, "eval_rows": 2, "best_by": "rouge1", "patience": 2}
    recipe = tiny.recipe({"arm": {"tuning": "full"}}, {**settings, "dropout": 0.0})
    with pytest.raises(StoppedError):
        train(run, recipe, stop_at=3)
    run.weights("arm").mkdir()  # as if killed between the weights and their proof: the summary comes last
    trained, told = train(run, recipe)
    assert trained
    assert not [event for event in told if event.kind == "step"]
    summary = json.loads((run.arm("arm") / "train" / "summary.json").read_text(encoding="utf-8"))
    assert (summary["steps"], summary["best_step"]) == (3, 1)
    load_arm(run.weights("arm"))


def test_an_adapter_on_another_arms_weights_is_saved_with_that_arm_as_its_base(tmp_path: Path) -> None:
    run = tiny.write_splits(RunDir(tmp_path))
    arms = {"full": {"tuning": "full"}, "both": {"tuning": "lora", "from": "full"}}
    recipe = tiny.recipe(arms, {"max_steps": 2})
    with pytest.raises(ModelError, match="arm 'full' has no weights yet; train it first"):
        train(run, recipe, "both")
    whole = tiny.trainee("full")
    tiny.steps(whole, tiny.encoded(), 2)
    base, settings = ModelRef(str(tiny.t5())), tiny.arms(recipe)["full"].prompt
    save_weights(run.weights("full"), whole.model, tiny.tokenizer(), prompt=settings, base=base)
    train(run, recipe, "both")
    _, _, prompt = load_arm(run.weights("both"))
    assert prompt.max_source_tokens == 96
    named = json.loads((run.weights("both") / "adapter_config.json").read_text(encoding="utf-8"))
    assert named["base_model_name_or_path"] == str(run.weights("full"))


def test_the_inputs_of_an_arm_are_all_that_its_weights_depend_on(tmp_path: Path) -> None:
    run = tiny.write_splits(RunDir(tmp_path))
    base = ModelRef(str(tiny.t5()))

    def inputs(arm: dict[str, Any], **sections: Any) -> dict[str, Any]:
        return training_inputs(run, tiny.arms(tiny.recipe({"arm": arm}, **sections))["arm"], base)

    plain = inputs({"tuning": "full"})
    assert plain == inputs({"tuning": "full"}, generation={"beams": 4}, about="other words")
    for other in ({"tuning": "lora"}, {"tuning": "full", "seed": 3}, {"tuning": "full", "prompt": {"template": "raw"}}):
        assert inputs(other) != plain
    (run.split("validation")).unlink()
    assert inputs({"tuning": "full"})["validation"] is None


def test_a_loss_that_soars_is_told_once_while_it_happens_and_changes_nothing(tmp_path: Path) -> None:
    run = tiny.write_splits(RunDir(tmp_path))
    wild = tiny.recipe({"arm": {"tuning": "full"}}, {"learning_rate": 3.0, "max_steps": 40, "schedule": "constant"})
    with pytest.raises(StoppedError):
        train(run, wild, stop_at=15)
    _, told = train(run, wild)
    losses = [line["loss"] for line in log(run)]
    assert max(losses) > 2 * losses[0]
    (warning,) = [event for event in told if event.kind == "warning" and "soars" in event.text]
    assert re.match(r"arm 'arm': the loss soars at step (\d+) of 40: [\d.]+ over the last 20 steps", warning.text)
    assert "lower train.learning_rate (now 3) by a factor of 3 to 10, and start with --again arm" in warning.text
    at = told.index(warning)
    assert told[at - 1].facts["step"] < 40
    assert len(losses) == 40
    calm = tiny.recipe({"calm": {"tuning": "full"}}, {"max_steps": 40})
    assert not [event for event in train(run, calm, "calm")[1] if "soars" in event.text]
