"""Reference rows: the published numbers, and reasons where a row cannot be computed."""

import csv
from statistics import fmean

import pytest

from shared_data import shared
from upshot.metrics.baselines import CONSTANT, bm25_copy, constant, human, lead3, longest3, reference_rows
from upshot.metrics.score import METRICS, score_dialogue
from upshot.records import Dialogue, Row, Score

TEXT = "#Person1#: One two.\n#Person2#: One.\nAnn Lee: One two three.\nno label here at all\n"
DIALOGUE = Dialogue("d", TEXT, ("Ann counts.", "They count.", "Somebody counts to three."), ("d_1", "d_2", "d_3"))


@pytest.fixture(scope="module")
def rows() -> dict[str, list[Score] | str]:
    with shared("data/dialogsum/test.csv").open(encoding="utf-8-sig", newline="") as file:
        test = list(csv.DictReader(file))
    with shared("data/dialogsum/train.csv").open(encoding="utf-8-sig", newline="") as file:
        train = [Row(row["id"], row["dialogue"], row["summary"]) for row in csv.DictReader(file)]
    groups = [test[start : start + 3] for start in range(0, len(test), 3)]
    dialogues = [Dialogue(g[0]["id"], g[0]["dialogue"], tuple(row["summary"] for row in g), ()) for g in groups]
    return reference_rows(dialogues, train)


@pytest.mark.parametrize(
    ("name", "expected", "tolerance"),
    [
        ("human", [53.37, 26.73, 44.99], 0.006),
        ("constant", [20.3, 3.8, 17.4], 0.1),
        ("lead3", [21.9, 6.9, 17.0], 0.1),
        ("longest3", [20.0, 6.4, 14.9], 0.1),
        ("bm25_copy", [25.4, 5.1, 19.5], 0.1),
    ],
)
def test_a_reference_row_has_its_known_score(rows, name, expected, tolerance):
    found = [100 * fmean(score.mean[metric] for score in rows[name]) for metric in ("rouge1", "rouge2", "rougeL")]
    assert found == pytest.approx(expected, abs=tolerance)


def test_the_human_best_of_the_others_is_as_known(rows):
    found = [100 * fmean(score.max[metric] for score in rows["human"]) for metric in ("rouge1", "rouge2", "rougeL")]
    assert found == pytest.approx([59.6, 34.1, 51.8], abs=0.06)


def test_the_human_row_is_each_reference_against_each_other():
    (score,) = human([DIALOGUE])
    for name, metric in METRICS.items():
        pairs = [metric(a, b) for a in DIALOGUE.references for b in DIALOGUE.references if a != b]
        first = [metric(a, DIALOGUE.references[0]) for a in DIALOGUE.references[1:]]
        assert score.mean[name] == pytest.approx(fmean(pairs))
        assert score.first[name] == pytest.approx(fmean(first))


def test_the_human_row_needs_two_references_for_every_dialogue():
    alone = Dialogue("e", TEXT, ("Ann counts.",), ("e_1",))
    assert human([DIALOGUE, alone]) == "1 of 2 dialogues have fewer than two references"


def test_lead_and_longest_take_turns_without_their_labels():
    assert lead3([DIALOGUE]) == [score_dialogue(DIALOGUE, "One two. One. One two three.")]
    assert longest3([DIALOGUE]) == [score_dialogue(DIALOGUE, "One two. One two three. no label here at all")]


def test_the_constant_says_nothing_of_the_dialogue():
    assert constant([DIALOGUE]) == [score_dialogue(DIALOGUE, CONSTANT)]


def test_the_nearest_training_dialogue_lends_its_summary():
    dance, count = Row("a", "Shall we dance?", "They dance."), Row("b", "I count two three", "Counting.")
    train = [dance, count, Row("c", TEXT, None)]
    assert bm25_copy([DIALOGUE], train) == [score_dialogue(DIALOGUE, "Counting.")]


def test_rows_without_dialogue_text_say_why():
    rows = reference_rows([Dialogue("d", "", DIALOGUE.references, ())])
    assert rows["lead3"] == rows["longest3"] == "no dialogue text in this data"
    assert rows["bm25_copy"] == "no training split with summaries"
    assert len(rows["human"]) == len(rows["constant"]) == 1
