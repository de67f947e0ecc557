"""Sentences that never claim more than the interval."""

import pytest

from upshot.comparison import Draws, compare
from upshot.metrics.score import METRICS
from upshot.records import Score
from upshot.report.verdict import best_first, strength, verdict


def comparison_of(n: int = 200, **arms: float) -> dict:
    """A comparison written by hand: arms with their ROUGE-1, differences known to 1.2 points."""
    means = {
        name: {"rouge1": {"mean": value, "ci95": [value - 0.01, value + 0.01], "n": n}} for name, value in arms.items()
    }
    pairs = [pair(a, b, arms[a] - arms[b]) for i, a in enumerate(arms) for b in list(arms)[i + 1 :]]
    return {"n_dialogues": n, "unit": "dialogues", "small": n < 100, "arms": means, "pairs": pairs}


def pair(a: str, b: str, difference: float, **changes: float) -> dict:
    facts = {
        "a": a,
        "b": b,
        "metric": "rouge1",
        "difference": difference,
        "ci95": [difference - 0.012, difference + 0.012],
        "detectable": 0.017,
        "p_holm": 0.004 if abs(difference) > 0.012 else 0.6,
        "wins": 120,
        "ties": 10,
        "losses": 70,
    }
    return facts | changes


def texts(comparison: dict) -> list[str]:
    return [sentence.text for sentence in verdict(comparison)]


def test_a_clear_difference_is_said_in_points_and_per_cent_with_what_is_no_evidence():
    assert texts(comparison_of(**{"zero-shot": 0.219, "full": 0.3})) == [
        "full beats zero-shot by 8.1 [6.9, 9.3] ROUGE-1 points (37 per cent more); "
        "on 200 dialogues anything under 1.7 is not evidence."
    ]


def test_the_best_arm_stands_first_and_its_nearest_rival_comes_next():
    comparison = comparison_of(poor=0.2, best=0.4, good=0.3)
    assert best_first(comparison) == ["best", "good", "poor"]
    assert [text.split(" by ")[0] for text in texts(comparison)] == ["best beats good", "best beats poor"]


def test_an_interval_that_holds_0_is_no_evidence_and_gets_no_per_cent():
    (said,) = texts(comparison_of(full=0.300, lora=0.296))
    assert said.startswith("No evidence of a difference between full and lora: 0.4 [-0.8, 1.6] ROUGE-1 points;")
    assert "beats" not in said
    assert "per cent" not in said


def test_a_difference_that_the_correction_takes_back_beats_nobody():
    comparison = comparison_of(full=0.33, lora=0.30)
    comparison["pairs"][0]["p_holm"] = 0.2
    (said,) = texts(comparison)
    assert said.startswith(
        "full is ahead of lora by 3.0 [1.8, 4.2] ROUGE-1 points (10 per cent more), but the evidence"
    )
    assert "p = 0.20 after correcting for 1 tests" in said


def test_a_difference_under_the_detectable_one_never_contradicts_itself():
    (said,) = texts(comparison_of(full=0.315, lora=0.30))
    assert "is ahead of" in said
    assert "often miss a true difference under 1.7" in said
    assert "not evidence" not in said


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({}, "finding"), ({"p_holm": 0.05}, "weak"), ({"detectable": 0.05}, "weak"), ({"ci95": [0.0, 0.06]}, "none")],
)
def test_the_strength_of_a_pair_is_the_one_that_its_sentence_has(changes, expected):
    comparison = comparison_of(a=0.33, b=0.30)
    comparison["pairs"] = [pair("a", "b", 0.03, **changes)]
    assert strength(comparison["pairs"][0]) == expected
    assert verdict(comparison)[0].kind == expected


def test_a_limit_that_prints_as_nothing_is_not_said():
    comparison = comparison_of(full=0.33, lora=0.30)
    comparison["pairs"][0]["detectable"] = 0.0002
    (said,) = texts(comparison)
    assert said == "full beats lora by 3.0 [1.8, 4.2] ROUGE-1 points (10 per cent more)."


def test_under_100_dialogues_are_said_loudly_and_the_interval_is_louder_than_the_mean():
    warning, finding = verdict(comparison_of(n=50, zero=0.2, full=0.3))
    assert (warning.kind, warning.loud) == ("warning", "Only 50 dialogues.")
    assert finding.loud == "[8.8, 11.2]"
    assert "(mean 10.0, 50 per cent more)" in finding.after


