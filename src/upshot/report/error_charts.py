"""What the error analysis counted, as charts: flags, the notebook's categories, and where summaries draw from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from upshot.analysis.finding import KINDS
from upshot.report.drawing import WIDTH, Chart, altair, arm_colours, points_by_group, svg
from upshot.report.facts import Facts
from upshot.report.grid import Cell, Column, Line, Table

THIRDS: Final = ("beginning", "middle", "end")


def error_charts(facts: Facts) -> tuple[Chart, ...]:
    """Share of flagged dialogues by kind and arm, and the notebook's error counts; none before `upshot analyse`."""
    flags = facts.analysis.get("flags") or {}
    kinds = [kind for kind in KINDS if any(found.get(kind) for found in flags.values())]
    heuristics = facts.analysis.get("heuristics") or {}
    categories = list(dict.fromkeys(name for found in heuristics.values() for name in found))
    found = (
        _counts(facts, flags, kinds, title="Flagged dialogues") if kinds else None,
        _counts(facts, heuristics, categories, title="Errors by the notebook's rules") if categories else None,
    )
    return tuple(chart for chart in found if chart is not None)


def coverage_chart(facts: Facts) -> Chart | None:
    """Which third of the dialogue a summary draws on, by arm, or None before `upshot analyse`, or without intervals."""
    coverage = facts.analysis.get("coverage") or {}
    rows = [
        {"group": third, "arm": arm.name, "mean": 100 * value["mean"], **_ends(value)}
        for third in THIRDS
        for arm in facts.arms
        if (value := coverage.get(arm.name, {}).get(third)) and value["ci95"]
    ]
    if not rows:
        return None
    drawing = points_by_group(rows, facts, x="third of the turns", y="% of the summary's support")
    text = "Where the summaries draw from, in per cent of their support: " + "; ".join(
        f"{row['arm']} {row['group']} {row['mean']:.0f} [{row['low']:.0f}, {row['high']:.0f}]" for row in rows
    )
    lines = tuple(
        Line(
            str(row["arm"]),
            (Cell(str(row["group"])), Cell(f"{row['mean']:.1f}", f"[{row['low']:.1f}, {row['high']:.1f}]")),
        )
        for row in rows
    )
    title = "Coverage by position"
    table = Table(title, (Column("third"), Column("support", "%")), lines, first="arm")
    return Chart("coverage", title, svg(drawing, text), f"{text}.", table, "Lines are 95 % intervals of the mean.")


def _ends(value: Mapping[str, Any]) -> dict[str, float]:
    low, high = value["ci95"]
    return {"low": 100 * low, "high": 100 * high}


def _counts(facts: Facts, counts: Mapping[str, Mapping[str, int]], kinds: Sequence[str], *, title: str) -> Chart:
    """Bars of arms side by side for each kind: in how many dialogues it was found."""
    alt = altair()
    arms = [arm.name for arm in facts.arms if arm.name in counts]
    total = int(facts.analysis.get("n") or len(facts.dialogues) or 1)
    rows = [{"kind": kind, "arm": arm, "count": counts[arm].get(kind, 0)} for kind in kinds for arm in arms]
    drawing = (
        alt.Chart(alt.Data(values=rows))
        .mark_bar()
        .encode(
            y=alt.Y("kind:N", sort=None, title=None, axis=alt.Axis(domain=False, ticks=False, labelLimit=170)),
            yOffset=alt.YOffset("arm:N", sort=arms),
            x=alt.X("count:Q", title=f"dialogues of {total:,}", axis=alt.Axis(tickCount=4, tickMinStep=1)),
            color=arm_colours(facts, arms),
        )
        .properties(width=WIDTH - 90, height={"step": 8, "for": "offset"})
    )
    text = f"{title}, of {total:,}: " + "; ".join(
        f"{kind} {', '.join(f'{arm} {counts[arm].get(kind, 0)}' for arm in arms)}" for kind in kinds
    )
    lines = tuple(Line(kind, tuple(Cell(str(counts[arm].get(kind, 0))) for arm in arms)) for kind in kinds)
    table = Table(title, tuple(Column(arm, "dialogues") for arm in arms), lines, first="kind")
    note = "Heuristics: what a rule found, not what is proven. The tables say what each rule is worth."
    return Chart(title.lower().replace("'", "").replace(" ", "-"), title, svg(drawing, text), f"{text}.", table, note)
