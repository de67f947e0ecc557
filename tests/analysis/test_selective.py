"""Risk of what is kept when the least confident summaries are held back."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upshot.analysis.selective import LEAST, PERCENTILES, SHARES, risk_coverage, thresholds
from upshot.comparison import Draws

DRAWS = Draws(resamples=200, seed=7)


def measured(confidence: list[float], risk: list[float], clusters: list[str] | None = None) -> dict:
    """The entry of one risk."""
    names = clusters or [str(number) for number in range(len(risk))]
    found = risk_coverage(confidence, {"risk": risk}, names, DRAWS)
    assert isinstance(found, dict)
    return found["risks"]["risk"]


def by_hand(confidence: list[float], risk: list[float]) -> float:
    """The mean over k of the mean risk of the k most confident, which no two share."""
    ordered = [value for _, value in sorted(zip(confidence, risk, strict=True), reverse=True)]
    return sum(sum(ordered[:k]) / k for k in range(1, len(risk) + 1)) / len(risk)


def test_a_perfect_order_has_the_oracles_area_and_its_gain_is_sure() -> None:
    risk = [number / 40 for number in range(40)]
    found = measured([-value for value in risk], risk)
    assert found["area"]["mean"] == pytest.approx(found["oracle"])
    assert [point["mean"] for point in found["curve"]] == pytest.approx(found["oracle_curve"])
    assert found["gain"]["ci95"][0] > 0
    assert found["random"] == pytest.approx(sum(risk) / 40)
    assert found["curve"][-1]["mean"] == pytest.approx(found["random"])


def test_the_reverse_of_it_loses_and_chance_gains_nothing_for_sure() -> None:
    risk = [number / 40 for number in range(40)]
    assert measured(risk, risk)["gain"]["ci95"][1] < 0
    generator = random.Random(5)
    low, high = measured([generator.random() for _ in risk], risk)["gain"]["ci95"]
    assert low < 0 < high


@given(st.lists(st.floats(0, 1), min_size=LEAST, max_size=30))
def test_the_area_is_the_mean_over_all_coverages_and_lies_at_or_above_the_oracles(risk: list[float]) -> None:
    confidence = [float(number % 7 + number / 100) for number in range(len(risk))]
    found = measured(confidence, risk)
    assert found["area"]["mean"] == pytest.approx(by_hand(confidence, risk), abs=1e-9)
    assert found["oracle"] <= found["area"]["mean"] + 1e-9


def test_equally_confident_summaries_are_kept_together_whatever_their_order() -> None:
    risk = [0.0] * 5 + [1.0] * 5 + [0.5] * 2
    confidence = [1.0] * 10 + [0.0] * 2
    backwards = [*reversed(risk[:10]), *risk[10:]]
    one, other = measured(confidence, risk), measured(confidence, backwards)
    assert [point["mean"] for point in one["curve"]] == [point["mean"] for point in other["curve"]]
    assert one["curve"][0]["mean"] == 0.5


def test_a_copy_of_every_dialogue_moves_nothing() -> None:
    risk = [((7 * number) % 11) / 11 for number in range(11)]
    confidence = [float((3 * number) % 11) for number in range(11)]
    names = [str(number) for number in range(11)]
    once, twice = measured(confidence, risk, names), measured(confidence * 2, risk * 2, names * 2)
    for part in ("curve", "area", "random", "gain"):
        assert once[part] == twice[part]


def test_without_enough_to_order_there_is_a_reason() -> None:
    names = [str(number) for number in range(LEAST)]
    assert "fewer than" in str(risk_coverage([1.0], {"risk": [0.0]}, ["a"], DRAWS))
    assert "equally confident" in str(risk_coverage([1.0] * LEAST, {"risk": [0.0] * LEAST}, names, DRAWS))


def test_one_dialogue_and_its_copies_have_no_interval() -> None:
    found = measured([float(number) for number in range(LEAST)], [0.5] * LEAST, ["same"] * LEAST)
    assert found["area"] == {"mean": 0.5, "ci95": None}
    assert found["gain"]["ci95"] is None
    assert {point["ci95"] for point in found["curve"]} == {None}


def test_a_threshold_tells_what_is_left_and_how_good_it_is() -> None:
    confidence = [float(number) for number in range(20)]
    rouge = [number / 20 for number in range(20)]
    names = [str(number) for number in range(20)]
    found = thresholds(confidence, confidence, {"rouge1": rouge}, names, DRAWS)
    assert [entry["percentile"] for entry in found] == list(PERCENTILES)
    assert [entry["kept"] for entry in found] == [18, 16, 10]
    half = found[-1]["values"]["rouge1"]
    assert half["kept"]["mean"] == pytest.approx(sum(rouge[10:]) / 10)
    assert half["held_back"]["mean"] == pytest.approx(sum(rouge[:10]) / 10)
    assert half["kept"]["ci95"][0] > half["held_back"]["ci95"][1]


def test_a_threshold_from_other_summaries_may_keep_all_or_none() -> None:
    names = [str(number) for number in range(12)]
    kept = thresholds([5.0] * 12, [1.0, 2.0], {"flagged": [1.0] * 12}, names, DRAWS)[0]
    assert (kept["kept"], kept["values"]["flagged"]["held_back"]) == (12, None)
    none = thresholds([0.0] * 12, [1.0, 2.0], {"flagged": [1.0] * 12}, names, DRAWS)[0]
    assert (none["kept"], none["values"]["flagged"]["kept"]) == (0, None)


def test_shares_end_at_all() -> None:
    assert SHARES[-1] == 1.0
    assert list(SHARES) == sorted(SHARES)
