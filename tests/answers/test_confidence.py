"""Confidence: a place among other summaries, never a probability; agreement of samples."""

import pytest

from upshot.answers.confidence import (
    NOTHING_KNOWN,
    POINTS,
    agreement_of,
    band_of,
    confidence_of,
    percentile_of,
    quantiles_of,
    why_unplaced,
)

MANY = quantiles_of([-n / 10 for n in range(1, 201)])


def test_a_hundred_and_one_quantiles_stand_for_any_number_of_values() -> None:
    assert len(MANY) == len(quantiles_of([-1.0])) == POINTS
    assert (MANY[0], MANY[-1]) == (-20.0, -0.1)
    assert list(MANY) == sorted(MANY)
    assert quantiles_of([]) == ()


@pytest.mark.parametrize(
    ("logprob", "percentile"), [(-20.0, 0.0), (-99.0, 0.0), (-0.1, 100.0), (0.0, 100.0), (-10.05, 50.0)]
)
def test_the_percentile_is_the_share_that_was_less_certain(logprob: float, percentile: float) -> None:
    assert percentile_of(logprob, MANY) == pytest.approx(percentile, abs=0.3)


def test_equal_values_have_one_place() -> None:
    same = quantiles_of([-1.0] * 30)
    assert percentile_of(-1.0, same) == 0.0
    assert percentile_of(-0.999, same) == 100.0
    assert percentile_of(-1.0, ()) is None


@pytest.mark.parametrize(
    ("percentile", "band"), [(0, "low"), (19.9, "low"), (20, "medium"), (59.9, "medium"), (60, "high"), (None, None)]
)
def test_bands_begin_at_20_and_60(percentile: float | None, band: str | None) -> None:
    assert band_of(percentile) == band


def test_confidence_says_what_it_was_placed_among() -> None:
    found = confidence_of(-1.0, MANY, measured_on="200 validation summaries", agreement=0.5)
    assert found.band == "high"
    assert found.agreement == 0.5
    assert "200 validation summaries" in found.meaning
    assert "not a probability of being right" in found.meaning
    bare = confidence_of(-1.0, ())
    assert (bare.percentile, bare.band) == (None, None)
    assert "not a probability of being right" in bare.meaning


def test_a_confidence_that_is_not_placed_says_why() -> None:
    few = confidence_of(-1.0, (), unplaced="arm 'full' has 6 validation summaries, and at least 20 are needed")
    assert "placed among nothing, since arm 'full' has 6 validation summaries" in few.meaning
    assert why_unplaced(few) == "arm 'full' has 6 validation summaries, and at least 20 are needed"
    assert why_unplaced(confidence_of(-1.0, ())) == NOTHING_KNOWN
    assert why_unplaced(confidence_of(-1.0, MANY, measured_on="200 validation summaries")) == ""


def test_agreement_is_the_mean_of_all_pairs() -> None:
    assert agreement_of(["a b c", "a b c", "x y z"]) == pytest.approx(1 / 3, abs=1e-3)
    assert agreement_of([]) is None
