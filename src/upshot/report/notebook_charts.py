"""The per-dialogue charts of the origin notebook: bars, improvement and scores of the dialogues that differ most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from upshot.records import Dialogue
from upshot.report.chosen import rivals
from upshot.report.drawing import WIDTH, Chart, altair, arm_colour, arm_colours, label, svg
from upshot.report.facts import ArmFacts, Facts
from upshot.report.grid import Cell, Column, Line, Table
from upshot.report.quantities import ABSENT, QUALITY, Measure, joined

SHOWN: Final = 12
_MEASURES: Final = QUALITY[:3]
_STRONGEST: Final = 0.5  # a fuller ground would hide the number on it, in the light or in the dark


def dialogue_charts(facts: Facts) -> tuple[Chart, ...]:
    """Bars a metric, the improvement map, and a map of scores for each of the two arms; none without scores."""
    best, rival = rivals(facts)
    shown = most_different(facts, best, rival)
    if not shown:
        return ()
    arms = tuple(arm for arm in (rival, best) if arm)
    bars = tuple(_bars(facts, arms, shown, measure) for measure in _MEASURES)
    improvement = (_improvement(facts, best, rival, shown=shown),) if rival else ()
    highest = max(_points(arm, item, measure) for arm in arms for item in shown for measure in _MEASURES)
    return (*bars, *improvement, *(_scores(facts, arm, shown, highest=highest) for arm in arms))


def most_different(facts: Facts, best: ArmFacts, rival: ArmFacts | None, count: int = SHOWN) -> tuple[Dialogue, ...]:
    """The dialogues where ROUGE-1 of both arms is furthest apart, greatest gain of the best arm first."""
    gains = {
        dialogue.id: best.scores[dialogue.id].mean["rouge1"]
        - (rival.scores[dialogue.id].mean["rouge1"] if rival else 0)
        for dialogue in facts.dialogues
        if dialogue.id in best.scores and (rival is None or dialogue.id in rival.scores)
    }
    far = sorted((item for item in facts.dialogues if item.id in gains), key=lambda item: -abs(gains[item.id]))
    return tuple(sorted(far[:count], key=lambda item: -gains[item.id]))


def _bars(facts: Facts, arms: Sequence[ArmFacts], shown: Sequence[Dialogue], measure: Measure) -> Chart:
    alt = altair()
    names = [arm.name for arm in arms]
    rows = [
        {"id": f"{place} {label(item.id)}", "arm": arm.name, "value": _points(arm, item, measure)}
        for place, item in enumerate(shown, start=1)
        for arm in arms
    ]
    drawing = (
        alt.Chart(alt.Data(values=rows))
        .mark_bar()
        .encode(
            y=alt.Y("id:N", sort=None, title=None, axis=alt.Axis(domain=False, ticks=False, labelLimit=120)),
            yOffset=alt.YOffset("arm:N", sort=names),
            x=alt.X("value:Q", title=measure.unit, axis=alt.Axis(tickCount=4)),
            color=arm_colours(facts, names),
        )
        .properties(width=WIDTH - 40, height={"step": 9, "for": "offset"})
    )
    text = f"{measure.title} of {joined(names)} on single dialogues: " + "; ".join(
        f"{label(item.id)} {' and '.join(measure.number(arm.scores[item.id].mean[measure.key]) for arm in arms)}"
        for item in shown
    )
    table = _table(
        f"{measure.title} by dialogue",
        [(name, measure.unit) for name in names],
        [(item.id, [measure.number(arm.scores[item.id].mean[measure.key]) for arm in arms]) for item in shown],
    )
    title = f"{measure.title} by dialogue"
    return Chart(f"dialogues-{measure.key}", title, svg(drawing, text), f"{text}.", table, _which(facts, arms, shown))


def _improvement(facts: Facts, best: ArmFacts, rival: ArmFacts, *, shown: Sequence[Dialogue]) -> Chart:
    """Differences in points, coloured by their size; the notebook's per cent stand beside them."""
    alt = altair()
    cells = [
        (place, item, measure, _points(best, item, measure) - _points(rival, item, measure))
        for place, item in enumerate(shown, start=1)
        for measure in _MEASURES
    ]
    widest = max(abs(points) for *_, points in cells) or 1.0
    rows = [
        {
            "id": f"{place} {label(item.id)}",
            "metric": measure.title,
            "said": _signed(points, 1),
            "below": _relative(best, rival, item, measure=measure),
            "colour": "var(--good)" if points >= 0 else "var(--alarm)",
            "strength": _STRONGEST * abs(points) / widest,
        }
        for place, item, measure, points in cells
    ]
    drawing = _map(alt, rows, step=32)
    text = f"Improvement of {best.name} over {rival.name}, points (per cent): " + "; ".join(
        f"{label(item.id)} {measure.title} {_gain(best, rival, item, measure=measure)}" for _, item, measure, _ in cells
    )
    title = f"Improvement: {best.name} over {rival.name}"
    table = _table(
        title,
        [(measure.title, "points (per cent)") for measure in _MEASURES],
        [(item.id, [_gain(best, rival, item, measure=measure) for measure in _MEASURES]) for item in shown],
    )
    note = f"Points, and below them per cent of {rival.name}. {_which(facts, (rival, best), shown)}"
    return Chart("improvement-map", title, svg(drawing, text), f"{text}.", table, note)


