"""A run folder read into one value."""

import pytest

from report_run import ARMS, write_run
from upshot.errors import DataError, UsageError
from upshot.report.facts import read_facts
from upshot.rundir import RunDir, append_line, remove


def test_arms_come_in_the_order_of_the_comparison_with_all_they_left(tmp_path):
    facts = read_facts(write_run(tmp_path))
    assert tuple(arm.name for arm in facts.arms) == ARMS
    assert [len(arm.outputs) for arm in facts.arms] == [12, 12, 12]
    assert [len(arm.steps) for arm in facts.arms] == [0, 120, 120]
    assert [item["epoch"] for item in facts.arms[1].evaluations] == [1.0, 2.0, 3.0]
    assert facts.best.name == "full"
    assert [arm.trains for arm in facts.arms] == [False, True, True]


def test_a_step_that_a_resumed_training_wrote_again_counts_once_and_the_later_line_wins(tmp_path):
    run = write_run(tmp_path)
    append_line(run.arm("full") / "train" / "log.jsonl", {"step": 120, "epoch": 3.0, "loss": 0.5, "tokens": 10})
    steps = read_facts(run).arms[1].steps
    assert len(steps) == 120
    assert steps[-1]["loss"] == 0.5


def test_a_run_without_a_comparison_is_a_usage_error_that_says_what_to_do(tmp_path):
    with pytest.raises(UsageError, match="no comparison of arms yet; upshot run"):
        read_facts(RunDir(tmp_path))


def test_files_that_are_not_there_are_empty(tmp_path):
    run = write_run(tmp_path)
    for path in (run.root / "provenance.json", run.root / "data.json", run.arm("lora")):
        remove(path)
    facts = read_facts(run)
    assert (facts.provenance, facts.data) == ({}, {})
    assert (facts.arms[2].outputs, facts.arms[2].summary) == ({}, {})
    assert (facts.analysis, facts.probe, facts.arms[0].findings) == ({}, {}, {})


def test_findings_are_by_dialogue_and_analysis_and_probe_are_as_their_files_say(tmp_path):
    facts = read_facts(write_run(tmp_path, analysed=True))
    assert facts.analysis["n"] == 12
    assert set(facts.probe) == {"likelihood", "fairness"}
    assert facts.arms[0].findings["talk_4"]["findings"][0]["kind"] == "continues-dialogue"
    assert len(facts.arms[1].findings) == 12


@pytest.mark.parametrize("pairs", [None, [], [{}], [7], {"a": 1}])
def test_a_comparison_without_its_pairs_says_what_makes_it_anew(tmp_path, pairs):
    run = write_run(tmp_path, changes={"pairs": pairs})
    with pytest.raises(DataError, match=r"comparison\.json: 'pairs' has no ROUGE-1 of zero-shot and full; .* compare"):
        read_facts(run)
