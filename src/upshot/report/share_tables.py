"""Scores as shares: of the level that people reach, of full fine-tuning, and of its gain over the base."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from upshot.report.facts import Facts
from upshot.report.grid import Cell, Column, Line, Table
from upshot.report.quantities import ABSENT, QUALITY
from upshot.report.results import refusal


def share_tables(facts: Facts) -> tuple[Table, ...]:
    """Shares with their intervals in per cent; a table that the comparison has nothing for is left out."""
    shares = facts.comparison.get("shares") or {}
    found = (_human(facts, shares.get("human") or {}), _tuning(facts, shares.get("tuning") or ()))
    return tuple(table for table in found if table is not None)


def _human(facts: Facts, found: Mapping[str, Any]) -> Table | None:
    if not found:
        return None
    title = "Share of the human level"
    columns = tuple(Column(measure.title, "% of people's") for measure in QUALITY)
    if "reason" in found:
        lines: tuple[Line, ...] = (Line("all arms", (), reason=f"not computed: {found['reason']}"),)
    else:
        lines = tuple(
            Line(arm.name, tuple(_share(found[arm.name].get(measure.key)) for measure in QUALITY), colour=place)
            for place, arm in enumerate(facts.arms)
            if arm.name in found
        )
    said = (
        "An arm's mean by that of people, each of whose references is held against the others: 100 % writes as near to "
        "the references as one person to another."
    )
    return Table(title, columns, lines, about=said)


def _tuning(facts: Facts, found: Sequence[Mapping[str, Any]]) -> Table | None:
    shown = [item for item in found if item["metric"] in {measure.key for measure in QUALITY}]
    pairs = list(dict.fromkeys((item["adapter"], item["full"], item.get("base")) for item in shown))
    cells = {(item["adapter"], item["full"], item["metric"]): item for item in shown}
    columns = (
        *(Column(measure.title, "%", "share of the full score") for measure in QUALITY),
        *(Column(measure.title, "%", "share of the gain over the base") for measure in QUALITY),
    )
    lines = tuple(
        Line(
            f"{adapter} of {full}",
            tuple(
                refusal(facts, *arms) or _share(cells.get((adapter, full, measure.key), {}).get(key))
                for key, arms in (("of_score", (adapter, full)), ("of_gain", (adapter, full, *filter(None, (base,)))))
                for measure in QUALITY
            ),
            note=f"base: {base}" if base else "no arm shows the base",
        )
        for adapter, full, base in pairs
    )
    said = "What an adapter keeps of full fine-tuning. The share of the gain leaves out what the base could do before."
    return Table("Adapters beside full fine-tuning", columns, lines, first="arms", about=said) if lines else None


def _share(found: Mapping[str, Any] | None) -> Cell:
    if not found:
        return Cell(ABSENT)
    if found.get("share") is None:
        return Cell(ABSENT, below=str(found.get("reason", "")))
    low, high = found["ci95"]
    return Cell(f"{100 * found['share']:.0f}", f"[{100 * low:.0f}, {100 * high:.0f}]")
