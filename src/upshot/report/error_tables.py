"""What the error analysis found, as tables: flags by tier with their measured worth, and the notebook's categories."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from upshot.analysis.finding import KINDS
from upshot.analysis.notebook_heuristics import CATEGORIES
from upshot.report.chosen import rivals
from upshot.report.facts import ArmFacts, Facts
from upshot.report.grid import Cell, Column, Line, Table
from upshot.report.quantities import ABSENT, NO_INTERVAL, NOT_MEASURED, joined, number

LINKS: Final = 3
ABOUT: Final = (
    "Rules read every summary beside its dialogue and point at places: heuristics, no judges, and no rate of errors. "
    "Precision is the share of a rule's findings that people's labels confirm, on the set named; the base rate is what "
    "flagging every summary there would reach."
)
_TIERS: Final = {
    "certain": "Certain: what can be read off the text itself",
    "review": "To review: a place to look at, not a proven error",
    "coverage": "Left out: what people named and the summary does not",
}


def flag_tables(facts: Facts) -> tuple[Table, ...]:
    """One table a tier: flagged dialogues by kind and arm, the rule's measured worth, and dialogues to look at.

    Empty before `upshot analyse`.
    """
    flags = facts.analysis.get("flags") or {}
    if not flags:
        return ()
    return tuple(_tier(facts, flags, tier, title) for tier, title in _TIERS.items())


def heuristic_table(facts: Facts) -> Table | None:
    """All six categories of the notebook by arm, with the improvement from the baseline to the best arm."""
    counts = facts.analysis.get("heuristics") or {}
    if not counts:
        return None
    best, baseline = rivals(facts)
    arms = [(place, arm) for place, arm in enumerate(facts.arms) if arm.name in counts]
    title = f"{baseline.name} to {best.name}, % of dialogues" if baseline else ""
    columns = (
        *(Column(arm.name, "dialogues") for _, arm in arms),
        *((Column("improvement", title),) if baseline else ()),
        Column("precision", "measured"),
    )
    lines = []
    for name, category in CATEGORIES.items():
        found = [Cell(*_counted(facts, counts[arm.name].get(name, 0))) for _, arm in arms]
        better = [_improvement(facts, baseline, best, name)] if baseline else []
        lines.append(Line(category.title, (*found, *better, worth(facts, f"notebook:{name}")), note=category.rule))
    never = [category.title for category in CATEGORIES.values() if not category.possible]
    said = (
        f"The rules of origin notebook 3 as its code has them: they compare words with one reference and never read "
        f"the dialogue. {joined([f'“{name}”' for name in never])} stand in its table, but its code can never give them."
    )
    return Table("Notebook heuristics", columns, tuple(lines), first="category", about=said)


def form_table(facts: Facts) -> Table | None:
    """How the score of an arm hangs on its length, and the share of the conversation's key terms that it keeps."""
    length, kept = (facts.analysis.get(key) or {} for key in ("length", "key_terms_kept"))
    arms = [(place, arm) for place, arm in enumerate(facts.arms) if arm.name in length or arm.name in kept]
    if not arms:
        return None
    columns = (Column("length and score", "rank correlation"), Column("key terms kept", "%"))
    lines = tuple(
        Line(
            arm.name,
            (_with_interval(length.get(arm.name), "spearman", 1.0, 2), _with_interval(kept.get(arm.name), "mean")),
            colour=place,
        )
        for place, arm in arms
    )
    said = (
        "A correlation above 0: longer summaries score higher here; below 0: shorter ones. It does not say why: what a "
        "dialogue is like can move both."
    )
    return Table("Length and key terms", columns, lines, about=said)


def coverage_table(facts: Facts) -> Table | None:
    """The share of a summary's support that each third of the dialogue gives, by arm."""
    coverage = facts.analysis.get("coverage") or {}
    thirds = ("beginning", "middle", "end")
    lines = tuple(
        Line(arm.name, tuple(_with_interval(coverage[arm.name].get(third), "mean") for third in thirds), colour=place)
        for place, arm in enumerate(facts.arms)
        if arm.name in coverage
    )
    said = "Support is found by shared words: a third that is paraphrased freely looks emptier than it is."
    columns = tuple(Column(third, "% of support") for third in thirds)
    return Table("Where summaries draw from", columns, lines, about=said) if lines else None


