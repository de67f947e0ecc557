"""Which summaries of parts tell most of a long conversation in so many words: chosen, not written anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from upshot.analysis.sentences import content_stems

_SHORTEST: Final = 6  # words; a summary of two words has no bonus for being short


def digest_of(summaries: Sequence[str], words: int) -> tuple[int, ...]:
    """Numbers of the summaries to read one after the other, in their order, of at most so many words, but at least one.

    One after another is taken that adds most, by the word: a content word adds the number of the other summaries that
    hold it, once. What no other summary tells comes last, where there is still room, so that asides are left first. A
    summary that adds no content word is not taken, and an empty one never.
    """
    held = [frozenset(content_stems(summary)) for summary in summaries]
    lengths = [len(summary.split()) for summary in summaries]
    holders = Counter(term for terms in held for term in terms)
    left = [number for number, length in enumerate(lengths) if length]
    told: set[str] = set()
    chosen: list[int] = []
    room = words
    while left:
        best = max(left, key=lambda number: _gain(held[number] - told, holders, lengths[number]))
        if chosen and not held[best] - told:
            break
        chosen.append(best)
        told |= held[best]
        room -= lengths[best]
        left = [number for number in left if number != best and lengths[number] <= room]
    return tuple(sorted(chosen))


def _gain(added: frozenset[str], holders: Counter[str], words: int) -> tuple[float, float]:
    """What is told elsewhere too, by the word, and what is told at all."""
    over = max(_SHORTEST, words)
    return sum(holders[term] - 1 for term in added) / over, len(added) / over
