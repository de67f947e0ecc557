"""The histogram of the two best arms, and quality against cost."""

import doctest
from dataclasses import replace

import pytest

from report_run import write_run
from upshot.report import difference_charts, drawing
from upshot.report.difference_charts import bin_width, cost_charts, difference_chart
from upshot.report.facts import read_facts

pytestmark = pytest.mark.skipif(not drawing.available(), reason=f"needs the report extra: {drawing.INSTALL}")


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    return read_facts(write_run(tmp_path_factory.mktemp("run")))


def test_the_examples_of_the_room_run():
    assert doctest.testmod(difference_charts) == (0, 1)


@pytest.mark.parametrize("widest", [0.0, 0.3, 7.7, 12.0, 31.4, 100.0])
def test_bars_are_few_and_reach_both_ends(widest):
    assert 24 * bin_width(widest) >= 2 * widest
    assert 24 * bin_width(widest) <= 5.1 * max(widest, 0.1)


def test_the_histogram_counts_every_dialogue_of_the_two_best_arms_once(facts):
    chart = difference_chart(facts)
    assert chart.title == "full minus lora, dialogue by dialogue"
    assert sum(int(line.cells[0].text) for line in chart.table.lines) == 12
    full, lora = facts.arms[1].scores, facts.arms[2].scores
    gains = [full[name].mean["rouge1"] - lora[name].mean["rouge1"] for name in full]
    wins, losses = sum(gain > 0 for gain in gains), sum(gain < 0 for gain in gains)
    assert f"full higher on {wins}, lora higher on {losses}, the same on {12 - wins - losses}" in chart.text


def test_arms_without_a_verdict_make_no_histogram(facts):
    def chart(*names: str):
        barred = {"differences": [{"a": name, "b": "full", "what": ["prompt"]} for name in names]}
        return difference_chart(replace(facts, comparison=facts.comparison | barred))

    assert chart("lora").title == "full minus zero-shot, dialogue by dialogue"
    assert chart("lora", "zero-shot") is None


def test_no_bar_mixes_gains_and_losses(facts):
    for line in difference_chart(facts).table.lines:
        low, high = map(float, line.name.split(" to "))
        assert low >= 0 or high <= 0


def test_the_same_outputs_make_one_bar(facts):
    best = facts.arms[1]
    same = replace(facts, arms=(facts.arms[0], best, replace(facts.arms[2], scores=best.scores)))
    (line,) = difference_chart(same).table.lines
    assert line.cells[0].text == "12"


def test_one_arm_has_no_histogram_and_no_cost_curve(facts):
    arms = {"full": facts.comparison["arms"]["full"]}
    one = replace(facts, arms=facts.arms[1:2], comparison=facts.comparison | {"arms": arms})
    assert difference_chart(one) is None
    assert cost_charts(one) == ()


def test_quality_stands_against_time_and_parameters_with_0_for_arms_without_training(facts):
    time, parameters = cost_charts(facts)
    assert [line.cells[0].text for line in time.table.lines] == ["0.0 s", "6.9 min", "3.4 min"]
    assert [line.cells[0].text for line in parameters.table.lines] == ["0", "10.2 M", "197 k"]
    assert "var(--arm-0)" in time.svg


def test_an_arm_whose_cost_nobody_measured_is_left_out(facts):
    bare = replace(facts.arms[2], summary={})
    time, parameters = cost_charts(replace(facts, arms=(*facts.arms[:2], bare)))
    assert (
        [line.name for line in time.table.lines]
        == [line.name for line in parameters.table.lines]
        == ["zero-shot", "full"]
    )
