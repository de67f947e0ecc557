"""Charts as SVG that follows the page's colours, each with a text that says the same and a table of its numbers."""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from upshot.report.costs import mean_loss
from upshot.report.facts import ArmFacts, Facts
from upshot.report.grid import Cell, Column, Line, Table
from upshot.report.quantities import MEASURES, QUALITY, Measure, joined, number

INSTALL: Final = "pip install 'upshot[report]'"
COLOURS: Final = 8
_POINTS: Final = 40
_WIDTH: Final = 230
_DASHES: Final = ([1, 0], [5, 3], [2, 2], [8, 3, 2, 3])
_CURVES: Final = (
    ("training loss", "loss", 1.0, 2),
    ("validation loss", "loss", 1.0, 2),
    ("validation ROUGE-1", "rouge1", 100.0, 1),
)
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing with its text alternative and the numbers behind it."""

    title: str
    svg: Markup
    text: str
    table: Table


def available() -> bool:
    """Whether the libraries of the `report` extra are installed."""
    return all(importlib.util.find_spec(name) is not None for name in ("altair", "vl_convert"))


def interval_charts(facts: Facts) -> tuple[Chart, ...]:
    """One chart a metric: the mean of every arm and reference row with its 95 % interval."""
    return tuple(_interval_chart(facts, measure) for measure in (*QUALITY, MEASURES["length_ratio"]))


def learning_curves(facts: Facts) -> tuple[Chart, ...]:
    """Training loss, validation loss and validation ROUGE-1 by epoch; a curve that no arm has is left out."""
    found = ((_curve_points(facts, title, key, scale), title, digits) for title, key, scale, digits in _CURVES)
    return tuple(_curve_chart(title, curves, facts, digits=digits) for curves, title, digits in found if curves)


def _interval_chart(facts: Facts, measure: Measure) -> Chart:
    rows = list(_interval_rows(facts, measure))
    altair: Any = importlib.import_module("altair")
    y = altair.Y(
        "name:N", sort=None, title=None, axis=altair.Axis(domain=False, ticks=False, labelLimit=150, labelPadding=8)
    )
    x = altair.X("low:Q", title=measure.unit, scale=altair.Scale(zero=False, nice=True), axis=altair.Axis(tickCount=5))
    colour = altair.Color("colour:N", scale=None)
    base = altair.Chart(altair.Data(values=rows)).encode(y=y)
    rules = base.mark_rule(strokeWidth=2.5, strokeCap="round").encode(x=x, x2="high:Q", color=colour)
    dots = base.mark_point(filled=True, size=70, opacity=1).encode(
        x="mean:Q", color=colour, shape=altair.Shape("shape:N", scale=None)
    )
    text = f"{measure.title} with 95 % intervals: " + "; ".join(
        f"{row['name']} {measure.number(row['mean'] / measure.scale)} "
        f"{measure.interval((row['low'] / measure.scale, row['high'] / measure.scale))}"
        for row in rows
    )
    drawing = (rules + dots).properties(width=_WIDTH, height={"step": 24})
    return Chart(measure.title, _svg(drawing, text), f"{text}.", _interval_table(rows, measure))


def _interval_rows(facts: Facts, measure: Measure) -> Iterator[dict[str, Any]]:
    arms = ((arm.name, facts.comparison["arms"][arm.name], place) for place, arm in enumerate(facts.arms))
    references = ((name, found, None) for name, found in (facts.comparison.get("reference_rows") or {}).items())
    for name, found, place in (*arms, *references):
        value = found.get(measure.key)
        if value and "ci95" in value:
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
    altair: Any = importlib.import_module("altair")
    names = {place: facts.arms[place].name for place in curves}
    x = altair.X("epoch:Q", title="epoch", scale=altair.Scale(zero=True), axis=altair.Axis(tickCount=5, grid=False))
    y = altair.Y("value:Q", title=None, scale=altair.Scale(zero=False), axis=altair.Axis(tickCount=4))
    layers = []
    for place, points in curves.items():
        values = [{"epoch": epoch, "value": value} for epoch, value in points]
        dash = _DASHES[place // COLOURS % len(_DASHES)]
        marks = {"filled": True, "size": 28, "color": arm_colour(place)} if len(points) <= _POINTS // 2 else False
        line = altair.Chart(altair.Data(values=values)).mark_line(
            color=arm_colour(place), strokeWidth=2, strokeDash=dash, strokeJoin="round", point=marks
        )
        layers.append(line.encode(x=x, y=y))
    said = [
        f"{names[place]} from {points[0][1]:.{digits}f} to {points[-1][1]:.{digits}f} at epoch {points[-1][0]:.3g}"
        for place, points in curves.items()
    ]
    text = f"{title[0].upper()}{title[1:]}: {joined(said)}"
    drawing = altair.layer(*layers).properties(width=_WIDTH + 60, height=170)
    lines = tuple(
        Line(names[place], (Cell(number(epoch, 2)), Cell(number(value, digits + 1))), colour=place)
        for place, points in curves.items()
        for epoch, value in points
    )
    table = Table(title, (Column("epoch"), Column(title)), lines)
    return Chart(title[0].upper() + title[1:], _svg(drawing, text), f"{text}.", table)


def arm_colour(place: int) -> str:
    """The CSS colour of the arm with this number; after eight they begin again."""
    return f"var(--arm-{place % COLOURS})"


def _svg(drawing: Any, text: str) -> Markup:
    """Inline SVG without fixed size, addresses or Vega's own roles; colours come from the page's variables."""
    quiet = {"labelColor": "var(--soft)", "titleColor": "var(--soft)", "titleFontWeight": "normal"}
    lines = {"gridColor": "var(--line)", "tickColor": "var(--line)", "domainColor": "var(--line)"}
    spec = drawing.configure(background="transparent").configure_view(stroke=None)
    spec = spec.configure_axis(**quiet, **lines, labelFontSize=11, titleFontSize=11)
    source: str = importlib.import_module("vl_convert").vegalite_to_svg(spec.to_dict())
    size = re.search(r'width="([\d.]+)" height="([\d.]+)"', source)
    body = source[source.index(">") + 1 :]
    width, height = size.groups() if size else ("300", "150")
    opening = Markup('<svg role="img" aria-label="{}" viewBox="0 0 {} {}" style="max-width:{}px">').format(
        text, width, height, width
    )
    return opening + Markup(body)  # noqa: S704 - Vega escapes every text; the tests read it back
