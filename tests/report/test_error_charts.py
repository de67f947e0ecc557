"""Charts of the error analysis."""

from dataclasses import replace

import pytest

from report_run import write_run
from upshot.report import drawing
from upshot.report.error_charts import coverage_chart, error_charts
from upshot.report.facts import read_facts

pytestmark = pytest.mark.skipif(not drawing.available(), reason=f"needs the report extra: {drawing.INSTALL}")


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    return read_facts(write_run(tmp_path_factory.mktemp("run"), analysed=True))


def test_kinds_that_were_found_have_bars_for_every_arm(facts):
    flags = error_charts(facts)[0]
    assert [line.name for line in flags.table.lines] == ["continues-dialogue", "unsupported-number", "omitted-entity"]
    assert [cell.text for cell in flags.table.lines[0].cells] == ["12", "0", "0"]
    assert "Heuristics" in flags.note


def test_all_six_categories_of_the_notebook_are_drawn(facts):
    notebook = error_charts(facts)[1]
    assert len(notebook.table.lines) == 6
    counts = facts.analysis["heuristics"]["full"]
    assert [line.cells[1].text for line in notebook.table.lines] == [
        str(counts[line.name]) for line in notebook.table.lines
    ]


def test_coverage_has_three_thirds_an_arm_in_per_cent(facts):
    chart = coverage_chart(facts)
    assert len(chart.table.lines) == 9
    assert [str(cell) for cell in chart.table.lines[0].cells] == ["beginning", "50.0 [45.0, 56.0]"]


def test_before_the_analysis_there_are_no_charts(facts):
    bare = replace(facts, analysis={})
    assert error_charts(bare) == ()
    assert coverage_chart(bare) is None
