"""Lengths: of summaries against people's, and how the score changes with the length and the turns of a dialogue."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from upshot import stats
from upshot.data.turns import turns_of
from upshot.records import Dialogue
from upshot.report.drawing import WIDTH, Chart, altair, arm_colour, arm_colours, points_by_group, svg
from upshot.report.facts import ArmFacts, Facts
from upshot.report.grid import Cell, Column, Line, Table
from upshot.report.quantities import MEASURES, number
from upshot.report.verdict import best_first
from upshot.text import clusters_of

POINTS: Final = 120
ARMS: Final = 4
PEOPLE: Final = "people"
_GROUPS: Final = 5
_FEWEST: Final = 5  # dialogues of a group: fewer say nothing
_RESAMPLES: Final = 1_000
_SHARES: Final = (("5 %", 0.05), ("25 %", 0.25), ("median", 0.5), ("75 %", 0.75), ("95 %", 0.95))
_POINTS: Final = MEASURES["rouge1"]


def length_charts(facts: Facts) -> tuple[Chart, ...]:
    """The box plot of lengths and the scatter of an arm's length against people's; none without scores."""
    if not any(arm.scores for arm in facts.arms):
        return ()
    return (_boxes(facts), _scatter(facts))


def score_by_charts(facts: Facts) -> tuple[Chart, ...]:
    """Mean ROUGE-1 by the words and by the turns of a dialogue; a chart without two groups is left out."""
    ways: tuple[tuple[str, Callable[[Dialogue], int]], ...] = (
        ("words of the dialogue", lambda item: len(item.text.split())),
        ("turns of the dialogue", lambda item: len(turns_of(item.text))),
    )
    found = (_score_by(facts, title, measure) for title, measure in ways)
    return tuple(chart for chart in found if chart is not None)


def _boxes(facts: Facts) -> Chart:
    rows = _box_rows(facts)
    text = "Words of a summary: " + "; ".join(
        f"{row['name']} median {row['median']:.0f}, middle half {row['25 %']:.0f} to {row['75 %']:.0f}" for row in rows
    )
    columns = tuple(Column(key, "words") for key, _ in _SHARES)
    lines = tuple(Line(row["name"], tuple(Cell(f"{row[key]:.1f}") for key, _ in _SHARES)) for row in rows)
    note = "Box: the middle half with its median; line: from 5 % to 95 % of the summaries."
    table = Table("Summary length", columns, lines, first="by")
    return Chart("summary-length", "Summary length", svg(_box_drawing(rows), text), f"{text}.", table, note)


def _box_rows(facts: Facts) -> list[dict[str, Any]]:
    """Quantiles of the lengths of people's summaries and of every arm's."""
    people = [len(text.split()) for item in facts.dialogues for text in item.references]
    lengths = [(PEOPLE, "var(--quiet)", people)]
    lengths += [
        (arm.name, arm_colour(place), [score.words for score in arm.scores.values()])
        for place, arm in enumerate(facts.arms)
    ]
    return [
        {"name": name, "colour": colour, **{key: quantile(values, share) for key, share in _SHARES}}
        for name, colour, values in lengths
        if values
    ]


def _box_drawing(rows: Sequence[dict[str, Any]]) -> Any:
    alt = altair()
    base = alt.Chart(alt.Data(values=list(rows))).encode(
        y=alt.Y("name:N", sort=None, title=None, axis=alt.Axis(domain=False, ticks=False, labelLimit=150)),
        color=alt.Color("colour:N", scale=None),
    )
    x = alt.X("5 %:Q", title="words", axis=alt.Axis(tickCount=5))
    whiskers = base.mark_rule(strokeWidth=1.5).encode(x=x, x2="95 %:Q")
    boxes = base.mark_bar(height=14, fillOpacity=0.35, strokeWidth=1.5).encode(
        x="25 %:Q", x2="75 %:Q", stroke=alt.Stroke("colour:N", scale=None)
    )
    medians = base.mark_tick(height=14, thickness=2.5).encode(x="median:Q")
    return (whiskers + boxes + medians).properties(width=WIDTH - 60, height={"step": 28})


def _scatter(facts: Facts) -> Chart:
    arms, drawn = _few_arms(facts), by_chance(facts, POINTS)
    text = "Words of an arm against words of people: " + "; ".join(
        f"{arm.name} is longer in {100 * _longer(arm, drawn):.0f} % of {len(drawn)} dialogues" for arm in arms
    )
    lines = tuple(
        Line(item.id, (Cell(_references(arms, item)), *(Cell(_words(arm, item)) for arm in arms))) for item in drawn
    )
    columns = (Column(PEOPLE, "words"), *(Column(arm.name, "words") for arm in arms))
    table = Table("Lengths by dialogue", columns, lines, first="dialogue")
    note = f"On the dashed line both are as long. {_drawn(facts, arms, drawn)}"
    drawing = svg(_scatter_drawing(facts, arms, drawn), text)
    return Chart("length-scatter", "Length against people's", drawing, f"{text}.", table, note)


def _scatter_drawing(facts: Facts, arms: Sequence[ArmFacts], drawn: Sequence[Dialogue]) -> Any:
    """Words of the arms against words of people, with the line on which they are equal."""
    alt = altair()
    found = [(arm, arm.scores[item.id]) for arm in arms for item in drawn if item.id in arm.scores]
    rows = [{"arm": arm.name, "people": score.reference_words, "words": score.words} for arm, score in found]
    longest = max([1.0, *(max(score.reference_words, score.words) for _, score in found)])
    ends = [{"people": 0, "words": 0}, {"people": longest, "words": longest}]
    x = alt.X("people:Q", title="words of people, mean of references", axis=alt.Axis(tickCount=5))
    y = alt.Y("words:Q", title="words of the arm", axis=alt.Axis(tickCount=5))
    line = alt.Chart(alt.Data(values=ends)).mark_line(stroke="var(--quiet)", strokeDash=[4, 4], strokeWidth=1.2)
    dots = alt.Chart(alt.Data(values=rows)).mark_point(filled=True, size=22, opacity=0.65)
    colour = arm_colours(facts, [arm.name for arm in arms])
    return (line.encode(x=x, y=y) + dots.encode(x=x, y=y, color=colour)).properties(width=WIDTH, height=220)


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which a share of the values lies, between neighbours by their distance.

    >>> quantile([1.0, 2.0, 4.0], 0.75)
    3.0
    """
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def by_chance(facts: Facts, count: int) -> tuple[Dialogue, ...]:
    """At most `count` dialogues drawn by seed and id, in the order of the run."""
    seed = facts.recipe.seed
    ranked = sorted(
        facts.dialogues, key=lambda item: hashlib.sha256(f"{seed}:{item.id}".encode("utf-8", "replace")).digest()
    )
    kept = {item.id for item in ranked[:count]}
    return tuple(item for item in facts.dialogues if item.id in kept)