def _scores(facts: Facts, arm: ArmFacts, shown: Sequence[Dialogue], *, highest: float) -> Chart:
    """Scores of one arm; `highest` is the score that has the full colour, the same in the maps of both arms."""
    place_of_arm = facts.arms.index(arm)
    rows = [
        {
            "id": f"{place} {label(item.id)}",
            "metric": measure.title,
            "said": measure.number(arm.scores[item.id].mean[measure.key]),
            "colour": arm_colour(place_of_arm),
            "strength": _STRONGEST * _points(arm, item, measure) / (highest or 1.0),
        }
        for place, item in enumerate(shown, start=1)
        for measure in _MEASURES
    ]
    title = f"Scores of {arm.name}"
    text = f"{title} on single dialogues: " + "; ".join(f"{row['id']} {row['metric']} {row['said']}" for row in rows)
    table = _table(
        title,
        [(measure.title, measure.unit) for measure in _MEASURES],
        [(item.id, [measure.number(arm.scores[item.id].mean[measure.key]) for measure in _MEASURES]) for item in shown],
    )
    note = f"The same dialogues. The fullest colour is {highest:.1f}, the highest score of the maps."
    drawing = _map(altair(), rows, step=22)
    return Chart(f"scores-map-{place_of_arm + 1}", title, svg(drawing, text), f"{text}.", table, note)


def _map(alt: Any, rows: Sequence[dict[str, Any]], *, step: int) -> Any:
    """Rectangles of dialogue by metric, each with its number, and a smaller one below where the rows have it."""
    base = alt.Chart(alt.Data(values=list(rows))).encode(
        y=alt.Y("id:N", sort=None, title=None, axis=alt.Axis(domain=False, ticks=False, labelLimit=120)),
        x=alt.X(
            "metric:N", sort=None, title=None, axis=alt.Axis(orient="top", labelAngle=0, domain=False, ticks=False)
        ),
    )
    ground = base.mark_rect(stroke="var(--card)", strokeWidth=2).encode(
        color=alt.Color("colour:N", scale=None), fillOpacity=alt.FillOpacity("strength:Q", scale=None)
    )
    two = "below" in rows[0]
    layers = [ground, base.mark_text(fontSize=11, fill="var(--ink)", dy=-6 if two else 0).encode(text="said:N")]
    if two:
        layers.append(base.mark_text(fontSize=9.5, fill="var(--ink)", dy=7).encode(text="below:N"))
    return alt.layer(*layers).properties(width=WIDTH - 40, height={"step": step})


def _gain(best: ArmFacts, rival: ArmFacts, item: Dialogue, *, measure: Measure) -> str:
    points = _points(best, item, measure) - _points(rival, item, measure)
    return f"{_signed(points, 1)} ({_relative(best, rival, item, measure=measure)})"


def _relative(best: ArmFacts, rival: ArmFacts, item: Dialogue, *, measure: Measure) -> str:
    """The gain in per cent of the rival's score, which a score of 0 has not."""
    mine, theirs = _points(best, item, measure), _points(rival, item, measure)
    return f"{_signed(100 * (mine - theirs) / theirs, 0)} %" if theirs else ABSENT


def _signed(value: float, digits: int) -> str:
    return f"{round(value, digits) + 0.0:+.{digits}f}"


def _points(arm: ArmFacts, item: Dialogue, measure: Measure) -> float:
    return measure.scale * arm.scores[item.id].mean[measure.key]


def _which(facts: Facts, arms: Sequence[ArmFacts], shown: Sequence[Dialogue]) -> str:
    """Which dialogues these are and that they are not typical."""
    if len(shown) == len(facts.dialogues):
        return f"All {len(shown)} dialogues."
    count = f"{len(shown)} of {len(facts.dialogues):,} dialogues"
    if len(arms) == 1:
        return f"The {count} with the highest ROUGE-1."
    return f"The {count} where ROUGE-1 of {arms[0].name} and {arms[1].name} differs most: extremes, not typical."


def _table(title: str, columns: Sequence[tuple[str, str]], rows: Sequence[tuple[str, Sequence[str]]]) -> Table:
    lines = tuple(Line(name, tuple(map(Cell, values))) for name, values in rows)
    return Table(title, tuple(Column(*column) for column in columns), lines, first="dialogue")
