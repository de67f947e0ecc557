"""What a reader is told before any difference is claimed."""

import pytest

from report_run import write_run
from upshot.report.cautions import cautions, p_floor
from upshot.report.facts import read_facts
from upshot.report.results import pair_table
from upshot.report.verdict import verdict


def comparison_of(tests: int, *, resamples: int = 10_000, clusters: int = 500) -> dict:
    return {
        "n_dialogues": clusters,
        "n_clusters": clusters,
        "small": clusters < 100,
        "resamples": resamples,
        "pairs": [{}] * tests,
    }


@pytest.mark.parametrize(
    ("tests", "changes", "said"),
    [
        (525, {}, "with 10,000 resamples, p cannot fall under 0.0001, nor under 0.052 after correcting for 525 tests."),
        (15, {"resamples": 100}, "with 100 resamples, p cannot fall under 0.0099, nor under 0.15 after correcting"),
        (15, {"clusters": 6}, "with the signs of so few dialogues (6), p cannot fall under 0.031, nor under 0.47"),
    ],
)
def test_a_p_that_cannot_reach_5_per_cent_is_said_before_anything_is_claimed(tests, changes, said):
    (caution,) = p_floor(comparison_of(tests, **changes))
    assert caution.kind == "warning"
    assert caution.text.startswith(f"No difference can be a firm finding here: {said}")


def test_the_cure_is_enough():
    (caution,) = p_floor(comparison_of(525))
    assert "to at least 10,500, or compare fewer arms" in caution.text
    assert not list(p_floor(comparison_of(525, resamples=10_500)))
    (caution,) = p_floor(comparison_of(15, clusters=6))
    assert "at least 10 dialogues" in caution.text
    assert not list(p_floor(comparison_of(15, clusters=10)))


def test_a_p_that_can_reach_5_per_cent_needs_no_caution_nor_does_one_arm_alone():
    assert not list(cautions(comparison_of(15)))
    assert not list(p_floor(comparison_of(0, resamples=100)))


def test_verdict_and_table_both_say_that_p_is_at_its_floor(tmp_path):
    facts = read_facts(write_run(tmp_path, changes={"resamples": 100}))
    assert any("No difference can be a firm finding" in sentence.text for sentence in verdict(facts.comparison))
    assert "p cannot fall under 0.0099" in pair_table(facts).about
    assert "cannot fall" not in pair_table(read_facts(write_run(tmp_path / "enough"))).about


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Only 50 dialogues."),
        ({"n_dialogues": 120, "n_clusters": 10}, "Only 10 different dialogues (120 with their copies)."),
        ({"n_dialogues": 1, "n_clusters": 1}, "Only 1 dialogue."),
        ({"n_dialogues": 1, "n_clusters": 1, "unit": "rows (no grouping given)"}, "Only 1 row (no grouping given)."),
    ],
)
def test_copies_of_a_dialogue_are_counted_once(changes, said):
    few = next(cautions(comparison_of(0, clusters=50) | changes))
    assert few.loud == said


@pytest.mark.parametrize(("clusters", "warned"), [(1, False), (2, True), (19, True), (20, False)])
def test_intervals_of_very_few_dialogues_are_called_too_narrow(clusters, warned):
    texts = [sentence.loud for sentence in cautions(comparison_of(0, clusters=clusters))]
    assert ("The intervals are too narrow:" in texts) == warned


def test_references_of_which_rouge_sees_nothing_are_warned_of():
    (caution,) = cautions(comparison_of(15) | {"references_without_words": {"n": 3, "of": 9}})
    assert caution.text.startswith(
        "ROUGE counts only a-z and 0-9: it sees nothing in 3 of 9 references. Compare by chrF"
    )
    assert not list(cautions(comparison_of(15) | {"references_without_words": {"n": 0, "of": 9}}))


def test_few_dialogues_and_rows_as_the_unit_are_warned_of():
    texts = [
        sentence.text for sentence in cautions(comparison_of(1, clusters=50) | {"unit": "rows (no grouping given)"})
    ]
    assert texts[0].startswith("Only 50 rows (no grouping given). Read the intervals")
    assert texts[1].startswith("Rows are the unit:")
