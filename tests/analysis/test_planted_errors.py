"""Planted errors: the detectors were made on the built-in train split and are judged on its test split.

A planted error counts as caught where a finding of its kind names the planted words. Precision is over the corrupted
and all clean references together: every clean reference that has a finding of that kind is a false alarm.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

import pytest

from upshot.analysis.corruptions import CORRUPTIONS
from upshot.analysis.finding import Finding
from upshot.analysis.names import unsupported_names
from upshot.analysis.numbers import unsupported_numbers
from upshot.analysis.speakers import who_said_what, who_said_what_margin
from upshot.data.conversations import BUILTIN, builtin_tables
from upshot.data.notices import Remarks
from upshot.data.splits import join_rows

Detector = Callable[[str, str], tuple[Finding, ...]]


class Planted(NamedTuple):
    """A dialogue, one of its references, and that reference with an error planted in it."""

    dialogue: str
    reference: str
    corrupted: str


class Figures(NamedTuple):
    """How many planted errors were caught, of how many, and how many clean references raised a false alarm."""

    caught: int
    planted: int
    false_alarms: int
    clean: int

    @property
    def recall(self) -> float:
        return self.caught / self.planted

    @property
    def precision(self) -> float:
        return self.caught / max(1, self.caught + self.false_alarms)


def references(split: str) -> list[tuple[str, str]]:
    """Dialogue and reference, one pair for each reference of a split of the built-in conversations."""
    rows = builtin_tables(BUILTIN, Remarks())[split].rows
    return [(dialogue.text, reference) for dialogue in join_rows(rows) for reference in dialogue.references]


def plant(corruption: str, pairs: list[tuple[str, str]]) -> list[Planted]:
    """One corrupted summary for each reference that offers a place, drawn from the reference alone."""
    made = []
    for dialogue, reference in pairs:
        corrupted = CORRUPTIONS[corruption](dialogue, reference, random.Random(f"{corruption} {reference}"))
        if corrupted is not None:
            made.append(Planted(dialogue, reference, corrupted))
    return made


def changed_words(planted: Planted) -> Iterator[str]:
    """Words of the corrupted summary that the reference does not have in that place."""
    before, after = planted.reference.split(), planted.corrupted.split()
    for kind, _, _, start, end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind != "equal":
            yield from after[start:end]


def measure(corruption: str, detector: Detector, split: str) -> Figures:
    """Figures of one detector on one split."""
    pairs = references(split)
    planted = plant(corruption, pairs)
    caught = sum(
        any(finding.text in word or word in finding.text for finding in detector(case.dialogue, case.corrupted))
        for case in planted
        for word in [next(changed_words(case), case.corrupted)]
    )
    return Figures(caught, len(planted), sum(bool(detector(*pair)) for pair in pairs), len(pairs))


@pytest.mark.parametrize(
    ("corruption", "detector"), [("number", unsupported_numbers), ("name", unsupported_names)], ids=["number", "name"]
)
def test_planted_numbers_and_names_are_caught_without_false_alarms(corruption: str, detector: Detector) -> None:
    for split in ("train", "test"):
        figures = measure(corruption, detector, split)
        print(
            f"{corruption}, {split}: recall {figures.recall:.3f} ({figures.caught} of {figures.planted}), precision "
            f"{figures.precision:.3f} ({figures.false_alarms} false alarms on {figures.clean} clean references)"
        )
    assert figures.planted >= 60
    assert figures.recall >= 0.95
    assert figures.precision >= 0.9


def test_swapped_speakers_are_told_better_than_by_length_alone() -> None:
    pairs = references("test")
    planted = plant("speaker-swap", pairs)
    summaries = [(case.dialogue, case.corrupted) for case in planted] + pairs
    wrong = [True] * len(planted) + [False] * len(pairs)
    margin = area([who_said_what_margin(*pair) for pair in summaries], wrong)
    words = area([float(len(summary.split())) for _, summary in summaries], wrong)
    print(f"speaker swaps, test: AUC {margin:.3f}, length alone {max(words, 1 - words):.3f}, {len(planted)} planted")
    assert len(planted) >= 60
    assert margin > max(words, 1 - words) + 0.1
    hits = [bool(who_said_what(*pair)) for pair in summaries]
    caught = sum(hits[: len(planted)]) / len(planted)
    spared = 1 - sum(hits[len(planted) :]) / len(pairs)
    print(
        f"speaker swaps, test: balanced accuracy {(caught + spared) / 2:.3f} (caught {caught:.3f}, spared {spared:.3f})"
    )
    assert (caught + spared) / 2 > 0.5


def area(grades: list[float], wrong: list[bool]) -> float:
    """The chance that an erroneous summary has the higher grade, a tie counting half."""
    bad = [grade for grade, is_wrong in zip(grades, wrong, strict=True) if is_wrong]
    good = [grade for grade, is_wrong in zip(grades, wrong, strict=True) if not is_wrong]
    return sum((a > b) + (a == b) / 2 for a in bad for b in good) / (len(bad) * len(good))
