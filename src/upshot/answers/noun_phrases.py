"""What a number counts, as people would say it: "five working days", "room 22", "a ninety-minute drive"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile
from typing import Final

from upshot.analysis.sentences import STOP_WORDS

# Words that may stand between a number and its noun, though they carry nothing by themselves.
_BETWEEN: Final = frozenset("less more new other same".split())  # noqa: SIM905
# What follows a number without being counted.
_NO_NOUN: Final = frozenset(
    "altogether daily earlier early either later minus plus today tomorrow tonight total twice yesterday".split()  # noqa: SIM905
)
_PLURALS: Final = frozenset("children feet fish geese men mice people sheep teeth women".split())  # noqa: SIM905
_NO_PLURAL: Final = ("ss", "us", "is")
_LABELS: Final = (
    "aisle|apartment|channel|chapter|compartment|exit|flat|flight|gate|level|locker|number|page|paragraph|platform"
    "|question|room|row|seat|section|shelf|terminal|unit|version|ward"
)
_LABEL: Final = re.compile(rf"\b(?:{_LABELS}) $", re.IGNORECASE)
# Behind one of these a number may be a name, and what looks like a plural a verb: "the 14 tram stops here".
_NAMED: Final = re.compile(r"\b(?:the|this|that) $", re.IGNORECASE)
_WORD: Final = re.compile(r"[ -]([^\W\d_]{2,24})(?!\w|['’](?:t|re|ve|ll|d|m)\b)")
_ATTRIBUTE: Final = re.compile(r"-(?:second|minute|hour|day|week|month|year)(?!\w)", re.IGNORECASE)
_LOOK_BACK: Final = 16
_MOST_WORDS: Final = 3


def noun_end(text: str, end: int) -> int:
    """Where the word that a number counts ends, where one follows it at `end`; otherwise `end`.

    >>> noun_end("two cups of tea", 3), noun_end("two of us", 3), noun_end("two aren't", 3)
    (8, 3, 3)
    """
    found = _WORD.match(text, end)
    return found.end() if found and found[1].lower() not in STOP_WORDS | _NO_NOUN else end


def widened(text: str, start: int, number_end: int) -> tuple[int, int]:
    """A number in a text, up to `number_end`, with its noun phrase: where that begins and ends.

    A phrase ends at its first plural; without one the word after the number is all that is taken.

    >>> text = "It takes five working days in room 22."
    >>> [text[slice(*widened(text, *place))] for place in ((9, 13), (35, 37))]
    ['five working days', 'room 22']
    """
    words = list(_words(text, number_end))
    label = _LABEL.search(text, max(0, start - _LOOK_BACK), start)
    capitals = [end for _, end in takewhile(lambda item: item[0][0].isupper(), words)]
    if capitals:
        return label.start() if label else start, capitals[-1]
    if label and not (words and _is_plural(words[0][0])):
        return label.start(), number_end
    if attribute := _ATTRIBUTE.match(text, number_end):
        return start, noun_end(text, attribute.end())
    end = noun_end(text, number_end)
    plural = next((place for place, (word, _) in enumerate(words) if _is_plural(word)), None)
    named = _NAMED.search(text, max(0, start - _LOOK_BACK), start)
    if plural is None or (named and plural > 0):
        return start, end
    return start, words[plural][1]


def _words(text: str, at: int) -> Iterator[tuple[str, int]]:
    """Words that may belong to a noun phrase, with their ends: after a number, with nothing else between them."""
    for place in range(_MOST_WORDS):
        found = _WORD.match(text, at)
        if not found or found[1].lower() in (STOP_WORDS if place else STOP_WORDS - _BETWEEN) | _NO_NOUN:
            return
        yield found[1], (at := found.end())


def _is_plural(word: str) -> bool:
    return word in _PLURALS or (word.endswith("s") and not word.endswith(_NO_PLURAL))
