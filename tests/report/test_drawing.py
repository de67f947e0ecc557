"""What every chart is made of."""

import doctest
import xml.etree.ElementTree as ET

import pytest

from report_run import write_run
from upshot.report import drawing
from upshot.report.drawing import arm_colour, label, points_by_group, svg
from upshot.report.facts import read_facts

needs_extra = pytest.mark.skipif(not drawing.available(), reason=f"needs the report extra: {drawing.INSTALL}")


def test_the_examples_of_the_room_run():
    assert doctest.testmod(drawing) == (0, 1)


def test_more_than_eight_arms_use_the_colours_again():
    assert arm_colour(9) == arm_colour(1) == "var(--arm-1)"


def test_a_label_is_one_short_line_that_can_be_encoded():
    assert label("half \ud800\nof a pair") == "half ? of a pair"
    assert len(label("x" * 100)) == 22


@needs_extra
def test_svg_has_its_text_as_a_label_scales_with_the_page_and_names_no_address():
    values = [{"x": 0.123456789, "name": "<b>"}]
    alt = drawing.altair()
    drawn = svg(alt.Chart(alt.Data(values=values)).mark_bar().encode(x="x:Q", y="name:N"), 'says "<b>" & more')
    root = ET.fromstring(drawn)
    assert (root.get("role"), root.get("aria-label")) == ("img", 'says "<b>" & more')
    assert root.get("width") is None
    assert "http" not in drawn
    assert "<b>" in [element.text for element in root.iter() if element.tag == "text"]
    assert len([element for element in root.iter() if element.get("aria-label")]) == 1


@needs_extra
def test_arms_stand_side_by_side_in_each_group_with_their_own_colour(tmp_path):
    facts = read_facts(write_run(tmp_path))
    rows = [
        {"group": group, "arm": arm, "mean": 3.0, "low": 2.0, "high": 4.0} for group in "ab" for arm in ("full", "lora")
    ]
    drawn = svg(points_by_group(rows, facts, x="group", y="points"), "text")
    assert drawn.count("var(--arm-1)") == drawn.count("var(--arm-2)") > 4  # two rules, two dots, and the legend's
