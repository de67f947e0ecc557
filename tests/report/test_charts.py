"""Charts as inline SVG."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from report_run import write_run
from upshot.report import charts, drawing
from upshot.report.facts import read_facts

pytestmark = pytest.mark.skipif(not drawing.available(), reason=f"needs the report extra: {drawing.INSTALL}")


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    return read_facts(write_run(tmp_path_factory.mktemp("run")))


def test_every_metric_has_a_chart_with_its_text_and_its_numbers(facts):
    found = charts.interval_charts(facts)
    assert [chart.title for chart in found] == ["ROUGE-1", "ROUGE-2", "ROUGE-L", "ROUGE-Lsum", "chrF", "length"]
    mean = 100 * facts.comparison["arms"]["full"]["rouge1"]["mean"]
    assert f"full {mean:.1f} [" in found[0].text
    assert [line.name for line in found[0].table.lines][:4] == ["zero-shot", "full", "lora", "human"]


def test_a_chart_of_several_arms_says_which_colour_is_whose(facts):
    drawn = charts.learning_curves(facts)[0].svg
    texts = [element.text for element in ET.fromstring(drawn).iter() if element.tag == "text"]
    assert [name for name in texts if name in ("zero-shot", "full", "lora")] == ["full", "lora"]


def test_a_chart_is_whole_svg_without_an_address_and_in_the_colours_of_the_page(facts):
    for chart in (*charts.interval_charts(facts), *charts.learning_curves(facts)):
        assert ET.fromstring(chart.svg).get("role") == "img"
        assert "http" not in chart.svg
        assert "var(--arm-1)" in chart.svg


def test_learning_curves_are_those_that_the_log_has(facts):
    titles = [chart.title for chart in charts.learning_curves(facts)]
    assert titles == ["Training loss", "Validation loss", "Validation ROUGE-1"]
    quiet = replace(facts, arms=tuple(replace(arm, evaluations=()) for arm in facts.arms))
    assert [chart.title for chart in charts.learning_curves(quiet)] == ["Training loss"]


def test_a_long_training_is_averaged_to_forty_points_at_most(facts):
    training = charts.learning_curves(facts)[0]
    assert len([line for line in training.table.lines if line.name == "full"]) == 40
    assert training.text.startswith("Training loss: full from ")
