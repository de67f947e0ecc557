"""Cost and training as tables."""

import pytest

from report_run import write_run
from upshot.report.costs import cost_table, evaluation_table, mean_loss, training_table
from upshot.report.facts import read_facts
from upshot.rundir import read_json, remove, write_json


@pytest.fixture
def run(tmp_path):
    return write_run(tmp_path)


def columns(table, row: int) -> dict[str, str]:
    return {column.title: str(cell) for column, cell in zip(table.columns, table.lines[row].cells, strict=True)}


def test_energy_that_nobody_measured_is_not_measured_and_never_0(run):
    assert columns(cost_table(read_facts(run)), 1)["energy"] == "not measured"
    path = run.arm("full") / "summary.json"
    write_json(path, read_json(path) | {"energy_wh": 3.14})
    assert columns(cost_table(read_facts(run)), 1)["energy"] == "3.1 (estimate)"


def test_parameters_are_exact_and_few_shot_says_how_many_dialogues_got_fewer(run):
    found = columns(cost_table(read_facts(run)), 2)
    assert (found["trained parameters"], found["all parameters"], found["share"]) == ("196,608", "10,438,144", "1.88 %")
    assert found["few-shot"] == "1; 3 got fewer"


def test_an_arm_without_a_summary_has_dashes(run):
    remove(run.arm("lora") / "summary.json")
    assert columns(cost_table(read_facts(run)), 2)["peak memory"] == "–"


def test_validation_figures_are_those_of_the_weights_that_were_kept(run):
    facts = read_facts(run)
    kept = facts.arms[1].evaluations[1]
    assert kept["step"] == facts.arms[1].summary["best_step"] == 80
    table = training_table(facts)
    assert [line.name for line in table.lines] == ["full", "lora"]
    assert columns(table, 0)["validation loss"] == f"{kept['loss']:.3f}"
    assert table.lines[0].cells[4].text == f"{100 * kept['rouge1']:.1f}"


def test_the_mean_loss_is_weighed_by_tokens():
    assert mean_loss(({"loss": 1.0, "tokens": 30}, {"loss": 3.0, "tokens": 10})) == 1.5
    assert mean_loss(()) is None


def test_no_training_is_no_table(run):
    for arm in ("full", "lora"):
        remove(run.arm(arm) / "train")
    facts = read_facts(run)
    assert training_table(facts) is None
    assert evaluation_table(facts) is None