def _few_arms(facts: Facts) -> tuple[ArmFacts, ...]:
    """The best arms, in the order of the run, as many as stay apart in one cloud."""
    kept = best_first(facts.comparison)[:ARMS]
    return tuple(arm for arm in facts.arms if arm.name in kept)


def _drawn(facts: Facts, arms: Sequence[ArmFacts], drawn: Sequence[Dialogue]) -> str:
    parts = []
    if len(drawn) < len(facts.dialogues):
        parts.append(f"{len(drawn)} of {len(facts.dialogues):,} dialogues, drawn by chance.")
    if len(arms) < len(facts.arms):
        parts.append(f"The {len(arms)} best of {len(facts.arms)} arms.")
    return " ".join(parts)


def _longer(arm: ArmFacts, drawn: Sequence[Dialogue]) -> float:
    scores = [arm.scores[item.id] for item in drawn if item.id in arm.scores]
    return sum(score.words > score.reference_words for score in scores) / len(scores) if scores else 0.0


def _references(arms: Sequence[ArmFacts], item: Dialogue) -> str:
    found = [arm.scores[item.id].reference_words for arm in arms if item.id in arm.scores]
    return number(found[0] if found else None)


def _words(arm: ArmFacts, item: Dialogue) -> str:
    return number(arm.scores[item.id].words if item.id in arm.scores else None, 0)


