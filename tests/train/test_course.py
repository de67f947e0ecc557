"""A training as it is opened and taken up again."""

from pathlib import Path
from typing import Any

import pytest

import tiny
from upshot.errors import ModelError, UsageError
from upshot.events import Event
from upshot.model.load import ModelRef
from upshot.rundir import RunDir
from upshot.train import budget
from upshot.train.checkpoint import save_checkpoint
from upshot.train.course import Course, open_course, resume
from upshot.train.loop import fit


def course(root: Path, arm: dict[str, Any] | None = None, **train: Any) -> Course:
    made = tiny.recipe({"arm": arm or {"tuning": "full"}}, train)
    run = tiny.write_splits(RunDir(root))
    return open_course(run, "arm", tiny.arms(made)["arm"], base=ModelRef(str(tiny.t5())), rows=tiny.rows())


def test_a_course_knows_its_steps_and_evaluates_where_the_recipe_says(tmp_path: Path) -> None:
    made = course(tmp_path, epochs=2, max_steps=None, eval_every="epoch", eval_rows=3)
    assert (made.plan.total_steps, made.plan.steps_per_epoch) == (6, 3)
    assert made.judge is not None
    assert len(made.judge.dialogues) == len(made.judge.prompts) == len(made.judge.examples) == 3
    assert course(tmp_path).judge is None


def test_data_without_validation_are_trained_on_without_evaluations(tmp_path: Path) -> None:
    recipe = tiny.recipe({"arm": {"tuning": "full"}}, {"eval_every": "epoch"})
    run = tiny.write_splits(RunDir(tmp_path), validation=[])
    made = open_course(run, "arm", tiny.arms(recipe)["arm"], base=ModelRef(str(tiny.t5())), rows=tiny.rows())
    assert made.judge is None


def test_the_best_step_is_the_earlier_of_equals_and_patience_counts_from_it(tmp_path: Path) -> None:
    made = course(tmp_path, best_by="rouge1", patience=2)
    assert (made.best_step, made.patience_is_over) == (None, False)
    made.evaluations = [{"step": step, "rouge1": score} for step, score in [(2, 0.1), (4, 0.3), (6, 0.3)]]
    assert (made.best_step, made.patience_is_over) == (4, False)
    made.evaluations.append({"step": 8, "rouge1": 0.2})
    assert (made.best_step, made.patience_is_over) == (4, True)


def test_the_best_by_loss_is_the_lowest_and_by_last_there_is_none(tmp_path: Path) -> None:
    by_loss, by_last = course(tmp_path, best_by="loss"), course(tmp_path, best_by="last", patience=1)
    for made in (by_loss, by_last):
        made.evaluations = [{"step": 2, "loss": 3.0}, {"step": 4, "loss": 2.0}, {"step": 6, "loss": 2.5}]
    assert by_loss.best_step == 4
    assert (by_last.best_step, by_last.patience_is_over) == (None, False)


def test_few_shot_prompts_are_trained_on_as_they_are_asked(tmp_path: Path) -> None:
    made = course(tmp_path, {"tuning": "full", "shots": {"count": 1, "max_tokens": 400}}, eval_every="epoch")
    plain = course(tmp_path, eval_every="epoch")
    assert made.judge is not None
    assert plain.judge is not None
    longer = [len(example.input_ids) for example in made.plan.examples(0)]
    assert max(longer) > max(len(example.input_ids) for example in plain.plan.examples(0))
    assert all(length <= 400 for length in longer)
    assert len(made.judge.prompts[0].input_ids) > len(plain.judge.prompts[0].input_ids)


def test_gradient_checkpointing_is_refused_for_prefixes_and_works_for_lora(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not go with tuning: prefix"):
        course(tmp_path, {"tuning": "prefix"}, gradient_checkpointing=True)
    made = course(tmp_path, {"tuning": "lora"}, gradient_checkpointing=True, dropout=0.0)
    plain = course(tmp_path, {"tuning": "lora"}, dropout=0.0)
    losses = [[step.loss for step in fit(each.trainee, each.plan, start=0)] for each in (made, plain)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


def test_adapters_of_large_models_compute_activations_again_unless_told_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not course(tmp_path, {"tuning": "lora"}).trainee.model.is_gradient_checkpointing
    monkeypatch.setattr(budget, "LARGE", 1)
    assert course(tmp_path, {"tuning": "lora"}).trainee.model.is_gradient_checkpointing
    assert not course(tmp_path, {"tuning": "full"}).trainee.model.is_gradient_checkpointing
    told = course(tmp_path, {"tuning": "lora"}, gradient_checkpointing=False)
    assert not told.trainee.model.is_gradient_checkpointing


def test_taking_up_again_restores_step_budget_and_log(tmp_path: Path) -> None:
    made = course(tmp_path)
    for _ in zip(range(2), fit(made.trainee, made.plan, start=0), strict=False):
        pass
    state = {"evaluations": [{"step": 2, "loss": 1.0}], "seconds": 4.5, "micro_batch_tokens": 99}
    save_checkpoint(made.folder, 2, made.parameters, made.trainee.optimizer, state=state)
    log = '{"step": 1}\n{"step": 2}\n{"step": 3}\n{"st'
    (made.folder / "log.jsonl").write_text(log, encoding="utf-8")
    other, told = course(tmp_path), list[Event]()
    resume(other, told.append)
    assert (other.step, other.seconds, other.budget, other.trainee.micro_batch_tokens) == (2, 4.5, 99, 99)
    assert other.evaluations == state["evaluations"]
    assert (made.folder / "log.jsonl").read_text(encoding="utf-8") == '{"step": 1}\n{"step": 2}\n'
    assert [event.text for event in told] == ["arm 'arm' continues after step 2 of 6"]


def test_a_checkpoint_of_another_adapter_is_refused(tmp_path: Path) -> None:
    made = course(tmp_path, {"tuning": "lora", "adapter": {"r": 4}})
    state: dict[str, Any] = {"evaluations": [], "seconds": 0.0}
    save_checkpoint(made.folder, 2, made.parameters, made.trainee.optimizer, state=state)
    with pytest.raises(ModelError, match=r"has shape \(4, 32\), expected \(8, 32\)"):
        resume(course(tmp_path, {"tuning": "lora", "adapter": {"r": 8}}), lambda event: None)
    with pytest.raises(ModelError, match="holds other tensors than this arm trains"):
        resume(course(tmp_path, {"tuning": "full"}), lambda event: None)


def test_an_automatic_budget_is_kept_when_the_training_goes_on(tmp_path: Path) -> None:
    made = course(tmp_path, micro_batch_tokens="auto")
    assert made.budget == made.trainee.micro_batch_tokens
    assert made.budget % 256 == 0
    assert isinstance(made.budget, int)
