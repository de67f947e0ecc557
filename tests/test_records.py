"""Values that travel, and their one JSON form."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upshot.errors import DataError
from upshot.records import Dialogue, Prediction, Row, Score, dump_lines, load_lines, whole_lines

ROW = Row("r1", 'Ann: "hi",\nBen: \u2028 ok', None, "topic", 3, {"indirect": ["x"]})
DIALOGUE = Dialogue("d1", "Ann: hi", ("one", "two"), ("r1", "r2"), notes={"domain": "clinic"})
PREDICTION = Prediction("d1", "They meet. \U0001f600", 5, False, -0.25, 40, True)
SCORE = Score(
    "d1", {"rouge1": 0.5, "length": 0.1}, {"rouge1": 0.7, "length": 0.2}, {"rouge1": 0.4, "length": 0.1}, 4, 5.5
)


@pytest.mark.parametrize("record", [ROW, DIALOGUE, PREDICTION, SCORE])
def test_what_is_dumped_and_loaded_is_the_same(record: Row | Dialogue | Prediction | Score) -> None:
    text = dump_lines([record, record])
    assert text.count("\n") == 2  # one line each, whatever stands in the texts
    assert load_lines(text, type(record)) == [record, record]


@given(st.builds(Row, st.text(), st.text(), st.none() | st.text(), st.text(), st.integers()))
def test_any_text_survives(row: Row) -> None:
    if any(0xD800 <= ord(sign) <= 0xDFFF for sign in row.id + row.dialogue + (row.summary or "") + row.topic):
        return  # half a surrogate pair is refused before it becomes a row
    assert load_lines(dump_lines([row]).encode().decode(), Row) == [row]


def test_a_score_is_one_flat_object() -> None:
    flat = json.loads(dump_lines([SCORE]))
    assert flat["rouge1"] == 0.5
    assert flat["rouge1_max"] == 0.7
    assert flat["rouge1_first"] == 0.4
    assert (flat["id"], flat["words"], flat["reference_words"]) == ("d1", 4, 5.5)


def test_a_line_that_a_crash_cut_off_is_left_out() -> None:
    text = dump_lines([{"a": 1}, {"a": 2}])
    assert list(whole_lines(text + '{"a": 3')) == [{"a": 1}, {"a": 2}]
    assert list(whole_lines(text[:-1])) == [{"a": 1}]
    assert list(whole_lines("")) == list(whole_lines("\n\n")) == []


def altered(record: Prediction | Score, **changes: object) -> str:
    return json.dumps(json.loads(dump_lines([record])) | changes) + "\n"


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        (altered(PREDICTION, prediction=None), Prediction, "'prediction' is no text"),
        (altered(PREDICTION, id=7), Prediction, "'id' is no text"),
        (altered(PREDICTION, colour="red"), Prediction, "no prediction"),
        (altered(SCORE, rouge1=float("nan")), Score, "'rouge1' is no number"),
        (altered(SCORE, words="four"), Score, "'words' is no number"),
        ("3\n", Prediction, "no prediction"),
        ("{\n", Prediction, "not valid JSON"),
        ("[" * 100_000 + "\n", Prediction, "not valid JSON"),
    ],
)
def test_a_line_that_is_no_such_record_is_named_with_its_file(text: str, kind: type, said: str) -> None:
    first = dump_lines([PREDICTION if kind is Prediction else SCORE])
    with pytest.raises(DataError, match=r"full/x\.jsonl line 2: ") as caught:
        load_lines(first + text, kind, "full/x.jsonl")
    assert f"line 2: {said}; it was damaged or edited" in caught.value.message
