"""Counts and means over a test split: every category counted, pairs signed so that fewer is better."""

import numpy as np
import pytest

from upshot import stats
from upshot.analysis.notebook_heuristics import CATEGORIES
from upshot.analysis.tallies import counts, heuristic_pairs, means
from upshot.comparison import Draws

DRAWS = Draws(resamples=500, seed=7)
CLUSTERS = [f"d{number}" for number in range(40)]
SHORT, MISSING = ("length_issues",), ("missing_key_info", "focus_problems")


def test_a_dialogue_counts_once_for_a_name_and_what_none_has_counts_0() -> None:
    assert counts([("b", "b"), (), ("b", "a")], ("a", "b", "c")) == {"a": 1, "b": 2, "c": 0}


def test_means_have_the_interval_of_the_statistics_room() -> None:
    generator = np.random.default_rng(1)
    columns = {name: generator.random(40).tolist() for name in ("full", "lora")}
    found = means(columns, CLUSTERS, DRAWS)
    for name, column in columns.items():
        assert found[name]["mean"] == pytest.approx(sum(column) / 40)
        assert tuple(found[name]["ci95"]) == pytest.approx(stats.bootstrap_interval(column, resamples=500, seed=7))


def test_no_columns_have_no_means() -> None:
    assert means({}, CLUSTERS, DRAWS) == {}


def test_an_improvement_is_positive_where_the_second_arm_has_fewer() -> None:
    given = {"base": [SHORT] * 20 + [()] * 20, "tuned": [SHORT] * 5 + [()] * 35}
    found = {pair["category"]: pair for pair in heuristic_pairs(given, CLUSTERS, DRAWS)}
    assert list(found) == list(CATEGORIES)
    pair = found["length_issues"]
    assert (pair["a"], pair["b"], pair["difference"], pair["improvement_percent"]) == ("base", "tuned", 0.375, 75.0)
    assert 0.2 < pair["ci95"][0] < 0.375 < pair["ci95"][1] < 0.55


def test_the_interval_is_paired() -> None:
    """Both arms fail on the same half: the difference is certain, although each share is not."""
    given = {"base": [MISSING, ()] * 20, "tuned": [MISSING[:1], ()] * 20}
    found = {pair["category"]: pair for pair in heuristic_pairs(given, CLUSTERS, DRAWS)}
    assert found["missing_key_info"]["ci95"] == [0.0, 0.0]
    assert found["focus_problems"]["improvement_percent"] == 100.0


def test_an_improvement_on_nothing_has_no_per_cent() -> None:
    found = heuristic_pairs({"base": [()] * 40, "tuned": [SHORT] * 40}, CLUSTERS, DRAWS)
    by_name = {pair["category"]: pair for pair in found}
    assert by_name["length_issues"]["difference"] == -1.0
    assert {pair["improvement_percent"] for pair in found} == {None}


def test_every_two_arms_are_a_pair_in_their_order() -> None:
    found = heuristic_pairs({name: [()] * 40 for name in "abc"}, CLUSTERS, DRAWS)
    assert list(dict.fromkeys((pair["a"], pair["b"]) for pair in found)) == [("a", "b"), ("a", "c"), ("b", "c")]
    assert len(found) == 3 * 6
