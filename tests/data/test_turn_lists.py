"""Conversations as JSON, in the shapes of many programs."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upshot.data.conversation import Said
from upshot.data.said import finished
from upshot.data.turn_lists import draft_of, from_turns, json_draft
from upshot.data.turns import turns_of
from upshot.errors import DataError

TURNS: list[dict[str, Any]] = [{"speaker": "Ann", "text": "hi"}, {"speaker": "Bo", "text": "yo"}]
BOTH = (Said("Ann", "hi"), Said("Bo", "yo"))


def read(value: Any) -> tuple[Said, ...]:
    return finished(json_draft(json.dumps(value), name="x.json"), "x.json").turns


@pytest.mark.parametrize(
    "value",
    [
        TURNS,
        {"turns": TURNS},
        {
            "id": 4,
            "messages": [
                {"role": "system", "content": "Be brief."},
                *({"role": t["speaker"], "content": t["text"]} for t in TURNS),
            ],
        },
        {"meeting_transcripts": [{"speaker": t["speaker"], "content": t["text"]} for t in TURNS], "topic_list": []},
        {"conversation": {"title": "x", "turns": TURNS}},
        {"dialogue": [{"name": t["speaker"], "role": "user", "value": t["text"]} for t in TURNS]},
        {"segments": [{"from": t["speaker"], "words": [{"word": t["text"]}]} for t in TURNS]},
        [
            {"speaker": {"name": t["speaker"]}, "content": [{"type": "text", "text": t["text"]}, {"type": "image"}]}
            for t in TURNS
        ],
        ["Ann: hi", "Bo: yo"],
        {"transcript": "Ann: hi\nBo: yo"},
        [*TURNS, {"speaker": "Ann", "text": None}],
    ],
)
def test_many_shapes_are_the_same_turns(value: Any) -> None:
    assert read(value) == BOTH


def test_times_are_seconds_from_numbers_and_texts() -> None:
    timed = [TURNS[0] | {"start": 1.5, "end": "00:00:04"}, TURNS[1] | {"start_time": "5s", "end_time": 4}]
    assert read(timed) == (Said("Ann", "hi", 1.5, 4.0), Said("Bo", "yo", 5.0))


def test_dates_are_no_times_and_are_noted() -> None:
    found = from_turns([TURNS[0] | {"timestamp": "2026-05-03T10:00:00Z"}, TURNS[1] | {"time": 1_714_000_000}], name="x")
    assert found.turns == BOTH
    assert found.notes == ("2 times left out: not seconds, and not hh:mm:ss",)


def test_numbers_as_speakers_become_names() -> None:
    found = from_turns([{"speaker": 0, "text": "hi"}, {"speaker": 1, "text": "yo"}, {"text": "so"}], name="x")
    assert [turn.speaker for turn in found.turns] == ["Speaker 1", "Speaker 2", ""]


def test_the_note_of_consent_is_beside_the_turns_or_above() -> None:
    assert draft_of({"consent": "yes", "turns": TURNS}, name="x").consent == "yes"
    assert draft_of({"consent": "yes", "conversation": {"turns": TURNS}}, name="x").consent == "yes"
    assert draft_of({"transcript": "Consent: all\nAnn: hi"}, name="x").consent == "all"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"secret": 1}, "D33: x.json: no list of turns"),
        ({"turns": "", "messages": []}, "D33: x.json: no list of turns"),
        ("secret", "D33: x.json: no list of turns"),
        ({"turns": {"turns": {"turns": TURNS}}}, "D33: x.json: no list of turns"),
        (None, "D33"),
        ([], "D34: x.json: no words"),
        ([1], "D27: x.json turn 1: expected an object, got a number"),
        ([TURNS[0], ["secret"]], "D27: x.json turn 2: expected an object, got a list"),
        ([{"speaker": "Ann"}], "D33: x.json turn 1: no words"),
        ([{"text": {"secret": 1}}], "D37: x.json turn 1: 'text' is an object"),
        ([{"text": True}], "D37: x.json turn 1: 'text' is true or false"),
        ([{"text": [[1]]}], "D37: x.json turn 1: 'text' holds a list"),
        ([{"text": "x", "speaker": [1]}], "D37: x.json turn 1: 'speaker' is a list"),
        ({"turns": TURNS, "consent": True}, "D37: x.json: 'consent' is true or false"),
        ([{"text": "\ud800"}], "D38"),
    ],
)
def test_what_is_no_turn_list_is_an_error_without_its_words(value: Any, said: str) -> None:
    with pytest.raises(DataError, match=said) as caught:
        read(value)
    assert "secret" not in str(caught.value)


def test_broken_json_names_its_line() -> None:
    with pytest.raises(DataError, match=r"D25: x.json line 2: not valid JSON"):
        json_draft('[{"text": "secret"},\n secret]', name="x.json")
    with pytest.raises(DataError, match="D30"):
        json_draft("[" * 100_000, name="x.json")


VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["turns", "text", "speaker", "name", "content", "start", "end", "role", "consent"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(VALUES)
def test_any_value_is_a_conversation_with_its_turns_or_a_data_error(value: Any) -> None:
    try:
        found = finished(draft_of(value, name="x"), "x")
    except DataError:
        return
    assert len(turns_of(found.text)) == len(found.turns) > 0
