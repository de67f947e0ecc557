"""Where an arm is weak: the test split in slices by what a dialogue is like, and the training rows of a slice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Container, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any, Final, NamedTuple

from upshot.analysis.tallies import difference, means
from upshot.analysis.terms import Corpus, rare_share
from upshot.comparison import Draws
from upshot.data.turns import speakers_of, turns_of
from upshot.metrics.surface import count_words
from upshot.records import Dialogue, Row

SMALL: Final = 30
Value = int | str | None

_OTHER: Final = "other"
_UNKNOWN: Final = "unknown"
_LARGEST_TOPICS: Final = 8


class Slice(NamedTuple):
    """A property of a dialogue: in words, why it may not be known, its unit, and whether training rows have it too."""

    text: str
    unknown: str = ""
    unit: str = ""
    of_training: bool = True


SLICES: Final[Mapping[str, Slice]] = {
    "words": Slice("words of the dialogue"),
    "turns": Slice("turns of the dialogue"),
    "speakers": Slice("speakers of the dialogue"),
    "topic": Slice("topic, the 8 largest that at least two dialogues share", "the data has no topics"),
    "position": Slice("place of the dialogue in the test split, from 1", of_training=False),
    "truncation": Slice("whether any arm's prompt had to cut the dialogue", of_training=False),
    "domain": Slice("walk of life", "the data names no domains"),
    "rare-words": Slice(
        "per cent of its words that at most one in a thousand training dialogues holds",
        "no words, or no training split to count them in",
        unit="%",
    ),
    "indirect": Slice(
        "whether something is meant that is not said",
        "only the built-in conversations mark what is said indirectly",
    ),
}


@dataclass(frozen=True, slots=True)
class Slicing:
    """One division of the test split: the values of each bin by its label, and each dialogue's label by its id."""

    name: str
    bins: Mapping[str, Container[int | str]]
    labels: Mapping[str, str]

    @property
    def values(self) -> tuple[str, ...]:
        """Labels that dialogues have, in the order of the bins; the rest and the unknown come last."""
        present = set(self.labels.values())
        return tuple(label for label in dict.fromkeys((*self.bins, _OTHER, _UNKNOWN)) if label in present)


def slicings(
    dialogues: Sequence[Dialogue], corpus: Corpus, cut: Collection[str]
) -> tuple[list[Slicing], dict[str, str]]:
    """Every division of the test split that has two slices or more, and the reason for each that has not.

    `cut` holds the ids of dialogues that an arm did not see whole. Numbers are divided into about equal thirds,
    equals together.
    """
    found: list[Slicing] = []
    reasons: dict[str, str] = {}
    for name in SLICES:
        values = _values(name, dialogues, corpus, cut)
        bins = _bins(name, values)
        labels = {item.id: _label(bins, value) for item, value in zip(dialogues, values, strict=True)}
        slicing = Slicing(name, bins, labels)
        if len(slicing.values) > 1:
            found.append(slicing)
        else:
            reasons[name] = _reason(name, bins, slicing.values)
    return found, reasons


def slice_cells(
    slicing: Slicing,
    scores: Mapping[str, Mapping[str, float]],
    clusters: Mapping[str, str],
    draws: Draws,
) -> list[dict[str, Any]]:
    """For each slice the mean score of each arm and the differences a minus b of each two, with 95 % intervals.

    `scores` are those of the dialogues by arm and id, `clusters` the cluster of each id. A slice under `SMALL`
    clusters is marked `small`.
    """
    cells = []
    for label in slicing.values:
        ids = [name for name, found in slicing.labels.items() if found == label]
        columns: dict[tuple[str, ...], list[float]] = {(arm,): [of[name] for name in ids] for arm, of in scores.items()}
        columns |= {(a, b): difference(columns[a,], columns[b,]) for a, b in combinations(scores, 2)}
        of_ids = [clusters[name] for name in ids]
        found = means(columns, of_ids, draws)
        pairs = [
            {"a": key[0], "b": key[1], "difference": cell["mean"], "ci95": cell["ci95"]}
            for key, cell in found.items()
            if len(key) == 2
        ]
        arms = {arm: found[arm,] for arm in scores}
        size = {"n": len(ids), "small": len(set(of_ids)) < SMALL}
        cells.append({"slice": slicing.name, "value": label, **size, "arms": arms, "pairs": pairs})
    return cells


