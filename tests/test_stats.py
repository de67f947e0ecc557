"""Intervals and tests: known answers, clusters, and what their names promise."""

from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from upshot.stats import (
    bca_intervals,
    bootstrap_interval,
    bootstrap_intervals,
    equivalent,
    holm,
    minimum_detectable_difference,
    percentile_intervals,
    resample,
    sign_flip_p,
    sign_flip_ps,
    wins_ties_losses,
)

VALUES = np.random.default_rng(5).normal(0.4, 0.15, 400).tolist()


def test_the_interval_is_that_of_the_normal_formula_on_plain_values():
    low, high = bootstrap_interval(VALUES, resamples=10_000, seed=1)
    half = 1.96 * np.std(VALUES) / len(VALUES) ** 0.5
    assert (low, high) == pytest.approx((np.mean(VALUES) - half, np.mean(VALUES) + half), abs=0.001)


def test_about_95_of_100_intervals_hold_the_true_mean():
    samples = np.random.default_rng(3).exponential(1.0, (300, 80))
    intervals = [bootstrap_interval(sample.tolist(), resamples=400, seed=2) for sample in samples]
    held = sum(low <= 1.0 <= high for low, high in intervals)
    assert 0.89 <= held / 300 <= 0.98


def test_copies_widen_the_interval_only_as_clusters():
    doubled = [value for value in VALUES for _ in range(2)]
    names = [number for number in range(len(VALUES)) for _ in range(2)]
    alone = np.subtract(*bootstrap_interval(VALUES, resamples=4000, seed=1))
    naive = np.subtract(*bootstrap_interval(doubled, resamples=4000, seed=1))
    clustered = np.subtract(*bootstrap_interval(doubled, names, resamples=4000, seed=1))
    assert clustered == pytest.approx(alone)
    assert abs(naive) < 0.8 * abs(clustered)


def test_the_same_seed_gives_the_same_interval_and_another_seed_another():
    first, again, other = (bootstrap_interval(VALUES, resamples=500, seed=seed) for seed in (7, 7, 8))
    assert first == again != other


def test_one_cluster_alone_has_no_interval():
    assert bootstrap_interval([0.3], resamples=10, seed=0) is None
    assert bootstrap_interval([0.3, 0.4], ["a", "a"], resamples=10, seed=0) is None
    assert bca_intervals(resample([[0.3, 0.1]], resamples=10, seed=0)) == [None, None]


def test_the_blocks_of_draws_do_not_change_the_result(monkeypatch):
    whole = bootstrap_interval(VALUES, resamples=1000, seed=4)
    monkeypatch.setattr("upshot.stats._BLOCK_CELLS", 4 * len(VALUES))
    assert bootstrap_interval(VALUES, resamples=1000, seed=4) == pytest.approx(whole, abs=1e-12)


def test_columns_share_their_draws():
    columns = np.stack([VALUES, np.array(VALUES) + 0.1], axis=1)
    (low, high), (low_2, high_2) = bootstrap_intervals(columns, resamples=500, seed=4)
    assert (low_2, high_2) == pytest.approx((low + 0.1, high + 0.1))
    first, second = sign_flip_ps(columns - 0.39, permutations=500, seed=4)
    assert first == sign_flip_p([value - 0.39 for value in VALUES], permutations=500, seed=4)
    assert second <= first


def test_a_sample_holds_the_means_and_those_with_one_cluster_left_out():
    sample = resample([[1.0], [2.0], [6.0], [7.0]], ["a", "b", "b", "c"], resamples=50, seed=0)
    assert sample.means.tolist() == [4.0]
    assert sample.left_out.ravel().tolist() == [5.0, 4.0, 3.0]
    assert sample.drawn.shape == (50, 1)


def test_a_lower_level_gives_an_interval_inside():
    sample = resample([[value] for value in VALUES], resamples=1000, seed=1)
    for intervals in (percentile_intervals, bca_intervals):
        (low, high), (inner_low, inner_high) = intervals(sample)[0], intervals(sample, 0.9)[0]
        assert low < inner_low < inner_high < high


def test_bca_of_symmetric_values_is_the_percentile_interval_and_of_skewed_ones_lies_to_the_long_side():
    skewed = np.random.default_rng(1).exponential(1.0, 40)
    mirrored = np.concatenate([skewed, -skewed])
    plain, moved = (resample(column[:, None], resamples=20_000, seed=1) for column in (mirrored, skewed))
    assert bca_intervals(plain)[0] == pytest.approx(percentile_intervals(plain)[0], abs=0.01)
    assert all(bca > plain for bca, plain in zip(bca_intervals(moved)[0], percentile_intervals(moved)[0], strict=True))


