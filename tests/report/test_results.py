"""The tables of results."""

import pytest

from report_run import ARMS, write_run
from upshot.report.facts import read_facts
from upshot.report.results import SEEN, first_rows, main_table, other_references, pair_table
from upshot.rundir import read_json, write_json


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    return read_facts(write_run(tmp_path_factory.mktemp("run")))


def test_every_arm_has_a_mean_with_its_interval_and_its_cost(facts):
    table = main_table(facts)
    assert tuple(line.name for line in table.lines[:3]) == ARMS
    found = {column.title: cell for column, cell in zip(table.columns, table.lines[2].cells, strict=True)}
    mean, (low, high) = (facts.comparison["arms"]["lora"]["rouge1"][key] for key in ("mean", "ci95"))
    assert str(found["ROUGE-1"]) == f"{100 * mean:.1f} [{100 * low:.1f}, {100 * high:.1f}]"
    assert str(found["trained"]) == "197 k 1.88 %"
    assert (str(found["cap hits"]), str(found["on disk"]), str(found["training"])) == ("8.3", "801.0 kB", "3.4 min")


def test_an_arm_that_was_not_trained_trained_nothing(facts):
    assert str(main_table(facts).lines[0].cells[9]) == "0 0 %"


def test_a_reference_row_that_could_not_be_computed_says_why(tmp_path):
    rows = {"human": {"reason": "3 of 12 dialogues have fewer than two references"}}
    line = main_table(read_facts(write_run(tmp_path, changes={"reference_rows": rows}))).lines[-1]
    assert (line.name, line.cells) == ("human", ())
    assert line.reason == "not computed: 3 of 12 dialogues have fewer than two references"


def test_maximum_and_first_reference_are_labelled_and_leave_people_out(facts):
    table = other_references(facts)
    assert table.groups == (("best reference", 5), ("reference 1 alone", 5))
    assert "human" not in {line.name for line in table.lines}


def test_first_rows_are_a_table_only_where_the_comparison_has_them(facts, tmp_path):
    assert first_rows(facts) is None
    some = {"arms": {"full": facts.comparison["arms"]["full"]}, "protocol": "n=4 dialogues"}
    table = first_rows(read_facts(write_run(tmp_path, changes={"first_rows": some})))
    assert [(line.name, line.colour) for line in table.lines] == [("full", 1)]
    assert "n=4 dialogues" in table.about


def test_a_pair_that_differs_in_something_undeclared_has_no_verdict_in_the_table(tmp_path):
    changes = {"differences": [{"a": "full", "b": "lora", "what": ["precision"]}]}
    lines = {line.name: line for line in pair_table(read_facts(write_run(tmp_path, changes=changes))).lines}
    assert lines["full − lora"].cells[-1].text == "withheld: precision"
    assert lines["zero-shot − full"].cells[-1].text == "differs"


def test_an_arm_whose_base_has_seen_the_data_is_marked(tmp_path):
    run = write_run(tmp_path)
    path = run.arm("zero-shot") / "summary.json"
    write_json(path, read_json(path) | {"base_seen": True})
    assert [line.note for line in main_table(read_facts(run)).lines[:3]] == [SEEN, "", ""]
