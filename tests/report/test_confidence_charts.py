"""Charts and tables of what confidence tells."""

from dataclasses import replace

import pytest

from report_run import ARMS, write_run
from upshot.report import drawing
from upshot.report.cards import card
from upshot.report.confidence_charts import (
    confidence_charts,
    confidence_sentence,
    confidence_table,
    threshold_table,
)
from upshot.report.facts import Facts, read_facts
from upshot.report.markdown import markdown


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    """A small run with its analysis."""
    return read_facts(write_run(tmp_path_factory.mktemp("run"), analysed=True))


@pytest.mark.skipif(not drawing.available(), reason=f"needs the report extra: {drawing.INSTALL}")
def test_each_risk_has_a_chart_of_ten_shares_with_its_numbers(facts: Facts) -> None:
    rouge, flags = confidence_charts(facts)
    assert (rouge.name, flags.name) == ("risk-coverage-rouge1", "risk-coverage-flagged")
    assert [line.name for line in rouge.table.lines] == [f"{10 * step} %" for step in range(1, 11)]
    assert [str(cell) for cell in rouge.table.lines[0].cells] == [
        "51.0 [50.0, 70.0]",
        "51.0 [50.0, 70.0]",
        "69.0 [50.0, 70.0]",
    ]
    assert "full 55.0 of the surer half, 60.0 of all, area 55.0, gain 5.0 [4.0, 6.0]" in rouge.text


def test_areas_stand_beside_chance_and_oracle(facts: Facts) -> None:
    table = confidence_table(facts)
    assert table is not None
    assert [line.name for line in table.lines] == list(ARMS)
    assert [str(cell) for cell in table.lines[2].cells[:4]] == [
        "65.0 [50.0, 70.0]",
        "60.0",
        "30.0",
        "-5.0 [-6.0, -4.0]",
    ]


def test_thresholds_say_what_is_left_and_how_good(facts: Facts) -> None:
    table = threshold_table(facts)
    assert table is not None
    assert len(table.lines) == 3 * len(ARMS)
    assert [str(cell) for cell in table.lines[0].cells] == [
        "under 10",
        "12 of 12",
        "40.0 [30.0, 50.0]",
        "–",
        "40.0 [30.0, 50.0]",
        "–",
    ]
    assert "validation split" in table.about


def test_report_and_card_say_it_and_never_call_it_a_probability(facts: Facts) -> None:
    text = markdown(facts)
    assert "## Confidence" in text
    assert "no probability of being right" in text
    assert confidence_sentence(facts, "full") in card(facts, facts.arms[1])
    assert "tells better summaries from worse" in confidence_sentence(facts, "full")
    assert "misleads" in confidence_sentence(facts, "lora")
    unsure = facts.analysis["confidence"]["full"]["risks"]["rouge1"] | {"gain": {"mean": 0.01, "ci95": [-0.01, 0.03]}}
    cell = facts.analysis["confidence"]["full"] | {"risks": {"rouge1": unsure}}
    other = replace(facts, analysis=facts.analysis | {"confidence": {"full": cell}})
    assert "cannot be said" in confidence_sentence(other, "full")


def test_before_the_analysis_and_in_older_runs_there_is_nothing(facts: Facts) -> None:
    for analysis in ({}, {key: value for key, value in facts.analysis.items() if key != "confidence"}):
        bare = replace(facts, analysis=analysis)
        assert confidence_charts(bare) == ()
        assert confidence_table(bare) is threshold_table(bare) is None
        assert confidence_sentence(bare, "full") == ""
        assert "## Confidence" not in markdown(bare)
        assert "its confidence" not in card(bare, bare.arms[1])


def test_one_dialogue_alone_has_no_band(facts: Facts) -> None:
    item = facts.analysis["confidence"]["full"]
    risk = item["risks"]["rouge1"]
    curve = [point | {"ci95": None} for point in risk["curve"]]
    none = risk | {"curve": curve, "area": risk["area"] | {"ci95": None}, "gain": risk["gain"] | {"ci95": None}}
    alone = replace(
        facts, analysis={"n": 12, "confidence": {"full": item | {"risks": dict.fromkeys(item["risks"], none)}}}
    )
    table = confidence_table(alone)
    assert table is not None
    assert "(no interval)" in str(table.lines[0].cells[0])
    assert "cannot be said" in confidence_sentence(alone, "full")
    if drawing.available():
        assert len(confidence_charts(alone)) == 2
