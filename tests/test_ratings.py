"""Blind ratings: win rates, sign tests, agreement and side bias by hand, and files that are refused."""

import json
import math
import random

import pytest

from upshot.errors import DataError
from upshot.ratings import Rating, judge, kappa, read_ratings, side_bias, sign_test, wilson, win_rate


def exported(*ratings: dict, rater: str = "ann", run: str = "f00d", **changes: object) -> str:
    content = {"format": "upshot-ratings", "version": 1, "run": run, "rater": rater, "ratings": list(ratings)}
    return json.dumps(content | changes)


def chose(choice: str, number: int = 0, *, a: str = "full", b: str = "lora", **more: object) -> dict:
    return {"id": f"talk_{number}", "a": a, "b": b, "choice": choice, **more}


def rated(*choices: str, rater: str = "ann") -> list[Rating]:
    return [Rating(rater, f"talk_{number}", "full", "lora", choice) for number, choice in enumerate(choices)]


def test_the_win_rate_counts_arms_and_not_sides():
    ratings = [Rating("ann", "1", "full", "lora", "a"), Rating("ann", "2", "lora", "full", "b")]
    assert win_rate(ratings, "full")["win_rate"] == 1.0
    assert win_rate(ratings, "lora")["win_rate"] == 0.0


def test_a_tie_and_two_bad_outputs_count_half_and_are_left_out_of_the_sign_test():
    found = win_rate(rated("a", "a", "tie", "both bad"), "full")
    assert found["win_rate"] == 0.75
    assert found["p"] == sign_test(2, 0) == 0.5


def test_raters_of_one_dialogue_are_one_unit():
    # Ten raters who repeat one another know no more than one.
    one = rated("a", "a", "b", "a")
    ten = [Rating(f"rater {k}", item.id, item.a, item.b, item.choice) for k in range(10) for item in one]
    assert win_rate(ten, "full") == win_rate(one, "full")


def test_the_interval_of_the_win_rate_covers_the_truth():
    generator = random.Random(1)
    inside = 0
    for _ in range(400):
        choices = generator.choices(("a", "b", "tie"), (5, 3, 2), k=30)
        low, high = win_rate(rated(*choices), "full")["ci95"]
        inside += low <= 0.6 <= high
    assert inside / 400 >= 0.93


def test_wilson_is_the_root_of_its_equation_and_stays_in_0_to_1():
    for hits, n in ((0, 7), (3, 9), (7, 7), (2.5, 4)):
        low, high = wilson(hits, n)
        assert 0 <= low <= hits / n <= high <= 1
        for end in (low, high):
            if 0 < end < 1:
                distance = abs(hits / n - end)
                assert distance == pytest.approx(1.959964 * math.sqrt(end * (1 - end) / n), abs=1e-9)


def test_the_sign_test_equals_a_count_of_all_coin_tosses():
    for above, below in ((5, 0), (4, 1), (3, 2), (1, 6)):
        n = above + below
        reached = sum(abs(toss.bit_count() - n / 2) >= abs(above - n / 2) for toss in range(2**n))
        assert sign_test(above, below) == pytest.approx(reached / 2**n)
    assert sign_test(0, 0) is None


def test_kappa_is_1_for_equal_answers_about_0_by_chance_and_undefined_without_choice():
    assert kappa([("x", "x"), ("y", "y")]) == 1.0
    assert kappa([("x", "y"), ("y", "x")]) == -1.0
    assert kappa([("x", "x")] * 5) is None
    assert kappa([]) is None
    generator = random.Random(2)
    assert abs(kappa([(generator.choice("xyz"), generator.choice("xyz")) for _ in range(4000)])) < 0.05


def test_kappa_of_a_published_table():
    # 20 both yes, 5 first alone, 10 second alone, 15 both no: observed 0.7, expected 0.5.
    table = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    assert kappa(table) == pytest.approx(0.4)


