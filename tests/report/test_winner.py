"""Which arm of a run is used, and what is said of it."""

from typing import Any

import pytest

from report_run import write_run
from upshot.recipe import Arm, ShotSettings
from upshot.report.facts import read_facts
from upshot.report.winner import broken, ranked, reason, validation_of

ARMS = {"plain": Arm(), "shown": Arm(shots=ShotSettings(count=1)), "full": Arm(tuning="full"), "lora": Arm()}


def compared(*, validation: dict[str, float | None] | None = None, pairs: tuple[Any, ...] = ()) -> dict[str, Any]:
    """A comparison of four arms on 50 dialogues, full the best on the test split."""
    means = {"plain": 0.2, "shown": 0.9, "full": 0.4, "lora": 0.3}
    arms = {name: {"rouge1": {"mean": mean}} for name, mean in means.items()}
    return {"arms": arms, "validation": validation, "n_dialogues": 50, "n_clusters": 50, "pairs": list(pairs)}


def pair(a: str, b: str, difference: float, *, shown: bool) -> dict[str, Any]:
    half = abs(difference) * (0.5 if shown else 2)
    ends = [difference - half, difference + half]
    return {"a": a, "b": b, "metric": "rouge1", "difference": difference, "ci95": ends, "p_holm": 0.01}


def test_the_best_on_validation_is_used_though_another_is_ahead_on_the_test_split() -> None:
    found = compared(validation={"plain": 0.1, "shown": 0.8, "full": 0.2, "lora": 0.3})
    assert ranked(found, ARMS, {}) == ["lora", "full", "plain"]
    assert validation_of(found, ["full", "lora"]) == {"full": 0.2, "lora": 0.3}


@pytest.mark.parametrize("validation", [None, {}, {"plain": 0.9, "full": 0.1}, {"plain": 0.9, "full": None, "lora": 1}])
def test_where_an_arm_was_not_scored_on_validation_the_test_split_decides(validation: Any) -> None:
    found = compared(validation=validation)
    assert ranked(found, ARMS, {}) == ["full", "lora", "plain"]
    said = reason(found, ["full", "lora", "plain"], analysis={})
    assert said == "ROUGE-1 40.0 on 50 test dialogues, the best of 3 arms that need no examples"


def test_equals_stand_in_the_order_of_the_comparison_and_unknown_arms_are_left_out() -> None:
    found = compared(validation=dict.fromkeys(ARMS, 0.3))
    assert ranked(found, ARMS, {}) == ["plain", "full", "lora"]
    assert ranked(found, {"lora": Arm()}, {}) == ["lora"]
    assert ranked({}, ARMS, {}) == []


def test_a_lead_that_the_paired_test_does_not_show_is_not_claimed() -> None:
    pairs = (pair("plain", "full", -0.2, shown=True), pair("full", "lora", 0.1, shown=False))
    said = reason(compared(pairs=pairs), ["full", "lora", "plain"], analysis={})
    assert said.endswith("the best of 3 arms that need no examples, not shown to be better than lora")
    barred = compared(pairs=pairs) | {"differences": [{"a": "plain", "b": "full", "what": ["prompt"]}]}
    assert reason(barred, ["full", "lora", "plain"], analysis={}).endswith("not shown to be better than lora or plain")


def test_of_one_that_another_is_shown_to_beat_on_the_test_split_that_is_said() -> None:
    pairs = (pair("full", "lora", 0.1, shown=True), pair("plain", "lora", -0.1, shown=True))
    found = compared(validation={"plain": 0.1, "full": 0.2, "lora": 0.3}, pairs=pairs)
    assert reason(found, ["lora", "full", "plain"], analysis={}, n_validation=30) == (
        "ROUGE-1 30.0 on 30 validation dialogues, the best of 3 arms that need no examples; "
        "30.0 on 50 test dialogues, where full is shown to be better"
    )


def test_an_arm_that_repeats_itself_is_passed_over_though_it_scored_higher() -> None:
    found = compared(validation={"plain": 0.1, "full": 0.2, "lora": 0.3})
    stuck = {"n": 6, "flags": {"lora": {"repetition": 3}, "full": {"repetition": 2, "cap-hit": 6}}}
    assert ranked(found, ARMS, stuck) == ["full", "plain", "lora"]
    assert reason(found, ["full", "plain", "lora"], analysis=stuck, n_validation=6) == (
        "ROUGE-1 20.0 on 6 validation dialogues, the best of 2 arms that need no examples; 40.0 on 50 test dialogues; "
        "lora scored higher and is passed over: 3 of its 6 test summaries repeat themselves"
    )
    two = {"n": 6, "flags": {"lora": {"repetition": 3}, "full": {"empty": 3}}}
    names = ranked(found, ARMS, two)
    assert names == ["plain", "lora", "full"]
    assert "the one usable arm that needs no examples" in reason(found, names, analysis=two)
    every = {"n": 6, "flags": {name: {"repetition": 6} for name in ARMS}}
    assert ranked(found, ARMS, every) == ["lora", "full", "plain"]


def test_one_arm_alone_is_not_called_the_best() -> None:
    one = {"arms": {"full": {"rouge1": {"mean": 0.4}}}, "validation": {"full": 0.2}}
    said = "ROUGE-1 20.0 on 1 validation dialogue, the one arm that needs no examples; 40.0 on its test split"
    assert reason(one, ["full"], analysis={}, n_validation=1) == said


def test_an_arm_half_of_whose_summaries_are_broken_is_called_that() -> None:
    flags = {"full": {"cap-hit": 3, "repetition": 1}, "lora": {"cap-hit": 2}}
    assert broken({"n": 6, "flags": flags}, "full") == "3 of its 6 test summaries were cut off at the longest output"
    assert broken({"n": 6, "flags": flags}, "lora") == ""
    assert broken({}, "full") == ""
    both = {"n": 6, "flags": {"full": {"cap-hit": 6, "repetition": 4}}}
    assert broken(both, "full") == "4 of its 6 test summaries repeat themselves"


def test_a_comparison_of_the_real_rooms_is_read(tmp_path: Any) -> None:
    facts = read_facts(write_run(tmp_path))
    names = ranked(facts.comparison, facts.recipe.arms, {})
    assert names[0] == "full"
    assert "on 12 test dialogues, the best of 3 arms" in reason(facts.comparison, names, analysis={})
