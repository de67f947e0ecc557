"""Intervals and tests of 5 arms x 500 dialogues x 5 metrics, 10,000 resamples each, against a loop. Goal: 2 s.

python bench/stats.py [--quick]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from itertools import combinations
from typing import Any, Final

import numpy as np
from measure.goals import goal
from measure.machine import print_machine

from upshot import stats
from upshot.comparison import Draws, compare
from upshot.metrics.score import METRICS
from upshot.records import Score

GOAL_S: Final = 2.0
ARMS: Final = 5
DIALOGUES: Final = 500


def main() -> None:
    """Print seconds of upshot, of the whole comparison and of the loop, and the ratio of loop to upshot."""
    quick = "--quick" in sys.argv
    resamples, loops = (200, 5) if quick else (10_000, 200)
    print_machine("numpy")
    arms = arms_of(DIALOGUES)
    columns = columns_of(arms)
    print(f"{columns.shape[1]} columns (arms and pairs) x {DIALOGUES} dialogues, {resamples:,} resamples")
    upshot_statistics(columns[:, :1], 10)  # the first use imports what the others find there
    ours = min(seconds(lambda: upshot_statistics(columns, resamples)) for _ in range(1 if quick else 3))
    print(f"upshot, percentile, BCa and sign-flip of every column: {ours:.3f} s")
    whole = min(seconds(lambda: compare(arms, protocol="", draws=Draws(resamples))) for _ in range(1 if quick else 3))
    print(f"upshot, the whole comparison: {whole:.3f} s")
    loop = seconds(lambda: looped(columns, loops)) * resamples / loops
    print(f"loop, percentile and sign-flip, a column and a resample at a time: {loop:.3f} s, from {loops:,} resamples")
    print(f"ratio {loop / ours:.1f} (loop / upshot, in seconds)")
    if not quick:
        goal("statistics of a comparison, 5 arms x 500 x 5 metrics", max(ours, whole), at_most=GOAL_S, unit=" s")


def arms_of(dialogues: int) -> dict[str, list[Score]]:
    """Scores of five arms on the same dialogues, skewed as ROUGE is."""
    generator = np.random.default_rng(13)
    values = generator.beta(1.4, 4.9, (ARMS, dialogues, len(METRICS)))
    return {
        f"arm-{number}": [
            Score(f"d{n}", *[dict(zip(METRICS, row, strict=True))] * 3, words=20, reference_words=20.0)
            for n, row in enumerate(rows)
        ]
        for number, rows in enumerate(values.tolist())
    }


def columns_of(arms: dict[str, list[Score]]) -> np.ndarray:
    """Every metric of every arm, and its difference between every two arms: (dialogues, columns)."""
    tables = [np.array([[score.mean[metric] for metric in METRICS] for score in scores]) for scores in arms.values()]
    return np.concatenate([*tables, *(one - other for one, other in combinations(tables, 2))], axis=1)


def seconds(work: Callable[[], Any]) -> float:
    """Wall time of one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def upshot_statistics(columns: np.ndarray, resamples: int) -> None:
    """Both intervals and the p value of every column."""
    sample = stats.resample(columns, resamples=resamples, seed=13)
    stats.percentile_intervals(sample)
    stats.bca_intervals(sample)
    stats.sign_flip_ps(columns, permutations=resamples, seed=13)


def looped(columns: np.ndarray, resamples: int) -> None:
    """The same but for BCa, as one writes it for one list of scores: a column and a resample at a time."""
    generator = np.random.default_rng(13)
    for values in columns.T.copy():
        size = len(values)
        means = [values[generator.integers(0, size, size)].mean() for _ in range(resamples)]
        np.percentile(means, [2.5, 97.5])
        flipped = [generator.choice([-1.0, 1.0], size) @ values / size for _ in range(resamples)]
        _ = (np.abs(flipped) >= abs(values.mean())).mean()


if __name__ == "__main__":
    main()
