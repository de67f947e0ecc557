"""How sure a model was of its words, placed among its validation summaries; and how far sampled summaries agree."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import combinations
from typing import Final

from upshot.answers.answer import Band, Confidence
from upshot.metrics.rouge import rouge_l

POINTS: Final = 101  # quantiles that stand for a validation split: its 0th to 100th percentile
LOW, HIGH = 20.0, 60.0
NOTHING_KNOWN: Final = "no validation summaries are known"
_AMONG_NOTHING: Final = "placed among nothing, since "


def quantiles_of(logprobs: Sequence[float]) -> tuple[float, ...]:
    """The 0th to 100th percentile of log-probabilities, between neighbours by their distance; none of no values.

    >>> quantiles_of([-1.0, -3.0])[::50]
    (-3.0, -2.0, -1.0)
    """
    ordered = sorted(logprobs)
    if not ordered:
        return ()
    places = [point * (len(ordered) - 1) / (POINTS - 1) for point in range(POINTS)]
    return tuple(_between(ordered, place) for place in places)


def percentile_of(logprob: float, quantiles: Sequence[float]) -> float | None:
    """The share of validation summaries that were less certain, 0..100; None where there were none.

    >>> percentile_of(-2.5, quantiles_of([-1.0, -3.0])), percentile_of(-9.0, (-3.0,)), percentile_of(0.0, (-3.0,))
    (25.0, 0.0, 100.0)
    """
    if not quantiles:
        return None
    behind = bisect_left(quantiles, logprob)
    if behind in (0, len(quantiles)):
        return 100.0 * (behind > 0)
    below, above = quantiles[behind - 1], quantiles[behind]
    return round((behind - 1 + (logprob - below) / (above - below)) * 100 / (len(quantiles) - 1), 1)


def band_of(percentile: float | None) -> Band | None:
    """low under 20, high from 60; None where there is no percentile."""
    if percentile is None:
        return None
    return "low" if percentile < LOW else "high" if percentile >= HIGH else "medium"


def agreement_of(samples: Sequence[str]) -> float | None:
    """Mean ROUGE-L F1 of all pairs, 0..1; None where there is no pair.

    >>> agreement_of(["Ann is ill.", "Ann is ill."]), agreement_of(["Ann is ill."])
    (1.0, None)
    """
    pairs = list(combinations(samples, 2))
    return round(sum(rouge_l(a, b) for a, b in pairs) / len(pairs), 4) if pairs else None


def confidence_of(
    logprob: float,
    quantiles: Sequence[float],
    *,
    measured_on: str = "",
    unplaced: str = "",
    agreement: float | None = None,
) -> Confidence:
    """The confidence of a summary with this mean log-probability of a token, placed among those `measured_on`.

    `unplaced` says why there are none of them.
    """
    place = percentile_of(logprob, quantiles)
    among = f"placed among {measured_on}" if quantiles else f"{_AMONG_NOTHING}{unplaced or NOTHING_KNOWN}"
    meaning = f"mean log-probability of a token, {among}; not a probability of being right"
    return Confidence(logprob=logprob, percentile=place, band=band_of(place), agreement=agreement, meaning=meaning)


def why_unplaced(confidence: Confidence) -> str:
    """Why a summary was placed among nothing, as its `meaning` says it; nothing where it was placed.

    >>> why_unplaced(confidence_of(-1.0, ()))
    'no validation summaries are known'
    """
    return confidence.meaning.partition(_AMONG_NOTHING)[2].partition(";")[0]


def _between(ordered: Sequence[float], place: float) -> float:
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return round(ordered[below] + (ordered[above] - ordered[below]) * (place - below), 6)
