"""Summaries of parts that tell most of the whole."""

import time

from hypothesis import given
from hypothesis import strategies as st

from upshot.answers.digest import digest_of

PARTS = (
    "Ann greets everybody warmly here.",
    "The team discusses the remote control design and its cost.",
    "Bo jokes about penguins in Antarctica.",
    "The cost of the remote control is too high, says the marketing.",
    "They agree on the rubber design for the remote control.",
)


def test_what_many_parts_tell_is_taken_and_asides_are_left() -> None:
    assert digest_of(PARTS, 10) == (1,)
    told = ("Bo jokes about penguins.", "Cats chase red balls.", "Dogs chase red balls.", "Dogs sleep well at night.")
    assert digest_of(told, 7) == (2,)
    assert digest_of(told, 8) == (0, 2)  # rather an aside than nearly a copy


def test_at_least_one_is_taken_and_no_more_than_add_something() -> None:
    assert len(digest_of(PARTS, 3)) == 1
    assert digest_of(("Cats bark.", "Cats.", "Bark."), 1000) == (0,)
    assert digest_of(("Penguins.",), 1000) == (0,)
    assert digest_of((), 10) == ()
    assert digest_of(("", " "), 10) == ()


def test_what_no_other_part_tells_is_taken_last_where_there_is_room() -> None:
    assert digest_of(PARTS, 16) == (1, 2)
    assert digest_of(PARTS, 1000) == (0, 1, 2, 3, 4)
    assert digest_of(("Ann is ill.", "Ben bakes bread."), 1000) == (0, 1)


def test_a_copy_adds_nothing_and_comes_last() -> None:
    twice = (PARTS[1], PARTS[1], PARTS[4], "The rubber is red.", "Red rubber is dear.")
    chosen = digest_of(twice, 30)
    assert not {0, 1} <= set(chosen)  # one of equals is enough


@given(st.lists(st.text(max_size=40), max_size=12), st.integers(1, 60))
def test_the_choice_keeps_the_order_and_the_limit(summaries: list[str], words: int) -> None:
    chosen = digest_of(summaries, words)
    assert list(chosen) == sorted(set(chosen))
    assert len(chosen) <= 1 or sum(len(summaries[number].split()) for number in chosen) <= words
    assert bool(chosen) == any(summary.split() for summary in summaries)


def test_hundreds_of_parts_take_no_time() -> None:
    many = [f"{part} Item {number} costs {number} in all." for number in range(80) for part in PARTS]
    started = time.process_time()
    digest_of(many, 5000)
    assert time.process_time() - started < 3
