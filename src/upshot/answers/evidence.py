"""Evidence of a summary: for each sentence the turns that support it, and the characters that nothing supports."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from upshot.analysis.names import holds_name, unsupported_name_spans
from upshot.analysis.numbers import numbers_of, unsupported_number_spans
from upshot.analysis.sentences import content_words, mentions_of
from upshot.analysis.support import Support, places_of, source_of, support_of
from upshot.answers.answer import Mark, Sentence

# What stands for a word of the summary without holding it, by the word's stem.
_SIGNS: Final[Mapping[str, re.Pattern[str]]] = {
    word: re.compile(pattern, re.IGNORECASE)
    for word, pattern in {
        "dollar": r"\$|\bbucks?\b",
        "euro": "€",
        "pound": r"£|\b(?:quid|lbs?)\b",
        "percent": r"%|\bper cent\b",
        "degre": "°",
        "clock": r"\d:\d\d|\b[ap]\.?m\b|\b(?:at|by|till|until|past|to) \w",
        "am": r"\ba\.m\b|\bmorning\b",
        "pm": r"\bp\.m\b|\b(?:afternoon|evening|night|tonight)\b",
    }.items()
}
_Span = tuple[int, int]


def evidence_of(text: str, summary: str) -> tuple[Sentence, ...]:
    """The summary's sentences in order, each with its support, its turns and its marks.

    Turns are numbers of `turns_of(text)`. Marks do not overlap and stand in order; a word counts as supported where
    any turn holds another form of it. Without a conversation nothing is marked, and nothing supported.
    """
    return tuple(
        Sentence(
            text=support.sentence,
            support=min(1.0, support.score) if text.strip() else 0.0,
            turns=support.turns,
            unsupported=tuple(_marks(text, support)) if text.strip() else (),
        )
        for support in support_of(text, summary)
    )


def _marks(text: str, support: Support) -> Iterator[Mark]:
    sentence = support.sentence
    numbers = unsupported_number_spans(text, sentence)
    names = [span for span in unsupported_name_spans(text, sentence) if not _touches(span, numbers)]
    words = _unsupported_words(text, sentence, [*names, *numbers])
    found = [
        *(Mark(start=start, end=end, kind="name") for start, end in names),
        *(Mark(start=start, end=end, kind="number") for start, end in numbers),
        *(Mark(start=start, end=end, kind="word") for start, end in words),
    ]
    yield from sorted(found, key=lambda mark: mark.start)


def _unsupported_words(text: str, sentence: str, marked: Sequence[_Span]) -> list[_Span]:
    """Content words that no turn holds, besides speakers, numbers and names, which are judged as such."""
    source = source_of(text)
    judged = [
        *marked,
        *((mention.start, mention.end) for mention in mentions_of(sentence, source.speakers)),
        *((number.start, number.end) for number in numbers_of(sentence)),
    ]
    return [
        (start, end)
        for stem, start, end in content_words(sentence)
        if not _touches((start, end), judged)
        and not places_of(source, stem)
        and not _is_written_otherwise(text, stem)
        and not (sentence[start].isupper() and holds_name(text, sentence[start:end]))
    ]


def _is_written_otherwise(text: str, stem: str) -> bool:
    return stem in _SIGNS and bool(_SIGNS[stem].search(text))


def _touches(span: _Span, others: Iterable[_Span]) -> bool:
    return any(start < span[1] and span[0] < end for start, end in others)
