"""All charts of a report."""

import pytest

from report_run import write_run
from upshot.report import drawing
from upshot.report.facts import read_facts
from upshot.report.figures import Figures, figures_of


@pytest.mark.skipif(not drawing.available(), reason=f"needs the report extra: {drawing.INSTALL}")
def test_every_chart_has_a_name_of_its_own_and_numbers_behind_it(tmp_path):
    found = figures_of(read_facts(write_run(tmp_path, analysed=True))).all
    names = [chart.name for chart in found]
    assert len(names) == len(set(names)) > 20
    # Every chart of the origin notebook is among them.
    assert {"dialogues-rouge1", "dialogues-rouge2", "dialogues-rougeL", "improvement-map"} <= set(names)
    assert {"scores-map-1", "scores-map-2", "summary-length", "length-scatter"} <= set(names)
    assert "errors-by-the-notebooks-rules" in names
    for chart in found:
        assert chart.table.lines, chart.name
        assert all(len(line.cells) == len(chart.table.columns) for line in chart.table.lines), chart.name
        assert chart.text.endswith("."), chart.name


def test_without_the_extra_there_are_none(tmp_path, monkeypatch):
    monkeypatch.setattr(drawing.importlib.util, "find_spec", lambda name: None)
    assert figures_of(read_facts(write_run(tmp_path))) == Figures()
    assert Figures().all == ()
