"""What the likelihood probe and the renaming of speakers measured, as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from upshot.report.facts import Facts
from upshot.report.grid import Cell, Column, Line, Table
from upshot.report.quantities import ABSENT, joined, number

# Where a measurement holds its value; its interval stands beside it.
_VALUES: Final = ("accuracy", "change", "mean")
NAMELESS: Final = (
    "{arms} {verb} names as tags, so the same text under any names: where every summary stayed the same, nothing is "
    "listed, and a change means only that a name was missed in the text, not how the model treats names."
)
SAME: Final = "every summary stayed the same"


def probe_tables(facts: Facts) -> tuple[Table, ...]:
    """The tables that `probe.json` has something for; none before `upshot probe`."""
    found = (_likelihood(facts), _fairness(facts))
    return tuple(table for table in found if table is not None)


def is_same(cells: Mapping[str, Any]) -> bool:
    """Whether every summary of a renaming stayed the same but for the names.

    >>> is_same({"n": 9, "same_text": {"mean": 1.0}}), is_same({"n": 0})
    (True, False)
    """
    return bool(cells["n"]) and (cells.get("same_text") or {}).get("mean") == 1


def _likelihood(facts: Facts) -> Table | None:
    """How often an arm finds the reference likelier than the same reference with one planted error."""
    found = facts.probe.get("likelihood") or {}
    kinds = list(dict.fromkeys(kind for corruptions in found.values() for kind in corruptions))
    columns = tuple(Column(kind, "% right") for kind in kinds)
    lines = tuple(
        Line(arm.name, tuple(_measured(found[arm.name].get(kind)) for kind in kinds), colour=place)
        for place, arm in enumerate(facts.arms)
        if arm.name in found
    )
    said = (
        "How often the arm gives the reference a higher likelihood than the same reference with this one error. "
        "50 % is what chance reaches."
    )
    return Table("Likelihood probe", columns, lines, about=said) if lines and kinds else None


def _fairness(facts: Facts) -> Table | None:
    """What changes when the same dialogues have other names or another order of speakers."""
    fairness = facts.probe.get("fairness") or {}
    tagged = [arm.name for arm in facts.arms if arm.settings is not None and arm.settings.prompt.speakers == "tags"]
    found = [
        (place, arm.name, treatment, dict(_measurements(cells)), cells.get("n", 0))
        for place, arm in enumerate(facts.arms)
        for treatment, cells in _treatments(fairness.get(arm.name) or {})
        if not (arm.name in tagged and is_same(cells))
    ]
    keys = list(dict.fromkeys(key for *_, values, _ in found for key in values))
    columns = (Column("n", "dialogues"), *(Column(key.replace("_", " "), "points") for key in keys))
    lines = tuple(
        Line(name, (Cell(str(n)), *(_measured(values.get(key)) for key in keys)), note=treatment, colour=place)
        for place, name, treatment, values, n in found
    )
    moved = {name for _, name, *_ in found}
    lines += tuple(
        Line(arm.name, (), reason=SAME, colour=place)
        for place, arm in enumerate(facts.arms)
        if arm.name in tagged and arm.name in fairness and arm.name not in moved
    )
    said = (
        "The same dialogues under other names or with their speakers' names exchanged. A change whose interval leaves "
        "0 out says that names alone moved it."
    )
    if shown := [name for name in tagged if name in fairness]:
        said += f" {NAMELESS.format(arms=joined(shown), verb='reads' if len(shown) == 1 else 'read')}"
    return Table("Fairness: other names, same dialogue", columns, lines, about=said) if keys or shown else None


def _treatments(value: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What was done to the dialogues, by the words that lead to it: the objects that count their dialogues."""
    for key, inner in value.items():
        if isinstance(inner, Mapping):
            name = f"{path} {key}".strip().replace("_", " ")
            if "n" in inner:
                yield name, inner
            else:
                yield from _treatments(inner, name)


def _measurements(value: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Measurements by the words that lead to them."""
    for key, inner in value.items():
        name = f"{path} {key}".strip()
        if isinstance(inner, Mapping) and any(field in inner for field in _VALUES):
            yield name, inner
        elif isinstance(inner, Mapping):
            yield from _measurements(inner, name)


def _measured(found: Mapping[str, Any] | None) -> Cell:
    value = next((found[field] for field in _VALUES if found.get(field) is not None), None) if found else None
    if found is None or value is None:
        return Cell(ABSENT)
    ends = found.get("ci95")
    below = f"n = {found['n']:,}" if "n" in found else ""
    if "before" in found:
        below = f"{100 * found['before']:.1f} to {100 * found['after']:.1f}"
    return Cell(_points(value), f"[{_points(ends[0])}, {_points(ends[1])}]" if ends else "", below)


def _points(value: float) -> str:
    return number(100 * value)
