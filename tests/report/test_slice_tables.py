"""Slices as tables."""

from dataclasses import replace

import pytest

from report_run import write_run
from upshot.report.facts import read_facts
from upshot.report.slice_tables import SHOWN, not_measurable, slice_tables


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    return read_facts(write_run(tmp_path_factory.mktemp("run"), analysed=True))


def test_every_slice_has_a_table_with_means_and_the_lead_of_the_best_arm(facts):
    turns, topic = slice_tables(facts)
    assert turns.title == "By turns of the dialogue"
    assert topic.title.startswith("By topic")
    assert [column.title for column in turns.columns] == [
        "n",
        "zero-shot",
        "full",
        "lora",
        "over lora",
        "over zero-shot",
    ]
    cells = [str(cell) for cell in turns.lines[0].cells]
    # The pair of zero-shot is stored as zero-shot minus full, and shown as full minus zero-shot.
    assert cells == [
        "6",
        "30.0 [25.0, 36.0]",
        "40.0 [35.0, 46.0]",
        "50.0 [45.0, 56.0]",
        "-10.0 [-20.0, -1.0]",
        "10.0 [1.0, 20.0]",
    ]


def test_small_slices_are_marked_and_the_best_arm_is_named(facts):
    table = slice_tables(facts)[0]
    assert [line.note for line in table.lines] == ["small", "small"]
    assert table.about == "The best arm is full."


def test_no_lead_is_claimed_over_an_arm_without_a_verdict(facts):
    barred = {"differences": [{"a": "full", "b": "lora", "what": ["precision"]}]}
    table = slice_tables(replace(facts, comparison=facts.comparison | barred))[0]
    assert [str(cell) for cell in table.lines[0].cells[-2:]] == ["– withheld: precision", "10.0 [1.0, 20.0]"]
    assert table.about == "Leads are those of full, where it has a verdict."


def test_of_many_values_the_largest_are_shown(facts):
    first = facts.analysis["slices"][2]
    many = [first | {"value": f"topic {n}", "n": n} for n in range(1, 41)]
    (table,) = slice_tables(replace(facts, analysis=facts.analysis | {"slices": many}))
    assert [line.name for line in table.lines] == [f"topic {n}" for n in range(40, 40 - SHOWN, -1)]
    assert f"The {SHOWN} largest of 40 values." in table.about


def test_what_cannot_be_measured_has_its_reason(facts):
    assert not_measurable(facts) == (("domain", "the data names no domains"),)
    bare = replace(facts, analysis={})
    assert (slice_tables(bare), not_measurable(bare)) == ((), ())