def _score_by(facts: Facts, title: str, measure: Callable[[Dialogue], int]) -> Chart | None:
    scored = [item for item in facts.dialogues if all(item.id in arm.scores for arm in facts.arms)]
    sizes = {item.id: measure(item) for item in scored}
    groups = [group for group in _groups(scored, sizes) if len(group) >= _FEWEST]
    if len(groups) < 2:
        return None
    rows = [row for group in groups for row in _group_rows(facts, group, sizes)]
    drawing = points_by_group(rows, facts, x=title, y="ROUGE-1, F1 x 100")
    text = f"ROUGE-1 by {title}: " + "; ".join(
        f"{row['group']}: {row['arm']} {row['mean']:.1f} [{row['low']:.1f}, {row['high']:.1f}]" for row in rows
    )
    columns = (Column("dialogues"), *(Column(arm.name, _POINTS.unit) for arm in facts.arms))
    lines = tuple(_group_line(facts, group, rows, name=_span(group, sizes)) for group in groups)
    shown = f"ROUGE-1 by {title}"
    note = f"Groups of about {len(scored) // len(groups)} dialogues; lines are 95 % intervals of the mean."
    table = Table(shown, columns, lines, first=title)
    return Chart(f"score-by-{title.partition(' ')[0]}", shown, svg(drawing, text), f"{text}.", table, note)


def _groups(scored: Sequence[Dialogue], sizes: Mapping[str, int]) -> list[list[Dialogue]]:
    """Dialogues by rising size in groups of about the same number; equal sizes stay together."""
    ordered = sorted(scored, key=lambda item: sizes[item.id])
    count = max(1, min(_GROUPS, len(ordered) // _FEWEST))
    cuts = [sizes[ordered[len(ordered) * part // count].id] for part in range(1, count)] if ordered else []
    groups: dict[int, list[Dialogue]] = {}
    for item in ordered:
        groups.setdefault(sum(sizes[item.id] >= cut for cut in cuts), []).append(item)
    return list(groups.values())


def _group_rows(facts: Facts, group: Sequence[Dialogue], sizes: Mapping[str, int]) -> list[dict[str, Any]]:
    values = [[arm.scores[item.id].mean["rouge1"] for arm in facts.arms] for item in group]
    clusters = clusters_of(group)
    intervals = stats.bootstrap_intervals(
        values, [clusters[item.id] for item in group], resamples=_RESAMPLES, seed=facts.recipe.seed
    )
    return [
        {
            "group": _span(group, sizes),
            "arm": arm.name,
            "mean": _POINTS.scale * sum(row[place] for row in values) / len(values),
            "low": _POINTS.scale * ends[0],
            "high": _POINTS.scale * ends[1],
        }
        for place, (arm, ends) in enumerate(zip(facts.arms, intervals, strict=True))
        if ends is not None
    ]


def _span(group: Sequence[Dialogue], sizes: Mapping[str, int]) -> str:
    low, high = (pick(sizes[item.id] for item in group) for pick in (min, max))
    return str(low) if low == high else f"{low}–{high}"


def _group_line(facts: Facts, group: Sequence[Dialogue], rows: Sequence[Mapping[str, Any]], *, name: str) -> Line:
    mine = {row["arm"]: row for row in rows if row["group"] == name}
    cells = tuple(
        Cell(f"{mine[arm.name]['mean']:.1f}", f"[{mine[arm.name]['low']:.1f}, {mine[arm.name]['high']:.1f}]")
        for arm in facts.arms
    )
    return Line(name, (Cell(str(len(group))), *cells))
