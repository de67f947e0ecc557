"""Rank correlation of length and score: against scipy's definition worked by hand, and its interval."""

import numpy as np
import pytest

from upshot.analysis.lengths import rank_correlation
from upshot.comparison import Draws

DRAWS = Draws(resamples=400, seed=7)


def ids(count: int) -> list[str]:
    """A cluster for each value."""
    return [f"d{number}" for number in range(count)]


def by_hand(xs: list[float], ys: list[float]) -> float:
    """Pearson's correlation of mid-ranks, each counted out by comparison."""
    ranks = [[sum(b < a for b in of) + (sum(b == a for b in of) + 1) / 2 for a in of] for of in (xs, ys)]
    return float(np.corrcoef(ranks)[0, 1])


def test_rising_together_is_1_and_apart_is_minus_1() -> None:
    for sign in (1, -1):
        found = rank_correlation([1, 2, 5, 9], [sign * score for score in (0.1, 0.2, 0.21, 0.9)], ids(4), DRAWS)
        assert isinstance(found, dict)
        assert found["spearman"] == pytest.approx(sign)


def test_equals_share_their_rank() -> None:
    xs, ys = [3.0, 3.0, 7.0, 8.0, 8.0, 8.0, 1.0], [0.2, 0.5, 0.5, 0.1, 0.9, 0.5, 0.3]
    found = rank_correlation(xs, ys, ids(7), DRAWS)
    assert isinstance(found, dict)
    assert found["spearman"] == pytest.approx(by_hand(xs, ys))


def test_the_interval_is_that_of_resamples_drawn_and_ranked_one_by_one() -> None:
    generator = np.random.default_rng(3)
    xs = generator.integers(5, 20, 60).astype(float)
    ys = np.round(xs / 40 + generator.normal(0, 0.1, 60), 2)
    found = rank_correlation(xs.tolist(), ys.tolist(), ids(60), Draws(resamples=4000, seed=1))
    assert isinstance(found, dict)
    picks = generator.integers(0, 60, (1500, 60))
    low, high = np.percentile([by_hand(xs[pick].tolist(), ys[pick].tolist()) for pick in picks], [2.5, 97.5])
    assert found["ci95"] == pytest.approx([low, high], abs=0.03)
    assert found["ci95"][0] < found["spearman"] < found["ci95"][1]


def test_copies_widen_the_interval_as_clusters_only() -> None:
    generator = np.random.default_rng(4)
    xs, ys = generator.normal(size=(2, 50))
    twice = (np.repeat(xs, 2).tolist(), np.repeat(ys, 2).tolist())
    widths = []
    for clusters in (ids(100), [f"d{number // 2}" for number in range(100)]):
        found = rank_correlation(*twice, clusters, Draws(resamples=2000, seed=1))
        assert isinstance(found, dict)
        widths.append(found["ci95"][1] - found["ci95"][0])
    assert widths[1] == pytest.approx(widths[0] * 2**0.5, rel=0.1)


def test_the_same_draws_give_the_same_interval() -> None:
    xs, ys = [1.0, 4.0, 2.0, 8.0, 5.0], [0.1, 0.3, 0.2, 0.2, 0.5]
    assert rank_correlation(xs, ys, ids(5), DRAWS) == rank_correlation(xs, ys, ids(5), DRAWS)


@pytest.mark.parametrize(
    ("xs", "ys", "reason"),
    [
        ([1.0, 2.0], [0.1, 0.2], "fewer than 3 dialogues"),
        ([4.0] * 5, [0.1, 0.2, 0.3, 0.4, 0.5], "all summaries are equally long"),
        ([1.0, 2.0, 3.0], [0.5] * 3, "all scores are equally high"),
    ],
)
def test_what_has_no_correlation_says_why(xs: list[float], ys: list[float], reason: str) -> None:
    assert rank_correlation(xs, ys, ids(len(xs)), DRAWS) == reason
