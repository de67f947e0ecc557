"""Notebook heuristics: the error categories of origin notebook 3, decided exactly as its code decides them.

They compare the words of two summaries and never look at the dialogue, whatever their names say: its "hallucination"
is a long summary, and two of its six categories are named in its table but never given by its code. They stand in the
report under this name so that the notebook's table can be made again, beside what they were measured to be worth.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Heuristic(NamedTuple):
    """What the notebook calls a category, what its code really asks, and whether that code can ever give it."""

    title: str
    rule: str
    possible: bool = True


_NEVER: Final = "never: no line of the notebook's code gives it"

# In the order of the notebook's table; its code is in the section "Error Analysis".
CATEGORIES: Final[Mapping[str, Heuristic]] = {
    "missing_key_info": Heuristic(
        "Missing key information from the dialogue",
        "more than 0.4 of the reference's words of five or more letters are not in the summary",
    ),
    "hallucination": Heuristic(
        "Adding details not present in the dialogue", "more than 1.5 times as many words as the reference"
    ),
    "context_misunderstanding": Heuristic("Misunderstanding the context or relationships", _NEVER, possible=False),
    "length_issues": Heuristic(
        "Summary too long or too short", "fewer than 5 words, or more than twice as many as the reference"
    ),
    "entity_confusion": Heuristic("Confusion about entities or speakers", _NEVER, possible=False),
    "focus_problems": Heuristic(
        "Missing the main point of the conversation",
        "more than 0.7 of the reference's words of five or more letters are not in the summary",
    ),
}


def heuristics(reference: str, prediction: str) -> tuple[str, ...]:
    """Names of the categories that the notebook's code gives, in the order in which it gives them.

    Words are what stands between spaces, with their punctuation; the long ones have more than four characters and are
    compared in lower case. A reference without long words misses none.

    >>> heuristics("They talk about the weather.", "Rain.")
    ('length_issues', 'missing_key_info', 'focus_problems')
    """
    words, wanted = len(prediction.split()), len(reference.split())
    long_words = _long_words(reference)
    missing = len(long_words - _long_words(prediction)) / len(long_words) if long_words else 0.0
    given = {
        "length_issues": words < 5 or words > 2 * wanted,
        "hallucination": words > 1.5 * wanted,
        "missing_key_info": missing > 0.4,
        "focus_problems": missing > 0.7,
    }
    return tuple(name for name, applies in given.items() if applies)


def _long_words(text: str) -> set[str]:
    return {word.lower() for word in text.split() if len(word) > 4}
