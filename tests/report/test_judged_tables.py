"""Learned metrics and people's choices as tables."""

from dataclasses import replace

import pytest

from report_run import write_run
from upshot.comparison import Draws
from upshot.metrics.learned import learned_comparison
from upshot.ratings import Rating, judge
from upshot.report.facts import read_facts
from upshot.report.judged_tables import judged_tables


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    return read_facts(write_run(tmp_path_factory.mktemp("run")))


def test_a_learned_metric_has_a_row_an_arm_and_a_row_a_pair(facts):
    by_arm = {"zero-shot": {"a": (0.0, 0.2), "b": (0.5, 0.5)}, "full": {"a": (1.0, 1.0), "b": (0.5, 0.5)}}
    found = learned_comparison(by_arm, {"a": "a", "b": "b"}, Draws(200, 1))
    arms, pairs = judged_tables(replace(facts, learned={"judge": found}))
    assert [line.name for line in arms.lines] == ["zero-shot", "full"]
    assert (arms.lines[0].cells[0].text, arms.lines[0].cells[0].below) == ("0.300", "n = 2, spread 0.071")
    assert [(line.name, line.note, line.cells[0].text) for line in pairs.lines] == [
        ("zero-shot minus full", "judge", "-0.450")
    ]


def test_a_learned_metric_claims_nothing_about_arms_without_a_verdict(facts):
    by_arm = {"zero-shot": {"a": (0.0,), "b": (0.5,)}, "full": {"a": (1.0,), "b": (0.5,)}}
    found = {"judge": learned_comparison(by_arm, {"a": "a", "b": "b"}, Draws(200, 1))}
    barred = {"differences": [{"a": "zero-shot", "b": "full", "what": ["prompt"]}]}
    pairs = judged_tables(replace(facts, learned=found, comparison=facts.comparison | barred))[1]
    assert list(map(str, pairs.lines[0].cells)) == ["– withheld: prompt", "–", "2"]


def test_choices_of_people_stand_with_interval_agreement_and_marks(facts):
    marks = {"a": {"coverage": 4}, "b": {"coverage": 2}}
    ann = [Rating("ann", f"t{n}", "full", "lora", "a" if n < 3 else "tie", marks) for n in range(4)]
    bo = [Rating("bo", f"t{n}", "lora", "full", "b") for n in range(4)]
    choices, given = judged_tables(replace(facts, ratings=judge([*ann, *bo])))
    line = choices.lines[0]
    assert (line.name, line.cells[0].text, line.cells[1].text) == ("full against lora", "94", "7")
    assert "8 blind ratings of 2 people" in choices.about
    assert "ann and bo gave the same answer to 75 % of 4 shared pairs" in choices.about
    assert [(row.name, str(row.cells[0])) for row in given.lines] == [("full", "4.00 n = 4"), ("lora", "2.00 n = 4")]


def test_without_either_there_are_no_tables(facts):
    assert judged_tables(facts) == ()
