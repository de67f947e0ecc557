"""Parts of a conversation: whole turns where they fit, every word in one of them, of like size."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upshot.answers.parts import Line, last_whole_turn, lines_of, split, text_of

WRAPPED = 3  # words of the prompt around a conversation


def count(texts: Sequence[str]) -> list[int]:
    """A word is a token, as is the line end between two turns; the prompt has three."""
    return [len(text.replace("\n", " / ").split()) + WRAPPED for text in texts]


def talk(*lengths: int) -> tuple[Line, ...]:
    return lines_of("\n".join("Ann: " + " ".join(["word"] * (length - 1)) for length in lengths))


def test_what_fits_is_one_stretch() -> None:
    (whole,) = split(talk(5, 5), count, 20)
    assert (whole.turns, whole.tokens) == ((0, 1), 14)
    assert whole.text == text_of(talk(5, 5))


def test_turns_stay_whole_and_parts_are_of_like_size() -> None:
    parts = split(talk(*[5] * 10), count, 33)
    assert [part.turns for part in parts] == [(0, 4), (5, 9)]
    assert all(part.tokens <= 33 for part in parts)


def test_a_turn_that_does_not_fit_is_cut_at_ends_of_sentences_and_keeps_its_speaker() -> None:
    long = "Ann: " + " ".join(f"One two three number {n}." for n in range(12))
    parts = split(lines_of(f"Ben: hi\n{long}\nBen: bye"), count, 20)
    assert all(part.tokens <= 20 for part in parts)
    pieces = [line for part in parts for line in part.lines if line.turn == 1]
    assert len(pieces) > 3
    assert all(line.text.startswith("Ann: One two") and line.text.endswith(".") for line in pieces)
    assert parts[0].turns[0] == 0
    assert parts[-1].turns[1] == 2


def test_a_sentence_without_an_end_is_cut_between_words_and_a_word_anywhere() -> None:
    def letters(texts: Sequence[str]) -> list[int]:
        return [len(text) + WRAPPED for text in texts]

    parts = split(lines_of("Ann: " + "word " * 20 + "x" * 60), letters, 40)
    assert all(part.tokens <= 40 for part in parts)
    joined = "".join(line.text.removeprefix("Ann: ") for part in parts for line in part.lines)
    assert joined.replace(" ", "") == "word" * 20 + "x" * 60


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=30), st.integers(8, 60))
def test_no_word_is_lost_and_no_part_is_too_long(lengths: list[int], room: int) -> None:
    lines = talk(*lengths)
    parts = split(lines, count, room)
    assert all(part.tokens <= room for part in parts)
    kept = [word for part in parts for line in part.lines for word in line.text.split() if word == "word"]
    assert len(kept) == sum(length - 1 for length in lengths)
    turns = [line.turn for part in parts for line in part.lines]
    assert turns == sorted(turns)
    assert set(turns) == set(range(len(lengths)))


def test_with_no_room_at_all_every_line_stands_by_itself() -> None:
    assert len(split(talk(4, 4), count, 2)) >= 2


@pytest.mark.parametrize(("room", "last"), [(8, 0), (7, -1), (13, 0), (14, 1), (99, 2)])
def test_the_last_turn_before_a_cut_is_told(room: int, last: int) -> None:
    assert last_whole_turn(talk(5, 5, 5), count, room) == last
