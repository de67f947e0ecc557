"""Charts as files of their own, in the light colours of the page and with their title."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from markupsafe import escape

from upshot.report.drawing import Chart, vl_convert
from upshot.rundir import read_text, remove, write_bytes, write_text

_STYLE: Final = Path(__file__).parent / "page.css"
_COLOUR: Final = re.compile(r"--([\w-]+): (#[0-9a-f]{6})\b")
_VARIABLE: Final = re.compile(r"var\(--([\w-]+)\)")
_VIEW: Final = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
_HEAD: Final = 34
_MARGIN: Final = 10
_LETTER: Final = 8.2  # width of a letter of the title, on the safe side
_SCALE: Final = 2  # two dots a pixel: sharp on paper and on dense screens


def write_charts(folder: Path, charts: Sequence[Chart]) -> tuple[Path, ...]:
    """Paths of `NAME.svg` and `NAME.png` of every chart; a chart that has not changed is left as it is.

    Files of charts that the run no longer has are removed, so that none of them shows older numbers.

    Raises:
        ResourceError: a file cannot be written.
    """
    paths = tuple(folder / f"{chart.name}{ending}" for chart in charts for ending in (".svg", ".png"))
    for old in (*folder.glob("*.svg"), *folder.glob("*.png")):
        if old not in paths:
            remove(old)
    for chart in charts:
        drawn, painted = folder / f"{chart.name}.svg", folder / f"{chart.name}.png"
        text = file_svg(chart)
        if painted.exists() and read_text(drawn) == text:
            continue
        remove(painted)  # an interruption between the two must not leave a picture of other numbers
        write_text(drawn, text)
        write_bytes(painted, vl_convert().svg_to_png(text, scale=_SCALE))
    return paths


def file_svg(chart: Chart) -> str:
    """A whole SVG document of a chart: its own size, a title, a white ground, and colours instead of variables."""
    source = str(chart.svg)
    found = _VIEW.search(source)
    width, height = (float(part) for part in found.groups()) if found else (300.0, 150.0)
    body = source[source.index(">") + 1 : source.rindex("</svg>")]
    colours = light_colours()
    painted = _VARIABLE.sub(lambda name: colours.get(name[1], "#000000"), body)
    wide, high = max(width, _LETTER * len(chart.title)) + 2 * _MARGIN, height + _HEAD + _MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide:g}" height="{high:g}" viewBox="0 0 {wide:g} {high:g}">\n'
        f"<title>{escape(chart.text)}</title>\n"
        f'<rect width="100%" height="100%" fill="#ffffff"/>\n'
        f'<text x="{_MARGIN}" y="22" font-family="sans-serif" font-size="14" font-weight="600" fill="{colours["ink"]}">'
        f'{escape(chart.title)}</text>\n<g transform="translate({_MARGIN},{_HEAD})">{painted}</g>\n</svg>\n'
    )


def light_colours() -> dict[str, str]:
    """The page's colours by the names of its variables, as they are in the light."""
    style = _STYLE.read_text(encoding="utf-8")
    return dict(_COLOUR.findall(style[: style.index("@media")]))
