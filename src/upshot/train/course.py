"""One training under way: built from the recipe, or taken up again where its newest whole checkpoint stands."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from upshot.events import Event, Tell
from upshot.lineage import start_folder
from upshot.model.adapters import trained_parameters
from upshot.model.device import accelerator_for
from upshot.model.dropout import set_dropout
from upshot.model.place import ModelRef
from upshot.model.start import base_of, model_to_train
from upshot.model.tokens import Tokenizer, encode_prompts, token_counter
from upshot.prompts import prompt
from upshot.recipe import Arm
from upshot.records import Dialogue, Row, load_lines, whole_lines
from upshot.rundir import RunDir, read_text, write_text
from upshot.shots import few_shots
from upshot.train.batches import Plan
from upshot.train.budget import automatic_budget, checkpoint_gradients
from upshot.train.checkpoint import latest_checkpoint, restore
from upshot.train.evaluate import Judge
from upshot.train.examples import source_limit, training_examples
from upshot.train.loop import Trainee
from upshot.train.schedule import optimizer_for, total_steps


@dataclass(slots=True)
class Course:
    """What is trained, in which order, and what has been found out so far."""

    run: RunDir
    name: str
    arm: Arm
    base: ModelRef
    trainee: Trainee
    tokenizer: Tokenizer
    plan: Plan
    judge: Judge | None
    budget: int  # tokens of a micro-batch that were last said
    evaluations: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    step: int = 0

    @property
    def folder(self) -> Path:
        """Folder of the training's log and checkpoints."""
        return self.run.arm(self.name) / "train"

    @property
    def parameters(self) -> list[tuple[str, Any]]:
        """What is trained, by name."""
        return trained_parameters(self.trainee.model)

    @property
    def best_step(self) -> int | None:
        """The step of the best evaluation, the earlier of equals; None before the first, or where the last counts."""
        by = self.arm.train.best_by
        if by == "last" or not self.evaluations:
            return None
        return int(max(self.evaluations, key=lambda item: -item["loss"] if by == "loss" else item[by])["step"])

    @property
    def patience_is_over(self) -> bool:
        """Whether the recipe's number of evaluations went by without a better one."""
        patience, best = self.arm.train.patience, self.best_step
        if patience is None or best is None:
            return False
        return sum(item["step"] > best for item in self.evaluations) >= patience


def open_course(run: RunDir, name: str, arm: Arm, *, base: ModelRef, rows: Sequence[Row]) -> Course:
    """The training of an arm before its first step.

    Raises:
        UsageError, ModelError: settings that do not go together, or a model that cannot be used.
    """
    start = start_folder(run, arm)
    base = base if start is None else base_of(start, base)
    seed = arm.seed if arm.seed is not None else 0
    accelerator = accelerator_for(arm.model)
    model, tokenizer = model_to_train(base, start, tuning=arm.tuning, adapter=arm.adapter, seed=seed)
    model.to(accelerator.device)
    set_dropout(model, arm.train.dropout, arm.train.attention_dropout)
    checkpoint_gradients(model, arm.tuning, arm.train)
    trainee = Trainee(
        model,
        optimizer_for(trained_parameters(model), arm.train),
        accelerator,
        arm.train,
        pad_id=tokenizer.pad_token_id,
        micro_batch_tokens=0,
    )
    plan = _plan(rows, tokenizer, arm, seed)
    asked = arm.train.micro_batch_tokens
    trainee.micro_batch_tokens = automatic_budget(trainee, plan.batch(0)) if asked == "auto" else asked
    judge = _judge(run, arm, tokenizer, rows)
    return Course(run, name, arm, base, trainee, tokenizer, plan, judge, budget=trainee.micro_batch_tokens)


def _plan(rows: Sequence[Row], tokenizer: Tokenizer, arm: Arm, seed: int) -> Plan:
    steps = total_steps(arm.train, len(rows))
    shots = _shots(rows, [(row.id, row.dialogue) for row in rows], arm, tokenizer)
    epochs = steps * arm.train.batch_size / len(rows)
    examples = training_examples(rows, tokenizer, arm, seed=seed, epochs=epochs, shots=shots)
    return Plan(examples, rows=len(rows), batch_size=arm.train.batch_size, total_steps=steps, seed=seed)


def _judge(run: RunDir, arm: Arm, tokenizer: Tokenizer, rows: Sequence[Row]) -> Judge | None:
    """The evaluations' material, or None where the recipe wants none or the data has no validation split."""
    dialogues = [item for item in load_lines(read_text(run.split("validation")), Dialogue) if item.references]
    dialogues = dialogues[: arm.train.eval_rows]
    if arm.train.eval_every == "never" or not dialogues:
        return None
    queries = [(item.id, item.text) for item in dialogues]
    shots = _shots(rows, queries, arm, tokenizer)
    prompts = [prompt(item.id, item.text, arm.prompt, before=shots.get(item.id, "")) for item in dialogues]
    encoded = encode_prompts(prompts, tokenizer, max_source_tokens=source_limit(arm))
    labelled = [Row(item.id, item.text, item.references[0]) for item in dialogues]
    plain = arm.model_copy(update={"train": arm.train.model_copy(update={"augment": type(arm.train.augment)()})})
    examples = training_examples(labelled, tokenizer, plain, seed=0, epochs=1, shots=shots)(0)
    return Judge(dialogues, encoded, examples, tokenizer, arm.prompt, arm.generation, seed=arm.seed or 0)


def _shots(
    rows: Sequence[Row], queries: Sequence[tuple[str, str]], arm: Arm, tokenizer: Tokenizer
) -> Mapping[str, str]:
    if arm.shots is None:
        return {}
    return few_shots(rows, queries, arm, count_tokens=token_counter(tokenizer)).texts


def logged_losses(course: Course) -> list[float]:
    """Losses of the steps in the training's log."""
    log = course.folder / "log.jsonl"
    return [line["loss"] for line in whole_lines(read_text(log)) if "loss" in line] if log.exists() else []


def resume(course: Course, tell: Tell) -> None:
    """Continue from the newest whole checkpoint, if there is one; the log then ends where that checkpoint does.

    Raises:
        ModelError: there are checkpoints, and all of them are damaged.
    """
    checkpoint, warnings = latest_checkpoint(course.folder)
    for warning in warnings:
        tell(Event("warning", warning))
    if checkpoint is not None:
        restore(checkpoint, course.parameters, course.trainee.optimizer)
        course.step = checkpoint.step
        course.evaluations = list(checkpoint.state["evaluations"])
        course.seconds = checkpoint.state["seconds"]
        course.budget = checkpoint.state.get("micro_batch_tokens", course.budget)
        course.trainee.micro_batch_tokens = course.budget
        tell(Event("note", f"arm '{course.name}' continues after step {course.step} of {course.plan.total_steps}"))
    log = course.folder / "log.jsonl"
    if log.exists():
        kept = [line for line in whole_lines(read_text(log)) if line["step"] <= course.step]
        write_text(log, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in kept))
