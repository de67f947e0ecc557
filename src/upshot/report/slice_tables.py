"""Scores of the arms on parts of the test split, and the reasons where a part could not be made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from upshot.analysis.slices import SLICES
from upshot.report.facts import Facts
from upshot.report.grid import Cell, Column, Line, Table
from upshot.report.quantities import ABSENT, MEASURES
from upshot.report.results import refusal
from upshot.report.verdict import best_first

SHOWN: Final = 12
ABOUT: Final = (
    "Differences are between the arms on the same dialogues, with 95 % intervals and without correction: among many of "
    "them about one in twenty leaves 0 out by chance. Slices under 30 dialogues are marked as small: read their "
    "intervals, not their means."
)
_POINTS: Final = MEASURES["rouge1"]


def slice_tables(facts: Facts) -> tuple[Table, ...]:
    """One table a slice: each arm's mean with its interval by value, and the best arm's lead; none before `analyse`."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for found in facts.analysis.get("slices") or ():
        groups.setdefault(str(found["slice"]), []).append(found)
    return tuple(_slice(facts, name, found) for name, found in groups.items())


def not_measurable(facts: Facts) -> tuple[tuple[str, str], ...]:
    """Names of slices that this data cannot be cut into, each with its reason."""
    return tuple((str(name), str(reason)) for name, reason in (facts.analysis.get("not_measurable") or {}).items())


def _slice(facts: Facts, name: str, found: Sequence[Mapping[str, Any]]) -> Table:
    arms = [arm.name for arm in facts.arms if any(arm.name in item["arms"] for item in found)]
    best, *others = [arm for arm in best_first(facts.comparison) if arm in arms]
    columns = (
        Column("n", "dialogues"),
        *(Column(arm, _POINTS.unit, f"mean {_POINTS.title}") for arm in arms),
        *(Column(f"over {arm}", "points", f"lead of {best}") for arm in others),
    )
    kept = found if len(found) <= SHOWN else sorted(found, key=lambda item: -item["n"])[:SHOWN]
    refused = {arm: cell for arm in others if (cell := refusal(facts, best, arm))}
    lines = tuple(_line(item, arms, best, leads={arm: refused.get(arm) for arm in others}) for item in kept)
    cut = f" The {SHOWN} largest of {len(found)} values." if len(found) > SHOWN else ""
    title = SLICES[name].text if name in SLICES else name
    leader = f"Leads are those of {best}, where it has a verdict." if refused else f"The best arm is {best}."
    return Table(f"By {title}", columns, lines, first=name, about=f"{leader}{cut}")


def _line(item: Mapping[str, Any], arms: Sequence[str], best: str, *, leads: Mapping[str, Cell | None]) -> Line:
    means = tuple(_mean(item["arms"].get(arm)) for arm in arms)
    ahead = tuple(refused or _lead(item, best, other) for other, refused in leads.items())
    return Line(str(item["value"]), (Cell(str(item["n"])), *means, *ahead), note="small" if item.get("small") else "")


def _mean(found: Mapping[str, Any] | None) -> Cell:
    return Cell(_POINTS.number(found["mean"]), _POINTS.interval(found["ci95"])) if found else Cell(ABSENT)


def _lead(item: Mapping[str, Any], best: str, other: str) -> Cell:
    for pair in item.get("pairs") or ():
        if {pair["a"], pair["b"]} == {best, other}:
            sign = 1 if pair["a"] == best else -1
            ends = pair["ci95"] and sorted(sign * end for end in pair["ci95"])
            return Cell(_POINTS.number(sign * pair["difference"]), _POINTS.interval(ends))
    return Cell(ABSENT)
