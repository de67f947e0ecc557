"""Shares of the human level, of full fine-tuning and of its gain: known answers, and none where nothing can be said."""

import json

import numpy as np
import pytest

from upshot.metrics.score import METRICS
from upshot.recipe import Arm
from upshot.records import Score
from upshot.shares import Trio, human_shares, trios_of, tuning_shares

GENERATOR = np.random.default_rng(4)
DIALOGUES = GENERATOR.beta(2, 5, 120)  # how easy each dialogue is: shared by all arms
DRAWS = {"clusters": {}, "resamples": 400, "seed": 1}
TRIO = Trio("lora", "full", "zero")


def scores(values) -> list[Score]:
    return [
        Score(f"d{n}", *[dict.fromkeys(METRICS, float(value))] * 3, words=5, reference_words=5)
        for n, value in enumerate(values)
    ]


def noisy(level: float, spread: float = 0.05) -> list[Score]:
    return scores(level * DIALOGUES + GENERATOR.normal(0, spread, len(DIALOGUES)))


def test_an_arm_that_always_has_half_of_the_human_score_has_half_without_doubt():
    arms = {"half": scores(DIALOGUES / 2), "equal": scores(DIALOGUES)}
    found = human_shares(arms, scores(DIALOGUES), **DRAWS)
    assert found["half"]["rouge1"] == {"share": pytest.approx(0.5), "ci95": pytest.approx([0.5, 0.5]), "n": 120}
    assert found["equal"]["chrf"]["share"] == 1.0
    assert set(found["half"]) == set(METRICS)


def test_a_share_is_a_ratio_of_means_and_its_interval_holds_it():
    human, arm = noisy(1.0), noisy(0.8)
    cell = human_shares({"arm": arm}, human, **DRAWS)["arm"]["rouge2"]
    means = [np.mean([score.mean["rouge2"] for score in found]) for found in (arm, human)]
    assert cell["share"] == pytest.approx(means[0] / means[1])
    assert cell["ci95"][0] < cell["share"] < cell["ci95"][1]


def test_dialogues_are_drawn_jointly_so_that_what_they_share_cancels_out():
    arm, human = noisy(0.8), noisy(1.0)
    joint = np.ptp(human_shares({"arm": arm}, human, **DRAWS)["arm"]["rouge1"]["ci95"])
    turned = scores([score.mean["rouge1"] for score in reversed(human)])
    apart = np.ptp(human_shares({"arm": arm}, turned, **DRAWS)["arm"]["rouge1"]["ci95"])
    assert joint < 0.7 * apart


def test_the_order_of_the_scores_does_not_matter():
    arm, human = noisy(0.8), noisy(1.0)
    found = human_shares({"arm": arm}, human, **DRAWS)
    assert found == human_shares({"arm": arm[::-1]}, human[::-1], **DRAWS)


def test_copies_of_a_dialogue_widen_the_interval():
    arm, human = (scores(np.repeat([score.mean["rouge1"] for score in found], 2)) for found in (noisy(0.8), noisy(1)))
    copies = {f"d{n}": f"d{n - n % 2}" for n in range(240)}
    plain = np.ptp(human_shares({"arm": arm}, human, **DRAWS)["arm"]["rouge1"]["ci95"])
    clustered = np.ptp(human_shares({"arm": arm}, human, **(DRAWS | {"clusters": copies}))["arm"]["rouge1"]["ci95"])
    assert clustered > 1.2 * plain


def test_without_a_human_row_every_cell_gives_the_reason():
    cell = human_shares({"arm": noisy(0.5)}, "one reference each", **DRAWS)["arm"]["rouge1"]
    assert cell == {"share": None, "ci95": None, "n": 120, "reason": "one reference each"}
    assert human_shares({"arm": noisy(0.5)}, None, **DRAWS)["arm"]["rouge1"]["reason"] == "no human row"
    zeros = human_shares({"arm": noisy(0.5)}, scores(0 * DIALOGUES), **DRAWS)["arm"]["rouge1"]
    assert zeros["reason"] == "the interval of the human row includes 0"


