"""Words weighed against the training split: which terms a conversation turns on, and how rare its words are.

Terms are stems of what the speakers say, without their labels, so that a name counts where it is spoken.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from upshot.analysis.sentences import content_stems, stem, words_of
from upshot.data.turns import turns_of
from upshot.text import without_tags

KEY_TERMS: Final = 10
# A word is rare that stands in at most one of so many other training dialogues.
RARE: Final = 1000
_K1: Final = 1.2  # as in bm25: the second time that a term is said adds less than the first


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """How many documents there are, and how many of them hold each term."""

    size: int
    holders: Mapping[str, int]

    def idf(self, term: str) -> float:
        """The inverse document frequency of `bm25`: log(1 + (N - df + 0.5) / (df + 0.5)), never negative."""
        holders = self.holders.get(term, 0)
        return math.log1p((self.size - holders + 0.5) / (holders + 0.5))


def corpus_of(dialogues: Iterable[str]) -> Corpus:
    """Document counts of the terms of dialogues; the same text twice is one document."""
    texts = set(dialogues)
    holders: Counter[str] = Counter()
    for text in texts:
        holders.update(set(_terms(text)))
    return Corpus(len(texts), holders)


def key_terms(dialogue: str, corpus: Corpus, *, count: int = KEY_TERMS) -> tuple[str, ...]:
    """Stems of the content words that set a dialogue apart, the heaviest first; equals in alphabetical order.

    The weight is that of BM25 without its part for length, which all terms of a dialogue share.
    """
    content = set(content_stems(_spoken(dialogue)))
    said = {term: often for term, often in Counter(_terms(dialogue)).items() if term in content}
    weight = {term: corpus.idf(term) * often / (often + _K1) for term, often in said.items()}
    return tuple(sorted(weight, key=lambda term: (-weight[term], term))[:count])


def kept_share(terms: Sequence[str], summary: str) -> float:
    """Share of a dialogue's key terms, at least one, that the summary holds in any inflection, 0..1."""
    held = {stem(word) for word in words_of(without_tags(summary))}
    return sum(term in held for term in terms) / len(terms)


def rare_share(dialogue: str, corpus: Corpus, *, among: bool = False) -> float | None:
    """Share of a dialogue's words that at most one in a thousand training dialogues holds, 0..1; None without words.

    `among`: the dialogue is one of the corpus, and does not count for its own words.
    """
    terms = _terms(dialogue)
    if not terms or not corpus.size:
        return None
    others = corpus.size - among
    rare = sum(RARE * (corpus.holders.get(term, 0) - among) <= others for term in terms)
    return rare / len(terms)


def _terms(dialogue: str) -> list[str]:
    return [stem(word) for word in words_of(_spoken(dialogue))]


def _spoken(dialogue: str) -> str:
    return without_tags("\n".join(turn.text for turn in turns_of(dialogue)))
