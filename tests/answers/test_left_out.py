"""What a summary leaves out."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upshot.answers.evidence import evidence_of
from upshot.answers.flags import flags_of
from upshot.answers.left_out import MOST, left_out, uncovered
from upshot.data.conversations import BUILTIN
from upshot.data.turns import turns_of

TEXT = (
    "Ann: Take 5 mg at half past nine, two tablets.\nBo: Until when?\n"
    "Ann: Until Friday. And pay the $40 within two weeks.\n"
    "Bo: Okay, thanks.\nAnn: We moved to number 12 on March 3rd.\nBo: 12? The doorbell at the garage is broken."
)
FULL = (
    "Ann takes 5 mg, 2 tablets, at 9:30 until Friday and pays 40 dollars in fourteen days. She moved to 12 on 3 March."
)


def kinds(summary: str, text: str = TEXT) -> list[tuple[str, str, int]]:
    """What is left out, as plain tuples."""
    return [(item.kind, item.text, item.turn) for item in left_out(text, summary)]


def test_a_summary_that_carries_everything_leaves_nothing_out() -> None:
    assert kinds(FULL) == []


def test_each_is_named_once_in_the_order_of_turns() -> None:
    assert kinds("Ann moved.") == [
        ("dose", "5 mg", 0),
        ("time", "half past nine", 0),
        ("dose", "two tablets", 0),
        ("deadline", "Until Friday", 2),
        ("money", "$40", 2),
        ("deadline", "within two weeks", 2),
        ("number", "number 12", 4),
        ("date", "March 3rd", 4),
    ]


def test_another_kind_of_the_same_value_does_not_carry_it() -> None:
    assert kinds("At 5 o'clock it costs 9.", "Ann: Take 5 mg, it costs $9.") == [("dose", "5 mg", 0)]


def test_a_deadline_is_named_as_such_wherever_its_day_is_named_too() -> None:
    assert kinds("They talk.", "Ann: Is it Friday?\nBo: By Friday, please.") == [("deadline", "By Friday", 1)]


def test_speakers_names_hold_no_numbers() -> None:
    assert kinds("They talk.", "#Person1#: Hello!\n#Person2#: Hi, #Person1#.") == []


def test_of_too_many_the_deadlines_come_first() -> None:
    text = "Ann: " + ", ".join(f"{number} pears" for number in range(100, 100 + 2 * MOST)) + "\nBo: By Friday."
    found = kinds("They talk.", text)
    assert len(found) == MOST
    assert found[-1] == ("deadline", "By Friday", 1)


def test_turns_that_no_sentence_draws_on_are_uncovered_unless_they_are_courtesies() -> None:
    sentences = evidence_of(TEXT, "Ann says two tablets until Friday.")
    assert uncovered(TEXT, sentences) == (4, 5)
    assert uncovered(TEXT, ()) == (0, 2, 4, 5)  # "Until when?" and "Okay, thanks." hold nothing
    assert uncovered("", ()) == ()


@given(st.text(max_size=100), st.text(max_size=60))
def test_any_text_can_be_compared(text: str, summary: str) -> None:
    turns = turns_of(text)
    for item in left_out(text, summary):
        assert item.text in turns[item.turn].text
    assert set(uncovered(text, evidence_of(text, summary))) <= set(range(len(turns)))


@pytest.mark.parametrize("name", ["dialogue", "numbers"])
def test_a_text_leaves_nothing_of_itself_out(name: str) -> None:
    rows = [json.loads(line) for line in BUILTIN.read_text(encoding="utf-8").splitlines()]
    texts = [row["dialogue"] for row in rows] if name == "dialogue" else [f"Ann: {row['summaries'][0]}" for row in rows]
    assert len(texts) > 100
    for text in texts:
        whole = "\n".join(turn.text for turn in turns_of(text))
        assert left_out(text, whole) == ()


def seconds(text: str, summary: str) -> float:
    """What all three together take, once warm."""
    started = time.process_time()
    left_out(text, summary)
    uncovered(text, evidence_of(text, summary))
    flags_of(text, summary, hit_cap=False)
    return time.process_time() - started


def test_a_short_conversation_takes_no_time_and_a_meeting_does_not_explode() -> None:
    short = "\n".join(f"Ann: We painted wall {n} with a brush on Monday at {n}." for n in range(15))
    seconds(short, "Ann painted walls 3 and 90.")
    # 5 ms and half a second of processor time, measured; what is quadratic takes minutes
    assert min(seconds(f"{short}\nBo: {n}", f"Ann painted walls 3 and {n}. Bo pays $7.") for n in range(90, 95)) < 0.5
    rows = [json.loads(line)["dialogue"] for line in BUILTIN.read_text(encoding="utf-8").splitlines()]
    meeting = "\n".join(rows)
    assert len(meeting.split()) > 20_000
    assert seconds(meeting, "They met at nine. Zebedee pays $71 by Sunday. " * 8) < 30


def test_a_speaker_with_a_months_name_is_no_date() -> None:
    text = "April: Hello, May. Will you come in June?\nMay Li: In July."
    assert [(item.text, item.turn) for item in left_out(text, "They talk.")] == [("June", 0), ("July", 1)]
