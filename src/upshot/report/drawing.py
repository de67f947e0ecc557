"""What every chart is made of: SVG in the page's colours, a text that says the same, and a table of its numbers."""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from upshot.errors import to_install
from upshot.report.facts import Facts
from upshot.report.grid import Table

INSTALL: Final = to_install("report")
COLOURS: Final = 8
WIDTH: Final = 290
_LABEL: Final = 22
_LEGEND: Final = 54  # signs that fit beside one another above a drawing
_LONG: Final = re.compile(r"(?<![\d.])(\d*\.\d)\d+")
_SHAPE: Final = re.compile(r'( (?:d|transform|x|y|x2|y2|width|height)=)("[^"]*")')
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing with its text alternative and the numbers behind it.

    `name` is the stem of its files; `note` tells readers of the drawing what it leaves out or how to read it.
    """

    name: str
    title: str
    svg: Markup
    text: str
    table: Table
    note: str = ""


def available() -> bool:
    """Whether the libraries of the `report` extra are installed."""
    return all(importlib.util.find_spec(name) is not None for name in ("altair", "vl_convert"))


def altair() -> Any:
    """The drawing library, imported when a chart is made and not before: it takes a second."""
    return importlib.import_module("altair")


def vl_convert() -> Any:
    """The library that turns a drawing into SVG or PNG without a browser."""
    return importlib.import_module("vl_convert")


def arm_colour(place: int) -> str:
    """The CSS colour of the arm with this number; after eight they begin again."""
    return f"var(--arm-{place % COLOURS})"


def arm_colours(facts: Facts, names: Sequence[str], *, symbol: str = "circle") -> Any:
    """The encoding that gives each named arm its colour everywhere, with a legend above where there are several.

    `symbol` is the sign in the legend: 'circle' for what is filled, 'stroke' for lines.
    """
    alt = altair()
    places = {arm.name: place for place, arm in enumerate(facts.arms)}
    scale = alt.Scale(domain=list(names), range=[arm_colour(places[name]) for name in names])
    columns = max(1, min(len(names), _LEGEND // (4 + max(map(len, names), default=1))))
    key = alt.Legend(orient="top", title=None, columns=columns, labelLimit=150, symbolType=symbol, symbolOpacity=1)
    key.symbolStrokeWidth = 3 if symbol == "stroke" else 0
    return alt.Color("arm:N", scale=scale, legend=key if len(names) > 1 else None)


def label(text: str) -> str:
    """A text of the run as the label of an axis: one line of at most 22 signs that any encoder can write.

    >>> label("a long\\nname of a dialogue, and more")
    'a long name of a dial…'
    """
    plain = " ".join(text.encode("utf-8", "replace").decode("utf-8").split())
    return plain if len(plain) <= _LABEL else f"{plain[: _LABEL - 1]}…"


def points_by_group(rows: Sequence[Row], facts: Facts, *, x: str, y: str) -> Any:
    """Means with 95 % intervals, arms side by side in each group; rows hold group, arm, mean, low and high."""
    alt = altair()
    groups, arms = (list(dict.fromkeys(row[key] for row in rows)) for key in ("group", "arm"))
    axis = alt.Axis(labelAngle=0, grid=False, ticks=False, labelPadding=6, labelLimit=80)
    base = alt.Chart(alt.Data(values=list(rows))).encode(
        x=alt.X("group:N", sort=groups, title=x, axis=axis, scale=alt.Scale(paddingInner=0.15)),
        xOffset=alt.XOffset("arm:N", sort=arms, scale=alt.Scale(paddingOuter=0.6)),
        color=arm_colours(facts, arms),
    )
    value = alt.Y("low:Q", title=y, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=4))
    rules = base.mark_rule(strokeWidth=2, strokeCap="round").encode(y=value, y2="high:Q")
    dots = base.mark_point(filled=True, size=45, opacity=1).encode(y="mean:Q")
    return (rules + dots).properties(width=WIDTH, height=170)


def svg(drawing: Any, text: str) -> Markup:
    """Inline SVG without fixed size, addresses or Vega's own labels; colours come from the page's variables."""
    quiet = {"labelColor": "var(--soft)", "titleColor": "var(--soft)", "titleFontWeight": "normal"}
    lines = {"gridColor": "var(--line)", "tickColor": "var(--line)", "domainColor": "var(--line)"}
    # Readers' fonts may be wider than the one that measures here: labels get room at both sides.
    room = {"left": 14, "right": 8, "top": 4, "bottom": 4}
    spec = drawing.configure(background="transparent", aria=False, padding=room).configure_view(stroke=None)
    spec = spec.configure_axis(**quiet, **lines, labelFontSize=11, titleFontSize=11)
    spec = spec.configure_legend(labelColor="var(--ink)", labelFontSize=11, padding=0, offset=8)
    source: str = vl_convert().vegalite_to_svg(spec.to_dict())
    size = re.search(r'width="([\d.]+)" height="([\d.]+)"', source)
    body = _SHAPE.sub(lambda found: found[1] + _LONG.sub(r"\1", found[2]), source[source.index(">") + 1 :])
    width, height = size.groups() if size else ("300", "150")
    opening = Markup('<svg role="img" aria-label="{}" viewBox="0 0 {} {}" style="max-width:{}px">').format(
        text, width, height, width
    )
    return opening + Markup(body)  # noqa: S704 - Vega escapes every text; the tests read it back
