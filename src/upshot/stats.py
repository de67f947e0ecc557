"""Intervals and tests over dialogues. The unit is a cluster: a dialogue with its copies, never a row.

Functions in the plural take a matrix (dialogues, columns) and draw once for all columns, which is what makes a
comparison of many arms and metrics fast and pairs their resamples.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Matrix = NDArray[np.float64]

# Cells of one block of draws: 16 MB of float64, so that 10,000 resamples of any split fit beside a model.
_BLOCK_CELLS: Final = 2_000_000
_TIE: Final = 1e-9
# z of a two-sided test at 5 % plus z of 80 % power.
_DETECTABLE: Final = 1.959964 + 0.841621


def bootstrap_interval(
    values: Sequence[float], clusters: Sequence[Hashable] | None = None, *, resamples: int, seed: int
) -> tuple[float, float]:
    """The 95 % percentile interval of the mean, from drawing clusters with replacement.

    Values of one cluster are drawn together; without `clusters` each value is its own. At least one value.
    Source: B. Efron and R. Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.
    """
    return bootstrap_intervals([[value] for value in values], clusters, resamples=resamples, seed=seed)[0]


def bootstrap_intervals(
    columns: ArrayLike, clusters: Sequence[Hashable] | None = None, *, resamples: int, seed: int
) -> list[tuple[float, float]]:
    """`bootstrap_interval` of each column of a matrix (values, columns), all from the same draws."""
    import numpy as np

    sums, sizes = _cluster_sums(columns, clusters)
    generator = np.random.default_rng(seed)
    means = np.empty((resamples, sums.shape[1]))
    for block in _blocks(resamples, len(sizes)):
        drawn = _draw_counts(generator, block.stop - block.start, len(sizes))  # (block, clusters)
        means[block] = (drawn @ sums) / (drawn @ sizes)[:, None]
    low, high = np.percentile(means, [2.5, 97.5], axis=0)
    return list(zip(low.tolist(), high.tolist(), strict=True))


def sign_flip_p(
    differences: Sequence[float], *, clusters: Sequence[Hashable] | None = None, permutations: int, seed: int
) -> float:
    """Two-sided p of a paired sign-flip test: how often random signs give a mean at least as far from 0.

    The signs of a cluster flip together. The observed signs count as one permutation, so p is never 0: at least
    1 / (permutations + 1). B. Phipson and G. Smyth, "Permutation p-values should never be zero", 2010.
    """
    return sign_flip_ps([[value] for value in differences], clusters=clusters, permutations=permutations, seed=seed)[0]


def sign_flip_ps(
    columns: ArrayLike, *, clusters: Sequence[Hashable] | None = None, permutations: int, seed: int
) -> list[float]:
    """`sign_flip_p` of each column of a matrix (differences, columns), all from the same signs."""
    import numpy as np

    sums, sizes = _cluster_sums(columns, clusters)
    generator = np.random.default_rng(seed)
    # A hair below the observed sum: the same sum in another order of addition must count as reached.
    observed = np.abs(sums.sum(axis=0)) - _TIE
    reached = np.zeros(sums.shape[1], dtype=np.int64)
    for block in _blocks(permutations, len(sizes)):
        signs = generator.integers(0, 2, (block.stop - block.start, len(sizes))) * 2.0 - 1.0  # (block, clusters)
        reached += (np.abs(signs @ sums) >= observed).sum(axis=0)
    return [(int(count) + 1) / (permutations + 1) for count in reached]


def holm(p_values: Sequence[float]) -> list[float]:
    """p values adjusted for their number, in their order (S. Holm, 1979).

    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, number in enumerate(sorted(range(len(p_values)), key=lambda number: p_values[number])):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[number]))
        adjusted[number] = largest
    return adjusted


def wins_ties_losses(differences: Sequence[float]) -> tuple[int, int, int]:
    """How many differences are above, at and below 0.

    >>> wins_ties_losses([0.2, 0.0, -0.1, 0.3])
    (2, 1, 1)
    """
    wins = sum(value > _TIE for value in differences)
    losses = sum(value < -_TIE for value in differences)
    return wins, len(differences) - wins - losses, losses


def minimum_detectable_difference(differences: Sequence[float]) -> float | None:
    """The smallest true mean difference that four tests of this size in five find at 5 %; None under two values."""
    if len(differences) < 2:
        return None
    mean = math.fsum(differences) / len(differences)
    variance = math.fsum((value - mean) ** 2 for value in differences) / (len(differences) - 1)
    return _DETECTABLE * math.sqrt(variance / len(differences))


def _cluster_sums(columns: ArrayLike, clusters: Sequence[Hashable] | None) -> tuple[Matrix, Matrix]:
    """Sums (clusters, columns) and sizes (clusters), clusters in the order of their first value."""
    import numpy as np

    matrix = np.asarray(columns, dtype=np.float64)  # (values, columns)
    if matrix.ndim != 2 or not len(matrix):
        raise ValueError(f"a matrix of at least one value is needed, found shape {matrix.shape}")
    names = range(len(matrix)) if clusters is None else clusters
    numbers: dict[Hashable, int] = {}
    places = [numbers.setdefault(name, len(numbers)) for name in names]
    if len(places) != len(matrix):
        raise ValueError(f"{len(places)} clusters for {len(matrix)} values")
    sums = np.zeros((len(numbers), matrix.shape[1]))
    np.add.at(sums, places, matrix)
    return sums, np.bincount(places, minlength=len(numbers)).astype(np.float64)


def _blocks(total: int, width: int) -> Iterator[slice]:
    step = max(1, _BLOCK_CELLS // width)
    return (slice(start, min(start + step, total)) for start in range(0, total, step))


def _draw_counts(generator: np.random.Generator, draws: int, size: int) -> Matrix:
    """How often each of `size` clusters is in each of `draws` samples of that size."""
    import numpy as np

    picked = generator.integers(0, size, (draws, size)) + size * np.arange(draws)[:, None]
    return np.bincount(picked.ravel(), minlength=draws * size).reshape(draws, size).astype(np.float64)
