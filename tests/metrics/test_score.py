"""Scores of a dialogue and of a split."""

import csv
from statistics import fmean

import pytest

from shared_data import shared
from upshot.errors import DataError
from upshot.metrics.score import METRICS, TRAITS, score_all, score_dialogue, score_pairs, without_words
from upshot.records import Dialogue, Score, dump_lines, load_lines

DIALOGUES = [
    Dialogue("d1", "#Person1#: Hi Ann!\n#Person2#: Hi Bob.", ("Ann meets Bob.", "Two people meet."), ("d1_1", "d1_2")),
    Dialogue("d2", "#Person1#: Is it late?\n#Person2#: It is noon.", ("It is noon.",), ("d2_1",)),
]
PREDICTIONS = {"d1": "Ann meets a friend.", "d2": "#Person1# asks for the time."}


def dialogsum() -> tuple[list[Dialogue], dict[str, str]]:
    with shared("data/dialogsum/test.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    dialogues = [
        Dialogue(
            rows[start]["id"].rsplit("_", 1)[0],
            rows[start]["dialogue"],
            tuple(row["summary"] for row in rows[start : start + 3]),
            tuple(row["id"] for row in rows[start : start + 3]),
        )
        for start in range(0, len(rows), 3)
    ]
    outputs = shared("data/outputs/bart-large-quick.txt").read_text(encoding="utf-8").split("\n")
    return dialogues, {dialogue.id: output for dialogue, output in zip(dialogues, outputs, strict=False)}


def percent(scores: list[Score], part: str) -> list[float]:
    return [100 * fmean(getattr(score, part)[name] for score in scores) for name in ("rouge1", "rouge2", "rougeL")]


def test_bart_outputs_score_as_published():
    scores = score_all(*dialogsum())
    assert percent(scores, "first") == pytest.approx([45.91, 21.32, 38.71], abs=0.006)
    assert percent(scores, "mean") == pytest.approx([45.05, 20.07, 37.88], abs=0.006)
    assert percent(scores, "max") == pytest.approx([53.7, 30.1, 47.1], abs=0.06)


def test_a_score_holds_mean_max_and_first_of_its_references():
    score = score_dialogue(DIALOGUES[0], PREDICTIONS["d1"])
    alone = [METRICS["rouge1"](PREDICTIONS["d1"], reference) for reference in DIALOGUES[0].references]
    assert score.mean["rouge1"] == pytest.approx(sum(alone) / 2)
    assert score.max["rouge1"] == max(alone)
    assert score.first["rouge1"] == alone[0]
    assert (score.words, score.reference_words) == (4, 3.0)


def test_every_metric_and_trait_stands_in_a_score():
    score = score_dialogue(DIALOGUES[0], PREDICTIONS["d1"])
    assert set(score.mean) == set(score.max) == set(score.first) == {*METRICS, *TRAITS}
    assert score.mean["length_ratio"] == pytest.approx(4 / 3)


def test_the_order_of_the_dialogues_never_changes_a_score():
    forward, backward = score_all(DIALOGUES, PREDICTIONS), score_all(DIALOGUES[::-1], PREDICTIONS)
    assert forward == backward[::-1]


def test_a_score_that_was_written_and_read_is_the_same():
    scores = score_all(DIALOGUES, PREDICTIONS)
    assert load_lines(dump_lines(scores), Score) == scores
    reread = load_lines(dump_lines(DIALOGUES), Dialogue)
    assert score_all(reread, PREDICTIONS) == scores


def test_without_the_dialogues_text_there_is_no_novelty():
    score = score_dialogue(Dialogue("d", "", ("It is noon.",), ("d_1",)), "It is late.")
    assert set(score.mean) == {*METRICS, *TRAITS} - {"novelty"}


def test_one_prediction_for_all_rows_scores_as_its_dialogue():
    pairs = [(PREDICTIONS["d1"], reference) for reference in DIALOGUES[0].references]
    by_dialogue = score_dialogue(DIALOGUES[0], PREDICTIONS["d1"])
    assert {**score_pairs("d1", pairs).mean, "novelty": by_dialogue.mean["novelty"]} == by_dialogue.mean


def test_a_missing_prediction_is_named():
    with pytest.raises(DataError) as caught:
        score_all(DIALOGUES, {"d1": "x"})
    assert str(caught.value) == "error D53: 1 predictions for 2 references; first missing id: d2"


def test_a_prediction_for_an_unknown_dialogue_is_named():
    with pytest.raises(DataError, match="error D54: prediction id 'x9' is not in the test split"):
        score_all(DIALOGUES, PREDICTIONS | {"x9": "x"})


def test_a_dialogue_without_reference_cannot_be_scored():
    with pytest.raises(DataError, match="'d' has no reference summary"):
        score_dialogue(Dialogue("d", "text", (), ()), "x")


def test_an_empty_prediction_scores_zero():
    score = score_dialogue(DIALOGUES[0], "")
    assert set(score.mean.values()) == {0.0}


def test_references_of_which_rouge_sees_nothing_are_counted():
    dialogues = [Dialogue("d1", "Ann: hi", ("你好。", "Ann says hi."), ()), Dialogue("d2", "Ben: bye", ("...",), ())]
    assert without_words(dialogues) == {"n": 2, "of": 3}
