"""The two best arms dialogue by dialogue, and what quality costs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from upshot.report.charts import interval_rows
from upshot.report.drawing import WIDTH, Chart, altair, arm_colour, svg
from upshot.report.facts import ArmFacts, Facts
from upshot.report.grid import Cell, Column, Line, Table
from upshot.report.quantities import MEASURES, duration, short_count
from upshot.report.verdict import best_first, comparable

_BARS: Final = 24
_HEIGHT: Final = 190
_LINE: Final = 14  # from one name to the next, in the pixels of the height
_POINTS: Final = MEASURES["rouge1"]


class _Cost(NamedTuple):
    """A cost of an arm: its name, how to read it off, and how to print a value and a mark of the axis."""

    title: str
    of: Callable[[ArmFacts], float | None]
    said: Callable[[float], str]
    mark: Callable[[float], str]


def difference_chart(facts: Facts) -> Chart | None:
    """The histogram of ROUGE-1 differences between the best arm and the next that it has a verdict with.

    None where there is no such arm, or no scores.
    """
    by_name = {arm.name: arm for arm in facts.arms}
    first = best_first(facts.comparison)[0]
    others = comparable(facts.comparison, first)
    if not others:
        return None
    best, other = by_name[first], by_name[others[0]]
    common = [name for name in best.scores if name in other.scores]
    if not common:
        return None
    return _histogram(facts, best, other, names=common)


def cost_charts(facts: Facts) -> tuple[Chart, ...]:
    """ROUGE-1 against training time and against trained parameters; a chart without two known costs is left out."""
    ways = (
        _Cost("training time", _seconds, duration, lambda value: f"{value:,g} s"),
        _Cost("trained parameters", _trained, _count, lambda value: _count(value).replace(".0 ", " ")),
    )
    found = (_cost_chart(facts, cost) for cost in ways)
    return tuple(chart for chart in found if chart is not None)


def bin_width(widest: float) -> float:
    """The width of a bar in points: 1, 2 or 5 times a power of ten, so that at most 24 bars reach both ends.

    >>> [bin_width(points) for points in (3.0, 20.0, 55.0)]
    [0.5, 2.0, 5.0]
    """
    least = 2 * max(widest, 0.1) / _BARS
    power = 10.0 ** math.floor(math.log10(least))
    return float(next(step * power for step in (1, 2, 5, 10) if step * power >= least))


def _histogram(facts: Facts, best: ArmFacts, other: ArmFacts, *, names: Sequence[str]) -> Chart:
    alt = altair()
    values = [_POINTS.scale * (best.scores[name].mean["rouge1"] - other.scores[name].mean["rouge1"]) for name in names]
    mean, rows = math.fsum(values) / len(values), _bins(facts, best, other, values=values)
    bars = alt.Chart(alt.Data(values=rows)).mark_rect(stroke="var(--card)", strokeWidth=1)
    bars = bars.encode(
        x=alt.X("from:Q", title=f"points of {best.name} minus {other.name}", axis=alt.Axis(tickCount=7)),
        x2="to:Q",
        y=alt.Y("count:Q", title="dialogues", axis=alt.Axis(tickCount=4, tickMinStep=1)),
        y2=alt.Y2Datum(0),
        color=alt.Color("colour:N", scale=None),
    )
    lines = alt.Chart(alt.Data(values=[{"at": 0.0, "dash": [1, 0]}, {"at": mean, "dash": [4, 3]}]))
    rules = lines.mark_rule(stroke="var(--ink)", strokeWidth=1.5).encode(
        x="at:Q", strokeDash=alt.StrokeDash("dash:N", scale=None)
    )
    wins, losses = sum(value > 0 for value in values), sum(value < 0 for value in values)
    text = (
        f"Differences in ROUGE-1 points of {best.name} minus {other.name} on {len(values)} dialogues: "
        f"mean {mean:.1f}, {best.name} higher on {wins}, {other.name} higher on {losses}, the same on "
        f"{len(values) - wins - losses}"
    )
    lines_of = tuple(Line(f"{row['from']:g} to {row['to']:g}", (Cell(str(row["count"])),)) for row in rows)
    table = Table("Paired differences", (Column("dialogues"),), lines_of, first="points")
    title = f"{best.name} minus {other.name}, dialogue by dialogue"
    which = "The best arm and the next that it is compared with."
    note = f"{which} Full line: no difference; dashed line: the mean. A mean can hide many losses."
    drawing = (bars + rules).properties(width=WIDTH, height=_HEIGHT)
    return Chart("paired-differences", title, svg(drawing, text), f"{text}.", table, note)


def _bins(facts: Facts, best: ArmFacts, other: ArmFacts, *, values: Sequence[float]) -> list[dict[str, Any]]:
    """Bars from the lowest to the highest difference; 0 is always an edge, so that no bar mixes gains and losses."""
    width = bin_width(max(map(abs, values)))
    places = [math.floor(value / width) for value in values]
    return [
        {
            "from": place * width,
            "to": (place + 1) * width,
            "count": places.count(place),
            "colour": arm_colour(facts.arms.index(best if place >= 0 else other)),
        }
        for place in range(min(places), max(places) + 1)
    ]


def _seconds(arm: ArmFacts) -> float | None:
    if not arm.trains:
        return 0.0
    found = arm.summary.get("training_seconds")
    return None if found is None else float(found)


def _trained(arm: ArmFacts) -> float | None:
    if not arm.trains:
        return 0.0
    found = (arm.summary.get("parameters") or {}).get("trainable")
    return None if found is None else float(found)


def _count(value: float) -> str:
    return short_count(round(value))


def _cost_chart(facts: Facts, cost: _Cost) -> Chart | None:
    means = {row["name"]: row for row in interval_rows(facts, _POINTS)}
    known = ((arm, cost.of(arm)) for arm in facts.arms if arm.name in means)
    rows = [{**means[arm.name], "cost": value, "said": cost.said(value)} for arm, value in known if value is not None]
    if len({row["cost"] for row in rows}) < 2:
        return None
    title = f"ROUGE-1 against {cost.title}"
    text = f"{title}: " + "; ".join(
        f"{row['name']} {row['said']}, {row['mean']:.1f} [{row['low']:.1f}, {row['high']:.1f}]" for row in rows
    )
    lines = tuple(
        Line(row["name"], (Cell(row["said"]), Cell(f"{row['mean']:.1f}", f"[{row['low']:.1f}, {row['high']:.1f}]")))
        for row in rows
    )
    table = Table(title, (Column(cost.title), Column(_POINTS.title, _POINTS.unit)), lines)
    note = "Arms without training stand at 0. Each step to the right is ten times the cost."
    drawn = svg(_cost_drawing(rows, cost), text)
    return Chart(f"quality-by-{cost.title.replace(' ', '-')}", title, drawn, f"{text}.", table, note)


def _cost_drawing(rows: Sequence[dict[str, Any]], cost: _Cost) -> Any:
    """Costs as decades: 0 has no logarithm, so it stands one step left of the smallest."""
    alt = altair()
    least = math.floor(math.log10(min(row["cost"] for row in rows if row["cost"])))
    placed = [row | {"at": math.log10(row["cost"]) if row["cost"] else float(least - 1)} for row in rows]
    last = max(least + 1, math.ceil(max(row["at"] for row in placed)))
    ticks = list(range(least - 1, last + 1))
    words = {tick: "0" if tick == ticks[0] else cost.mark(10.0**tick) for tick in ticks}
    said = " : ".join(f"datum.value == {tick} ? '{words[tick]}'" for tick in ticks) + " : ''"
    scale = alt.Scale(domain=[ticks[0] - 0.4, last + 0.4], nice=False)
    x = alt.X("at:Q", title=cost.title, scale=scale, axis=alt.Axis(values=ticks, labelExpr=said, labelOverlap=True))
    y = alt.Y("low:Q", title="ROUGE-1, F1 x 100", scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=4))
    base = alt.Chart(alt.Data(values=_labelled(placed))).encode(x=x, color=alt.Color("colour:N", scale=None))
    rules = base.mark_rule(strokeWidth=2, strokeCap="round").encode(y=y, y2="high:Q")
    dots = base.mark_point(filled=True, size=70, opacity=1).encode(y="mean:Q")
    names = base.encode(y="label:Q", text="name:N")
    right = alt.datum.at > (ticks[0] + last) / 2
    ahead = names.transform_filter(~right).mark_text(fontSize=11, align="left", dx=8, dy=-2)
    behind = names.transform_filter(right).mark_text(fontSize=11, align="right", dx=-8, dy=-2)
    return (rules + dots + ahead + behind).properties(width=WIDTH, height=_HEIGHT)


def _labelled(placed: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with the height of their names: neighbours' names are moved apart, the lower one first."""
    span = max(row["high"] for row in placed) - min(row["low"] for row in placed)
    gap = _LINE * (span or 1.0) / _HEIGHT
    done: list[dict[str, Any]] = []
    for row in sorted(placed, key=lambda row: float(row["mean"])):
        near = [other["label"] + gap for other in done if abs(other["at"] - row["at"]) < 1]
        done.append(row | {"label": max([row["mean"], *near])})
    return done
