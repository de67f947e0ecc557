"""Reference rows of a comparison: what people, a constant and three ways of copying reach on the same dialogues."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean
from typing import Final

from upshot.bm25 import build, nearest
from upshot.metrics.score import METRICS, score_dialogue
from upshot.records import Dialogue, Row, Score

CONSTANT: Final = "#Person1# and #Person2# are talking."
_LABEL: Final = re.compile(r"^\s*(?:#\s*Person\s*\d+\s*#|[^\s:#][^:#]{0,39})\s*:\s*")
_TURNS: Final = 3
_NO_TEXT: Final = "no dialogue text in this data"


def reference_rows(dialogues: Sequence[Dialogue], train: Sequence[Row] = ()) -> dict[str, list[Score] | str]:
    """Every reference row by name: its scores in the order of the dialogues, or the reason why there are none."""
    return {
        "human": human(dialogues),
        "constant": constant(dialogues),
        "lead3": lead3(dialogues),
        "longest3": longest3(dialogues),
        "bm25_copy": bm25_copy(dialogues, train),
    }


def human(dialogues: Sequence[Dialogue]) -> list[Score] | str:
    """Each reference as the prediction against the others of its dialogue, averaged; `max` is the best of the others.

    It has one reference fewer than a system has, so only its mean stands beside a system's. `first` is the mean of the
    others against reference 1.
    """
    alone = sum(len(dialogue.references) < 2 for dialogue in dialogues)
    if alone:
        return f"{alone} of {len(dialogues)} dialogues have fewer than two references"
    return [_leave_one_out(dialogue) for dialogue in dialogues]


def constant(dialogues: Sequence[Dialogue]) -> list[Score]:
    """The same sentence for every dialogue: what the speaker tags alone are worth."""
    return [score_dialogue(dialogue, CONSTANT) for dialogue in dialogues]


def lead3(dialogues: Sequence[Dialogue]) -> list[Score] | str:
    """Scores of `lead3_text`."""
    if not _have_text(dialogues):
        return _NO_TEXT
    return [score_dialogue(dialogue, lead3_text(dialogue.text)) for dialogue in dialogues]


def longest3(dialogues: Sequence[Dialogue]) -> list[Score] | str:
    """Scores of `longest3_text`."""
    if not _have_text(dialogues):
        return _NO_TEXT
    return [score_dialogue(dialogue, longest3_text(dialogue.text)) for dialogue in dialogues]


def bm25_copy(dialogues: Sequence[Dialogue], train: Sequence[Row]) -> list[Score] | str:
    """Scores of `bm25_copy_texts`."""
    if not any(row.summary for row in train):
        return "no training split with summaries"
    if not _have_text(dialogues):
        return _NO_TEXT
    copied = bm25_copy_texts([dialogue.text for dialogue in dialogues], train)
    return [score_dialogue(dialogue, text) for dialogue, text in zip(dialogues, copied, strict=True)]


def lead3_text(dialogue: str) -> str:
    """The first three turns, without their speaker labels."""
    return " ".join(_turns(dialogue)[:_TURNS])


def longest3_text(dialogue: str) -> str:
    """The three turns with most words, in dialogue order, without their speaker labels."""
    return " ".join(_longest(_turns(dialogue)))


def bm25_copy_texts(dialogues: Sequence[str], train: Sequence[Row]) -> list[str]:
    """For each dialogue the summary of the training dialogue that is nearest by BM25; train has one at least."""
    solved = [(row.dialogue, row.summary) for row in train if row.summary]
    index = build([text for text, _ in solved])
    return [solved[nearest(index, text, 1)[0]][1] for text in dialogues]


def _leave_one_out(dialogue: Dialogue) -> Score:
    references = dialogue.references
    scores = [
        score_dialogue(replace(dialogue, references=references[:number] + references[number + 1 :]), reference)
        for number, reference in enumerate(references)
    ]
    against_first = {
        name: fmean(metric(other, references[0]) for other in references[1:]) for name, metric in METRICS.items()
    }
    mean = _average([score.mean for score in scores])
    return Score(
        id=dialogue.id,
        mean=mean,
        max=_average([score.max for score in scores]),
        first=mean | against_first,
        words=round(fmean(score.words for score in scores)),
        reference_words=fmean(score.reference_words for score in scores),
    )


def _average(scores: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: fmean(score[name] for score in scores) for name in scores[0]}


def _have_text(dialogues: Sequence[Dialogue]) -> bool:
    return all(dialogue.text.strip() for dialogue in dialogues)


def _turns(text: str) -> list[str]:
    return [_LABEL.sub("", line).strip() for line in text.splitlines() if line.strip()]


def _longest(turns: Sequence[str]) -> list[str]:
    by_length = sorted(range(len(turns)), key=lambda number: (-len(turns[number].split()), number))
    return [turns[number] for number in sorted(by_length[:_TURNS])]