def worth(facts: Facts, kind: str) -> Cell:
    """What a rule was measured to be worth on human labels, or that nobody measured it."""
    found = facts.precision.get(kind)
    if not found:
        return Cell(NOT_MEASURED)
    if found.get("precision") is None:
        return Cell("never fired", below=f"{found['set']}, n = {found['n']:,}")
    below = f"{found['set']}: fires {found['fires']:,} of {found['n']:,}"
    return Cell(f"{found['precision']:.2f}", f"base rate {found['base_rate']:.2f}", below)


def examples_of(facts: Facts, kind: str, count: int = LINKS) -> tuple[str, ...]:
    """Ids of dialogues with this finding: those of the best arm first, then the strongest, equals by chance."""
    ranked = [
        (arm is not facts.best, -float(found.get("strength", 1.0)), _draw(kind, name), name)
        for arm in facts.arms
        for name, examined in arm.findings.items()
        for found in examined.get("findings", ())
        if found["kind"] == kind
    ]
    return tuple(dict.fromkeys(name for *_, name in sorted(ranked)))[:count]


def _tier(facts: Facts, flags: Mapping[str, Mapping[str, int]], tier: str, title: str) -> Table:
    arms = [arm for arm in facts.arms if arm.name in flags]
    columns = (
        *(Column(arm.name, "dialogues", "found in") for arm in arms),
        Column("precision", "measured", "the rule"),
        Column("look at", "best arm first", "the rule"),
    )
    lines = tuple(_kind(facts, flags, arms, kind) for kind, about in KINDS.items() if about.tier == tier)
    return Table(title, columns, lines, first="kind")


def _kind(facts: Facts, flags: Mapping[str, Mapping[str, int]], arms: Sequence[ArmFacts], kind: str) -> Line:
    counts = tuple(Cell(*_counted(facts, flags[arm.name].get(kind, 0))) for arm in arms)
    links = examples_of(facts, kind)
    last = Cell("" if links else ABSENT, links=links)
    return Line(kind, (*counts, worth(facts, kind), last), note=KINDS[kind].text)


def _draw(kind: str, name: str) -> bytes:
    # By name alone the same first dialogues of the file would stand beside every kind.
    return hashlib.sha256(f"{kind}:{name}".encode("utf-8", "replace")).digest()


def _counted(facts: Facts, count: int) -> tuple[str, str, str]:
    total = facts.analysis.get("n") or len(facts.dialogues)
    return str(count), "", f"{100 * count / total:.1f} %" if count and total else ""


def _improvement(facts: Facts, baseline: ArmFacts, best: ArmFacts, category: str) -> Cell:
    """How much rarer the category is in the best arm than in the baseline, with the interval of that difference."""
    names = {baseline.name, best.name}
    for pair in facts.analysis.get("heuristic_pairs") or ():
        if pair["category"] == category and {pair["a"], pair["b"]} == names:
            sign = 1 if pair["a"] == baseline.name else -1
            ends = pair["ci95"] and sorted(100 * sign * end for end in pair["ci95"])
            interval = f"[{number(ends[0])}, {number(ends[1])}]" if ends else NO_INTERVAL
            before = facts.analysis["heuristics"][baseline.name].get(category, 0)
            after = facts.analysis["heuristics"][best.name].get(category, 0)
            relative = f"{100 * (before - after) / before:.0f} % fewer" if before > after else ""
            return Cell(number(100 * sign * pair["difference"]), interval, relative)
    return Cell(ABSENT)


def _with_interval(found: Mapping[str, Any] | None, key: str, scale: float = 100.0, digits: int = 1) -> Cell:
    if not found or found.get(key) is None:
        return Cell(ABSENT)
    ends = found.get("ci95")
    said = f"[{', '.join(number(scale * end, digits) for end in ends)}]" if ends else ""
    return Cell(number(scale * found[key], digits), said)
