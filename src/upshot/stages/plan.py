"""plan: what a run will do and need, known before its first step."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from upshot.errors import ResourceError
from upshot.model.cores import usable_cores
from upshot.model.device import chosen_device, chosen_precision, free_memory_bytes
from upshot.model.size import Shape, shape_of
from upshot.model.speed import machine_speed
from upshot.recipe import Arm, PredictSettings, Recipe
from upshot.records import Dialogue, Row
from upshot.rundir import RunDir, read_json, read_lines
from upshot.train.needs import (
    BYTES,
    STARTING,
    Lengths,
    disk_kept,
    disk_while_training,
    predicting_memory,
    predicting_seconds,
    training_memory,
    training_seconds,
)
from upshot.train.schedule import total_steps

WORD: Final = 1.4  # tokens, where no tokenizer was at hand in the gate
ROOM: Final = 50_000_000  # beside an arm's weights: logs, tokenizer, predictions, charts


@dataclass(frozen=True, slots=True)
class ArmPlan:
    """What one arm will take; minutes are a rough estimate from a short measurement of this machine."""

    name: str
    steps: int
    rows: int
    dialogues: int
    minutes: float
    disk_bytes: int  # that stay
    passing_bytes: int  # more, while it is trained, or exported as the winner
    memory_bytes: int
    finished: bool


@dataclass(frozen=True, slots=True)
class Work:
    """What there is to do: training rows, validation and test dialogues, their lengths, and how fast it goes."""

    rows: int
    validation: int
    test: int
    lengths: Lengths
    speed: float
    precision: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole run: arms in order, needs and what there is."""

    arms: tuple[ArmPlan, ...]
    cores: int
    memory_bytes: int
    free_bytes: int
    need_bytes: int
    memory_need_bytes: int

    @property
    def minutes(self) -> float:
        """Estimated minutes of all arms that are not finished."""
        return sum(arm.minutes for arm in self.arms if not arm.finished)


def plan_run(run: RunDir, recipe: Recipe, arms: Mapping[str, Arm], *, disk: Path | None = None) -> Plan:
    """The plan of the run's arms. The run's data must have been checked first.

    `disk` is where the run will lie, if not in `run`; it need not be there yet.

    Raises:
        ResourceError: too little disk; too little memory is only shown, since swap and limits differ.
    """
    shapes = {model: shape_of(model) for model in {arm.model for arm in arms.values()}}
    work = _work(run, recipe)
    plans = tuple(_arm_plan(run, name, arm, shape=shapes[arm.model], work=work) for name, arm in arms.items())
    ahead = [plan for plan in plans if not plan.finished]
    need = sum(plan.disk_bytes for plan in ahead) + max((plan.passing_bytes for plan in ahead), default=0)
    if ahead and recipe.model.scratch is not None and not (run.root / "base").is_dir():
        need += shapes[recipe.model].parameters * BYTES if recipe.model in shapes else 0
    plan = Plan(
        plans,
        cores=usable_cores(),
        memory_bytes=free_memory_bytes(),
        free_bytes=shutil.disk_usage(_nearest(disk or run.root)).free,
        need_bytes=need,
        memory_need_bytes=max((plan.memory_bytes for plan in ahead), default=0),
    )
    if plan.need_bytes > plan.free_bytes:
        raise ResourceError(
            f"this run needs {need / 1e9:.1f} GB in {disk or run.root} (weights of {len(ahead)} arms, and the "
            f"checkpoints of the largest), {plan.free_bytes / 1e9:.1f} GB are free"
        )
    return plan


def _nearest(path: Path) -> Path:
    """The path, or the nearest folder above it that is there."""
    return next(folder for folder in (path, *path.absolute().parents) if folder.is_dir())


def _work(run: RunDir, recipe: Recipe) -> Work:
    device = chosen_device(recipe.model.device)
    precision = chosen_precision(recipe.model.precision, device)
    rows = len(read_lines(run.split("train"), Row))
    validation, test = (len(read_lines(run.split(split), Dialogue)) for split in ("validation", "test"))
    speed = machine_speed(device, precision)
    return Work(rows, validation, test, _lengths(run, recipe), speed, precision)


