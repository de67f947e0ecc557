"""What can be read off a summary's surface: characters, lengths, copied and repeated words."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from itertools import pairwise
from typing import Final

_WORD: Final = re.compile(r"\w+")
_CHRF_ORDER: Final = 6
_CHRF_BETA: Final = 2


def chrf(prediction: str, reference: str) -> float:
    """chrF2: F-score of character 1- to 6-grams with recall weighted twice, whitespace left out, case kept.

    Orders that one of the texts is too short for are left out of the average (effective order), as sacreBLEU defines
    it for one sentence: `sacrebleu/metrics/chrf.py` of https://github.com/mjpost/sacrebleu at 2ae13669;
    M. Popović, "chrF: character n-gram F-score for automatic MT evaluation", WMT 2015.

    >>> chrf("same words", "same words")
    1.0
    """
    orders = [pair for pair in zip(_characters(prediction), _characters(reference), strict=True) if all(pair)]
    if not orders:
        return 0.0
    hits = [_shared(mine, theirs) for mine, theirs in orders]
    precision = sum(hit / mine.total() for hit, (mine, _) in zip(hits, orders, strict=True)) / len(orders)
    recall = sum(hit / theirs.total() for hit, (_, theirs) in zip(hits, orders, strict=True)) / len(orders)
    if precision + recall == 0:
        return 0.0
    weight = _CHRF_BETA**2
    return (1 + weight) * precision * recall / (weight * precision + recall)


def count_words(text: str) -> int:
    """Number of words between spaces."""
    return len(text.split())


def novelty(prediction: str, dialogue: str) -> float:
    """Share of the prediction's word pairs that the dialogue does not hold; 0 under two words.

    >>> novelty("They meet at noon.", "Let us meet at noon")
    0.3333333333333333
    """
    pairs = list(pairwise(_words(prediction)))
    if not pairs:
        return 0.0
    known = _word_pairs(dialogue)
    return sum(pair not in known for pair in pairs) / len(pairs)


def repetition(prediction: str) -> float:
    """Share of the prediction's word trigrams that stood there before; 0 under three words.

    >>> repetition("I see. I see. I see.")
    0.5
    """
    words = _words(prediction)
    trigrams = list(zip(words, words[1:], words[2:], strict=False))
    return 1 - len(set(trigrams)) / len(trigrams) if trigrams else 0.0


# Few, because counts of character n-grams are large: the prediction of one dialogue meets its references.
@lru_cache(maxsize=16)
def _characters(text: str) -> tuple[Counter[str], ...]:
    letters = "".join(text.split())
    return tuple(
        Counter([letters[start : start + order] for start in range(len(letters) - order + 1)])
        for order in range(1, _CHRF_ORDER + 1)
    )


def _shared(mine: Counter[str], theirs: Counter[str]) -> int:
    return sum([min(mine[gram], theirs[gram]) for gram in mine.keys() & theirs.keys()])


# One dialogue at a time, scored for every arm in turn.
@lru_cache(maxsize=1024)
def _word_pairs(dialogue: str) -> frozenset[tuple[str, str]]:
    return frozenset(pairwise(_words(dialogue)))


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())
