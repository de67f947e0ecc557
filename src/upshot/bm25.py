"""The nearest dialogues of a collection by BM25.

S. Robertson and H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009, section 3; the
inverse document frequency is `log(1 + (N - df + 0.5) / (df + 0.5))`, which is never negative.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from upshot.text import without_tags

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TERM: Final = re.compile(r"[a-z]{2,}")
_K1: Final = 1.2
_B: Final = 0.75


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """Documents ready to be searched: for each term the numbers of its documents and what it adds to their score."""

    size: int
    postings: Mapping[str, tuple[NDArray[np.int64], NDArray[np.float64]]]


def build(documents: Sequence[str], *, max_df: int = 3000) -> Index:
    """An index of the documents, numbered from 0; a term in `max_df` or more of them is ignored."""
    import numpy as np

    counts = [Counter(terms_of(document)) for document in documents]
    lengths = [count.total() for count in counts]
    mean_length = sum(lengths) / max(len(lengths), 1) or 1.0
    found: dict[str, list[tuple[int, int]]] = {}
    for number, count in enumerate(counts):
        for term, frequency in count.items():
            found.setdefault(term, []).append((number, frequency))
    norms = _K1 * (1 - _B + _B * np.array(lengths) / mean_length)
    kept = {term: places for term, places in found.items() if len(places) < max_df}
    return Index(len(documents), {term: _posting(places, norms) for term, places in kept.items()})


def nearest(index: Index, query: str, n: int, exclude: Collection[int] = ()) -> list[int]:
    """Numbers of the `n` best documents, best first; equals in the order of the documents, also those that score 0."""
    import numpy as np

    scores = np.zeros(index.size)
    for term in sorted(set(terms_of(query))):  # sorted, because the order of a sum is part of its last digit
        if term in index.postings:
            numbers, weights = index.postings[term]
            scores[numbers] += weights
    left_out = set(exclude)
    order = np.argsort(-scores, kind="stable")[: n + len(left_out)]
    return [int(number) for number in order if int(number) not in left_out][:n]


def terms_of(text: str) -> list[str]:
    """Lower-case runs of two or more letters a-z, without speaker tags.

    >>> terms_of("#Person1#: I saw 2 films")
    ['saw', 'films']
    """
    return _TERM.findall(without_tags(text).lower())


def _posting(
    places: Sequence[tuple[int, int]], norms: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    import numpy as np

    numbers, frequencies = np.array(places, dtype=np.int64).T
    weight = np.log(1 + (len(norms) - len(places) + 0.5) / (len(places) + 0.5))
    return numbers, weight * frequencies * (_K1 + 1) / (frequencies + norms[numbers])
