"""Does confidence tell anything? Risk-coverage curves, and what thresholds leave, as charts and tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from upshot.report.drawing import WIDTH, Chart, altair, arm_colours, svg
from upshot.report.facts import Facts
from upshot.report.grid import Cell, Column, Line, Table
from upshot.report.quantities import ABSENT, Measure

ABOUT: Final = (
    "Confidence is the mean log-probability of a summary's tokens. It is no probability of being right: a model can be "
    "sure of an error. What it is worth is measured here: hold back the least confident summaries and see whether "
    "those that are left are better than as many drawn at random."
)
_RISKS: Final[Mapping[str, tuple[str, Measure]]] = {
    "rouge1": ("Risk by coverage: ROUGE-1", Measure("rouge1", "100 minus ROUGE-1", "points")),
    "flagged": ("Risk by coverage: flags", Measure("flagged", "flagged summaries", "%")),
}
_KEPT: Final[Mapping[str, Measure]] = {
    "rouge1": Measure("rouge1", "ROUGE-1", "F1 x 100"),
    "flagged": Measure("flagged", "flagged", "%"),
}
_HALF: Final = 4  # place of 50 % among the shares
_DASHES: Final = {"arm": [1, 0], "random order": [3, 3], "oracle": [1, 2]}


def confidence_charts(facts: Facts) -> tuple[Chart, ...]:
    """One risk-coverage chart a risk, with the arms' curves, random orders and oracles; none before `analyse`."""
    found = _measured(facts)
    return tuple(_chart(facts, found, key) for key in _RISKS if found)


def confidence_table(facts: Facts) -> Table | None:
    """Area under each curve beside the random order's and the oracle's, and what confidence gains; None without any."""
    found = _measured(facts)
    if not found:
        return None
    columns = tuple(
        Column(title, measure.unit, name)
        for name, measure in _RISKS.values()
        for title in ("by confidence", "random", "oracle", "gain")
    )
    lines = tuple(
        Line(name, tuple(cell for key in _RISKS for cell in _areas(item["risks"][key], _RISKS[key][1])), colour=place)
        for place, name, item in _placed(facts, found)
    )
    about = (
        "Areas under the risk-coverage curves: the mean risk over all shares that could be kept. The gain is random "
        "minus confidence, with its 95 % interval over dialogues, uncorrected for the number of rows. Where it holds "
        "0, confidence tells nothing that was found here; under 0 it misleads. The oracle holds back the worst first, "
        "which nobody can."
    )
    return Table("Area under the risk-coverage curve", columns, lines, about=about)


def threshold_table(facts: Facts) -> Table | None:
    """What is left of each arm's summaries under three thresholds, and how good it is; None without any."""
    found = _measured(facts)
    if not found:
        return None
    columns = (
        Column("threshold", "percentile"),
        Column("kept", "summaries"),
        *(
            Column(f"{side} {measure.title}", measure.unit)
            for measure in _KEPT.values()
            for side in ("kept", "held back")
        ),
    )
    lines = tuple(
        Line(name, tuple(_threshold(entry)), colour=place)
        for place, name, item in _placed(facts, found)
        for entry in item["thresholds"]
    )
    splits = {item["split"] for item in found.values()}
    about = (
        f"Percentiles among the summaries of the {' and '.join(sorted(splits))} split, as an abstain threshold counts "
        "them. Means with 95 % intervals over the dialogues of each side."
    )
    return Table("What a threshold leaves", columns, lines, about=about)


def confidence_sentence(facts: Facts, name: str) -> str:
    """What an arm's confidence tells about ROUGE-1, in words; nothing where it was not measured."""
    item = _measured(facts).get(name)
    if not item:
        return ""
    measure, gain = _RISKS["rouge1"][1], item["risks"]["rouge1"]["gain"]
    ends = gain["ci95"]
    told = "cannot be said to tell good summaries from bad ones"
    if ends and ends[0] > 0:
        told = "tells better summaries from worse ones to some degree"
    if ends and ends[1] < 0:
        told = "misleads: the more confident summaries are the worse ones"
    return (
        f"On these {facts.analysis['n']:,} test dialogues its confidence {told}: ordering by it gains "
        f"{measure.number(gain['mean'])} points of ROUGE-1 {measure.interval(ends)} over a random order, of "
        f"{measure.number(item['risks']['rouge1']['random'] - item['risks']['rouge1']['oracle'])} that are possible. "
        "It is no probability of being right."
    )


def _measured(facts: Facts) -> dict[str, Mapping[str, Any]]:
    """Arms of the report with a measured confidence, in its order."""
    confidence = facts.analysis.get("confidence") or {}
    return {arm.name: confidence[arm.name] for arm in facts.arms if arm.name in confidence}


