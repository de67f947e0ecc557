"""The tables of results: arms and reference rows by metric, each mean with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, Final

from upshot.report.cautions import p_floor
from upshot.report.facts import ArmFacts, Facts
from upshot.report.grid import Cell, Column, Line, Table
from upshot.report.quantities import ABSENT, FORM, MEASURES, QUALITY, Measure, duration, rate, share, short_count, size
from upshot.report.verdict import strength, withheld

REFERENCE_TITLES: Final = {
    "human": "people: each reference against the others",
    "constant": "one constant sentence",
    "lead3": "LEAD-3: the first three turns",
    "longest3": "LONGEST-3: the three longest turns",
    "bm25_copy": "summary of the nearest training dialogue (BM25)",
}
SEEN: Final = "as shipped (has seen this training split)"
_STRENGTHS: Final = {"finding": "differs", "weak": "weak evidence", "none": "no evidence"}
_COST: Final = (
    Column("trained", "parameters", "cost"),
    Column("training", "time", "cost"),
    Column("speed", "dialogues / s", "cost"),
    Column("on disk", "weights", "cost"),
)


def main_table(facts: Facts) -> Table:
    """Arms, then reference rows: mean with 95 % interval of every metric, and what each arm cost."""
    columns = (
        *(Column(measure.title, measure.unit, "quality, mean over references") for measure in QUALITY),
        *(Column(measure.title, measure.unit, "form") for measure in FORM),
        *_COST,
    )
    arms = [
        Line(
            arm.name,
            (*cells(facts.comparison["arms"][arm.name], (*QUALITY, *FORM)), *_cost(arm)),
            note=SEEN if has_seen(facts, arm) else "",
            colour=number,
        )
        for number, arm in enumerate(facts.arms)
    ]
    references = [_reference(name, found) for name, found in (facts.comparison.get("reference_rows") or {}).items()]
    return Table("Arms and reference rows", columns, (*arms, *references), about=about(facts.comparison))


def other_references(facts: Facts) -> Table:
    """The best reference and the first alone: what other papers print, never mixed with the primary score."""
    variants = (("_max", "best reference"), ("_first", "reference 1 alone"))
    columns = tuple(Column(measure.title, measure.unit, group) for _, group in variants for measure in QUALITY)
    named = [(arm.name, facts.comparison["arms"][arm.name], number) for number, arm in enumerate(facts.arms)]
    # People have one reference fewer than a system, so their best and first say something else.
    rows = (facts.comparison.get("reference_rows") or {}).items()
    copies = [(name, found, None) for name, found in rows if name != "human" and "reason" not in found]
    lines = tuple(
        Line(name, tuple(cell for suffix, _ in variants for cell in cells(found, QUALITY, suffix)), colour=colour)
        for name, found, colour in (*named, *copies)
    )
    said = "A higher number here is another question, not a better answer: compare only within a group."
    return Table("Other ways to read the references", columns, lines, about=said)


def first_rows(facts: Facts) -> Table | None:
    """The comparison over the first rows of the test split alone, where the recipe asks for it."""
    found = facts.comparison.get("first_rows")
    if not found or not found.get("arms"):
        return None
    columns = tuple(Column(measure.title, measure.unit) for measure in QUALITY)
    lines = tuple(
        Line(arm.name, cells(found["arms"][arm.name], QUALITY), colour=number)
        for number, arm in enumerate(facts.arms)
        if arm.name in found["arms"]
    )
    said = f"{about(found)} Too few to tell arms apart; here because the notebooks print it."
    return Table("The first test rows alone", columns, lines, about=said)


def pair_table(facts: Facts, metric: str = "rouge1") -> Table:
    """Paired differences between every two arms on one metric, with the reason where there is no verdict."""
    measure, barred = MEASURES[metric], withheld(facts.comparison)
    columns = (
        Column("difference", "points"),
        Column("relative", "% of the second"),
        Column("detectable", "points"),
        Column("p", "sign-flip"),
        Column("p, Holm", "corrected"),
        Column("wins / ties / losses", "dialogues"),
        Column("verdict"),
    )
    lines = tuple(
        Line(
            f"{pair['a']} − {pair['b']}", _pair_cells(pair, measure, barred.get(frozenset((pair["a"], pair["b"])), ()))
        )
        for pair in facts.comparison.get("pairs", ())
        if pair["metric"] == metric
    )
    said = f"First arm minus second. Holm's correction covers {facts.comparison.get('holm_family', 'all tests')}."
    about_p = (sentence.text for sentence in p_floor(facts.comparison))
    title = f"Paired differences, {measure.title}"
    return Table(title, columns, lines, first="arms", about=" ".join((said, *about_p)))


def refusal(facts: Facts, *names: str) -> Cell | None:
    """What stands instead of a claim about these arms where two of them get no verdict; None where all do."""
    barred = withheld(facts.comparison)
    what = [key for pair in combinations(names, 2) for key in barred.get(frozenset(pair), ())]
    return Cell(ABSENT, below=f"withheld: {', '.join(dict.fromkeys(what))}") if what else None


def cells(found: Mapping[str, Any], measures: Sequence[Measure], suffix: str = "") -> tuple[Cell, ...]:
    """One cell a measure: the mean with its interval below, a dash where it was not computed."""
    made = []
    for measure in measures:
        value = found.get(measure.key + suffix)
        if not value:
            made.append(Cell(ABSENT))
            continue
        made.append(Cell(measure.number(value["mean"]), measure.interval(value["ci95"]) if "ci95" in value else ""))
    return tuple(made)


def about(comparison: Mapping[str, Any]) -> str:
    """What the numbers of a comparison are: the protocol, and where the intervals come from."""
    draws = f"{comparison['resamples']:,} resamples" if "resamples" in comparison else "resampling"
    unit = comparison.get("unit", "dialogues")
    return f"Protocol: {comparison.get('protocol', '')}. In brackets: 95 % interval, bootstrap over {unit}, {draws}."


def has_seen(facts: Facts, arm: ArmFacts) -> bool:
    """Whether the arm's base model was trained on this run's training split before."""
    seen = facts.comparison.get("seen") or {}
    return bool(arm.summary.get("base_seen") or seen.get(arm.name))


def _reference(name: str, found: Mapping[str, Any]) -> Line:
    title = REFERENCE_TITLES.get(name, "")
    if "reason" in found:
        return Line(name, (), note=title, reason=f"not computed: {found['reason']}")
    return Line(name, (*cells(found, (*QUALITY, *FORM)), *(Cell(ABSENT) for _ in _COST)), note=title)


def _cost(arm: ArmFacts) -> tuple[Cell, ...]:
    counts = arm.summary.get("parameters") or {}
    trained = int(counts.get("trainable", 0)) if arm.trains else 0
    part = share(trained, counts["all"]) if counts.get("all") else ""
    return (
        Cell(short_count(trained), below=part),
        Cell(duration(arm.summary.get("training_seconds"))),
        Cell(rate(arm.summary.get("dialogues_per_second"))),
        Cell(size(arm.summary.get("bytes"))),
    )


def _pair_cells(pair: Mapping[str, Any], measure: Measure, what: Sequence[str]) -> tuple[Cell, ...]:
    relative, detectable = pair.get("relative_percent"), pair.get("detectable")
    return (
        Cell(measure.number(pair["difference"]), measure.interval(pair["ci95"])),
        Cell(ABSENT if relative is None else f"{relative:.0f} %"),
        Cell(ABSENT if detectable is None else measure.number(detectable)),
        Cell(_p(pair["p"])),
        Cell(_p(pair["p_holm"])),
        Cell(f"{pair['wins']} / {pair['ties']} / {pair['losses']}"),
        Cell(f"withheld: {', '.join(what)}" if what else _STRENGTHS[strength(pair)]),
    )


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
