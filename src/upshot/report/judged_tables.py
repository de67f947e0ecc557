"""What learned metrics and what people said of the summaries, as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from upshot.report.facts import Facts
from upshot.report.grid import Cell, Column, Line, Table
from upshot.report.quantities import ABSENT, NO_INTERVAL
from upshot.report.results import refusal


def judged_tables(facts: Facts) -> tuple[Table, ...]:
    """The tables that `learned.json` and `ratings.json` have something for."""
    found = (_learned(facts), _learned_pairs(facts), _choices(facts), _marks(facts))
    return tuple(table for table in found if table is not None)


def _learned(facts: Facts) -> Table | None:
    found = facts.learned
    columns = tuple(Column(name, "higher is better") for name in found)
    lines = tuple(
        Line(arm.name, tuple(_mean(scorer["arms"].get(arm.name)) for scorer in found.values()), colour=place)
        for place, arm in enumerate(facts.arms)
        if any(arm.name in scorer["arms"] for scorer in found.values())
    )
    said = "Models that read the summaries; none of them is ground truth. In brackets: 95 % interval over dialogues."
    return Table("Learned metrics", columns, lines, about=said) if lines else None


def _learned_pairs(facts: Facts) -> Table | None:
    columns = (Column("difference"), Column("p", "after Holm"), Column("n", "dialogues"))
    lines = tuple(
        Line(f"{pair['a']} minus {pair['b']}", _difference(facts, pair), note=name)
        for name, scorer in facts.learned.items()
        for pair in scorer.get("pairs", ())
    )
    said = "The same dialogues for both arms; p by sign flips, corrected within a metric."
    return Table("Differences by learned metrics", columns, lines, first="arms", about=said) if lines else None


def _mean(found: Mapping[str, Any] | None) -> Cell:
    if not found:
        return Cell(ABSENT)
    spread = "" if found.get("spread") is None else f", spread {found['spread']:.3f}"
    return Cell(f"{found['mean']:.3f}", _interval(found["ci95"]), f"n = {found['n']:,}{spread}")


def _difference(facts: Facts, pair: Mapping[str, Any]) -> tuple[Cell, ...]:
    if refused := refusal(facts, pair["a"], pair["b"]):
        return (refused, Cell(ABSENT), Cell(f"{pair['n']:,}"))
    cell = Cell(f"{pair['difference']:+.3f}", _interval(pair["ci95"]))
    return (cell, Cell(f"{pair['p_holm']:.3f}"), Cell(f"{pair['n']:,}"))


def _interval(ends: Sequence[float] | None) -> str:
    return f"[{ends[0]:.3f}, {ends[1]:.3f}]" if ends else NO_INTERVAL


def _choices(facts: Facts) -> Table | None:
    found = facts.ratings
    counts = (Column(title) for title in ("won", "lost", "ties", "both bad", "dialogues"))
    columns = (Column("win rate", "%"), *counts, Column("p", "sign test"))
    lines = tuple(Line(f"{pair['a']} against {pair['b']}", _choice(pair)) for pair in found.get("pairs", ()))
    agreed = "".join(f" {' and '.join(item['raters'])} gave {_agreed(item)}." for item in found.get("agreement", ()))
    raters = len(found.get("raters", ()))
    said = (
        f"{found.get('n', 0)} blind ratings of {raters} {'person' if raters == 1 else 'people'}; a tie or two bad "
        f"outputs count half. In brackets: 95 % interval over dialogues.{agreed}"
    )
    return Table("What people preferred", columns, lines, first="arms", about=said) if lines else None


def _choice(pair: Mapping[str, Any]) -> tuple[Cell, ...]:
    low, high = pair["ci95"]
    share = Cell(f"{100 * pair['win_rate']:.0f}", f"[{100 * low:.0f}, {100 * high:.0f}]")
    counts = (Cell(str(pair[key])) for key in ("wins", "losses", "ties", "both_bad", "dialogues"))
    return (share, *counts, Cell(ABSENT if pair["p"] is None else f"{pair['p']:.3g}"))


def _agreed(item: Mapping[str, Any]) -> str:
    if item["agreement"] is None:
        return "no pair in common"
    kappa = "" if item["kappa"] is None else f" (Cohen's kappa {item['kappa']:.2f})"
    return f"the same answer to {100 * item['agreement']:.0f} % of {item['n']} shared pairs{kappa}"


def _marks(facts: Facts) -> Table | None:
    found = facts.ratings.get("marks", {})
    names = list(dict.fromkeys(mark for marks in found.values() for mark in marks))
    columns = tuple(Column(name, "1 to 5") for name in names)
    lines = tuple(
        Line(arm.name, tuple(_mark(found[arm.name].get(name)) for name in names), colour=place)
        for place, arm in enumerate(facts.arms)
        if arm.name in found
    )
    return Table("Marks by people", columns, lines, about="Mean of the marks given; n counts marks.") if lines else None


def _mark(found: Mapping[str, Any] | None) -> Cell:
    return Cell(f"{found['mean']:.2f}", below=f"n = {found['n']:,}") if found else Cell(ABSENT)
