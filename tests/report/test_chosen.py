"""Which dialogues the report shows, and why."""

from dataclasses import replace

import pytest

from report_run import write_run
from upshot.recipe import CompareSettings
from upshot.report.chosen import chosen, rivals
from upshot.report.facts import read_facts


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    return read_facts(write_run(tmp_path_factory.mktemp("run")))


def showing(facts, *names: str):
    compare = CompareSettings(show=names)
    return replace(facts, recipe=facts.recipe.model_copy(update={"compare": compare}))


def test_dialogues_asked_for_come_first_by_the_id_of_a_row_or_of_a_dialogue(facts):
    examples = chosen(showing(facts, "talk_3_2", "talk_9", "unknown"))
    assert [example.dialogue.id for example in examples[:2]] == ["talk_3", "talk_9"]
    assert examples[0].reasons[0] == "asked for: talk_3_2"


def test_extremes_and_median_are_those_of_the_best_arm_against_the_first(facts):
    best, first = rivals(facts)
    assert (best.name, first.name) == ("full", "zero-shot")
    gains = {name: best.scores[name].mean["rouge1"] - first.scores[name].mean["rouge1"] for name in best.scores}
    found = {reason: example.dialogue.id for example in chosen(facts) for reason in example.reasons}
    top = next(reason for reason in found if reason.startswith("greatest gain"))
    assert gains[found[top]] == max(gains.values())
    assert top == f"greatest gain of full against zero-shot: +{100 * max(gains.values()):.1f} ROUGE-1 points"
    # Every dialogue gains here, so the last one is no loss.
    low = next(reason for reason in found if reason.startswith("smallest gain"))
    assert gains[found[low]] == min(gains.values())


def test_the_best_arm_is_held_against_none_that_it_has_no_verdict_with(facts):
    def rival(*names: str) -> str | None:
        barred = {"differences": [{"a": name, "b": "full", "what": ["prompt"]} for name in names]}
        other = rivals(replace(facts, comparison=facts.comparison | barred))[1]
        return other.name if other else None

    assert (rival("zero-shot"), rival("lora"), rival("zero-shot", "lora")) == ("lora", "zero-shot", None)


def test_three_are_drawn_by_chance_and_the_draw_follows_the_seed(facts):
    def drawn(facts):
        return [e.dialogue.id for e in chosen(facts) if any("by chance" in reason for reason in e.reasons)]

    assert len(drawn(facts)) == 3
    assert drawn(facts) == drawn(facts)
    seeds = [replace(facts, recipe=facts.recipe.model_copy(update={"seed": seed})) for seed in range(5)]
    assert len({tuple(sorted(drawn(other))) for other in seeds}) > 1


def test_a_dialogue_with_two_reasons_stands_once_and_keeps_both(facts):
    first = next(e.dialogue.id for e in chosen(facts) if any("greatest gain" in reason for reason in e.reasons))
    examples = chosen(showing(facts, first))
    assert len({example.dialogue.id for example in examples}) == len(examples)
    assert len(examples[0].reasons) >= 2


def test_an_example_holds_every_arm_with_its_score_and_what_is_odd(facts):
    example = chosen(showing(facts, "talk_7"))[0]
    assert [output.arm for output in example.outputs] == ["zero-shot", "full", "lora"]
    assert example.outputs[1].rouge1 == f"{100 * facts.arms[1].scores['talk_7'].mean['rouge1']:.1f}"
    assert example.outputs[0].flags == ("cut at the token limit",)
    assert [turn.speaker for turn in example.turns][:2] == ["Pia", "Quim"]


def test_one_arm_alone_is_shown_by_its_own_scores(facts):
    one = replace(
        facts,
        arms=facts.arms[:1],
        comparison=facts.comparison | {"arms": {"zero-shot": facts.comparison["arms"]["zero-shot"]}},
    )
    assert rivals(one)[1] is None
    assert any(reason.startswith("highest score of zero-shot") for example in chosen(one) for reason in example.reasons)
