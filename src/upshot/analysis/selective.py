"""Does confidence tell anything? Risk of the summaries that are kept when the least confident ones are held back.

The mean risk of the most confident share of the summaries, by that share, is the risk-coverage curve; the area under it
is small where confidence puts the good summaries first. R. El-Yaniv and Y. Wiener, "On the Foundations of Noise-free
Selective Classification", JMLR 2010; Y. Geifman and R. El-Yaniv, "Selective Classification for Deep Neural Networks",
NeurIPS 2017. Equally confident summaries are kept or held back together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from upshot.comparison import Draws

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]

LEAST: Final = 10
SHARES: Final = tuple(round(0.1 * step, 1) for step in range(1, 11))
PERCENTILES: Final = (10, 20, 50)
_BLOCK_CELLS: Final = 1_000_000  # resamples x dialogues of one block: 8 MB of float64
_HAIR: Final = 1e-9


def risk_coverage(
    confidence: Sequence[float], risks: Mapping[str, Sequence[float]], clusters: Sequence[str], draws: Draws
) -> dict[str, Any] | str:
    """For each risk, 0..1, its curve at `SHARES` with areas and what confidence gains; or why there is none.

    `random` is the area of a random order, the mean risk; `oracle` that of the order by the risk itself, beside its
    curve; `gain` is random minus area: above 0 confidence tells something. Intervals are 95 % percentiles from drawing
    clusters; None of one cluster alone. Values are in the order of the dialogues.
    """
    if len(confidence) < LEAST:
        return f"fewer than {LEAST} dialogues"
    if len(set(confidence)) == 1:
        return "all summaries are equally confident"
    return {"shares": list(SHARES), "risks": {name: _risk(confidence, risks[name], clusters, draws) for name in risks}}


def thresholds(
    confidence: Sequence[float],
    among: Sequence[float],
    values: Mapping[str, Sequence[float]],
    clusters: Sequence[str],
    draws: Draws,
) -> list[dict[str, Any]]:
    """What is left, and how good, when summaries under a percentile of the confidences `among` are held back.

    One entry for each of `PERCENTILES`: how many are `kept`, and for each of the values its mean over them (`kept`) and
    over the others (`held_back`), with intervals; None where there are none.
    """
    import numpy as np

    mine = np.asarray(confidence, dtype=np.float64)
    found = []
    for percentile in PERCENTILES:
        limit = float(np.percentile(among, percentile))
        kept = mine >= limit
        sides = {"kept": kept, "held_back": ~kept}
        cells = {
            name: {
                side: _mean(np.asarray(column, dtype=np.float64), chosen, clusters, draws)
                for side, chosen in sides.items()
            }
            for name, column in values.items()
        }
        found.append(
            {"percentile": percentile, "limit": limit, "kept": int(kept.sum()), "n": len(mine), "values": cells}
        )
    return found


def _risk(confidence: Sequence[float], risk: Sequence[float], clusters: Sequence[str], draws: Draws) -> dict[str, Any]:
    import numpy as np

    once = np.ones((1, len(risk)))
    curve, area, mean = _curves(confidence, risk, once)
    best, oracle, _ = _curves(_by_risk(risk), risk, once)
    parts = [_curves(confidence, risk, often) for often in _drawn(clusters, draws)]
    if parts:
        curves, areas, means = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    ends = _ends(curves) if parts else [None] * len(SHARES)
    return {
        "curve": [{"mean": value, "ci95": ci95} for value, ci95 in zip(curve[0].tolist(), ends, strict=True)],
        "oracle_curve": best[0].tolist(),
        "area": {"mean": float(area[0]), "ci95": _ends(areas[:, None])[0] if parts else None},
        "random": float(mean[0]),
        "oracle": float(oracle[0]),
        "gain": {"mean": float(mean[0] - area[0]), "ci95": _ends((means - areas)[:, None])[0] if parts else None},
    }


def _by_risk(risk: Sequence[float]) -> list[float]:
    """A confidence that puts the smallest risk first; no two are equal, as who knows the risk can keep any of them."""
    confidence = [0.0] * len(risk)
    for rank, place in enumerate(sorted(range(len(risk)), key=lambda place: risk[place])):
        confidence[place] = -float(rank)
    return confidence


def _drawn(clusters: Sequence[str], draws: Draws) -> Iterator[Matrix]:
    """How often each dialogue is drawn, (resamples, dialogues), block by block; nothing of one cluster alone."""
    import numpy as np

    numbers: dict[str, int] = {}
    places = [numbers.setdefault(cluster, len(numbers)) for cluster in clusters]
    generator = np.random.default_rng(draws.seed)
    step = max(1, _BLOCK_CELLS // len(places))
    for start in range(0, draws.resamples if len(numbers) > 1 else 0, step):
        size = min(step, draws.resamples - start)
        drawn = generator.multinomial(size=size, n=len(numbers), pvals=np.full(len(numbers), 1 / len(numbers)))
        yield drawn[:, places].astype(np.float64)


def _curves(confidence: Sequence[float], risk: Sequence[float], often: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    """Risk at `SHARES` (resamples, shares), area and mean risk (resamples) for each row of `often`.

    At a share stands the risk of the fewest most confident summaries that make up at least that share.
    """
    import numpy as np

    order = np.argsort(-np.asarray(confidence, dtype=np.float64), kind="stable")
    ordered = np.asarray(confidence, dtype=np.float64)[order]
    first = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))  # of each group of equals
    weights = np.add.reduceat(often[:, order], first, axis=1)  # (resamples, groups)
    sums = np.add.reduceat(often[:, order] * np.asarray(risk, dtype=np.float64)[order], first, axis=1)
    taken, lost = np.cumsum(weights, axis=1), np.cumsum(sums, axis=1)
    running = lost / np.maximum(taken, 1)  # nothing is lost where nothing is taken yet
    total = taken[:, -1:]
    at = [(taken < share * total - _HAIR).sum(axis=1) for share in SHARES]
    rows = np.arange(len(often))
    curve = np.stack([running[rows, place] for place in at], axis=1)
    return curve, (weights * running).sum(axis=1) / total[:, 0], lost[:, -1] / total[:, 0]


def _ends(drawn: Matrix) -> list[list[float]]:
    import numpy as np

    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    return [list(pair) for pair in zip(low.tolist(), high.tolist(), strict=True)]


def _mean(column: Matrix, chosen: NDArray[np.bool_], clusters: Sequence[str], draws: Draws) -> dict[str, Any] | None:
    """Mean of the chosen dialogues with its interval from drawing them alone; None where there are none."""
    from upshot import stats

    mine = [cluster for cluster, keep in zip(clusters, chosen.tolist(), strict=True) if keep]
    if not mine:
        return None
    values = column[chosen].tolist()
    interval = stats.bootstrap_interval(values, mine, resamples=draws.resamples, seed=draws.seed)
    return {"mean": sum(values) / len(values), "ci95": stats.ends_of(interval)}
