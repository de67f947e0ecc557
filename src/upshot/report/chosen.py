"""Dialogues worth reading: those asked for, the extremes, the ordinary, and a few by chance, each with its reason."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from upshot.data.turns import Turn, turns_of
from upshot.records import Dialogue
from upshot.report.facts import ArmFacts, Facts
from upshot.report.quantities import MEASURES
from upshot.report.verdict import best_first, comparable

BY_CHANCE: Final = 3
_POINTS: Final = MEASURES["rouge1"]


@dataclass(frozen=True, slots=True)
class Output:
    """One arm's summary of a dialogue. `colour` is the number of the arm, `flags` what is odd about the output."""

    arm: str
    text: str
    rouge1: str
    words: int
    colour: int
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A dialogue with its references and what every arm made of it; `reasons` say why it was chosen."""

    dialogue: Dialogue
    turns: tuple[Turn, ...]
    outputs: tuple[Output, ...]
    reasons: tuple[str, ...]


def chosen(facts: Facts) -> tuple[Example, ...]:
    """Examples in the order of their reasons; a dialogue with several reasons stands once."""
    reasons: dict[str, list[str]] = {}
    for name, reason in (*_asked(facts), *_extremes(facts), *_by_chance(facts)):
        reasons.setdefault(name, []).append(reason)
    by_id = {dialogue.id: dialogue for dialogue in facts.dialogues}
    return tuple(_example(facts, by_id[name], tuple(why)) for name, why in reasons.items())


def rivals(facts: Facts) -> tuple[ArmFacts, ArmFacts | None]:
    """The best arm and what it is held against: the first arm, or the next best where there is no verdict with that.

    Without any arm that the best one has a verdict with, it stands alone.
    """
    by_name = {arm.name: arm for arm in facts.arms}
    best = best_first(facts.comparison)[0]
    others = comparable(facts.comparison, best)
    other = facts.arms[0].name if facts.arms[0].name in others else next(iter(others), None)
    return by_name[best], by_name[other] if other else None


def _asked(facts: Facts) -> Iterator[tuple[str, str]]:
    """Dialogues of `compare.show`, whose ids are those of rows or of dialogues; unknown ids are left out."""
    of_row = {row: dialogue.id for dialogue in facts.dialogues for row in (dialogue.id, *dialogue.row_ids)}
    return ((of_row[name], f"asked for: {name}") for name in facts.recipe.compare.show if name in of_row)


def _extremes(facts: Facts) -> list[tuple[str, str]]:
    """Best gain, worst loss and median of the difference between the best arm and its rival."""
    best, rival = rivals(facts)
    values = _differences(facts, best, rival)
    if not values:
        return []
    order = sorted(values, key=lambda name: values[name])
    versus = f"{best.name} against {rival.name}" if rival else best.name
    worst = values[order[0]]
    low = "greatest loss" if rival and worst < 0 else "smallest gain" if rival else "lowest score"
    places = (
        (order[-1], "greatest gain" if rival else "highest score"),
        (order[0], low),
        (order[len(order) // 2], "median difference" if rival else "median score"),
    )
    sign = "+" if rival else ""
    return [(name, f"{said} of {versus}: {100 * values[name]:{sign}.1f} ROUGE-1 points") for name, said in places]


def _differences(facts: Facts, best: ArmFacts, rival: ArmFacts | None) -> Mapping[str, float]:
    scored = [dialogue.id for dialogue in facts.dialogues if dialogue.id in best.scores]
    if rival is None:
        return {name: best.scores[name].mean["rouge1"] for name in scored}
    return {
        name: best.scores[name].mean["rouge1"] - rival.scores[name].mean["rouge1"]
        for name in scored
        if name in rival.scores
    }


def _by_chance(facts: Facts) -> list[tuple[str, str]]:
    # Hashes and no generator: the draw depends on seed and id alone, so new dialogues do not reshuffle it.
    seed = facts.recipe.seed
    order = sorted(
        facts.dialogues, key=lambda item: hashlib.sha256(f"{seed}:{item.id}".encode("utf-8", "replace")).digest()
    )
    return [(item.id, f"drawn by chance (seed {seed})") for item in order[:BY_CHANCE]]


def _example(facts: Facts, dialogue: Dialogue, reasons: tuple[str, ...]) -> Example:
    outputs = (_output(arm, dialogue.id, place) for place, arm in enumerate(facts.arms))
    return Example(dialogue, turns_of(dialogue.text), tuple(filter(None, outputs)), reasons)


def _output(arm: ArmFacts, name: str, place: int) -> Output | None:
    found = arm.outputs.get(name)
    if found is None:
        return None
    score = arm.scores.get(name)
    odd = (
        ("empty", not found.prediction.strip()),
        ("cut at the token limit", found.hit_cap),
        ("dialogue was cut", found.truncated),
    )
    return Output(
        arm=arm.name,
        text=found.prediction,
        rouge1=_POINTS.number(score.mean["rouge1"]) if score else "not scored",
        words=len(found.prediction.split()),
        colour=place,
        flags=tuple(said for said, true in odd if true),
    )
