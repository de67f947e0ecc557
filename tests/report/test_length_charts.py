"""Charts of lengths."""

import doctest
import random
import statistics
from dataclasses import replace

import pytest

from report_run import large_facts, write_run
from upshot.report import drawing, length_charts
from upshot.report.facts import read_facts
from upshot.report.length_charts import POINTS, by_chance, quantile, score_by_charts

pytestmark = pytest.mark.skipif(not drawing.available(), reason=f"needs the report extra: {drawing.INSTALL}")


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    return read_facts(write_run(tmp_path_factory.mktemp("run")))


@pytest.fixture(scope="module")
def many():
    return large_facts(dialogues=150)


def test_the_examples_of_the_room_run():
    assert doctest.testmod(length_charts) == (0, 1)


def test_quantiles_agree_with_the_standard_library():
    values = [random.Random(1).gauss(20, 5) for _ in range(41)]
    wanted = statistics.quantiles(values, n=20, method="inclusive")
    assert [quantile(values, part / 20) for part in range(1, 20)] == pytest.approx(wanted)


def test_boxes_begin_with_people_and_hold_every_arm(facts):
    boxes = length_charts.length_charts(facts)[0]
    assert [line.name for line in boxes.table.lines] == ["people", "zero-shot", "full", "lora"]
    words = statistics.median(score.words for score in facts.arms[1].scores.values())
    assert boxes.table.lines[2].cells[2].text == f"{words:.1f}"


def test_the_scatter_has_its_diagonal_and_says_how_often_an_arm_is_longer(facts):
    scatter = length_charts.length_charts(facts)[1]
    scores = facts.arms[1].scores.values()
    longer = 100 * sum(score.words > score.reference_words for score in scores) / len(scores)
    assert f"full is longer in {longer:.0f} % of 12 dialogues" in scatter.text
    assert "stroke-dasharray" in scatter.svg
    assert len(scatter.table.lines) == 12


def test_a_large_run_is_thinned_by_chance_and_says_so(many):
    scatter = length_charts.length_charts(many)[1]
    assert len(scatter.table.lines) == POINTS
    assert f"{POINTS} of 150 dialogues, drawn by chance." in scatter.note
    assert by_chance(many, 10) == by_chance(many, 10)
    assert {item.id for item in by_chance(many, 10)} < {item.id for item in by_chance(many, 20)}


def test_groups_of_a_size_hold_every_dialogue_once_and_rise(many):
    chart = score_by_charts(many)[0]
    assert chart.title == "ROUGE-1 by words of the dialogue"
    assert sum(int(line.cells[0].text) for line in chart.table.lines) == 150
    ends = [int(part) for line in chart.table.lines for part in line.name.split("–")]
    assert ends == sorted(ends)
    first = chart.table.lines[0]
    low, high = int(first.name.split("–")[0]), int(first.name.split("–")[-1])
    inside = [item for item in many.dialogues if low <= len(item.text.split()) <= high]
    mean = statistics.fmean(many.arms[0].scores[item.id].mean["rouge1"] for item in inside)
    assert (first.cells[0].text, first.cells[1].text) == (str(len(inside)), f"{100 * mean:.1f}")


def test_dialogues_of_one_size_are_no_groups(facts):
    # All twelve talks have five turns.
    assert [chart.name for chart in score_by_charts(facts)] == ["score-by-words"]


def test_without_scores_there_are_no_charts(facts):
    bare = replace(facts, arms=tuple(replace(arm, scores={}) for arm in facts.arms))
    assert length_charts.length_charts(bare) == ()
    assert score_by_charts(bare) == ()