def test_a_pair_that_differs_in_something_undeclared_gets_the_reason_and_no_verdict():
    comparison = comparison_of(zero=0.2, lora=0.28, full=0.3)
    comparison["differences"] = [{"a": "zero", "b": "full", "what": ["precision", "prompt"]}]
    said = texts(comparison)
    assert said[0].startswith("full beats lora by")
    reason = "they differ in precision and prompt, which the recipe does not declare to vary"
    assert said[1] == f"No verdict between full and zero: {reason}."
    assert len(said) == 2


def test_arms_that_may_not_meet_the_best_are_compared_among_themselves():
    comparison = comparison_of(zero=0.2, full=0.3, beams=0.35)
    other = {"b": "beams", "what": ["generation"]}
    comparison["differences"] = [{"a": "zero", **other}, {"a": "full", **other}]
    said = texts(comparison)
    assert said[0].startswith("full beats zero by")
    assert said[1].startswith("No verdict between beams and any of full and zero: they differ in generation")


def test_equal_outputs_are_equal_and_one_arm_has_no_rival():
    scores = [
        Score(f"d{n}", *[dict.fromkeys(METRICS, 0.5 + n / 100)] * 3, words=5, reference_words=5) for n in range(120)
    ]
    draws = Draws(resamples=200)
    same = compare({"a": scores, "b": scores}, protocol="", draws=draws)
    assert texts(same) == ["a and b have the same ROUGE-1 on every dialogue."]
    assert "no rival" in texts(compare({"a": scores}, protocol="", draws=draws))[0]


def test_seeds_and_a_base_that_has_seen_the_training_split_are_said():
    comparison = comparison_of(zero=0.2, full=0.3)
    comparison["seeds"] = {"full": {"arms": ["full", "full@seed=2"], "rouge1": {"means": [0.3, 0.309], "sd": 0.006}}}
    comparison["seen"] = {"zero": True, "full": False}
    said = texts(comparison)
    assert said[1] == "full, trained with 2 seeds, moves by 0.9 ROUGE-1 points; the intervals do not cover this."
    assert said[2] == "zero has seen this training split before: shown as shipped."


def within_a_point(comparison: dict) -> dict:
    """The comparison with every pair shown to be within 1 point: by an interval a little inside the 95 % one."""
    for item in comparison["pairs"]:
        low, high = item["ci95"]
        item |= {"ci90": [low + 0.004, high - 0.004], "margin": 0.01, "equivalent": True}
    return comparison


def share(value: float | None, reason: str = "") -> dict:
    ends = None if value is None else [value - 0.02, value + 0.02]
    return {"share": value, "ci95": ends, "n": 200} | ({"reason": reason} if reason else {})


def trio(of_gain: dict, **changes: str | None) -> dict:
    facts = {"adapter": "lora", "full": "full", "base": "zero", "metric": "rouge1"}
    return facts | {"of_score": share(0.97), "of_gain": of_gain} | changes


def test_arms_shown_to_be_within_the_margin_are_said_to_be_with_the_interval_that_shows_it():
    said = texts(within_a_point(comparison_of(full=0.300, lora=0.299)))
    assert said[0].startswith("No evidence of a difference between full and lora")
    assert said[1] == "lora is within 1 ROUGE-1 point of full: [-0.7, 0.9] (90 % interval of the difference)."


def test_the_interval_is_turned_with_the_pair():
    said = texts(within_a_point(comparison_of(lora=0.299, full=0.300)))
    assert said[1].startswith("lora is within 1 ROUGE-1 point of full: [-0.7, 0.9]")


@pytest.mark.parametrize("shown", [False, None])
def test_arms_not_shown_to_be_equivalent_are_never_said_to_be(shown):
    comparison = within_a_point(comparison_of(full=0.300, lora=0.299))
    comparison["pairs"][0]["equivalent"] = shown
    assert not any("is within" in text for text in texts(comparison))


def test_arms_that_may_not_be_compared_are_not_called_equivalent():
    comparison = within_a_point(comparison_of(full=0.300, lora=0.299))
    comparison["differences"] = [{"a": "full", "b": "lora", "what": ["precision"]}]
    (said,) = texts(comparison)
    assert said.startswith("No verdict between full and lora: they differ in precision")


def test_an_adapter_meets_full_fine_tuning_also_where_a_third_arm_is_best():
    comparison = within_a_point(comparison_of(best=0.4, full=0.300, lora=0.299))
    comparison["pairs"][0]["equivalent"] = comparison["pairs"][1]["equivalent"] = None
    assert not any("is within" in text for text in texts(comparison))
    comparison["shares"] = {"tuning": [trio(share(None, "no arm shows the base"), base=None)]}
    said = texts(comparison)
    assert [text for text in said if "is within" in text] == [
        "lora is within 1 ROUGE-1 point of full: [-0.7, 0.9] (90 % interval of the difference)."
    ]
    assert said[-1] == "lora reaches 97.0 [95.0, 99.0] per cent of full's ROUGE-1."