def test_an_adapter_has_its_share_of_the_score_and_of_the_gain():
    arms = {"zero": scores(DIALOGUES), "full": scores(2 * DIALOGUES), "lora": scores(1.75 * DIALOGUES)}
    found = tuning_shares(arms, [TRIO], **DRAWS)
    assert [item["metric"] for item in found] == list(METRICS)
    first = found[0]
    assert (first["adapter"], first["full"], first["base"]) == ("lora", "full", "zero")
    assert first["of_score"]["share"] == pytest.approx(0.875)
    assert first["of_gain"] == {"share": pytest.approx(0.75), "ci95": pytest.approx([0.75, 0.75]), "n": 120}


def test_a_gain_that_may_be_nothing_has_no_shares_and_a_loss_has_none_either():
    arms = {"zero": noisy(1.0, 0.1), "full": noisy(1.0, 0.1), "lora": noisy(1.0, 0.1)}
    gain = tuning_shares(arms, [TRIO], **DRAWS)[0]["of_gain"]
    assert gain["share"] is gain["ci95"] is None
    assert gain["reason"] == "the interval of the gain of full over zero includes 0"
    worse = tuning_shares(arms | {"full": noisy(0.5)}, [TRIO], **DRAWS)[0]["of_gain"]
    assert worse["reason"] == "the gain of full over zero is below 0"


def test_resamples_without_a_gain_stretch_the_interval_on_the_side_of_the_adapter():
    # Full's gain is just above 0: about 1 resample in 100 has none, and none of them may count as a share below 0.
    generator = np.random.default_rng(0)
    noise = generator.normal(0, 1, 120)
    full = 0.5 + 0.2 + (noise - noise.mean()) / noise.std() * 0.2 / 2.33 * len(noise) ** 0.5
    arms = {"zero": scores([0.5] * 120), "full": scores(full), "lora": scores([0.9] * 120)}
    cell = tuning_shares(arms, [TRIO], **(DRAWS | {"resamples": 4000}))[0]["of_gain"]
    assert cell["share"] == pytest.approx(2.0)
    assert 0 < cell["ci95"][0] < 2 < cell["ci95"][1] < np.inf
    json.dumps(cell, allow_nan=False)


def test_a_missing_base_leaves_the_share_of_the_score_and_a_missing_arm_leaves_nothing():
    arms = {"full": noisy(1.0), "lora": noisy(0.9)}
    for trio in (TRIO, Trio("lora", "full")):
        found = tuning_shares(arms, [trio], **DRAWS)[0]
        assert found["of_score"]["share"] > 0
        assert found["of_gain"]["reason"] == "no arm shows the base"
    assert tuning_shares(arms, [Trio("dora", "full")], **DRAWS) == []


def test_about_95_of_100_intervals_of_a_share_hold_the_true_one():
    generator = np.random.default_rng(7)
    held = 0
    for _ in range(200):
        easy = generator.beta(2, 5, 100)
        human, arm = (level * easy * generator.uniform(0.5, 1.5, 100) for level in (1.0, 0.8))
        cell = human_shares({"arm": scores(arm)}, scores(human), clusters={}, resamples=200, seed=1)["arm"]["rouge1"]
        held += cell["ci95"][0] <= 0.8 <= cell["ci95"][1]
    assert 0.90 <= held / 200 <= 0.98


def test_every_adapter_meets_every_full_fine_tuning_of_its_base_and_the_zero_shot_arm():
    arms = {
        "few-shot": {"shots": {"count": 1}},
        "zero-shot": {},
        "full": {"tuning": "full"},
        "full@beams=4": {"from": "full", "generation": {"beams": 4}},
        "lora": {"tuning": "lora"},
        "lora@seed=2": {"tuning": "lora"},
        "elsewhere": {"tuning": "lora", "from": "full"},
    }
    found = trios_of({name: Arm.model_validate(arm) for name, arm in arms.items()})
    assert found == [Trio("lora", "full", "zero-shot")]
    del arms["zero-shot"]
    assert trios_of({name: Arm.model_validate(arm) for name, arm in arms.items()}) == [Trio("lora", "full")]
    assert trios_of({"lora": Arm.model_validate(arms["lora"])}) == []
