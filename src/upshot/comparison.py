"""The comparison of arms: means with intervals, paired tests between every two, and the reference rows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

from upshot import shares, stats
from upshot.errors import DataError, UsageError
from upshot.metrics.score import METRICS
from upshot.records import Score

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SMALL: Final = 100
PRIMARY: Final = "rouge1"
Cells = dict[str, dict[str, Any]]
Columns = dict[str, "NDArray[np.float64]"]


@dataclass(frozen=True, slots=True)
class Draws:
    """How arms are tested: how often bootstrap and sign-flip test draw, from which seed, and the margin in points.

    Two arms whose difference is shown to lie within the margin count as equivalent.
    """

    resamples: int = 10_000
    seed: int = 13
    margin: float = 1.0


@dataclass(frozen=True, slots=True)
class Unit:
    """What is compared and resampled: dialogues, or rows; `clusters` maps ids of copies to one name."""

    name: str = "dialogues"
    clusters: Mapping[str, str] = field(default_factory=dict)


def compare(
    arms: Mapping[str, Sequence[Score]],
    *,
    protocol: str,
    reference_rows: Mapping[str, Sequence[Score] | str] | None = None,
    unit: Unit | None = None,
    hit_cap_share: Mapping[str, float] | None = None,
    draws: Draws | None = None,
) -> dict[str, Any]:
    """The content of `comparison.json`: numbers in 0..1 but for lengths and per cent.

    The order of the scores does not matter. Pairs give a minus b in the order of the arms, reference pairs the best arm
    minus each row that needs no model. A reference row that has no scores gives its reason. One cluster alone has no
    intervals: they are null.

    Raises:
        UsageError: no arms.
        DataError: an arm or reference row that holds other dialogues than the first arm, or none (D53).
    """
    unit, draws = unit or Unit(), draws or Draws()
    ids = _ids(arms)
    rows = {name: scores for name, scores in (reference_rows or {}).items() if not isinstance(scores, str)}
    tables = {name: _columns(name, scores, ids) for name, scores in (*arms.items(), *rows.items())}
    clusters = [unit.clusters.get(name, name) for name in ids]
    cells = _cells(tables, clusters, draws)
    for name, share in (hit_cap_share or {}).items():
        cells[name]["hit_cap_share"] = {"mean": share, "n": len(ids)}
    own = {name: tables[name] for name in arms}
    pairs = _pairs(own, clusters, draws)
    return {
        "protocol": protocol,
        "n_dialogues": len(ids),
        "unit": unit.name,
        "n_clusters": len(set(clusters)),
        "small": len(set(clusters)) < SMALL,
        "resamples": draws.resamples,
        "seed": draws.seed,
        "equivalence_margin": draws.margin / 100,
        "arms": {name: cells[name] for name in arms},
        "reference_rows": {
            name: {"reason": scores} if isinstance(scores, str) else cells[name]
            for name, scores in (reference_rows or {}).items()
        },
        "holm_family": f"{len(pairs)} tests: all pairs of arms x {', '.join(METRICS)}",
        "pairs": pairs,
        "reference_pairs": _best_and_rows(own, {name: tables[name] for name in rows}, clusters, draws),
        "shares": {
            "human": shares.human_shares(
                arms,
                (reference_rows or {}).get("human"),
                clusters=unit.clusters,
                resamples=draws.resamples,
                seed=draws.seed,
            )
        },
    }


def protocol_line(n: int, *, unit: str = "dialogues", decoding: str = "") -> str:
    """One line that says how the numbers came about; `decoding` as in 'greedy, max_new_tokens=128'.

    >>> protocol_line(500, decoding="greedy")
    'rouge (rouge_score 0.1.2 semantics), stemmer on, mean of references, n=500 dialogues, greedy'
    """
    scoring = f"rouge (rouge_score 0.1.2 semantics), stemmer on, mean of references, n={n} {unit_of(n, unit)}"
    return f"{scoring}, {decoding}" if decoding else scoring


def unit_of(n: int, unit: str) -> str:
    """The unit in the number that fits n of them.

    >>> unit_of(1, "rows (no grouping given)"), unit_of(2, "dialogues")
    ('row (no grouping given)', 'dialogues')
    """
    noun, space, more = unit.partition(" ")
    return f"{noun.removesuffix('s') if n == 1 else noun}{space}{more}"


def _ids(arms: Mapping[str, Sequence[Score]]) -> list[str]:
    if not arms:
        raise UsageError("nothing to compare: no arm has scores")
    name, scores = next(iter(arms.items()))
    if not scores:
        raise DataError(f"arm '{name}' has no scores", code="D53")
    return sorted(score.id for score in scores)


def _columns(name: str, scores: Sequence[Score], ids: Sequence[str]) -> Columns:
    """Every number of an arm as a column over the dialogues, in the order of `ids`."""
    import numpy as np

    by_id = {score.id: score for score in scores}
    different = by_id.keys() ^ set(ids)
    if different or len(scores) != len(ids):
        first = f"; first id that differs: {min(different)}" if different else ""
        raise DataError(f"'{name}' has {len(scores)} scores for {len(ids)} dialogues{first}", code="D53")
    records = [_flat(by_id[key]) for key in ids]
    return {key: np.array([record[key] for record in records], dtype=np.float64) for key in records[0]}


def _flat(score: Score) -> dict[str, float]:
    """The mean by its own name; maximum and first reference beside it where they can differ."""
    flat = dict(score.mean)
    for name in METRICS:
        flat |= {f"{name}_max": score.max[name], f"{name}_first": score.first[name]}
    return flat | {"words": float(score.words)}


def _cells(tables: Mapping[str, Columns], clusters: Sequence[str], draws: Draws) -> dict[str, Cells]:
    keys = [(name, metric) for name, columns in tables.items() for metric in columns]
    sample = _resample(_stack([tables[name][metric] for name, metric in keys]), clusters, draws)
    ends = zip(stats.percentile_intervals(sample), stats.bca_intervals(sample), strict=True)
    cells: dict[str, Cells] = {name: {} for name in tables}
    for (name, metric), mean, (interval, bca) in zip(keys, sample.means.tolist(), ends, strict=True):
        cells[name][metric] = {"mean": mean, "ci95": stats.ends_of(interval), "ci95_bca": stats.ends_of(bca)}
        cells[name][metric] |= {"n": len(clusters)}
    return cells


def _pairs(tables: Mapping[str, Columns], clusters: Sequence[str], draws: Draws) -> list[dict[str, Any]]:
    keys = [(a, b, metric) for a, b in combinations(tables, 2) for metric in METRICS]
    if not keys:
        return []
    matrix = _stack([tables[a][metric] - tables[b][metric] for a, b, metric in keys])
    sample = _resample(matrix, clusters, draws)
    p_values = stats.sign_flip_ps(matrix, clusters=clusters, permutations=draws.resamples, seed=draws.seed)
    tests = zip(p_values, stats.holm(p_values), strict=True)
    intervals = zip(stats.percentile_intervals(sample), stats.percentile_intervals(sample, 0.9), strict=True)
    return [
        {
            "a": a,
            "b": b,
            "metric": metric,
            **_difference(column.tolist(), float(tables[b][metric].mean()), clusters),
            "ci95": stats.ends_of(ci95),
            "p": p,
            "p_holm": p_holm,
            **_equivalence(ci90, len(set(clusters)), draws.margin / 100),
        }
        for (a, b, metric), column, (ci95, ci90), (p, p_holm) in zip(keys, matrix.T, intervals, tests, strict=True)
    ]


def _best_and_rows(
    arms: Mapping[str, Columns], rows: Mapping[str, Columns], clusters: Sequence[str], draws: Draws
) -> list[dict[str, Any]]:
    """ROUGE-1 of the best arm minus that of every row that needs no model, with interval and without a test."""
    best = max(arms, key=lambda name: float(arms[name][PRIMARY].mean()))
    copies = [name for name in rows if name != "human"]
    if not copies:
        return []
    sample = _resample(_stack([arms[best][PRIMARY] - rows[name][PRIMARY] for name in copies]), clusters, draws)
    found = zip(copies, sample.means.tolist(), stats.percentile_intervals(sample), strict=True)
    return [
        {"a": best, "b": name, "metric": PRIMARY, "difference": mean, "ci95": stats.ends_of(ci95)}
        for name, mean, ci95 in found
    ]


def _resample(matrix: NDArray[np.float64], clusters: Sequence[str], draws: Draws) -> stats.Resampled:
    return stats.resample(matrix, clusters, resamples=draws.resamples, seed=draws.seed)


def _equivalence(interval: stats.Interval, clusters: int, margin: float) -> dict[str, Any]:
    """Whether the difference is within the margin; null where not shown, and always under 100 clusters.

    With few clusters a bootstrap interval is too narrow to show that nothing is there.
    """
    shown = None if interval is None or clusters < SMALL else stats.equivalent(interval, margin)
    return {"ci90": stats.ends_of(interval), "margin": margin, "equivalent": shown}


def _difference(values: Sequence[float], base: float, clusters: Sequence[str]) -> dict[str, Any]:
    """`difference` is absolute (points are a hundred times it), `relative_percent` is per cent of b's mean."""
    mean = math.fsum(values) / len(values)
    wins, ties, losses = stats.wins_ties_losses(values)
    return {
        "difference": mean,
        "relative_percent": 100 * mean / base if base else None,
        "detectable": stats.minimum_detectable_difference(values, clusters),
        "wins": wins,
        "ties": ties,
        "losses": losses,
    }


def _stack(columns: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    import numpy as np

    return np.stack(columns, axis=1)  # (dialogues, columns)