def test_agreement_is_about_arms_on_shared_pairs_alone():
    texts = {
        "ann.json": exported(chose("a", 1), chose("b", 2), chose("tie", 3), chose("a", 9), rater="ann"),
        # Bo saw the sides of 1 and 2 the other way round.
        "bo.json": exported(
            chose("b", 1, a="lora", b="full"), chose("b", 2, a="lora", b="full"), chose("tie", 3), rater="bo"
        ),
    }
    (found,) = judge(read_ratings(texts))["agreement"]
    assert (found["raters"], found["n"]) == (["ann", "bo"], 3)
    assert found["agreement"] == pytest.approx(2 / 3)


def test_side_bias_is_the_share_of_a_and_shows_a_rater_who_always_says_a():
    always = side_bias(rated(*["a"] * 20, "tie"))
    assert (always["n"], always["share_a"]) == (20, 1.0)
    assert always["ci95"][0] > 0.5
    assert side_bias(rated("tie"))["share_a"] is None


def test_marks_are_averaged_by_arm_and_not_by_side():
    texts = {
        "ann": exported(
            chose("a", 1, marks={"a": {"coverage": 5}, "b": {"coverage": 1}}),
            chose("b", 2, a="lora", b="full", marks={"a": {"coverage": 2}, "b": {"coverage": 4, "relevance": 3}}),
        )
    }
    marks = judge(read_ratings(texts))["marks"]
    assert marks["full"] == {"relevance": {"mean": 3, "n": 1}, "coverage": {"mean": 4.5, "n": 2}}
    assert marks["lora"] == {"coverage": {"mean": 1.5, "n": 2}}


def test_every_two_arms_are_judged_by_themselves():
    ratings = read_ratings({"ann": exported(chose("a"), chose("a", a="zero-shot", b="lora"), chose("b", 1))})
    pairs = judge(ratings)["pairs"]
    assert [(pair["a"], pair["b"], pair["wins"], pair["losses"]) for pair in pairs] == [
        ("full", "lora", 1, 1),
        ("lora", "zero-shot", 0, 1),
    ]


def test_what_is_judged_is_json():
    found = judge(read_ratings({"x": exported(chose("tie"))}))
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_a_rater_without_a_name_is_called_by_the_file():
    texts = {name: exported(chose("a"), rater="") for name in ("one.json", "two.json")}
    assert judge(read_ratings(texts))["raters"] == {"one.json": 1, "two.json": 1}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no ratings"),
        ("[]", "no ratings"),
        (exported(format="other"), "no ratings"),
        (exported(ratings={}), "no ratings"),
        (exported(version=2), "version 2"),
        (exported(chose("A")), "choice 'A', expected one of a, b, tie, both bad"),
        (exported(chose("a", b="full")), "both sides are 'full'"),
        (exported({"id": "1", "a": 2}), "rating 1 needs the texts"),
        (exported(chose("a", marks={"a": {"coverage": 6}})), "from 1 to 5"),
        (exported(chose("a", marks={"c": {"coverage": 3}})), "from 1 to 5"),
        (exported(chose("a", marks={"a": {"beauty": 3}})), "from 1 to 5"),
        (exported(chose("a", marks={"a": {"coverage": True}})), "from 1 to 5"),
        (exported(chose("a", marks=[1])), "from 1 to 5"),
        (
            exported(chose("a", 1), chose("b"), chose("b", 1, a="lora", b="full")),
            "rating 3 judges 'talk_1', full against",
        ),
        ("[" * 100_000, "no ratings"),
    ],
)
def test_what_is_no_rating_is_refused_by_name(text, said):
    with pytest.raises(DataError, match=r"ann\.json") as caught:
        read_ratings({"ann.json": text})
    assert said in str(caught.value)


def test_ratings_of_other_outputs_do_not_mix_and_nobody_counts_twice():
    with pytest.raises(DataError, match="different outputs"):
        read_ratings({"x": exported(run="one"), "y": exported(run="two", rater="bo")})
    with pytest.raises(DataError, match="y: rater 'ann' already has x"):
        read_ratings({"x": exported(chose("a")), "y": exported(chose("b"))})
