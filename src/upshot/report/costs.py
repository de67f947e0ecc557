"""What arms cost and how their training went, as tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from upshot.report.facts import ArmFacts, Facts
from upshot.report.grid import Cell, Column, Line, Table
from upshot.report.quantities import (
    ABSENT,
    MEASURES,
    NOT_MEASURED,
    duration,
    number,
    plain,
    rate,
    share,
    size,
)

# Validation figures of the log as the table prints them: key, title, factor, digits.
_EVALUATED: Final = (("loss", 1.0, 3), ("rouge1", 100.0, 1), ("rouge2", 100.0, 1), ("rougeL", 100.0, 1))


def cost_table(facts: Facts) -> Table:
    """Parameters, time, memory, size, energy and arithmetic of every arm, as measured on this machine."""
    columns = (
        Column("trained parameters"),
        Column("all parameters"),
        Column("share"),
        Column("training"),
        Column("generation"),
        Column("speed", "dialogues / s"),
        Column("peak memory"),
        Column("on disk"),
        Column("energy", "Wh"),
        Column("arithmetic"),
        Column("few-shot", "examples; dialogues"),
    )
    lines = tuple(Line(arm.name, _cost_cells(arm), colour=place) for place, arm in enumerate(facts.arms))
    said = "Measured on the machine named below; generation covers every dialogue that the arm was run on."
    return Table("Cost of every arm", columns, lines, about=said)


def training_table(facts: Facts) -> Table | None:
    """Training loss, validation loss and ROUGE of every arm that was trained, or None where none was."""
    trained = [(place, arm) for place, arm in enumerate(facts.arms) if arm.steps or arm.evaluations]
    if not trained:
        return None
    columns = (
        Column("steps"),
        Column("epochs"),
        Column("training loss", "last tenth"),
        Column("validation loss", "kept weights"),
        Column("validation ROUGE-1", "kept weights"),
        Column("validation ROUGE-1", "final decoding"),
        Column("test ROUGE-1", "mean"),
        Column("time"),
    )
    lines = tuple(Line(arm.name, _training_cells(facts, arm), colour=place) for place, arm in trained)
    said = "Losses are per label token. Validation or the last step decides which weights are kept, never the test."
    return Table("Training", columns, lines, about=said)


def evaluation_table(facts: Facts) -> Table | None:
    """Every evaluation while training: the learning curves as numbers."""
    lines = tuple(
        Line(arm.name, _evaluation_cells(found), colour=place)
        for place, arm in enumerate(facts.arms)
        for found in arm.evaluations
    )
    titles = ("validation loss", "ROUGE-1", "ROUGE-2", "ROUGE-L")
    columns = (Column("epoch"), Column("step"), *(Column(title) for title in titles))
    return Table("Learning curves in numbers", columns, lines) if lines else None


def mean_loss(steps: tuple[Mapping[str, Any], ...]) -> float | None:
    """Loss per label token over several steps, or None for none."""
    tokens = sum(step.get("tokens", 1) for step in steps)
    return sum(step["loss"] * step.get("tokens", 1) for step in steps) / tokens if tokens else None


def kept_evaluation(arm: ArmFacts) -> Mapping[str, Any]:
    """The evaluation of the weights that were kept: of the best step, else the last; empty where there was none."""
    best = arm.summary.get("best_step")
    found = [item for item in arm.evaluations if best is None or item["step"] == best]
    return (found or arm.evaluations or ({},))[-1]


def _cost_cells(arm: ArmFacts) -> tuple[Cell, ...]:
    summary = arm.summary
    counts = summary.get("parameters") or {}
    trained, total = (int(counts.get("trainable", 0)) if arm.trains else 0), int(counts.get("all", 0))
    energy = summary.get("energy_wh")
    few = summary.get("few_shot")
    shots = f"{few['asked']}; {few['fewer']} got fewer" if few else ABSENT
    return (
        Cell(f"{trained:,}"),
        Cell(f"{total:,}" if total else ABSENT),
        Cell(share(trained, total)),
        Cell(duration(summary.get("training_seconds"))),
        Cell(duration(summary.get("generation_seconds"))),
        Cell(rate(summary.get("dialogues_per_second"))),
        Cell(size(summary.get("peak_memory_bytes"))),
        Cell(size(summary.get("bytes"))),
        Cell(NOT_MEASURED if energy is None else f"{energy:.1f} (estimate)"),
        Cell(plain(summary.get("precision"))),
        Cell(shots),
    )


def _training_cells(facts: Facts, arm: ArmFacts) -> tuple[Cell, ...]:
    last = arm.steps[-1] if arm.steps else {}
    kept = kept_evaluation(arm)
    validation = arm.summary.get("validation_rouge1") or (facts.comparison.get("validation") or {}).get(arm.name)
    return (
        Cell(f"{last['step']:,}" if last else ABSENT),
        Cell(number(last.get("epoch"))),
        Cell(number(mean_loss(arm.steps[-max(1, len(arm.steps) // 10) :]), 3)),
        Cell(number(kept.get("loss"), 3)),
        Cell(_points(kept.get("rouge1"))),
        Cell(_points(validation)),
        Cell(_points(facts.comparison["arms"][arm.name]["rouge1"]["mean"])),
        Cell(duration(arm.summary.get("training_seconds"))),
    )


def _evaluation_cells(found: Mapping[str, Any]) -> tuple[Cell, ...]:
    values = ((found.get(key), scale, digits) for key, scale, digits in _EVALUATED)
    return (
        Cell(number(found.get("epoch"), 2)),
        Cell(f"{found['step']:,}"),
        *(Cell(number(None if value is None else scale * value, digits)) for value, scale, digits in values),
    )


def _points(value: float | None) -> str:
    return ABSENT if value is None else MEASURES["rouge1"].number(value)
