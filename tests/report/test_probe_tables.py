"""The probe as tables."""

from dataclasses import replace

import pytest

from report_run import write_run
from upshot.recipe import Arm
from upshot.report.facts import read_facts
from upshot.report.markdown import markdown
from upshot.report.page import page
from upshot.report.probe_tables import SAME, probe_tables


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    return read_facts(write_run(tmp_path_factory.mktemp("run"), analysed=True))


def test_accuracy_of_every_corruption_is_in_per_cent_beside_chance(facts):
    likelihood = probe_tables(facts)[0]
    assert [column.title for column in likelihood.columns] == ["speaker-swap", "number"]
    assert str(likelihood.lines[0].cells[0]) == "75.0 [50.0, 92.0] n = 12"
    assert "50 %" in likelihood.about


def test_fairness_has_a_row_for_every_arm_and_change_of_names(facts):
    fairness = probe_tables(facts)[1]
    assert [(line.name, line.note) for line in fairness.lines[:2]] == [
        ("zero-shot", "rename old names"),
        ("zero-shot", "reorder"),
    ]
    assert [column.title for column in fairness.columns] == ["n", "rouge1", "share first", "moved"]
    assert str(fairness.lines[0].cells[2]) == "-10.0 [-20.0, -2.0] 60.0 to 50.0"


def test_of_arms_that_read_tags_it_is_said_that_they_read_no_names(facts):
    assert "tags" not in probe_tables(facts)[1].about
    tagged = Arm.model_validate({"prompt": {"speakers": "tags"}})
    first, *others = facts.arms
    about = probe_tables(replace(facts, arms=(replace(first, settings=tagged), *others)))[1].about
    assert "zero-shot reads names as tags" in about
    assert "the same text under any names" in about
    unprobed = (first, *(replace(arm, settings=tagged) for arm in others))
    both = {"fairness": {"zero-shot": facts.probe["fairness"]["zero-shot"]}}
    assert "tags" not in probe_tables(replace(facts, arms=unprobed, probe=both))[0].about


def test_of_arms_that_read_tags_only_changes_are_listed(facts):
    tagged = Arm.model_validate({"prompt": {"speakers": "tags"}})
    same = {"n": 11, "rouge1": {"before": 0.4, "after": 0.4, "change": 0.0, "ci95": [0.0, 0.0]}}
    same |= {"same_text": {"mean": 1.0, "ci95": [1.0, 1.0]}}
    of_arms = {name: {"rename": {"sets": {"old": same}}, "reorder": same} for name in ("zero-shot", "full")}
    probe = {"fairness": of_arms}
    arms = (replace(facts.arms[0], settings=tagged), facts.arms[1])
    (table,) = probe_tables(replace(facts, arms=arms, probe=probe))
    assert [(line.name, line.reason) for line in table.lines] == [("full", ""), ("full", ""), ("zero-shot", SAME)]
    every = replace(facts, arms=tuple(replace(arm, settings=tagged) for arm in facts.arms), probe=probe)
    (table,) = probe_tables(every)
    assert [(line.name, line.reason) for line in table.lines] == [("zero-shot", SAME), ("full", SAME)]
    assert "zero-shot and full read names as tags" in table.about
    assert "zero-shot and full read names as tags" in markdown(every)
    assert "zero-shot and full read names as tags" in page(every)


def test_without_a_probe_there_are_no_tables(facts):
    assert probe_tables(replace(facts, probe={})) == ()


def test_half_a_probe_has_half_the_tables(facts):
    half = {"likelihood": facts.probe["likelihood"]}
    assert [table.title for table in probe_tables(replace(facts, probe=half))] == ["Likelihood probe"]
