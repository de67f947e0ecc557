"""The error analysis as tables."""

from dataclasses import replace

import pytest

from report_run import write_run
from upshot.analysis.finding import KINDS
from upshot.report.error_tables import coverage_table, examples_of, flag_tables, form_table, heuristic_table, worth
from upshot.report.facts import read_facts


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    return replace(read_facts(write_run(tmp_path_factory.mktemp("run"), analysed=True)), precision={})


MEASURED = {"set": "a set", "n": 250, "fires": 37, "precision": 0.8, "base_rate": 0.22, "recall": 0.4}


def test_every_kind_stands_in_the_table_of_its_tier(facts):
    tables = flag_tables(facts)
    assert [table.title.split(":")[0] for table in tables] == ["Certain", "To review", "Left out"]
    assert [line.name for table in tables for line in table.lines] == list(KINDS)


def test_counts_have_their_share_and_links_lead_to_the_strongest_findings(facts):
    line = flag_tables(facts)[0].lines[0]
    assert [str(cell) for cell in line.cells[:3]] == ["12 100.0 %", "0", "0"]
    assert line.cells[-1].links == ("talk_11", "talk_10", "talk_9")
    never = next(line for line in flag_tables(facts)[0].lines if line.name == "empty")
    assert str(never.cells[-1]) == "–"


def test_links_begin_with_the_best_arm_whose_errors_are_worth_most(facts):
    first, best, _ = facts.arms
    record = best.findings["talk_0"] | {"findings": first.findings["talk_0"]["findings"]}
    changed = replace(facts, arms=(first, replace(best, findings={**best.findings, "talk_0": record}), facts.arms[2]))
    assert examples_of(changed, "continues-dialogue") == ("talk_0", "talk_11", "talk_10")


def test_a_rule_is_quoted_with_what_it_was_measured_to_be_worth(facts):
    assert str(worth(facts, "unsupported-name")) == "not measured"
    measured = replace(
        facts, precision={"unsupported-name": MEASURED, "empty": MEASURED | {"precision": None, "fires": 0}}
    )
    assert str(worth(measured, "unsupported-name")) == "0.80 base rate 0.22 a set: fires 37 of 250"
    assert str(worth(measured, "empty")) == "never fired a set, n = 250"


def test_the_notebook_has_all_six_categories_and_says_which_two_its_code_never_gives(facts):
    table = heuristic_table(replace(facts, precision={"notebook:hallucination": MEASURED}))
    assert len(table.lines) == 6
    assert "“Misunderstanding the context or relationships”" in table.about
    assert "“Confusion about entities or speakers”" in table.about
    assert table.lines[1].cells[-1].text == "0.80"
    assert table.lines[0].cells[-1].text == "not measured"


def test_improvement_goes_from_the_baseline_to_the_best_arm_whichever_way_the_pair_is_stored(facts):
    counts = facts.analysis["heuristics"]
    before, after = counts["zero-shot"]["missing_key_info"], counts["full"]["missing_key_info"]
    points = 100 * (before - after) / 12
    assert before > after
    cell = heuristic_table(facts).lines[0].cells[3]
    wanted = (
        f"{points:.1f}",
        f"[{points - 10:.1f}, {points + 10:.1f}]",
        f"{100 * (before - after) / before:.0f} % fewer",
    )
    assert (cell.text, cell.interval, cell.below) == wanted
    turned = [
        pair
        | {"a": pair["b"], "b": pair["a"], "difference": -pair["difference"], "ci95": [-end for end in pair["ci95"]]}
        for pair in facts.analysis["heuristic_pairs"]
    ]
    assert (
        heuristic_table(replace(facts, analysis=facts.analysis | {"heuristic_pairs": turned})).lines[0].cells[3] == cell
    )


def test_coverage_length_and_key_terms_have_intervals(facts):
    assert str(coverage_table(facts).lines[1].cells[0]) == "50.0 [45.0, 56.0]"
    assert [str(cell) for cell in form_table(facts).lines[0].cells] == ["-0.21 [-0.40, 0.02]", "41.0 [36.0, 47.0]"]


def test_before_the_analysis_there_are_no_tables(facts):
    bare = replace(facts, analysis={})
    assert flag_tables(bare) == ()
    assert [made(bare) for made in (heuristic_table, coverage_table, form_table)] == [None, None, None]