def test_bca_takes_the_quantiles_that_its_formula_names():
    # Acceleration of a mean, by the jackknife: sum of cubes by 6 (sum of squares) ** 1.5, of the centred values.
    values = np.random.default_rng(2).exponential(1.0, 60)
    sample = resample(values[:, None], resamples=5000, seed=3)
    centred, normal = values - values.mean(), NormalDist()
    acceleration = (centred**3).sum() / (6 * (centred**2).sum() ** 1.5)
    bias = normal.inv_cdf((sample.drawn < sample.means).mean())
    moved = [bias + z / (1 - acceleration * z) for z in (bias - 1.959964, bias + 1.959964)]
    expected = np.quantile(sample.drawn[:, 0], [normal.cdf(z) for z in moved])
    assert bca_intervals(sample)[0] == pytest.approx(tuple(expected), abs=1e-6)


def test_copies_widen_the_bca_interval_only_as_clusters():
    doubled, names = np.repeat(VALUES, 2)[:, None], np.repeat(np.arange(len(VALUES)), 2).tolist()
    alone, naive, clustered = (
        np.subtract(*bca_intervals(resample(columns, clusters, resamples=2000, seed=1))[0])
        for columns, clusters in ((np.array(VALUES)[:, None], None), (doubled, None), (doubled, names))
    )
    assert clustered == pytest.approx(alone)
    assert abs(naive) < 0.8 * abs(clustered)


def test_what_never_moves_has_itself_as_bca_interval():
    flat = resample([[0.3, 0.1]] * 20, resamples=200, seed=0)
    assert bca_intervals(flat) == [pytest.approx((0.3, 0.3)), pytest.approx((0.1, 0.1))]


def test_ends_on_the_margin_are_not_within_it():
    assert equivalent((-0.01, 0.005), 0.01) is None
    assert equivalent((-0.0099, 0.0099), 0.01) is True
    assert equivalent((-0.03, -0.011), 0.01) is False
    assert equivalent((0.01, 0.03), 0.01) is None


def test_no_values_are_refused():
    with pytest.raises(ValueError, match="at least one value"):
        bootstrap_interval([], resamples=10, seed=0)


def test_as_many_clusters_as_values_are_needed():
    with pytest.raises(ValueError, match="1 clusters for 2 values"):
        bootstrap_interval([0.1, 0.2], ["a"], resamples=10, seed=0)


def test_equal_arms_have_p_one():
    assert sign_flip_p([0.0] * 50, permutations=200, seed=1) == 1.0


def test_a_clear_difference_has_the_smallest_p_that_can_be():
    assert sign_flip_p([0.1] * 50, permutations=999, seed=1) == 0.001


def test_four_equal_differences_have_the_exact_p_of_their_signs():
    assert sign_flip_p([0.1] * 4, permutations=20_000, seed=1) == pytest.approx(2 / 16, abs=0.01)


def test_signs_of_a_cluster_flip_together():
    assert sign_flip_p([0.1] * 4, clusters=["a", "a", "b", "b"], permutations=20_000, seed=1) == pytest.approx(
        2 / 4, abs=0.02
    )


def test_under_no_difference_p_is_uniform():
    samples = np.random.default_rng(9).normal(0, 1, (60, 400))
    found = np.array(sign_flip_ps(samples, permutations=400, seed=1))
    assert 0.02 <= (found <= 0.05).mean() <= 0.09
    assert found.mean() == pytest.approx(0.5, abs=0.06)


def test_p_does_not_depend_on_the_sign():
    differences = [value - 0.38 for value in VALUES]
    turned = [-value for value in differences]
    assert sign_flip_p(differences, permutations=300, seed=1) == sign_flip_p(turned, permutations=300, seed=1)


def test_holm_of_a_worked_example():
    assert holm([0.005, 0.011, 0.02, 0.04, 0.13]) == pytest.approx([0.025, 0.044, 0.06, 0.08, 0.13])
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_never_lowers_a_p_nor_changes_their_order(p_values):
    adjusted = holm(p_values)
    assert all(p <= new <= 1 for p, new in zip(p_values, adjusted, strict=True))
    order = np.argsort(p_values, kind="stable")
    assert all(np.diff(np.array(adjusted)[order]) >= 0)


def test_wins_ties_and_losses_add_up():
    assert wins_ties_losses([0.1, -0.2, 0.0, 1e-12, 0.3]) == (2, 2, 1)


def test_the_detectable_difference_of_500_dialogues_is_as_known():
    # Standard deviation 11 points on 500 dialogues: 1.38 points.
    differences = [0.11, -0.11] * 250
    assert minimum_detectable_difference(differences) == pytest.approx(0.0138, abs=0.0001)
    assert minimum_detectable_difference([0.1]) is None
    assert minimum_detectable_difference([]) is None


def test_copies_do_not_make_a_difference_easier_to_detect():
    differences = [0.11, -0.11, 0.05, 0.02] * 50
    doubled, names = [value for value in differences for _ in range(2)], [n // 2 for n in range(400)]
    alone = minimum_detectable_difference(differences)
    assert minimum_detectable_difference(doubled, names) == pytest.approx(alone)
    assert minimum_detectable_difference(doubled) < 0.8 * alone
    assert minimum_detectable_difference([0.1, 0.2], ["a", "a"]) is None