def test_the_best_arm_is_measured_by_people_where_they_are_known():
    comparison = comparison_of(zero=0.2, full=0.3)
    comparison["shares"] = {"human": {name: {"rouge1": share(0.84)} for name in ("zero", "full")}}
    assert texts(comparison)[1:] == ["full reaches 84.0 [82.0, 86.0] per cent of the human ROUGE-1."]
    comparison["shares"] = {"human": {name: {"rouge1": share(None, "one reference")} for name in ("zero", "full")}}
    assert len(texts(comparison)) == 1


def test_under_100_dialogues_a_share_is_its_interval_alone():
    comparison = comparison_of(n=50, zero=0.2, full=0.3)
    comparison["shares"] = {"human": {"full": {"rouge1": share(0.84)}}}
    assert texts(comparison)[-1] == "full reaches [82.0, 86.0] per cent of the human ROUGE-1."


def test_an_adapter_is_measured_by_the_score_and_the_gain_of_full_fine_tuning():
    comparison = comparison_of(zero=0.2, full=0.3, lora=0.29)
    comparison["shares"] = {"tuning": [trio(share(0.9)), trio(share(0.1), metric="rouge2")]}
    assert texts(comparison)[2:] == [
        "lora reaches 97.0 [95.0, 99.0] per cent of full's ROUGE-1, "
        "and 90.0 [88.0, 92.0] per cent of full's gain over zero."
    ]
    comparison["shares"] = {"tuning": [trio(share(None, "the interval of the gain of full over zero includes 0"))]}
    assert texts(comparison)[-1].endswith(
        "; no share of full's gain over zero: the interval of the gain of full over zero includes 0."
    )


@pytest.mark.parametrize(
    ("barred", "expected"),
    [
        (("full", "lora"), "No share of full's ROUGE-1 for lora: they differ in prompt, which"),
        (("zero", "full"), "of full's ROUGE-1; no share of full's gain over zero: they differ in prompt, which"),
        (("zero", "lora"), "of full's ROUGE-1; no share of full's gain over zero: they differ in prompt, which"),
    ],
)
def test_shares_of_arms_that_may_not_be_compared_are_withheld_with_the_reason(barred, expected):
    comparison = comparison_of(zero=0.2, full=0.3, lora=0.29)
    comparison["shares"] = {"tuning": [trio(share(0.9))]}
    comparison["differences"] = [{"a": barred[0], "b": barred[1], "what": ["prompt"]}]
    said = texts(comparison)
    assert any(expected in text for text in said)
    assert not any("90.0 [88.0, 92.0]" in text for text in said)


def beaten_by_copies(n: int = 200) -> dict:
    comparison = comparison_of(n=n, zero=0.2, full=0.3)
    comparison["reference_rows"] = {
        "human": {"rouge1": {"mean": 0.5}},
        "constant": {"rouge1": {"mean": 0.1}},
        "lead3": {"reason": "no dialogue text in this data"},
        "longest3": {"rouge1": {"mean": 0.37}},
        "bm25_copy": {"rouge1": {"mean": 0.31}},
    }
    stored = {"a": "full", "b": "longest3", "metric": "rouge1", "difference": -0.07, "ci95": [-0.09, -0.05]}
    comparison["reference_pairs"] = [stored]
    return comparison


def test_what_needs_no_model_and_scores_higher_than_the_best_arm_is_said_highest_first():
    assert [text for text in texts(beaten_by_copies()) if "needs no model" in text] == [
        "Copying the three longest turns, which needs no model, scores higher than full: "
        "by 7.0 [5.0, 9.0] ROUGE-1 points (37.0 against 30.0).",
        "The summary of the nearest training dialogue, which needs no model, has a higher mean than full: "
        "31.0 against 30.0 ROUGE-1 points.",
    ]
    doubtful = beaten_by_copies()
    doubtful["reference_pairs"][0]["ci95"] = [-0.15, 0.01]
    assert any("is not shown to score lower than full: by 7.0 [-1.0, 15.0]" in text for text in texts(doubtful))
    assert "by [5.0, 9.0] ROUGE-1 points (37.0 against 30.0)." in texts(beaten_by_copies(n=50))[2]


def test_rows_as_the_unit_are_warned_of():
    comparison = comparison_of(zero=0.2, full=0.3) | {"unit": "rows (no grouping given)"}
    warning = verdict(comparison)[0]
    assert warning.kind == "warning"
    assert warning.text.startswith("Rows are the unit: copies of a dialogue count as independent, so intervals are too")
    assert not any("Rows are" in text for text in texts(comparison_of(zero=0.2, full=0.3)))
