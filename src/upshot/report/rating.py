"""Pairs of outputs for people to judge blind: dealt by a seed, sides shuffled, identical ones left out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import combinations
from typing import Any, Final

from upshot.data.turns import turns_of
from upshot.ratings import MARKS
from upshot.records import Dialogue
from upshot.report.facts import ArmFacts, Facts

MOST: Final = 5_000  # more than people judge, and little beside the texts

# Pairwise knows left and right alone, so the other two answers are choices beside it. HyperText, because its HTML is
# shown as it is escaped here in every version; Text dropped or doubled tags in some (label-studio-frontend PR 1646).
# Source of the tags: https://labelstud.io/tags/pairwise, /choices, /rating, /hypertext.
LABELLING: Final = """\
<View>
  <Header value="Which summary of this conversation is better?"/>
  <HyperText name="dialogue" value="$dialogue" valueType="text" inline="true"/>
  <Pairwise name="better" toName="a,b"/>
  <View style="display: grid; grid-template-columns: 1fr 1fr; gap: 1em">
    <HyperText name="a" value="$a" valueType="text" inline="true"/>
    <HyperText name="b" value="$b" valueType="text" inline="true"/>
  </View>
  <Choices name="neither" toName="dialogue" choice="single" showInline="true">
    <Choice value="tie"/>
    <Choice value="both bad"/>
  </Choices>
{marks}</View>
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two outputs of one dialogue: `a` is the arm that is shown left, `b` the one on the right."""

    id: str
    a: str
    b: str


def deal(facts: Facts, seed: int) -> tuple[Pair, ...]:
    """Pairs of every two arms in a drawn order, at most `MOST`; outputs that differ in spacing alone are no pair.

    Order and sides depend on seed, dialogue and arms alone: two raters who judge 20 pairs judge the same 20.
    """
    drawn = sorted((_digest(seed, pair), pair) for pair in _pairs(facts))[:MOST]
    return tuple(
        Pair(name, second, first) if digest[0] % 2 else Pair(name, first, second)
        for digest, (name, first, second) in drawn
    )


def label_studio(facts: Facts, seed: int) -> list[dict[str, Any]]:
    """Tasks for Label Studio's import, in the order of `deal`; the arms stand in `meta`, which annotators do not see.

    Source: https://labelstud.io/guide/tasks, "Basic Label Studio JSON format".
    """
    dialogues = {dialogue.id: dialogue for dialogue in facts.dialogues}
    outputs = {arm.name: arm.outputs for arm in facts.arms}
    return [
        {
            "data": {
                "dialogue": _dialogue_html(dialogues[pair.id]),
                "a": _html(outputs[pair.a][pair.id].prediction),
                "b": _html(outputs[pair.b][pair.id].prediction),
            },
            "meta": {"run": facts.recipe.name, "seed": seed, "id": pair.id, "a": pair.a, "b": pair.b},
        }
        for pair in deal(facts, seed)
    ]


def labelling() -> str:
    """The labelling configuration for the tasks of `label_studio`."""
    lines = (
        f'  <Header value="{side.upper()}: {mark}" size="5"/><Rating name="{side}_{mark}" toName="{side}"/>\n'
        for mark in MARKS
        for side in ("a", "b")
    )
    return LABELLING.format(marks="".join(lines))


def _pairs(facts: Facts) -> Iterator[tuple[str, str, str]]:
    for dialogue in facts.dialogues:
        for first, second in combinations(facts.arms, 2):
            if _differ(first, second, dialogue.id):
                yield dialogue.id, first.name, second.name


def _differ(first: ArmFacts, second: ArmFacts, name: str) -> bool:
    one, other = first.outputs.get(name), second.outputs.get(name)
    return one is not None and other is not None and one.prediction.split() != other.prediction.split()


def _digest(seed: int, pair: tuple[str, str, str]) -> bytes:
    return hashlib.sha256(repr((seed, *pair)).encode("utf-8")).digest()


def _dialogue_html(dialogue: Dialogue) -> str:
    turns = turns_of(dialogue.text)
    return "".join(
        f"<p>{f'<b>{_html(turn.speaker)}:</b> ' if turn.speaker else ''}{_html(turn.text)}</p>" for turn in turns
    )


def _html(text: str) -> str:
    return escape(text).replace("\n", "<br>")
