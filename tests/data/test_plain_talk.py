"""Plain text, in the shapes in which people and programs write conversations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upshot.data.plain_talk import plain_draft
from upshot.data.said import finished
from upshot.data.turns import turns_of


def found(text: str) -> list[tuple[str, str, float | None, float | None]]:
    return [(turn.speaker, turn.text, turn.start_s, turn.end_s) for turn in finished(plain_draft(text), "x").turns]


TWO = [("Ann", "hi", 62.0, None), ("Bo Ito", "yo", 69.0, None)]


@pytest.mark.parametrize(
    "text",
    [
        "[00:01:02] Ann: hi\n[00:01:09] Bo Ito: yo",
        "00:01:02 Ann: hi\r\n00:01:09 Bo Ito: yo\r\n",
        "00:01:02 - Ann: hi\n00:01:09 - Bo Ito: yo",
        "(1:02) Ann: hi\n(1:09) Bo Ito: yo",
        "1:02 | Ann: hi\n1:09 | Bo Ito: yo",
        "Ann (1:02): hi\nBo Ito (1:09): yo",
        "Ann [00:01:02]: hi\nBo Ito [00:01:09]: yo",
        "Ann: [1:02] hi\nBo Ito: (1:09) yo",
        "Ann 1:02\nhi\n\nBo Ito 1:09\nyo\n",
        "Ann  00:01:02\nhi\nBo Ito  00:01:09\nyo",
        "Ann, 1:02\nhi\nBo Ito - (1:09)\nyo",
        "[Ann] 00:01:02\nhi\n[Bo Ito] 00:01:09\nyo",
        "[1:02]\nAnn: hi\n[1:09]\nBo Ito: yo",
        "\ufeff1:02 **Ann:** hi\n1:09 **Bo Ito**: yo".removeprefix("\ufeff"),
    ],
)
def test_times_and_names_come_in_many_shapes(text: str) -> None:
    assert found(text) == TWO


def test_names_without_times_and_lines_that_go_on() -> None:
    assert found("#Person1#: hi\n#Person2#: yo,\n  you\n\nthere") == [
        ("#Person1#", "hi", None, None),
        ("#Person2#", "yo, you there", None, None),
    ]


def test_a_range_has_an_end() -> None:
    assert found("[00:01 - 00:04] Ann: hi\n00:00:05.000 --> 00:00:07.500\nBo: yo") == [
        ("Ann", "hi", 1.0, 4.0),
        ("Bo", "yo", 5.0, 7.5),
    ]
    assert found("[00:05 - 00:04] Ann: hi")[0][2:] == (5.0, None)


def test_times_of_day_are_counted_from_the_first() -> None:
    assert found("03/05/2026, 23:59 - Ann: hi\n03/05/2026, 23:59 - Bo: see: yo") == [
        ("Ann", "hi", 0.0, None),
        ("Bo", "see: yo", 0.0, None),
    ]
    assert [turn[2] for turn in found("[11:59:30 PM] Ann: hi\n[12:00:05 AM] Bo: yo")] == [0.0, 35.0]


def test_times_of_several_days_are_left_out_with_a_note() -> None:
    text = "[03.05.26, 10:32:01] Ann: hi\n\u200e[04.05.26, 09:00:00] Bo: yo"
    assert found(text) == [("Ann", "hi", None, None), ("Bo", "yo", None, None)]
    assert plain_draft(text).notes == ["times left out: they are of several days"]


def test_notices_of_a_chat_program_are_nobodys() -> None:
    text = "03/05/2026, 10:32 - Calls are encrypted\n03/05/2026, 10:32 - Ann: hi\n03/05/2026, 10:33 - Bo left"
    assert [turn[:2] for turn in found(text)] == [("", "Calls are encrypted"), ("Ann", "hi"), ("", "Bo left")]


@pytest.mark.parametrize(
    "odd", ["[", "Ann (", "**a", "Ann ", "1:", "10:30 ", "12/03/2024, ", ":", "[0:01", "x:y ", "\u200e"]
)
def test_no_text_takes_long(odd: str) -> None:
    assert found(f"Ann: hi\n{odd * 30_000}x\n" + f"{odd}\n" * 3_000)


def test_times_that_may_be_of_the_day_are_noted() -> None:
    assert plain_draft("10:32 Ann: hi").notes == ["times such as 10:32 are read as minutes and seconds"]
    assert plain_draft("0:32 Ann: hi\n10:32 Bo: yo").notes == []


@pytest.mark.parametrize("words", ["10:30 suits me", "at 10:30", "Room 7, then at 9:15"])
def test_times_that_people_speak_of_stay_words(words: str) -> None:
    assert found(f"Ann: hi\nBo: yo\n{words}")[-1] == ("Bo", f"yo {words}", None, None)
    assert found(f"00:01 Ann: hi\n00:05 Bo: yo\n{words}")[-1] == ("Bo", f"yo {words}", 5.0, None)


def test_a_single_line_that_ends_in_a_time_names_nobody() -> None:
    assert found("Lunch 12:30\nwe eat") == [("", "Lunch 12:30", None, None), ("", "we eat", None, None)]


def test_without_speakers_each_line_or_paragraph_is_a_turn() -> None:
    assert found("hello\nthere at 10:30") == [("", "hello", None, None), ("", "there at 10:30", None, None)]
    assert found("one\ngoes on\n\ntwo\n") == [("", "one goes on", None, None), ("", "two", None, None)]
    assert found("[0:01] hello\n[0:05] there") == [("", "hello", 1.0, None), ("", "there", 5.0, None)]
    assert found("0:01 hello\n0:05 there") == [("", "hello", 1.0, None), ("", "there", 5.0, None)]


def test_a_time_within_a_turn_begins_one_of_the_same_speaker() -> None:
    assert found("Ann: hi\n[0:05] and more\nBo: yo")[1] == ("Ann", "and more", 5.0, None)


def test_colons_in_what_is_said_below_a_header_name_nobody() -> None:
    assert found("Ann 0:01\nNote: buy milk\nBo 0:05\nyes")[0] == ("Ann", "Note: buy milk", 1.0, None)


def test_lines_before_the_first_name_are_one_turn_of_nobody() -> None:
    assert found("Weekly call\nRoom 4\nAnn: hi")[0] == ("", "Weekly call Room 4", None, None)


def test_a_first_line_may_be_the_note_of_consent() -> None:
    for end in ("\n", "\r\n", "\r"):
        draft = plain_draft(f"\n Consent: all agreed{end}{end}Ann: hi")
        assert (draft.consent, [turn.speaker for turn in draft.said]) == ("all agreed", ["Ann"])
    assert plain_draft("Ann: hi\nConsent: no").consent == ""


@given(st.text(alphabet=st.sampled_from("Ab c:：#\n1-[]().,"), max_size=80))
def test_without_times_turns_are_those_of_the_text(text: str) -> None:
    draft = plain_draft(text)
    if any(turn.start_s is not None for turn in draft.said) or "[" in text or "(" in text:
        return
    named = [(turn.speaker, " ".join(turn.text.split())) for turn in turns_of(text)]
    if any(speaker for speaker, _ in named):
        assert [(turn.speaker, " ".join(turn.text.split())) for turn in draft.said] == named
