"""Intervals and tests over dialogues. The unit is a cluster: a dialogue with its copies, never a row.

Functions in the plural take a matrix (dialogues, columns) and draw once for all columns, which is what makes a
comparison of many arms and metrics fast and pairs their resamples.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from statistics import NormalDist

    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Matrix = NDArray[np.float64]

Interval = tuple[float, float] | None

# Cells of one block of draws: 2 MB of float64, so that the blocks stay near the processor.
_BLOCK_CELLS: Final = 250_000
_TIE: Final = 1e-9
# z of a two-sided test at 5 % plus z of 80 % power.
_DETECTABLE: Final = 1.959964 + 0.841621


@dataclass(frozen=True, slots=True)
class Resampled:
    """Means of columns: as observed, of every resample, and with one cluster left out at a time."""

    means: Matrix  # (columns)
    drawn: Matrix  # (resamples, columns)
    left_out: Matrix  # (clusters, columns)

    @property
    def clusters(self) -> int:
        """How many clusters were drawn from."""
        return len(self.left_out)


def resample(columns: ArrayLike, clusters: Sequence[Hashable] | None = None, *, resamples: int, seed: int) -> Resampled:
    """Means of each column of a matrix (values, columns) when clusters are drawn with replacement, all from one draw.

    Values of one cluster are drawn together; without `clusters` each value is its own. At least one value.
    """
    import numpy as np

    sums, sizes = _cluster_sums(columns, clusters)
    generator = np.random.default_rng(seed)
    drawn = np.empty((resamples, sums.shape[1]))
    for block in _blocks(resamples, len(sizes)):
        counts = _draw_counts(generator, block.stop - block.start, len(sizes))  # (block, clusters)
        drawn[block] = (counts @ sums) / (counts @ sizes)[:, None]
    total, count = sums.sum(axis=0), sizes.sum()
    alone = len(sizes) == 1  # nothing is left when the only cluster is left out
    left_out = (total - sums * (not alone)) / (count - sizes * (not alone))[:, None]
    return Resampled(total / count, drawn, left_out)


def percentile_intervals(sample: Resampled, level: float = 0.95) -> list[Interval]:
    """The percentile interval of each column's mean; None of one cluster alone, which says nothing of others.

    Source: B. Efron and R. Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.
    """
    import numpy as np

    if sample.clusters == 1:
        return [None] * len(sample.means)
    tail = 50 * (1 - level)
    low, high = np.percentile(sample.drawn, [tail, 100 - tail], axis=0)
    return list(zip(low.tolist(), high.tolist(), strict=True))


def bca_intervals(sample: Resampled, level: float = 0.95) -> list[Interval]:
    """The bias-corrected and accelerated interval of each column's mean, its acceleration from whole clusters.

    A column that never moves has the interval of itself, one cluster alone has None. Source: Efron and Tibshirani,
    1993, section 14.3.
    """
    from statistics import NormalDist

    import numpy as np

    if sample.clusters == 1:
        return [None] * len(sample.means)
    normal = NormalDist()
    away = sample.left_out.mean(axis=0) - sample.left_out  # (clusters, columns)
    spread = (away**2).sum(axis=0)
    moves = np.ptp(sample.drawn, axis=0) > _TIE
    accelerations = np.where(moves, (away**3).sum(axis=0) / (6 * np.where(spread > 0, spread, 1.0) ** 1.5), 0.0)
    shares = np.where(moves, _share_below(sample), 0.5)
    ends = [
        _bca_levels(normal, share, acceleration, (1 - level) / 2)
        for share, acceleration in zip(shares.tolist(), accelerations.tolist(), strict=True)
    ]
    found = (np.quantile(column, pair).tolist() for column, pair in zip(sample.drawn.T, ends, strict=True))
    return [(low, high) for low, high in found]


def bootstrap_interval(
    values: Sequence[float], clusters: Sequence[Hashable] | None = None, *, resamples: int, seed: int
) -> Interval:
    """The 95 % percentile interval of the mean, from drawing clusters with replacement; None of one cluster."""
    return bootstrap_intervals([[value] for value in values], clusters, resamples=resamples, seed=seed)[0]


def bootstrap_intervals(
    columns: ArrayLike, clusters: Sequence[Hashable] | None = None, *, resamples: int, seed: int
) -> list[Interval]:
    """`bootstrap_interval` of each column of a matrix (values, columns), all from the same draws."""
    return percentile_intervals(resample(columns, clusters, resamples=resamples, seed=seed))


def ends_of(interval: Interval) -> list[float] | None:
    """The interval as JSON has it."""
    return None if interval is None else list(interval)


def equivalent(interval: Sequence[float], margin: float) -> bool | None:
    """Whether two arms are equal within a margin, by the 90 % interval of their difference.

    True where the interval lies within the margin on both sides of 0, which is two one-sided tests at 5 % (D.
    Schuirmann, 1987); False where all of it lies beyond; None where neither is shown.

    >>> [equivalent(interval, 0.01) for interval in ((-0.004, 0.008), (0.012, 0.03), (-0.004, 0.02))]
    [True, False, None]
    """
    low, high = interval
    if -margin < low and high < margin:
        return True
    return False if low > margin or high < -margin else None


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


def minimum_detectable_difference(
    differences: Sequence[float], clusters: Sequence[Hashable] | None = None
) -> float | None:
    """The smallest true mean difference that four tests of this size in five find at 5 %; None under two clusters."""
    import numpy as np

    if len(differences) < 2:
        return None
    sums, sizes = _cluster_sums([[value] for value in differences], clusters)
    if len(sizes) < 2:
        return None
    rest = sums[:, 0] - sizes * (sums.sum() / sizes.sum())
    variance = len(sizes) / (len(sizes) - 1) * float(np.square(rest).sum())
    return _DETECTABLE * math.sqrt(variance) / len(differences)


def _share_below(sample: Resampled) -> Matrix:
    """Which share of the resamples lies below the observed mean, half of those that hit it counted, never 0 or 1."""
    import numpy as np

    from_mean = sample.drawn - sample.means
    share: Matrix = 0.5 * ((from_mean < -_TIE).mean(axis=0) + (from_mean <= _TIE).mean(axis=0))
    edge = 0.5 / len(sample.drawn)
    return np.clip(share, edge, 1 - edge)


def _bca_levels(normal: NormalDist, share: float, acceleration: float, tail: float) -> list[float]:
    """Which quantiles of the resamples are the ends: (tail, 1 - tail) where there is no bias and no skew."""
    bias = normal.inv_cdf(share)
    moved = (bias + normal.inv_cdf(level) for level in (tail, 1 - tail))
    return [normal.cdf(bias + z / (1 - acceleration * z)) for z in moved]


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
