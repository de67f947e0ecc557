"""plan: what a run will do and need, known before its first step."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from upshot.errors import ResourceError
from upshot.model.cores import usable_cores
from upshot.model.device import chosen_device, chosen_precision, free_memory_bytes
from upshot.model.place import ModelRef
from upshot.model.size import parameter_count
from upshot.model.speed import machine_speed
from upshot.recipe import Arm, ModelSettings, Recipe
from upshot.records import Dialogue, Row
from upshot.rundir import RunDir, read_lines
from upshot.train.schedule import total_steps

# Shares of the matrix-product ceiling that training and greedy generation reach on the machines measured so far.
TRAINING_EFFICIENCY: Final = 0.3
GENERATION_EFFICIENCY: Final = 0.08
BYTES: Final = 4  # a weight in fp32


@dataclass(frozen=True, slots=True)
class ArmPlan:
    """What one arm will take; minutes are a rough estimate from a short measurement of this machine."""

    name: str
    steps: int
    rows: int
    dialogues: int
    minutes: float
    disk_bytes: int
    finished: bool


@dataclass(frozen=True, slots=True)
class Work:
    """What there is to do: training rows, dialogues to predict, tokens of a prompt, parameters of the base."""

    rows: int
    dialogues: int
    tokens: float
    parameters: int


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
    rows = read_lines(run.split("train"), Row)
    test = read_lines(run.split("test"), Dialogue)
    dialogues = len(test) + len(read_lines(run.split("validation"), Dialogue))
    words = sum(len(row.dialogue.split()) for row in rows[:500]) / max(1, min(len(rows), 500))
    device = chosen_device(recipe.model.device)
    speed = machine_speed(device, chosen_precision(recipe.model.precision, device))
    sizes = {model: _parameters(model) for model in {arm.model for arm in arms.values()}}
    plans = tuple(
        _arm_plan(run, name, arm, work=Work(len(rows), dialogues, words * 1.4, sizes[arm.model]), speed=speed)
        for name, arm in arms.items()
    )
    need = sum(plan.disk_bytes for plan in plans if not plan.finished)
    largest = max(sizes.values())
    plan = Plan(
        plans,
        cores=usable_cores(),
        memory_bytes=free_memory_bytes(),
        free_bytes=shutil.disk_usage(_nearest(disk or run.root)).free,
        need_bytes=need,
        memory_need_bytes=largest * BYTES * (5 if any(arm.tuning == "full" for arm in arms.values()) else 2) + 10**9,
    )
    if plan.need_bytes > plan.free_bytes:
        raise ResourceError(
            f"this run needs {need / 1e9:.1f} GB in {disk or run.root} (weights of {len(plans)} arms, 2 checkpoints, "
            f"1 more in progress), {plan.free_bytes / 1e9:.1f} GB are free"
        )
    return plan


def _nearest(path: Path) -> Path:
    """The path, or the nearest folder above it that is there."""
    return next(folder for folder in (path, *path.absolute().parents) if folder.is_dir())


def _parameters(model: ModelSettings) -> int:
    if model.scratch is not None:
        shape = model.scratch
        layer = 4 * shape.d_model * shape.d_kv * shape.num_heads + 3 * shape.d_model * shape.d_ff
        cross = 4 * shape.d_model * shape.d_kv * shape.num_heads
        layers = shape.num_layers * layer + shape.num_decoder_layers * (layer + cross)
        return shape.vocab_size * shape.d_model + layers
    return parameter_count(ModelRef(model.name, model.revision))


def _arm_plan(run: RunDir, name: str, arm: Arm, *, work: Work, speed: float) -> ArmPlan:
    tokens, parameters = work.tokens, work.parameters
    steps = total_steps(arm.train, work.rows) if arm.trains and work.rows else 0
    # Backward costs twice the forward; a frozen base saves a third of that.
    passes = 3 if arm.tuning == "full" else 2.4
    examples = steps * arm.train.batch_size
    training = passes * parameters * tokens * examples / (speed * TRAINING_EFFICIENCY)
    copies = 2.0 if arm.shots else 1.0
    generated = 30 * max(arm.generation.beams, 1)
    generation = parameters * (tokens * copies + generated) * work.dialogues / (speed * GENERATION_EFFICIENCY)
    trained_bytes = parameters * BYTES if arm.tuning == "full" else parameters * BYTES // 20
    done = (run.weights(name).is_dir() or not arm.trains) and run.predictions(name, "test").exists()
    return ArmPlan(
        name,
        steps,
        work.rows if arm.trains else 0,
        work.dialogues,
        minutes=(training + generation) / 60,
        disk_bytes=trained_bytes * (1 + 3 * 3) if arm.trains else 0,
        finished=done,
    )


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
