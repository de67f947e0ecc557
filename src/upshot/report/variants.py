"""Tables of arms that are variants of one another: decoding grids, seeds, and choices made on validation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from upshot.report.facts import ArmFacts, Facts
from upshot.report.grid import Cell, Column, Line, Table
from upshot.report.quantities import ABSENT, MEASURES, QUALITY, number, plain, rate
from upshot.report.results import cells

_SHOWN = (*QUALITY[:3], MEASURES["length_ratio"], MEASURES["repetition"], MEASURES["hit_cap_share"])


def variant_tables(facts: Facts) -> tuple[Table, ...]:
    """The tables that this run has something for, in reading order."""
    found = (_decode_grid(facts), _seeds(facts.comparison), _choices(facts.comparison))
    return tuple(table for table in found if table is not None)


def _decode_grid(facts: Facts) -> Table | None:
    """The same weights under several decodings: settings that differ, then scores and speed."""
    grids = {name: arm.grid for name, arm in facts.recipe.arms.items() if arm.grid}
    keys = tuple(dict.fromkeys(key for grid in grids.values() for key in grid))
    members = [
        (place, arm)
        for place, arm in enumerate(facts.arms)
        if arm.settings is not None and arm.name.partition("@")[0] in grids and "@seed=" not in arm.name
    ]
    if not members:
        return None
    columns = (
        *(Column(key, group="decoding") for key in keys),
        *(Column(measure.title, measure.unit, "result") for measure in _SHOWN),
        Column("speed", "dialogues / s", "result"),
    )
    lines = tuple(Line(arm.name, _grid_cells(facts, arm, keys), colour=place) for place, arm in members)
    said = "The same weights, decoded in other ways: what decoding is worth. It chooses nothing."
    return Table("Decoding grid", columns, lines, about=said)


def _grid_cells(facts: Facts, arm: ArmFacts, keys: tuple[str, ...]) -> tuple[Cell, ...]:
    settings = arm.settings.generation.model_dump() if arm.settings else {}
    return (
        *(Cell(plain(settings.get(key))) for key in keys),
        *cells(facts.comparison["arms"][arm.name], _SHOWN),
        Cell(rate(arm.summary.get("dialogues_per_second"))),
    )


def _seeds(comparison: Mapping[str, Any]) -> Table | None:
    """Means over trainings that differ in their seed alone, with their spread."""
    seeds = comparison.get("seeds") or {}
    columns = (Column("trainings"), *(Column(measure.title, "lowest – highest, sd") for measure in QUALITY))
    lines = []
    for stem, found in seeds.items():
        spreads = tuple(_spread(found.get(measure.key) or {}, measure.key) for measure in QUALITY)
        lines.append(Line(stem, (Cell(str(len(found.get("arms", ())))), *spreads)))
    said = "Spread between trainings, in points. The intervals elsewhere cover the choice of dialogues, not this."
    return Table("Seeds", columns, tuple(lines), about=said) if lines else None


def _spread(found: Mapping[str, Any], key: str) -> Cell:
    means = found.get("means") or []
    if not means:
        return Cell(ABSENT)
    measure, deviation = MEASURES[key], found.get("sd")
    below = "" if deviation is None else f"sd {number(measure.scale * deviation, 2)}"
    return Cell(f"{measure.number(min(means))} – {measure.number(max(means))}", below=below)


def _choices(comparison: Mapping[str, Any]) -> Table | None:
    """Arms that start from the best of several, with the validation scores that decided."""
    lines = tuple(
        Line(name, (Cell(plain(found.get("chosen"))), Cell(plain(found.get("by"))), Cell(_candidates(found))))
        for name, found in (comparison.get("choices") or {}).items()
    )
    columns = (Column("starts from"), Column("chosen by"), Column("candidates", "validation"))
    return Table("Choices made on validation", columns, lines) if lines else None


def _candidates(found: Mapping[str, Any]) -> str:
    scores = found.get("scores") or {}
    measure = MEASURES["rouge1"]
    return ", ".join(f"{name} {ABSENT if score is None else measure.number(score)}" for name, score in scores.items())
