"""ROUGE-1, -2, -L and -Lsum as F1, equal to rouge_score 0.1.2 with its stemmer.

Source: https://github.com/google-research/google-research/tree/master/rouge (rouge_score 0.1.2, `rouge_scorer.py`);
C.-Y. Lin, "ROUGE: a Package for Automatic Evaluation of Summaries", 2004. Before ROUGE-Lsum, sentences are split after
`.`, `!` and `?`; a newline in the text also ends a sentence, as it does there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from itertools import chain, pairwise
from typing import Any, Final, NamedTuple

_WORD: Final = re.compile(r"[a-z0-9]+")
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+|\n")
_LONGEST_UNSTEMMED: Final = 3
# Every rule of the stemmer is about one of these ends: half of all words have none, and the stemmer is slow.
_STEMMED_END: Final = re.compile(r"(?:[seyi]|ed|ing|al|ful|ll|er|or|ion|ism|[ae]nt|ic|ou)$")


def rouge1(prediction: str, reference: str) -> float:
    """F1 of shared words; 0 where a text has none.

    >>> rouge1("the cat sat", "the cats")
    0.8
    """
    mine, theirs = _parse(prediction), _parse(reference)
    return _f1(_shared(mine.unigrams, theirs.unigrams), len(mine.words), len(theirs.words))


def rouge2(prediction: str, reference: str) -> float:
    """F1 of shared word pairs; 0 where a text has fewer than two words."""
    mine, theirs = _parse(prediction), _parse(reference)
    return _f1(_shared(mine.bigrams, theirs.bigrams), len(mine.words) - 1, len(theirs.words) - 1)


def rouge_l(prediction: str, reference: str) -> float:
    """F1 of the longest common subsequence of words; sentences and newlines do not matter."""
    mine, theirs = _parse(prediction).words, _parse(reference).words
    if not mine or not theirs:
        return 0.0
    return _f1(_longest_common()(theirs, mine), len(mine), len(theirs))


def rouge_lsum(prediction: str, reference: str) -> float:
    """F1 of the union of longest common subsequences, sentence by sentence of the reference."""
    mine, theirs = _parse(prediction), _parse(reference)
    if len(mine.sentences) == len(theirs.sentences) == 1:
        return rouge_l(prediction, reference)  # no union, and a subsequence holds no word more often than both texts
    left_of_mine, left_of_theirs = dict(mine.unigrams), dict(theirs.unigrams)
    hits = 0
    candidates = [(candidate, _places(candidate)) for candidate in mine.sentences]
    for sentence in theirs.sentences:
        union = set[int]().union(*(_lcs_positions(sentence, *candidate) for candidate in candidates))
        for word in (sentence[position] for position in sorted(union)):
            # A word counts as often as both texts hold it, although the paper would count it once for each sentence.
            if left_of_mine.get(word, 0) > 0 and left_of_theirs[word] > 0:
                hits += 1
                left_of_mine[word] -= 1
                left_of_theirs[word] -= 1
    return _f1(hits, len(mine.words), len(theirs.words))


def forget() -> None:
    """Let go of the texts and words that were read; what they come to does not change."""
    _parse.cache_clear()
    _stem.cache_clear()
    _places.cache_clear()


def has_no_words(text: str) -> bool:
    """Whether ROUGE sees nothing in the text: it counts only a-z and 0-9.

    >>> has_no_words("你好!")
    True
    """
    return not _parse(text).words


class _Parsed(NamedTuple):  # made faster than a dataclass, of which scoring makes thousands
    words: tuple[str, ...]
    sentences: tuple[tuple[str, ...], ...]
    unigrams: Counter[str]
    bigrams: Counter[tuple[str, str]]


# All references and predictions of a usual test split, so that the second arm finds the references parsed.
@lru_cache(maxsize=4096)
def _parse(text: str) -> _Parsed:
    pieces = [tuple(map(_stem, _WORD.findall(piece))) for piece in _SENTENCE_END.split(text.lower())]
    sentences = tuple(filter(None, pieces))
    words = sentences[0] if len(sentences) == 1 else tuple(chain.from_iterable(sentences))
    return _Parsed(words, sentences, Counter(words), Counter(pairwise(words)))


@lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    if len(word) <= _LONGEST_UNSTEMMED or not _STEMMED_END.search(word):
        return word
    return str(_stemmer().stem(word))


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    # Here and not above: nltk takes longer to import than a comparison takes to run.
    from nltk.stem.porter import PorterStemmer

    return PorterStemmer()


@lru_cache(maxsize=1)
def _longest_common() -> Any:
    from rapidfuzz.distance import LCSseq  # asked for once: an import in a function costs as much as a short comparison

    return LCSseq.similarity


def _shared(mine: Mapping[Any, int], theirs: Mapping[Any, int]) -> int:
    """How many grams two texts share, each as often as both hold it."""
    hits = 0
    for gram in mine.keys() & theirs.keys():
        count, other = mine[gram], theirs[gram]
        hits += count if count < other else other
    return hits


def _f1(hits: int, predicted: int, expected: int) -> float:
    if hits == 0:
        return 0.0
    precision, recall = hits / predicted, hits / expected
    return 2 * precision * recall / (precision + recall)


@lru_cache(maxsize=4096)  # a prediction meets several references
def _places(candidate: tuple[str, ...]) -> dict[str, int]:
    """For each word a number with the bits of the columns that hold it."""
    places: dict[str, int] = {}
    for column, word in enumerate(candidate):
        places[word] = places.get(word, 0) | 1 << column
    return places


def _lcs_positions(sentence: tuple[str, ...], candidate: tuple[str, ...], places: Mapping[str, int]) -> list[int]:
    """Positions in `sentence` of one longest common subsequence: the one that rouge_score's way back finds.

    Row i of the table is an integer: bit j is set where column j + 1 is one longer than column j (H. Hyyrö,
    "Bit-parallel LCS-length computation revisited", 2004), so the length at (i, j) is the number of set bits below j.
    """
    # A word that the candidate lacks repeats the row above it, and the way back then goes up: such rows are left out.
    shared = [position for position, word in enumerate(sentence) if word in places]
    row = full = (1 << len(candidate)) - 1
    rows = [0]  # kept inverted: the recurrence is about the bits that are clear
    for position in shared:
        hit = row & places[sentence[position]]
        row = ((row + hit) | (row - hit)) & full
        rows.append(row ^ full)
    i, j, positions = len(shared), len(candidate), []
    while i and j:
        if sentence[shared[i - 1]] == candidate[j - 1]:
            i, j = i - 1, j - 1
            positions.append(shared[i])
        elif (rows[i] & ((1 << j - 1) - 1)).bit_count() > (rows[i - 1] & ((1 << j) - 1)).bit_count():
            j -= 1
        else:
            i -= 1
    return positions
