"""Does a longer summary score better? Spearman's rank correlation with a bootstrap interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from upshot.comparison import Draws

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]

LEAST: Final = 3
_BLOCK_CELLS: Final = 2_000_000  # resamples x dialogues of one block: 16 MB of float64


def rank_correlation(
    lengths: Sequence[float], scores: Sequence[float], clusters: Sequence[str], draws: Draws
) -> dict[str, Any] | str:
    """Spearman's correlation, -1..1, with its 95 % percentile interval from drawing clusters; or why there is none.

    Each resample is ranked anew, equals share the mean of their ranks, and resamples in which all are equal are left
    out, as they have no correlation.
    """
    import numpy as np

    if len(lengths) < LEAST:
        return f"fewer than {LEAST} dialogues"
    for name, values in (("summaries", lengths), ("scores", scores)):
        if len(set(values)) == 1:
            return f"all {name} are equally {'long' if name == 'summaries' else 'high'}"
    numbers: dict[str, int] = {}
    places = [numbers.setdefault(cluster, len(numbers)) for cluster in clusters]
    once = np.ones((1, len(places)))
    if len(numbers) == 1:
        return "one dialogue and its copies"
    whole = float(_correlations(lengths, scores, once)[0])
    generator = np.random.default_rng(draws.seed)
    found = []
    step = max(1, _BLOCK_CELLS // len(places))
    for start in range(0, draws.resamples, step):
        size = min(step, draws.resamples - start)
        drawn = generator.multinomial(size=size, n=len(numbers), pvals=np.full(len(numbers), 1 / len(numbers)))
        found.append(_correlations(lengths, scores, drawn[:, places].astype(np.float64)))
    low, high = np.nanpercentile(np.concatenate(found), [2.5, 97.5]).tolist()
    return {"spearman": whole, "ci95": [low, high]}


def _correlations(lengths: Sequence[float], scores: Sequence[float], often: Matrix) -> Matrix:
    """One correlation a row of `often` (resamples, dialogues), which says how often each dialogue was drawn."""
    import numpy as np

    total = often.sum(axis=1)
    mine, theirs = (_ranks(values, often) - (total[:, None] + 1) / 2 for values in (lengths, scores))
    shared = (often * mine * theirs).sum(axis=1)
    spread = np.sqrt((often * mine**2).sum(axis=1) * (often * theirs**2).sum(axis=1))
    correlations: Matrix = np.divide(shared, spread, out=np.full(len(total), np.nan), where=spread > 0)
    return correlations


def _ranks(values: Sequence[float], often: Matrix) -> Matrix:
    """Ranks of the values in each resample (resamples, dialogues); their mean is half of one more than were drawn."""
    import numpy as np

    order = np.argsort(values, kind="stable")
    ordered = np.asarray(values)[order]
    first = np.concatenate([[True], ordered[1:] != ordered[:-1]])  # of each group of equals
    together = np.add.reduceat(often[:, order], np.flatnonzero(first), axis=1)  # (resamples, groups)
    of_group = np.cumsum(together, axis=1) - together + (together + 1) / 2
    ranks = np.empty_like(often)
    ranks[:, order] = of_group[:, np.cumsum(first) - 1]
    return ranks
