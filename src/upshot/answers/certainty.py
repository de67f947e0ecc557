"""How sure a model was of each word: joined from its tokens, and attached to the words that people read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile
from math import isfinite
from typing import Final

from upshot.answers.answer import Word

_RUN: Final = re.compile(r"\S+")
_AROUND: Final = ".,;:!?…\"'()[]{}<>«»„“”‘’-–—。、，！？"  # signs around a word that are no part of it
_MAY_BE_A_TAG: Final = "person"

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Detail:
    """What an engine tells beside a summary.

    `words` are those that it wrote, each with its log-probability; `others` the texts of the search's other beams, best
    first.
    """

    words: tuple[tuple[str, float], ...] = ()
    others: tuple[str, ...] = ()


NOTHING: Final = Detail()


def joined(text: str, prefixes: Sequence[str], logprobs: Sequence[float]) -> tuple[tuple[str, float], ...]:
    """Each word of a text with the log-probability that its tokens have together; signs around words count for none.

    `prefixes` are what the first token reads, the first two, and so on; `logprobs` are the tokens' own. A token that
    shows nothing yet, such as half a letter or the space before a word, belongs to what comes next.

    >>> joined("Ann pays.", ["An", "Ann", "Ann pays", "Ann pays."], [-0.5, -0.25, -1.0, -3.0])
    (('Ann', -0.75), ('pays', -1.0))
    """
    spans = spans_of(text)
    sums: dict[int, float] = {}
    at, carried = 0, 0.0
    for prefix, logprob in zip(prefixes, logprobs, strict=False):
        end = _end(text, prefix.lstrip())
        carried += logprob
        if not text[at:end].strip():
            at = max(at, end)
            continue
        for number, (first, last) in enumerate(spans):
            if first < end and at < last:
                sums[number] = sums.get(number, 0.0) + carried
        at, carried = end, 0.0
    return tuple((text[first:last], sums[n]) for n, (first, last) in enumerate(spans) if n in sums)


def certainty_of(
    words: Sequence[tuple[str, float]], restored: Callable[[str], str], sentences: Sequence[str]
) -> tuple[Word, ...]:
    """The words of sentences with their log-probabilities, as far as they are those that the model wrote, in order.

    A name that was put back has its tag's; what was masked or changed after the model wrote it is left out, as is what
    has no number.

    >>> certainty_of((("Ann", -0.5), ("pays", -1.0)), str, ["Ann then pays."])[1].model_dump()
    {'sentence': 0, 'start': 9, 'end': 13, 'logprob': -1.0}
    """
    wrote = [(part, logprob) for word, logprob in words if isfinite(logprob) for part in _as_read(word, restored)]
    shown = [(number, span) for number, sentence in enumerate(sentences) for span in spans_of(sentence)]
    read = [sentences[number][first:last].casefold() for number, (first, last) in shown]
    blocks = SequenceMatcher(None, [word.casefold() for word, _ in wrote], read, autojunk=False).get_matching_blocks()
    return tuple(
        Word(
            sentence=shown[b + n][0], start=shown[b + n][1][0], end=shown[b + n][1][1], logprob=_round(wrote[a + n][1])
        )
        for a, b, size in blocks
        for n in range(size)
    )


def other_than(summary: str, others: Sequence[str]) -> str | None:
    """The first of other texts that has other words than a summary, or None.

    >>> other_than("Ann pays.", ["Ann pays!", "Ben pays."])
    'Ben pays.'
    """
    said = _words(summary)
    return next((text for text in others if _words(text) not in ([], said)), None)


def spans_of(text: str) -> tuple[Span, ...]:
    """Where the words of a text stand, without the signs around them.

    >>> spans_of('"Ann\\'s car," - he says.')
    ((1, 6), (7, 10), (15, 17), (18, 22))
    """
    return tuple(_spans(text))


def _spans(text: str) -> Iterator[Span]:
    for match in _RUN.finditer(text):
        run = match.group()
        first = match.start() + len(run) - len(run.lstrip(_AROUND))
        if word := run.strip(_AROUND):
            yield first, first + len(word)


def _end(text: str, prefix: str) -> int:
    """How far a text is written once its first tokens read like this; half a letter is not written yet."""
    if text.startswith(prefix):
        return len(prefix)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(text, prefix, strict=False)))


def _as_read(word: str, restored: Callable[[str], str]) -> list[str]:
    """The words that a model's word is read as: a tag may be a name of several."""
    return _words(restored(word)) if _MAY_BE_A_TAG in word.casefold() else [word]


def _words(text: str) -> list[str]:
    return [text[first:last] for first, last in spans_of(text)]


def _round(logprob: float) -> float:
    return round(min(logprob, 0.0), 4)
