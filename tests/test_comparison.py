"""The comparison of arms as it stands in comparison.json."""

import json
from dataclasses import replace

import pytest

from upshot.comparison import Draws, Unit, compare, protocol_line, unit_of
from upshot.errors import DataError, UsageError
from upshot.metrics.score import METRICS, score_all
from upshot.records import Dialogue, Score

DIALOGUES = [
    Dialogue(f"d{n}", f"Ann: I have {n} apples", (f"Ann has {n} apples.", f"Ann owns {n} apples today."), ())
    for n in range(20)
]
GOOD = score_all(DIALOGUES, {d.id: f"Ann has {n} apples." for n, d in enumerate(DIALOGUES)})
MIXED = score_all(DIALOGUES, {d.id: f"Ann has {n} apples." if n % 2 else "A talk." for n, d in enumerate(DIALOGUES)})
POOR = score_all(DIALOGUES, {d.id: "A talk." for d in DIALOGUES})
DRAWS = Draws(resamples=500, seed=1)
MANY = [Score(f"s{n}", *[dict.fromkeys(METRICS, 0.2 + 0.3 * (n % 7) / 7)] * 3, 5, 5) for n in range(150)]


def found(a: str, b: str, metric: str = "rouge1", arms: dict | None = None) -> dict:
    comparison = compare(arms or {"good": GOOD, "mixed": MIXED, "poor": POOR}, protocol="", draws=DRAWS)
    return next(p for p in comparison["pairs"] if (p["a"], p["b"], p["metric"]) == (a, b, metric))


def test_an_arm_has_mean_interval_and_count_of_every_metric_and_its_variants():
    cells = compare({"good": GOOD}, protocol="", draws=DRAWS)["arms"]["good"]
    names = {f"{name}{suffix}" for name in METRICS for suffix in ("", "_max", "_first")}
    assert set(cells) == names | {"length_ratio", "novelty", "repetition", "words"}
    assert cells["rouge1_first"] == {"mean": 1.0, "ci95": [1.0, 1.0], "ci95_bca": [1.0, 1.0], "n": 20}
    assert cells["rouge1"]["mean"] == pytest.approx(sum(score.mean["rouge1"] for score in GOOD) / 20)


def test_every_pair_of_arms_is_tested_on_every_metric():
    comparison = compare({"good": GOOD, "mixed": MIXED, "poor": POOR}, protocol="p", draws=DRAWS)
    keys = [(pair["a"], pair["b"], pair["metric"]) for pair in comparison["pairs"]]
    assert len(keys) == len(set(keys)) == 3 * len(METRICS)
    assert comparison["holm_family"].startswith("15 tests")
    assert comparison["protocol"] == "p"


def test_a_pair_gives_a_minus_b_in_points_and_in_per_cent_of_b():
    pair = found("good", "mixed")
    good, mixed = (sum(score.mean["rouge1"] for score in scores) / 20 for scores in (GOOD, MIXED))
    assert pair["difference"] == pytest.approx(good - mixed)
    assert pair["relative_percent"] == pytest.approx(100 * (good - mixed) / mixed)
    assert (pair["wins"], pair["ties"], pair["losses"]) == (10, 10, 0)
    assert pair["ci95"][0] < pair["difference"] < pair["ci95"][1]
    assert 0.01 > pair["p"] < pair["p_holm"]


def test_per_cent_of_nothing_is_null():
    assert found("good", "poor", "rouge2")["relative_percent"] is None


def test_an_arm_against_itself_is_no_difference():
    pair = found("x", "y", arms={"x": MIXED, "y": MIXED})
    assert (pair["difference"], pair["p"], pair["wins"], pair["ties"]) == (0.0, 1.0, 0, 20)


def test_turning_the_arms_turns_the_difference():
    forward, backward = found("good", "mixed"), found("mixed", "good", arms={"mixed": MIXED, "good": GOOD})
    assert forward["difference"] == pytest.approx(-backward["difference"])
    assert forward["p"] == backward["p"]


def test_the_order_of_the_scores_does_not_matter():
    arms = {"good": GOOD, "mixed": MIXED}
    turned = {name: scores[::-1] for name, scores in arms.items()}
    assert compare(arms, protocol="", draws=DRAWS) == compare(turned, protocol="", draws=DRAWS)


def test_the_bca_interval_stands_beside_the_percentile_one():
    cell = compare({"mixed": MIXED}, protocol="", draws=DRAWS)["arms"]["mixed"]["rouge1"]
    assert cell["ci95_bca"][0] < cell["mean"] < cell["ci95_bca"][1]
    assert cell["ci95_bca"] == pytest.approx(cell["ci95"], abs=0.05)


def nudged(scores: list[Score], by: float) -> list[Score]:
    """The scores with every second one moved by a little, so that the mean moves by half of it."""
    moved = [{key: value + by * (n % 2) for key, value in score.mean.items()} for n, score in enumerate(scores)]
    return [replace(score, mean=mean) for score, mean in zip(scores, moved, strict=True)]


@pytest.mark.parametrize(
    ("by", "margin", "shown"), [(0.004, 1.0, True), (0.004, 0.05, False), (0.02, 1.0, None), (0.0, 1.0, True)]
)
def test_a_pair_says_whether_it_is_within_the_margin(by, margin, shown):
    arms = {"a": MANY, "b": nudged(MANY, by)}
    pair = compare(arms, protocol="", draws=Draws(500, 1, margin))["pairs"][0]
    assert pair["equivalent"] is shown
    assert pair["margin"] == pytest.approx(margin / 100)
    assert pair["ci95"][0] <= pair["ci90"][0] <= pair["difference"] <= pair["ci90"][1] <= pair["ci95"][1]


