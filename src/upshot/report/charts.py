"""Charts of whole arms: every metric with its interval, and how their training went."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from upshot.report.costs import mean_loss
from upshot.report.drawing import COLOURS, WIDTH, Chart, altair, arm_colour, arm_colours, svg
from upshot.report.facts import ArmFacts, Facts
from upshot.report.grid import Cell, Column, Line, Table
from upshot.report.quantities import MEASURES, QUALITY, Measure, joined, number

_POINTS: Final = 40
_DASHES: Final = ([1, 0], [5, 3], [2, 2], [8, 3, 2, 3])
_CURVES: Final = (
    ("training loss", "loss", 1.0, 2),
    ("validation loss", "loss", 1.0, 2),
    ("validation ROUGE-1", "rouge1", 100.0, 1),
)
Point = tuple[float, float]


def interval_charts(facts: Facts) -> tuple[Chart, ...]:
    """One chart a metric: the mean of every arm and reference row with its 95 % interval; none without intervals."""
    found = ((list(interval_rows(facts, measure)), measure) for measure in (*QUALITY, MEASURES["length_ratio"]))
    return tuple(_interval_chart(rows, measure) for rows, measure in found if rows)


def learning_curves(facts: Facts) -> tuple[Chart, ...]:
    """Training loss, validation loss and validation ROUGE-1 by epoch; a curve that no arm has is left out."""
    found = ((_curve_points(facts, title, key, scale), title, digits) for title, key, scale, digits in _CURVES)
    return tuple(_curve_chart(title, curves, facts, digits=digits) for curves, title, digits in found if curves)


def interval_rows(facts: Facts, measure: Measure) -> Iterator[dict[str, Any]]:
    """Name, mean, ends of the interval in the measure's unit, colour and shape, for arms and then reference rows."""
    arms = ((arm.name, facts.comparison["arms"][arm.name], place) for place, arm in enumerate(facts.arms))
    references = ((name, found, None) for name, found in (facts.comparison.get("reference_rows") or {}).items())
    for name, found, place in (*arms, *references):
        value = found.get(measure.key)
        if value and value.get("ci95"):
            low, high = (measure.scale * end for end in value["ci95"])
            colour, shape = ("var(--quiet)", "diamond") if place is None else (arm_colour(place), "circle")
            yield {
                "name": name,
                "mean": measure.scale * value["mean"],
                "low": low,
                "high": high,
                "colour": colour,
                "shape": shape,
            }


def _interval_chart(rows: Sequence[Mapping[str, Any]], measure: Measure) -> Chart:
    alt = altair()
    y = alt.Y("name:N", sort=None, title=None, axis=alt.Axis(domain=False, ticks=False, labelLimit=150, labelPadding=8))
    x = alt.X("low:Q", title=measure.unit, scale=alt.Scale(zero=False, nice=True), axis=alt.Axis(tickCount=5))
    colour = alt.Color("colour:N", scale=None)
    base = alt.Chart(alt.Data(values=list(rows))).encode(y=y)
    rules = base.mark_rule(strokeWidth=2.5, strokeCap="round").encode(x=x, x2="high:Q", color=colour)
    dots = base.mark_point(filled=True, size=70, opacity=1).encode(
        x="mean:Q", color=colour, shape=alt.Shape("shape:N", scale=None)
    )
    text = f"{measure.title} with 95 % intervals: " + "; ".join(
        f"{row['name']} {measure.number(row['mean'] / measure.scale)} "
        f"{measure.interval((row['low'] / measure.scale, row['high'] / measure.scale))}"
        for row in rows
    )
    drawing = (rules + dots).properties(width=WIDTH - 60, height={"step": 24})
    table = _interval_table(rows, measure)
    return Chart(f"intervals-{measure.key}", measure.title, svg(drawing, text), f"{text}.", table)


def _interval_table(rows: Sequence[Mapping[str, Any]], measure: Measure) -> Table:
    columns = (Column("mean", measure.unit), Column("from", "95 %"), Column("to", "95 %"))
    lines = tuple(
        Line(row["name"], tuple(Cell(number(row[key], measure.digits)) for key in ("mean", "low", "high")))
        for row in rows
    )
    return Table(measure.title, columns, lines, first="row")


def _curve_points(facts: Facts, title: str, key: str, scale: float) -> dict[int, list[Point]]:
    """Points (epoch, value) by the number of the arm."""
    curves = {}
    for place, arm in enumerate(facts.arms):
        points = _training_points(arm) if title == "training loss" else _validation_points(arm, key, scale)
        if points:
            curves[place] = points
    return curves


def _validation_points(arm: ArmFacts, key: str, scale: float) -> list[Point]:
    return [(item["epoch"], scale * item[key]) for item in arm.evaluations if item.get(key) is not None]


def _training_points(arm: ArmFacts) -> list[Point]:
    """Losses averaged over neighbouring steps, per label token: single steps are too noisy to read."""
    width = max(1, -(-len(arm.steps) // _POINTS))
    parts = [arm.steps[start : start + width] for start in range(0, len(arm.steps), width)]
    return [(part[-1].get("epoch", part[-1]["step"]), mean_loss(part) or 0.0) for part in parts]


def _curve_chart(title: str, curves: Mapping[int, Sequence[Point]], facts: Facts, *, digits: int) -> Chart:
    names = {place: facts.arms[place].name for place in curves}
    said = [
        f"{names[place]} from {points[0][1]:.{digits}f} to {points[-1][1]:.{digits}f} at epoch {points[-1][0]:.3g}"
        for place, points in curves.items()
    ]
    shown = title[0].upper() + title[1:]
    text = f"{shown}: {joined(said)}"
    lines = tuple(
        Line(names[place], (Cell(number(epoch, 2)), Cell(number(value, digits + 1))), colour=place)
        for place, points in curves.items()
        for epoch, value in points
    )
    table = Table(title, (Column("epoch"), Column(title)), lines)
    drawing = _curve_drawing(curves, facts)
    return Chart(title.lower().replace(" ", "-"), shown, svg(drawing, text), f"{text}.", table)


def _curve_drawing(curves: Mapping[int, Sequence[Point]], facts: Facts) -> Any:
    alt = altair()
    names = [facts.arms[place].name for place in curves]
    values = [
        {"arm": facts.arms[place].name, "epoch": epoch, "value": value}
        for place, points in curves.items()
        for epoch, value in points
    ]
    few = all(len(points) <= _POINTS // 2 for points in curves.values())
    dashes = alt.Scale(domain=names, range=[_DASHES[place // COLOURS % len(_DASHES)] for place in curves])
    line = alt.Chart(alt.Data(values=values)).mark_line(
        strokeWidth=2, strokeJoin="round", point={"filled": True, "size": 28} if few else False
    )
    x = alt.X("epoch:Q", title="epoch", scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=5, grid=False))
    y = alt.Y("value:Q", title=None, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=4))
    dash = alt.StrokeDash("arm:N", scale=dashes, legend=None)
    colour = arm_colours(facts, names, symbol="stroke")
    return line.encode(x=x, y=y, color=colour, strokeDash=dash).properties(width=WIDTH, height=170)