def _lengths(run: RunDir, recipe: Recipe) -> Lengths:
    """Lengths by what the gate counted in the training split, else the test split; no longer than the limits."""
    splits = read_json(run.root / "data.json").get("splits", {})
    facts = splits.get("train") or splits.get("test") or {}
    limits = (recipe.prompt.max_source_tokens, recipe.prompt.max_target_tokens)
    counted = facts.get("tokens") or {}
    found = []
    for what, limit in zip(("dialogue", "summary"), limits, strict=True):
        words = facts.get(f"{what}_words") or {"mean": limit, "max": limit}
        stated = counted.get(what) or {key: WORD * words[key] for key in ("mean", "max")}
        found.append((min(stated["mean"], limit), min(int(stated["max"]) + 1, limit)))
    (source, longest_source), (target, longest_target) = found
    return Lengths(source, target, longest_source, longest_target)


def _arm_plan(run: RunDir, name: str, arm: Arm, *, shape: Shape, work: Work) -> ArmPlan:
    steps = total_steps(arm.train, work.rows) if arm.trains and work.rows else 0
    lengths = _with_shots(arm, work.lengths)
    training = STARTING + _training_seconds(shape, arm, lengths, steps=steps, work=work) if steps else 0.0
    dialogues = work.validation + work.test
    predicting = STARTING + predicting_seconds(shape, arm, lengths, dialogues=dialogues, speed=work.speed)
    memory = predicting_memory(shape, arm, lengths)
    return ArmPlan(
        name,
        steps,
        work.rows if arm.trains else 0,
        dialogues,
        minutes=(training + predicting) / 60,
        disk_bytes=disk_kept(shape, arm) + ROOM * arm.trains,
        passing_bytes=max(disk_while_training(shape, arm), shape.parameters * BYTES),
        memory_bytes=max(memory, training_memory(shape, arm, lengths, work.precision)) if arm.trains else memory,
        finished=(run.weights(name).is_dir() or not arm.trains) and run.predictions(name, "test").exists(),
    )


def _with_shots(arm: Arm, lengths: Lengths) -> Lengths:
    """Lengths with the examples that stand before each query."""
    if arm.shots is None:
        return lengths
    count, room = len(arm.shots.rows) or arm.shots.count, arm.shots.max_tokens
    source = max(lengths.source, min(lengths.source * (1 + count), room))
    return replace(lengths, source=source, longest_source=max(lengths.longest_source, room))


def _training_seconds(shape: Shape, arm: Arm, lengths: Lengths, *, steps: int, work: Work) -> float:
    """Steps, and the evaluations between them, which always go through transformers."""
    settings = arm.train
    spent = training_seconds(shape, arm, lengths, examples=steps * settings.batch_size, speed=work.speed)
    if settings.eval_every == "never":
        return spent
    every = -(-work.rows // settings.batch_size) if settings.eval_every == "epoch" else settings.eval_every
    slow = arm.model_copy(update={"predict": PredictSettings()})
    dialogues = -(-steps // every) * min(settings.eval_rows, work.validation)
    return spent + predicting_seconds(shape, slow, lengths, dialogues=dialogues, speed=work.speed)


def as_json(plan: Plan) -> dict[str, Any]:
    """The plan as plain values."""
    return {
        "arms": [
            {
                "name": arm.name,
                "steps": arm.steps,
                "rows": arm.rows,
                "dialogues": arm.dialogues,
                "minutes_estimated": round(arm.minutes, 1),
                "finished": arm.finished,
            }
            for arm in plan.arms
        ],
        "minutes_estimated": round(plan.minutes, 1),
        "cores": plan.cores,
        "memory_bytes": plan.memory_bytes,
        "memory_need_bytes": plan.memory_need_bytes,
        "disk_free_bytes": plan.free_bytes,
        "disk_need_bytes": plan.need_bytes,
    }
