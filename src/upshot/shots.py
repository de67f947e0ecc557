"""Few-shot prompts: solved examples from the training split, never a duplicate of the query, within a token budget."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from upshot.bm25 import build, nearest
from upshot.errors import UsageError
from upshot.prompts import SLOT, join_turns, prompt, template_text
from upshot.recipe import Arm, PromptSettings, ShotSettings
from upshot.records import Row
from upshot.text import normalised
from upshot.wording import worded, wording

CountTokens = Callable[[Sequence[str]], Sequence[int]]
Query = tuple[str, str]  # id and dialogue


@dataclass(frozen=True, slots=True)
class Shots:
    """Text before each query's prompt by its id, the training rows used, and how many queries got fewer than asked."""

    texts: Mapping[str, str]
    rows: Mapping[str, tuple[str, ...]]
    fewer: int


def few_shots(pool: Sequence[Row], queries: Sequence[Query], arm: Arm, *, count_tokens: CountTokens) -> Shots:
    """Shots of every query, the nearest or first chosen last in the prompt, beside the query.

    `count_tokens` gives the tokens of texts with the end token. Shots that do not fit the budget are left out,
    the farthest first; the query is never cut for them. Near and duplicate are what the arm reads so: where names are
    tags for it, names make nothing near.

    Raises:
        UsageError: a fixed row that the training split does not have, or an empty pool.
    """
    settings = arm.shots or ShotSettings()
    usable = worded((row for row in pool if row.summary), arm.prompt)
    if not usable:
        raise UsageError("few-shot examples come from the training split, and it has no row with a summary")
    queries = [(name, wording(text, arm.prompt).dialogue) for name, text in queries]
    keys = [normalised(row.dialogue) for row in usable]
    order = _orders(usable, queries, settings, seed=arm.seed or 0, pool=pool)
    solved = [solved_example(row, arm.prompt) for row in usable]
    sizes = list(count_tokens(solved))
    own = list(count_tokens([prompt(name, text, arm.prompt).text for name, text in queries]))
    texts: dict[str, str] = {}
    rows: dict[str, tuple[str, ...]] = {}
    wanted = len(settings.rows) or settings.count
    for (name, text), ranked, used in zip(queries, order, own, strict=True):
        chosen = _fitting(
            ranked, sizes, wanted, room=settings.max_tokens - used, allowed=_others(keys, normalised(text))
        )
        texts[name] = "".join(solved[index] for index in reversed(chosen))
        rows[name] = tuple(usable[index].id for index in reversed(chosen))
    return Shots(texts, rows, sum(len(used_rows) < wanted for used_rows in rows.values()))


def solved_example(row: Row, settings: PromptSettings) -> str:
    """A training dialogue in the arm's own template with its summary, ready to stand before a query."""
    before, after = template_text(settings.template).split(SLOT)
    read = wording(row.dialogue, settings)
    dialogue = join_turns(read.dialogue, settings.turn_separator)
    closing = after if after.strip() else f"{after}\n\nSummary:"
    return f"{before}{dialogue}{closing} {read.learned(row.summary or '')}{settings.shot_separator}"


def _orders(
    usable: Sequence[Row], queries: Sequence[Query], settings: ShotSettings, *, seed: int, pool: Sequence[Row]
) -> list[Sequence[int]]:
    """For every query, candidates from the best to the worst."""
    if settings.rows:
        fixed = _fixed(usable, settings, pool)
        return [fixed for _ in queries]
    if settings.select == "bm25":
        index = build([row.dialogue for row in usable])
        return [nearest(index, text, settings.count + 16) for _, text in queries]
    if settings.select == "length":
        words = [len(row.dialogue.split()) for row in usable]
        return [
            sorted(range(len(usable)), key=lambda i: (abs(words[i] - len(text.split())), i))[:64] for _, text in queries
        ]
    drawn = []
    for name, _ in queries:
        draw = random.Random(f"shots-{seed}-{name}")
        drawn.append(draw.sample(range(len(usable)), min(len(usable), settings.count + 16)))
    return list(drawn)


def _fixed(usable: Sequence[Row], settings: ShotSettings, pool: Sequence[Row]) -> list[int]:
    """Indices of the recipe's rows; the last one named stands nearest to the query."""
    numbers = {row.id: index for index, row in enumerate(usable)}
    found = []
    for row in settings.rows:
        if row >= len(pool) or pool[row].id not in numbers:
            raise UsageError(
                f"shots.rows: no training row {row} with a summary (there are {len(pool)}, counted from 0)"
            )
        found.append(numbers[pool[row].id])
    return list(reversed(found))


def _others(keys: Sequence[str], query: str) -> Callable[[int], bool]:
    return lambda index: keys[index] != query


def _fitting(
    ranked: Sequence[int], sizes: Sequence[int], wanted: int, *, room: int, allowed: Callable[[int], bool]
) -> list[int]:
    chosen: list[int] = []
    for index in ranked:
        if len(chosen) == wanted:
            break
        if allowed(index) and sizes[index] <= room:
            chosen.append(index)
            room -= sizes[index]
    return chosen
