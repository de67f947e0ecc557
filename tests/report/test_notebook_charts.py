"""The origin notebook's charts of single dialogues."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from report_run import large_facts, write_run
from upshot.report import drawing
from upshot.report.chosen import rivals
from upshot.report.facts import read_facts
from upshot.report.notebook_charts import SHOWN, dialogue_charts, most_different

pytestmark = pytest.mark.skipif(not drawing.available(), reason=f"needs the report extra: {drawing.INSTALL}")


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    return read_facts(write_run(tmp_path_factory.mktemp("run")))


def test_bars_improvement_and_scores_are_drawn_for_the_best_arm_and_the_first(facts):
    assert [chart.title for chart in dialogue_charts(facts)] == [
        "ROUGE-1 by dialogue",
        "ROUGE-2 by dialogue",
        "ROUGE-L by dialogue",
        "Improvement: full over zero-shot",
        "Scores of zero-shot",
        "Scores of full",
    ]


def test_the_numbers_behind_the_bars_are_those_of_the_dialogues(facts):
    bars = dialogue_charts(facts)[0]
    line = bars.table.lines[0]
    wanted = [f"{100 * arm.scores[line.name].mean['rouge1']:.1f}" for arm in facts.arms[:2]]
    assert [cell.text for cell in line.cells] == wanted
    assert all(number in bars.text for number in wanted)


def test_improvement_is_in_points_with_the_notebooks_per_cent_which_0_has_not(facts):
    first, *rest = facts.arms
    name = most_different(facts, facts.arms[1], first)[0].id
    nothing = replace(first.scores[name], mean=dict.fromkeys(first.scores[name].mean, 0.0))
    changed = replace(facts, arms=(replace(first, scores={**first.scores, name: nothing}), *rest))
    table = dialogue_charts(changed)[3].table
    cells = next(line.cells for line in table.lines if line.name == name)
    gain = 100 * facts.arms[1].scores[name].mean["rouge1"]
    assert cells[0].text == f"+{gain:.1f} (–)"
    other = next(line for line in table.lines if line.name != name)
    before, after = (100 * arm.scores[other.name].mean["rouge2"] for arm in (first, facts.arms[1]))
    assert other.cells[1].text == f"{after - before:+.1f} ({100 * (after - before) / before:+.0f} %)"


def test_of_many_dialogues_those_that_differ_most_are_drawn_and_the_note_says_so():
    facts = large_facts(dialogues=60)
    best, rival = rivals(facts)
    shown = most_different(facts, best, rival)
    gains = {
        item.id: best.scores[item.id].mean["rouge1"] - rival.scores[item.id].mean["rouge1"] for item in facts.dialogues
    }
    assert len(shown) == SHOWN
    kept = {item.id for item in shown}
    assert min(abs(gains[name]) for name in kept) >= max(abs(gains[name]) for name in gains.keys() - kept)
    assert [gains[item.id] for item in shown] == sorted((gains[item.id] for item in shown), reverse=True)
    assert "12 of 60 dialogues" in dialogue_charts(facts)[0].note


def test_every_cell_of_a_map_has_its_number_in_the_drawing(facts):
    chart = dialogue_charts(facts)[5]
    texts = [element.text for element in ET.fromstring(chart.svg).iter() if element.tag == "text"]
    assert {cell.text for line in chart.table.lines for cell in line.cells} <= set(texts)


def test_one_arm_alone_has_bars_and_scores_and_no_improvement(facts):
    arms = {"full": facts.comparison["arms"]["full"]}
    one = replace(facts, arms=facts.arms[1:2], comparison=facts.comparison | {"arms": arms})
    assert [chart.name for chart in dialogue_charts(one)] == [
        "dialogues-rouge1",
        "dialogues-rouge2",
        "dialogues-rougeL",
        "scores-map-1",
    ]


def test_without_scores_there_are_no_charts(facts):
    assert dialogue_charts(replace(facts, arms=tuple(replace(arm, scores={}) for arm in facts.arms))) == ()
