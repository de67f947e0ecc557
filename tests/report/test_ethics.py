"""What summaries may do to people."""

from dataclasses import replace

import pytest

from report_run import write_run
from upshot.report.ethics import WATTS_PER_CORE, energy, favour_table, loss, privacy
from upshot.report.facts import read_facts
from upshot.rundir import read_json, write_json


@pytest.fixture
def run(tmp_path):
    return write_run(tmp_path, analysed=True)


def with_favour(run):
    cell = {"mean": 0.12, "ci95": [0.02, 0.22]}
    found = {"n": 9, "arms": {"full": {"first": cell, "most": cell}}, "references": {"first": cell, "most": cell}}
    write_json(run.root / "analysis.json", {**read_json(run.root / "analysis.json"), "favour": found})
    return read_facts(run)


def test_favour_is_a_table_with_the_references_beside_the_arms(run):
    table = favour_table(with_favour(run))
    assert [line.name for line in table.lines] == ["full", "references"]
    assert str(table.lines[0].cells[0]) == "+12.0 [+2.0, +22.0]"
    assert "9 dialogues" in table.about


def test_favour_that_nobody_measured_is_no_table(run):
    assert favour_table(read_facts(run)) is None


def test_loss_says_what_each_arm_leaves_out(run):
    said = loss(read_facts(run))
    assert len(said) == 3
    assert "keeps 41 % of a conversation's key terms" in said[0]
    assert "50 % from the beginning, 20 % from the middle and 30 % from the end" in said[0]


def test_privacy_says_that_the_folder_holds_the_conversations(run):
    assert any("12 test conversations word for word" in line for line in privacy(read_facts(run)))


def test_energy_is_labelled_as_an_estimate_with_its_assumption(run):
    facts = read_facts(run)
    seconds = sum((arm.summary["training_seconds"] or 0) + arm.summary["generation_seconds"] for arm in facts.arms)
    said = energy(facts)
    assert "an estimate and not a measurement" in said
    assert f"{WATTS_PER_CORE * seconds / 3600:.1f} Wh" in said
    assert "(assumed)" in said


def test_a_favour_of_nothing_has_no_minus(run):
    nothing = {"mean": -0.0001, "ci95": [-0.0004, 0.0002]}
    cells = {"first": nothing, "most": nothing}
    found = {"favour": {"n": 12, "arms": dict.fromkeys(("zero-shot", "full", "lora"), cells), "references": cells}}
    table = favour_table(replace(read_facts(run), analysis=found))
    assert str(table.lines[0].cells[0]) == "+0.0 [+0.0, +0.0]"