def training_rows(slicing: Slicing, label: str, rows: Sequence[Row], corpus: Corpus) -> list[Row]:
    """Training rows that fall into the slice of this label, in their order. The slice must be one of training rows."""
    dialogues = [Dialogue(row.id, row.dialogue, (), (row.id,), row.topic, row.notes) for row in rows]
    values = _measured(slicing.name, dialogues, corpus, among=True)
    return [row for row, value in zip(rows, values, strict=True) if _label(slicing.bins, value) == label]


def _values(name: str, dialogues: Sequence[Dialogue], corpus: Corpus, cut: Collection[str]) -> list[Value]:
    """The property of each dialogue of the test split; None where it is not known."""
    if name == "position":
        return list(range(1, len(dialogues) + 1))
    if name == "truncation":
        return ["cut" if item.id in cut else "whole" for item in dialogues]
    return _measured(name, dialogues, corpus, among=False)


def _measured(name: str, dialogues: Sequence[Dialogue], corpus: Corpus, *, among: bool) -> list[Value]:
    if name == "rare-words":
        shares = [rare_share(item.text, corpus, among=among) for item in dialogues]
        return [None if share is None else round(100 * share) for share in shares]
    return [_MEASURES[name](item) for item in dialogues]


def _domain(dialogue: Dialogue) -> Value:
    return dialogue.notes.get("domain") or None


def _indirect(dialogue: Dialogue) -> Value:
    if "indirect" not in dialogue.notes:
        return None
    return "indirect" if dialogue.notes["indirect"] else "direct"


_MEASURES: Final[Mapping[str, Callable[[Dialogue], Value]]] = {
    "words": lambda dialogue: count_words(dialogue.text),
    "turns": lambda dialogue: len(turns_of(dialogue.text)),
    "speakers": lambda dialogue: len(speakers_of(dialogue.text)),
    "topic": lambda dialogue: dialogue.topic or None,
    "domain": _domain,
    "indirect": _indirect,
}


def _bins(name: str, values: Sequence[Value]) -> dict[str, Container[int | str]]:
    numbers = [value for value in values if isinstance(value, int)]
    if numbers:
        return {_range_label(part, SLICES[name].unit): part for part in _thirds(numbers)}
    sizes = Counter(value for value in values if isinstance(value, str))
    kept = sorted(sizes, key=lambda value: (-sizes[value], value))
    if name == "topic":
        kept = [value for value in kept if sizes[value] > 1][:_LARGEST_TOPICS]
    return {value: (value,) for value in kept}


def _thirds(numbers: Sequence[int]) -> list[range]:
    """Two or three ranges without gaps from the least to the most, cut where the shares come nearest to thirds."""
    sizes = Counter(numbers)
    below, up_to = 0, dict[int, int]()
    for number in sorted(sizes):
        below += sizes[number]
        up_to[number] = below
    most = max(sizes)
    ends = [number for number in up_to if number != most]
    cuts = {min(ends, key=lambda end: abs(3 * up_to[end] - part * len(numbers))) for part in (1, 2) if ends}
    edges = [min(sizes), *(end + 1 for end in sorted(cuts)), most + 1]
    return [range(low, high) for low, high in pairwise(edges)]


def _range_label(part: range, unit: str) -> str:
    return f"{part[0]}{unit}" if len(part) == 1 else f"{part[0]}-{part[-1]}{unit}"


def _label(bins: Mapping[str, Container[int | str]], value: Value) -> str:
    if value is None:
        return _UNKNOWN
    return next((label for label, members in bins.items() if value in members), _OTHER)


def _reason(name: str, bins: Mapping[str, Container[int | str]], values: Sequence[str]) -> str:
    if values == (_UNKNOWN,):
        return SLICES[name].unknown
    if name == "topic" and not bins:
        return "no two dialogues share a topic"
    return f"the same for all dialogues: {', '.join(values)}"
