"""What a number counts: the noun phrase that people would say, and nothing that is none."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upshot.answers.noun_phrases import noun_end, widened


def phrase(text: str) -> str:
    """The noun phrase of the number that stands between braces."""
    start, end = text.index("{"), text.index("}") - 1
    found = widened(text.replace("{", "").replace("}", ""), start, end)
    return text.replace("{", "").replace("}", "")[slice(*found)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("It takes {five} working days.", "five working days"),
        ("{Three} chicken recipes. I'm", "Three chicken recipes"),
        ("with {two} little black taps.", "two little black taps"),
        ("{three} more times, and then", "three more times"),
        ("{two} new people tomorrow", "two new people"),
        ("{two} empty seats over there", "two empty seats"),
        ("{seven} houses stand here", "seven houses"),
        ("{five} people ordered drinks", "five people"),
        ("at number {60} Weaver Street rings", "number 60 Weaver Street"),
        ("House, room {22}.", "room 22"),
        ("Flight {30} leaving at noon", "Flight 30"),
        ("Platform {four}, please", "Platform four"),
        ("a {ninety}-minute drive", "ninety-minute drive"),
        ("{six} hours before the bus leaves", "six hours"),
        ("{two} sugar, please", "two sugar"),
    ],
)
def test_a_number_stands_with_what_it_counts(text: str, said: str) -> None:
    assert phrase(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{Two} aren't here", "Two"),
        ("{two} of the forty tests", "two"),
        ("earn {2,400} twice", "2,400"),
        ("stop at {four} today", "four"),
        ("the {14} tram stops here", "14 tram"),
        ("{five} plus the driver", "five"),
        ("{three} small, red cups", "three small"),
        ("{two} more", "two"),
        ("{ten} will do it for us", "ten"),
        ("{ten}", "ten"),
        ("Seat {12} people.", "12 people"),
    ],
)
def test_what_is_not_counted_stays_outside(text: str, said: str) -> None:
    assert phrase(text) == said


@given(st.text(" -aszoe'T.", max_size=30), st.integers(0, 5))
def test_a_phrase_holds_its_number_and_stays_within_the_text(text: str, start: int) -> None:
    number_end = start + 1
    found = widened(f"{text[:start]:{start}}7{text[start:]}", start, number_end)
    assert 0 <= found[0] <= start
    assert number_end <= found[1] <= max(number_end, len(text) + 1)
    assert noun_end(text, len(text)) == len(text)


def test_time_does_not_grow_with_the_text_around() -> None:
    text = "room " * 20_000 + "7" + " red" * 20_000
    started = time.process_time()
    for _ in range(200):
        widened(text, 100_000, 100_001)
    assert time.process_time() - started < 0.5
