"""Improvement, conclusion, and what was not done."""

from dataclasses import replace

import pytest

from report_run import write_run
from upshot.report.conclusions import best_prompt, conclusion, improvement_table, not_done, used
from upshot.report.facts import read_facts


@pytest.fixture
def facts(tmp_path):
    return read_facts(write_run(tmp_path))


def test_trained_arms_stand_against_the_best_prompt_in_points_and_per_cent(facts):
    table = improvement_table(facts)
    assert best_prompt(facts).name == "zero-shot"
    assert [line.name for line in table.lines] == ["full", "lora"]
    means = {name: cells["rouge1"]["mean"] for name, cells in facts.comparison["arms"].items()}
    cell = table.lines[0].cells[0]
    assert float(cell.text) == pytest.approx(100 * (means["full"] - means["zero-shot"]), abs=0.051)
    percent = 100 * (means["full"] - means["zero-shot"]) / means["zero-shot"]
    assert float(cell.below.removesuffix(" %")) == pytest.approx(percent, abs=0.51)
    low, high = (float(end) for end in cell.interval.strip("[]").split(","))
    assert low <= float(cell.text) <= high


def test_the_best_prompt_is_chosen_on_validation_where_that_is_known(tmp_path):
    names = ("zero-shot", "full", "lora")
    facts = read_facts(write_run(tmp_path, changes={"validation": dict.fromkeys(names, 0.3)}))
    assert "validation split" in improvement_table(facts).about
    bare = read_facts(write_run(tmp_path / "bare"))
    assert "which favours it" in improvement_table(bare).about


def test_the_conclusion_says_no_more_than_the_verdict_and_the_share_of_the_human_level(facts):
    said = conclusion(facts)
    assert 2 < len(said) <= 4
    assert "per cent of what people reach" in said[-1]


def test_the_report_names_the_arm_that_is_used_and_why(tmp_path):
    facts = read_facts(write_run(tmp_path, changes={"validation": {"zero-shot": 0.1, "full": 0.2, "lora": 0.3}}))
    (said,) = used(replace(facts, analysis={}))
    assert said.text.startswith("upshot summarize and upshot serve take lora from this run: ROUGE-1 30.0 on ")
    assert said.text in conclusion(facts)
    _, wrong = used(replace(facts, analysis={"n": 12, "flags": {"lora": {"cap-hit": 9}}}))
    assert (wrong.kind, wrong.text) == (
        "warning",
        "lora: 9 of its 12 test summaries were cut off at the longest output.",
    )
    shown = tuple(replace(arm, settings=None) for arm in facts.arms)
    assert used(replace(facts, arms=shown)) == ()


def barring(*pairs: tuple[str, str]) -> dict:
    return {"differences": [{"a": a, "b": b, "what": ["prompt"]} for a, b in pairs]}


def test_no_arm_is_the_highest_where_it_has_no_verdict_with_another(tmp_path):
    (*_, said) = conclusion(read_facts(write_run(tmp_path, changes=barring(("full", "lora")))))
    assert said.startswith("full reaches ")
    assert "highest" not in said


def test_one_arm_alone_is_not_the_highest(facts):
    alone = {"arms": {"full": facts.comparison["arms"]["full"]}, "pairs": []}
    (*_, said) = conclusion(replace(facts, arms=facts.arms[1:2], comparison=facts.comparison | alone))
    assert said.startswith("full reaches ")


def test_no_improvement_is_claimed_over_a_prompt_that_has_no_verdict_with_the_arm(tmp_path):
    table = improvement_table(read_facts(write_run(tmp_path, changes=barring(("zero-shot", "full")))))
    full, lora = table.lines
    assert str(full.cells[0]) == "– withheld: prompt"
    assert lora.cells[0].interval


def test_a_prompt_without_a_verdict_over_the_others_is_not_called_the_best(facts):
    second = replace(facts.arms[0], name="few-shot")
    arms = facts.comparison["arms"] | {"few-shot": facts.comparison["arms"]["zero-shot"]}
    comparison = facts.comparison | {"arms": arms} | barring(("zero-shot", "few-shot"))
    table = improvement_table(replace(facts, arms=(*facts.arms, second), comparison=comparison))
    assert table.title == "Improvement over the prompt arm zero-shot"
    assert "not every two prompt arms have a verdict" in table.about


def test_the_only_finding_stands_in_the_conclusion_whatever_comes_before_it(facts):
    means = {"a": 0.4, "b": 0.39, "c": 0.38, "d": 0.3}
    arms = {name: {"rouge1": {"mean": mean, "ci95": [mean, mean]}} for name, mean in means.items()}
    facts_of = {"metric": "rouge1", "detectable": 0.02, "wins": 9, "ties": 0, "losses": 3}
    pairs = [
        {"a": one, "b": other, "difference": gap, "ci95": [low, 0.15], "p_holm": p, **facts_of}
        for one, other, gap, low, p in (
            ("a", "b", 0.01, -0.1, 0.6),
            ("a", "c", 0.02, -0.1, 0.5),
            ("a", "d", 0.1, 0.05, 0.01),
        )
    ]
    comparison = {"arms": arms, "pairs": pairs, "n_dialogues": 300}
    said = conclusion(replace(facts, comparison=comparison))
    assert [text.split(":")[0].split(" by ")[0] for text in said] == [
        "No evidence of a difference between a and b",
        "No evidence of a difference between a and c",
        "a beats d",
    ]


def test_what_needs_no_model_and_scores_higher_stands_in_the_conclusion(facts):
    rows = facts.comparison["reference_rows"]
    above = rows | {"longest3": rows["longest3"] | {"rouge1": {"mean": 0.99, "ci95": [0.98, 1.0], "n": 12}}}
    beaten = conclusion(replace(facts, comparison=facts.comparison | {"reference_rows": above}))
    assert any(text.startswith("Copying the three longest turns, which needs no model, ") for text in beaten)
    assert not any("needs no model" in text for text in conclusion(facts))


def test_what_was_not_done_shrinks_with_what_was(tmp_path):
    bare = not_done(read_facts(write_run(tmp_path / "bare")))
    done = not_done(read_facts(write_run(tmp_path / "done", analysed=True)))
    assert any("upshot analyse" in line for line in bare)
    assert not any("upshot analyse" in line or "upshot probe" in line for line in done)
    assert set(done) < set(bare)