def _placed(facts: Facts, found: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[int, str, Mapping[str, Any]]]:
    for place, arm in enumerate(facts.arms):
        if arm.name in found:
            yield place, arm.name, found[arm.name]


def _chart(facts: Facts, found: Mapping[str, Mapping[str, Any]], key: str) -> Chart:
    title, measure = _RISKS[key]
    rows = list(_rows(found, key, measure))
    text = f"{measure.title} of the most confident part of the summaries: " + "; ".join(
        f"{name} {_said(item['risks'][key], measure)}" for name, item in found.items()
    )
    shares = next(iter(found.values()))["shares"]
    lines = tuple(
        Line(
            f"{100 * share:.0f} %",
            tuple(_point(item["risks"][key]["curve"][place], measure) for item in found.values()),
        )
        for place, share in enumerate(shares)
    )
    table = Table(title, tuple(Column(name, measure.unit) for name in found), lines, first="kept")
    note = "Lower is better. Line: by confidence; dashes: a random order; dots: the oracle. Bands are 95 % intervals."
    return Chart(f"risk-coverage-{key}", title, svg(_drawing(facts, rows, measure), text), f"{text}.", table, note)


def _said(risk: Mapping[str, Any], measure: Measure) -> str:
    half, gain = risk["curve"][_HALF]["mean"], risk["gain"]
    area = f"area {measure.number(risk['area']['mean'])}, gain {_point(gain, measure)}"
    return f"{measure.number(half)} of the surer half, {measure.number(risk['random'])} of all, {area}"


def _rows(found: Mapping[str, Mapping[str, Any]], key: str, measure: Measure) -> Iterator[dict[str, Any]]:
    """Points of all curves: arm, kind of curve, share in per cent, risk and the ends of its interval."""
    for name, item in found.items():
        risk = item["risks"][key]
        for share, point, best in zip(item["shares"], risk["curve"], risk["oracle_curve"], strict=True):
            at = {"arm": name, "share": 100 * share}
            low, high = point["ci95"] or (point["mean"], point["mean"])
            ends = {"low": measure.scale * low, "high": measure.scale * high}
            yield at | {"curve": "arm", "risk": measure.scale * point["mean"]} | ends
            yield at | {"curve": "random order", "risk": measure.scale * risk["random"]}
            yield at | {"curve": "oracle", "risk": measure.scale * best}


def _drawing(facts: Facts, rows: Sequence[Mapping[str, Any]], measure: Measure) -> Any:
    alt = altair()
    names = list(dict.fromkeys(str(row["arm"]) for row in rows))
    x = alt.X(
        "share:Q",
        title="% kept, the most confident first",
        scale=alt.Scale(domain=[10, 100]),
        axis=alt.Axis(tickCount=5),
    )
    title = f"{measure.title}, {measure.unit}"
    y = alt.Y("risk:Q", title=title, scale=alt.Scale(zero=False, nice=True), axis=alt.Axis(tickCount=5))
    colour = arm_colours(facts, names, symbol="stroke")
    band = [row for row in rows if row["curve"] == "arm"]
    layers = [
        alt.Chart(alt.Data(values=band))
        .mark_area(opacity=0.1)
        .encode(x=x, y=alt.Y("low:Q", title=title), y2="high:Q", color=colour)
    ]
    for kind, dash in _DASHES.items():
        part = alt.Chart(alt.Data(values=[row for row in rows if row["curve"] == kind]))
        width = 2 if kind == "arm" else 1.2
        layers.append(part.mark_line(strokeWidth=width, strokeDash=dash).encode(x=x, y=y, color=colour))
    return alt.layer(*layers).properties(width=WIDTH, height=220)


def _point(point: Mapping[str, Any], measure: Measure) -> Cell:
    return Cell(measure.number(point["mean"]), measure.interval(point["ci95"]))


def _areas(risk: Mapping[str, Any], measure: Measure) -> tuple[Cell, ...]:
    return (
        _point(risk["area"], measure),
        Cell(measure.number(risk["random"])),
        Cell(measure.number(risk["oracle"])),
        _point(risk["gain"], measure),
    )


def _threshold(entry: Mapping[str, Any]) -> Iterator[Cell]:
    yield Cell(f"under {entry['percentile']}")
    yield Cell(f"{entry['kept']} of {entry['n']}")
    for key, measure in _KEPT.items():
        for side in ("kept", "held_back"):
            found = entry["values"][key][side]
            yield _point(found, measure) if found else Cell(ABSENT)
