"""Words of a summary as the page shows them: shaded where the model was less sure, and what it nearly wrote instead."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from upshot.answers.answer import Answer, Sentence, Word
from upshot.answers.certainty import spans_of
from upshot.serve.page_view import pieces

# A word is shaded from here on, darker and darker. Of a good model's words most stay plain.
BOUNDS: Final = (0.2, 0.1, 0.04)


@dataclass(frozen=True, slots=True)
class Shade:
    """A stretch of text. `level` is 0 for plain; `said` stands where a shaded word ends: "17 %"."""

    text: str
    level: int = 0
    said: str = ""


def shaded(sentence: Sentence, words: Sequence[Word], number: int = 0) -> tuple[tuple[str, tuple[Shade, ...]], ...]:
    """The pieces of a sentence's marks, each with its kind ("" for none) and with its stretches.

    >>> from upshot.answers.answer import Mark
    >>> paid = Sentence(text="Ann paid 5.", support=1, turns=(), unsupported=(Mark(start=9, end=10, kind="number"),))
    >>> [kind for kind, _ in shaded(paid, ())]
    ['', 'number', '']
    >>> shaded(paid, (Word(sentence=0, start=4, end=8, logprob=-2.0),))[0][1][1]
    Shade(text='paid', level=1, said='14 %')
    """
    own = [word for word in words if word.sentence == number and level_of(word.logprob)]
    found, at = [], 0
    for text, kind in pieces(sentence):
        found.append((kind, tuple(_stretches(text, at, own))))
        at += len(text)
    return tuple(found)


def level_of(logprob: float) -> int:
    """How dark a word is: 0 for plain, 3 for the least sure."""
    return sum(math.exp(logprob) < bound for bound in BOUNDS)


def chance(logprob: float) -> str:
    """The probability of a word as people read it.

    >>> chance(-2.0), chance(-9.0)
    ('14 %', 'under 1 %')
    """
    percent = 100 * math.exp(logprob)
    return f"{percent:.0f} %" if percent >= 1 else "under 1 %"


def unplaced(answer: Answer) -> int:
    """How many words of a summary have no certainty: masked, or changed after the model wrote them."""
    return sum(len(spans_of(sentence.text)) for sentence in answer.sentences) - len(answer.certainty)


def nearly(answer: Answer) -> tuple[tuple[str, str], ...]:
    """What the model nearly wrote, in stretches: "" for the summary's words, "other" for others, "gone" for left out.

    What is gone are words of the summary that have nothing in their place.
    """
    lines = (answer.alternative or "").split("\n")
    text = " ".join(line.removeprefix("- ") for line in lines)
    said = " ".join(sentence.text for sentence in answer.sentences)
    ours, theirs = spans_of(said), spans_of(text)
    old, new = ([whole[a:b].casefold() for a, b in spans] for whole, spans in ((said, ours), (text, theirs)))
    found, at = [], 0
    for kind, first, last, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind in ("replace", "insert"):
            found += [(text[at : theirs[start][0]], ""), (text[theirs[start][0] : theirs[end - 1][1]], "other")]
            at = theirs[end - 1][1]
        if kind == "delete":
            gone, place = said[ours[first][0] : ours[last - 1][1]], theirs[start - 1][1] if start else 0
            found += [(text[at:place], ""), (f" {gone}" if start else f"{gone} ", "gone")]
            at = place
    return tuple((piece, kind) for piece, kind in (*found, (text[at:], "")) if piece)


def _stretches(text: str, offset: int, words: Sequence[Word]) -> Iterator[Shade]:
    at = 0
    for word in words:
        start, end = max(word.start - offset, at), min(word.end - offset, len(text))
        if start < end:
            if start > at:
                yield Shade(text[at:start])
            whole = word.end - offset <= len(text)
            yield Shade(text[start:end], level_of(word.logprob), chance(word.logprob) if whole else "")
            at = end
    if at < len(text):
        yield Shade(text[at:])
