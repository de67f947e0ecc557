"""Shares of the human level and of full fine-tuning."""

from dataclasses import replace

import pytest

from report_run import write_run
from upshot.report.facts import read_facts
from upshot.report.share_tables import share_tables


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    return read_facts(write_run(tmp_path_factory.mktemp("run")))


def with_shares(facts, shares: dict):
    return replace(facts, comparison=facts.comparison | {"shares": shares})


def test_the_share_of_the_human_level_is_in_per_cent_with_its_interval(facts):
    (table,) = share_tables(facts)
    share = facts.comparison["shares"]["human"]["full"]["rouge1"]
    low, high = share["ci95"]
    assert str(table.lines[1].cells[0]) == f"{100 * share['share']:.0f} [{100 * low:.0f}, {100 * high:.0f}]"
    assert [line.name for line in table.lines] == ["zero-shot", "full", "lora"]


def test_without_a_human_row_the_reason_stands_there(facts):
    (table,) = share_tables(with_shares(facts, {"human": {"reason": "one reference a dialogue"}}))
    assert table.lines[0].reason == "not computed: one reference a dialogue"


def test_an_adapter_has_its_share_of_the_score_and_of_the_gain_or_the_reason(facts):
    cell = {"share": 0.91, "ci95": [0.8, 1.02], "n": 12}
    nothing = {"share": None, "ci95": None, "n": 12, "reason": "no arm shows the base"}
    names = {"adapter": "lora", "full": "full", "base": None, "metric": "rouge1"}
    (table,) = share_tables(with_shares(facts, {"tuning": [names | {"of_score": cell, "of_gain": nothing}]}))
    (line,) = table.lines
    assert (line.name, str(line.cells[0])) == ("lora of full", "91 [80, 102]")
    assert str(line.cells[5]) == "– no arm shows the base"
    assert str(line.cells[1]) == "–"


def test_a_share_is_withheld_where_two_of_its_arms_have_no_verdict(facts):
    cell = {"share": 0.91, "ci95": [0.8, 1.02], "n": 12}
    names = {"adapter": "lora", "full": "full", "base": "zero-shot", "metric": "rouge1"}
    shares = {"tuning": [names | {"of_score": cell, "of_gain": cell}]}

    def cells_without(a: str, b: str) -> list[str]:
        barred = {"shares": shares, "differences": [{"a": a, "b": b, "what": ["train"]}]}
        (table,) = share_tables(replace(facts, comparison=facts.comparison | barred))
        return [str(table.lines[0].cells[place]) for place in (0, 5)]

    assert cells_without("full", "lora") == ["– withheld: train"] * 2
    assert cells_without("zero-shot", "full") == ["91 [80, 102]", "– withheld: train"]


def test_an_early_comparison_without_shares_has_no_table(facts):
    assert share_tables(with_shares(facts, {})) == ()