def test_under_100_clusters_nothing_is_shown_to_be_equivalent():
    few = compare({"a": MANY[:99], "b": nudged(MANY[:99], 0.001)}, protocol="", draws=DRAWS)
    copies = Unit(clusters={score.id: MANY[n // 2].id for n, score in enumerate(MANY)})
    copied = compare({"a": MANY, "b": nudged(MANY, 0.001)}, protocol="", unit=copies, draws=DRAWS)
    assert {pair["equivalent"] for pair in (*few["pairs"], *copied["pairs"])} == {None}


def test_the_margin_is_one_point_unless_given():
    assert compare({"good": GOOD}, protocol="", draws=DRAWS)["equivalence_margin"] == 0.01


def test_copies_do_not_lower_the_detectable_difference():
    arms = {"good": GOOD, "mixed": MIXED}
    unit = Unit(clusters={f"d{n}": f"d{n % 10}" for n in range(20)})
    alone = compare(arms, protocol="", draws=DRAWS)["pairs"][0]["detectable"]
    assert compare(arms, protocol="", unit=unit, draws=DRAWS)["pairs"][0]["detectable"] > alone


def test_arms_are_measured_by_the_human_row_where_there_is_one():
    rows = {"human": GOOD}
    shares = compare({"good": GOOD, "poor": POOR}, protocol="", reference_rows=rows, draws=DRAWS)["shares"]["human"]
    assert shares["good"]["rouge1"] == {"share": 1.0, "ci95": [1.0, 1.0], "n": 20}
    assert shares["poor"]["rouge1"]["share"] < 0.5
    without = compare({"good": GOOD}, protocol="", reference_rows={"human": "one reference"}, draws=DRAWS)
    assert without["shares"]["human"]["good"]["rouge1"]["reason"] == "one reference"


def test_reference_rows_hold_means_or_the_reason_why_not():
    given = {"constant": POOR, "human": "one reference"}
    rows = compare({"good": GOOD}, protocol="", reference_rows=given, draws=DRAWS)
    assert rows["reference_rows"]["human"] == {"reason": "one reference"}
    assert rows["reference_rows"]["constant"]["rouge1"]["n"] == 20
    assert set(rows["arms"]) == {"good"}


def test_the_best_arm_stands_against_every_row_that_needs_no_model_with_an_interval():
    rows = {"human": GOOD, "constant": POOR, "lead3": GOOD, "longest3": "no dialogue text in this data"}
    arms = {"poor": POOR, "mixed": MIXED}
    constant, lead3 = compare(arms, protocol="", reference_rows=rows, draws=DRAWS)["reference_pairs"]
    assert [(pair["a"], pair["b"], pair["metric"]) for pair in (constant, lead3)] == [
        ("mixed", "constant", "rouge1"),
        ("mixed", "lead3", "rouge1"),
    ]
    assert lead3["ci95"][0] < lead3["difference"] < lead3["ci95"][1] < 0
    assert compare(arms, protocol="", draws=DRAWS)["reference_pairs"] == []


def test_copies_of_a_dialogue_are_one_cluster():
    unit = Unit(clusters={"d1": "d0", "d2": "d0"})
    comparison = compare({"good": GOOD}, protocol="", unit=unit, draws=DRAWS)
    assert (comparison["n_dialogues"], comparison["n_clusters"], comparison["unit"]) == (20, 18, "dialogues")


def test_under_100_dialogues_the_comparison_is_small():
    many = score_all(
        [Dialogue(str(n), "Ann: hi", ("Ann says hi.",), ()) for n in range(100)], {str(n): "hi" for n in range(100)}
    )
    assert compare({"good": GOOD}, protocol="", draws=DRAWS)["small"] is True
    assert compare({"many": many}, protocol="", draws=DRAWS)["small"] is False


def test_copies_of_a_dialogue_do_not_make_a_comparison_large():
    copies = Unit(clusters={score.id: MANY[n % 10].id for n, score in enumerate(MANY)})
    assert compare({"many": MANY}, protocol="", unit=copies, draws=DRAWS)["small"] is True


def test_the_share_of_outputs_at_the_cap_stands_with_its_arm():
    comparison = compare({"good": GOOD}, protocol="", hit_cap_share={"good": 0.05}, draws=DRAWS)
    assert comparison["arms"]["good"]["hit_cap_share"] == {"mean": 0.05, "n": 20}


def test_the_comparison_is_json_and_survives_it():
    comparison = compare({"good": GOOD, "mixed": MIXED}, protocol="", reference_rows={"human": "no"}, draws=DRAWS)
    assert json.loads(json.dumps(comparison, allow_nan=False)) == comparison


def test_arms_over_other_dialogues_are_refused():
    with pytest.raises(DataError, match="'short' has 19 scores for 20 dialogues; first id that differs: d0"):
        compare({"good": GOOD, "short": GOOD[1:]}, protocol="", draws=DRAWS)


def test_nothing_cannot_be_compared():
    with pytest.raises(UsageError, match="no arm has scores"):
        compare({}, protocol="")
    with pytest.raises(DataError, match="arm 'empty' has no scores"):
        compare({"empty": []}, protocol="")


def test_the_protocol_says_how_it_was_scored():
    assert protocol_line(500, decoding="greedy, max_new_tokens=128") == (
        "rouge (rouge_score 0.1.2 semantics), stemmer on, mean of references, "
        "n=500 dialogues, greedy, max_new_tokens=128"
    )
    assert protocol_line(1).endswith("n=1 dialogue")
    assert protocol_line(3, unit="rows (no grouping given)").endswith("n=3 rows (no grouping given)")


def test_one_of_a_unit_is_in_the_singular():
    assert unit_of(1, "rows (no grouping given)") == "row (no grouping given)"
    assert (unit_of(1, "dialogues"), unit_of(2, "dialogues")) == ("dialogue", "dialogues")
