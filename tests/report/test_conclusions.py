"""Improvement, conclusion, and what was not done."""

import pytest

from report_run import write_run
from upshot.report.conclusions import best_prompt, conclusion, improvement_table, not_done
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
    assert 1 < len(said) <= 3
    assert "per cent of what people reach" in said[-1]


def test_what_was_not_done_shrinks_with_what_was(tmp_path):
    bare = not_done(read_facts(write_run(tmp_path / "bare")))
    done = not_done(read_facts(write_run(tmp_path / "done", analysed=True)))
    assert any("upshot analyse" in line for line in bare)
    assert not any("upshot analyse" in line or "upshot probe" in line for line in done)
    assert set(done) < set(bare)
