"""What intervals and tests promise, on simulated test sets that look like ROUGE: skewed, bounded, arms that agree."""

from typing import Final

import numpy as np
import pytest

from upshot import stats

SETS: Final = 2000
DIALOGUES: Final = 150
RESAMPLES: Final = 500
MEAN: Final = 0.2  # of the simulated scores
# Every second dialogue is there once, the others twice: 150 rows of 100 dialogues.
COPIES: Final = [number for number in range(100) for _ in range(1 if number % 2 else 2)]


def skewed(seed: int, rows: int = DIALOGUES) -> np.ndarray:
    """Scores (rows, sets) of mean 0.2 and standard deviation 0.16: a tenth are 0, as where no word pair is shared."""
    generator = np.random.default_rng(seed)
    scores = generator.beta(1.4, 4.9, (rows, SETS))  # mean 2/9
    return scores * (generator.random((rows, SETS)) < 0.9)


def arms(seed: int, rows: int = DIALOGUES) -> tuple[np.ndarray, np.ndarray]:
    """Scores of two arms that are equally good: what a dialogue makes easy is easy for both."""
    generator = np.random.default_rng(seed)
    easy = skewed(seed + 1, rows)
    return tuple(0.7 * easy + 0.3 * generator.beta(1.4, 4.9, easy.shape) for _ in range(2))


def copied(rows: np.ndarray) -> np.ndarray:
    """Dialogues (100, sets) as rows (150, sets): copies have nearly the score of their dialogue."""
    return np.asarray(rows)[COPIES] + np.random.default_rng(1).normal(0, 0.01, (len(COPIES), SETS))


def coverage(intervals: list[tuple[float, float]], truth: float) -> float:
    """Which share of the intervals holds the true value."""
    assert len(intervals) == SETS
    return sum(low <= truth <= high for low, high in intervals) / SETS


@pytest.mark.parametrize("kind", [stats.percentile_intervals, stats.bca_intervals])
def test_95_per_cent_intervals_of_a_skewed_score_hold_the_truth_in_93_to_97_of_100_sets(kind):
    sample = stats.resample(skewed(3), resamples=RESAMPLES, seed=1)
    assert 0.93 <= coverage(kind(sample), MEAN) <= 0.97


@pytest.mark.parametrize(("rows", "low", "high"), [(5, 0.79, 0.86), (10, 0.87, 0.92), (20, 0.91, 0.95)])
def test_of_very_few_dialogues_they_are_too_narrow_as_the_report_warns(rows, low, high):
    for sets in (skewed(3, rows), np.subtract(*arms(5, rows)) + MEAN):
        sample = stats.resample(sets, resamples=RESAMPLES, seed=1)
        assert low <= coverage(stats.percentile_intervals(sample), MEAN) <= high


@pytest.mark.parametrize("kind", [stats.percentile_intervals, stats.bca_intervals])
def test_they_do_so_for_the_difference_of_two_arms(kind):
    one, other = arms(5)
    sample = stats.resample(one - other, resamples=RESAMPLES, seed=2)
    assert 0.93 <= coverage(kind(sample), 0.0) <= 0.97


@pytest.mark.parametrize("kind", [stats.percentile_intervals, stats.bca_intervals])
def test_they_do_so_where_dialogues_have_copies(kind):
    sample = stats.resample(copied(skewed(7, 100)), COPIES, resamples=RESAMPLES, seed=3)
    assert 0.93 <= coverage(kind(sample), MEAN) <= 0.97


def test_rows_taken_for_dialogues_give_intervals_that_are_too_narrow():
    sample = stats.resample(copied(skewed(7, 100)), resamples=RESAMPLES, seed=3)
    assert coverage(stats.percentile_intervals(sample), MEAN) < 0.90


def farthest_from_uniform(p_values: list[float]) -> float:
    """The Kolmogorov-Smirnov distance of the p values from a uniform distribution."""
    ranked, steps = np.sort(p_values), np.arange(len(p_values) + 1) / len(p_values)
    return float(max(np.abs(steps[1:] - ranked).max(), np.abs(steps[:-1] - ranked).max()))


@pytest.mark.parametrize("clusters", [None, COPIES])
def test_p_values_are_uniform_where_there_is_no_difference(clusters):
    one, other = arms(9, len(set(clusters)) if clusters else DIALOGUES)
    differences = copied(one - other) if clusters else one - other
    p_values = stats.sign_flip_ps(differences, clusters=clusters, permutations=RESAMPLES, seed=4)
    # 1.63 / sqrt(n) is passed in 1 of 100 uniform samples; p has steps of 1 / (permutations + 1).
    assert farthest_from_uniform(p_values) < 1.63 / SETS**0.5 + 1 / (RESAMPLES + 1)
    for level, slack in ((0.05, 0.015), (0.1, 0.02), (0.5, 0.035)):
        assert (np.array(p_values) <= level).mean() == pytest.approx(level, abs=slack)


def test_copies_taken_for_dialogues_give_p_values_that_are_too_small():
    one, other = arms(9, 100)
    p_values = stats.sign_flip_ps(copied(one - other), permutations=RESAMPLES, seed=4)
    assert (np.array(p_values) <= 0.05).mean() > 0.08


def test_arms_that_differ_by_the_margin_are_called_equivalent_in_about_5_of_100_sets():
    one, other = arms(11)
    margin = 0.03
    sample = stats.resample(one - other + margin, resamples=RESAMPLES, seed=5)
    found = [stats.equivalent(interval, margin) for interval in stats.percentile_intervals(sample, 0.9)]
    assert 0.03 <= found.count(True) / SETS <= 0.07
    assert 0.03 <= found.count(False) / SETS <= 0.07


def test_a_difference_of_the_detectable_size_is_found_in_about_80_of_100_sets():
    one, other = arms(13)
    differences = one - other
    size = np.mean([stats.minimum_detectable_difference(column.tolist()) for column in differences.T[:50]])
    p_values = stats.sign_flip_ps(differences + size, permutations=RESAMPLES, seed=6)
    assert 0.75 <= (np.array(p_values) <= 0.05).mean() <= 0.85
