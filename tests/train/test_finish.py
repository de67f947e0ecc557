"""The end of a training."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

import tiny
from upshot.errors import NumbersError
from upshot.events import Event, silent
from upshot.model.load import ModelRef
from upshot.model.save import load_arm
from upshot.rundir import RunDir, append_line
from upshot.train.checkpoint import checkpoint_folders, save_checkpoint
from upshot.train.course import Course, open_course
from upshot.train.finish import finish
from upshot.train.loop import fit


def trained(root: Path, arm: dict[str, Any] | None = None, **train: Any) -> Course:
    """A course after four steps, with checkpoints at 2 and 4 of which step 2 has the better evaluation."""
    made = tiny.recipe({"arm": arm or {"tuning": "full"}}, {"max_steps": 4, "best_by": "rouge1", **train})
    run = tiny.write_splits(RunDir(root))
    course = open_course(run, "arm", tiny.arms(made)["arm"], base=ModelRef(str(tiny.t5())), rows=tiny.rows())
    course.evaluations = [{"step": 2, "loss": 1.0, "rouge1": 0.4}, {"step": 4, "loss": 2.0, "rouge1": 0.3}]
    for step in fit(course.trainee, course.plan, start=0):
        course.step, course.seconds = step.step, course.seconds + step.seconds
        append_line(course.folder / "log.jsonl", {"step": step.step, "loss": step.loss})
        if step.step % 2 == 0:
            state = {"evaluations": course.evaluations, "seconds": 1.0}
            save_checkpoint(course.folder, step.step, course.parameters, course.trainee.optimizer, state=state)
    return course


def saved_tensor(course: Course, step: int) -> torch.Tensor:
    from safetensors.torch import load_file

    return load_file(str(course.folder / f"step-{step:08d}" / "weights.safetensors"))["shared.weight"]


def test_the_best_checkpoint_is_what_is_kept_and_the_others_go(tmp_path: Path) -> None:
    course = trained(tmp_path)
    best = saved_tensor(course, 2)
    told: list[Event] = []
    finish(course, told.append)
    model, _, prompt = load_arm(course.run.weights("arm"))
    assert torch.equal(model.shared.weight, best)
    assert prompt == course.arm.prompt
    assert checkpoint_folders(course.folder) == []
    summary = json.loads((course.folder / "summary.json").read_text(encoding="utf-8"))
    assert (summary["steps"], summary["best_step"], summary["precision"]) == (4, 2, "fp32")
    assert summary["parameters"]["trainable"] == summary["parameters"]["all"] > 0
    assert summary["bytes"] > 4 * summary["parameters"]["all"]
    assert told[-1].kind == "trained"


def test_a_damaged_best_checkpoint_and_a_training_that_did_not_learn_are_said(tmp_path: Path) -> None:
    course = trained(tmp_path)
    last = saved_tensor(course, 4)
    path = course.folder / "step-00000002" / "weights.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\x00")
    lines = [json.dumps({"step": step, "loss": 5.0 + step / 100}) + "\n" for step in range(20)]
    (course.folder / "log.jsonl").write_text("".join(lines), encoding="utf-8")
    told: list[Event] = []
    finish(course, told.append)
    assert torch.equal(load_arm(course.run.weights("arm"))[0].shared.weight, last)
    damaged, learned = [event.text for event in told if event.kind == "warning"]
    assert damaged == (
        "arm 'arm': the best checkpoint, step 2, is damaged (weights.safetensors: checksum differs); keeping step 4"
    )
    assert "did not learn: training loss 5.005 at first, 5.185 at the end" in learned
    assert "try another train.learning_rate (now 0.01)" in learned


def test_a_short_training_whose_loss_soared_is_said_to_have_learned_nothing(tmp_path: Path) -> None:
    course = trained(tmp_path)
    lines = [json.dumps({"step": step, "loss": loss}) + "\n" for step, loss in enumerate((4.1, 39.6, 557.4))]
    (course.folder / "log.jsonl").write_text("".join(lines), encoding="utf-8")
    told: list[Event] = []
    finish(course, told.append)
    (learned,) = [event.text for event in told if event.kind == "warning"]
    assert "did not learn: training loss 4.100 at first, 557.400 at the end" in learned


def test_a_short_training_whose_loss_wavers_gets_no_warning(tmp_path: Path) -> None:
    course = trained(tmp_path)
    lines = [json.dumps({"step": step, "loss": loss}) + "\n" for step, loss in enumerate((4.1, 4.0, 4.2))]
    (course.folder / "log.jsonl").write_text("".join(lines), encoding="utf-8")
    told: list[Event] = []
    finish(course, told.append)
    assert [event for event in told if event.kind == "warning"] == []


def test_weights_that_are_no_numbers_are_not_published(tmp_path: Path) -> None:
    course = trained(tmp_path, best_by="last")
    with torch.no_grad():
        course.parameters[0][1][0, 0] = float("nan")
    with pytest.raises(NumbersError, match="is not finite after step 4"):
        finish(course, silent)
    assert not course.run.weights("arm").exists()
