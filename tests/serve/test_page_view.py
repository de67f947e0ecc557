"""Answers in pieces for the page: marks, turns with what draws on them, states in words."""

import doctest

import pytest

from serve.page_desk import answer, mark
from upshot.answers.answer import Mark, Sentence
from upshot.data.conversation import Conversation, Said
from upshot.serve import page_view
from upshot.serve.desk import Refused
from upshot.serve.page_view import Column, as_text, fit, lines, pieces, state_of

TALK = Conversation("c", tuple(Said("Ann" if n % 2 else "Bo", f"Turn {n}.", 60.0 * n) for n in range(5)))


def sentence(text: str, *marks: Mark) -> Sentence:
    return Sentence(text=text, support=1, turns=(), unsupported=marks)


def test_examples_in_docstrings():
    assert doctest.testmod(page_view).failed == 0


def test_pieces_are_the_sentence_again():
    text = "Rosa paid 5 euros."
    found = pieces(sentence(text, mark(text, "5", "number"), mark(text, "Rosa", "name")))
    assert found == (("Rosa", "name"), (" paid ", ""), ("5", "number"), (" euros.", ""))


@pytest.mark.parametrize(
    "spans", [((0, 4), (2, 6)), ((0, 6), (1, 3)), ((2, 2),), ((3, 99),), ((5, 2),), ((0, 6), (0, 6))]
)
def test_odd_marks_lose_no_letter(spans):
    marks = tuple(Mark(start=start, end=end, kind="word") for start, end in spans)
    assert "".join(text for text, _ in pieces(sentence("abcdef", *marks))) == "abcdef"


def test_turns_know_the_sentences_of_all_columns_that_draw_on_them():
    columns = (Column("full", answer(TALK, "full")), Column("gone", state=state_of(Refused(429, "full", "Full."))))
    columns += (Column("base", answer(TALK, "base")),)
    found = lines(TALK, (), columns)
    assert found[0].draws == ((0, 0), (0, 1), (2, 0), (2, 1))
    assert found[4].draws == ((0, 1), (2, 1))
    assert [line.covered for line in found] == [True, False, False, False, True]
    assert [line.time for line in found] == ["0:00", "1:00", "2:00", "3:00", "4:00"]
    assert [line.colour for line in found] == [0, 1, 0, 1, 0]


def test_without_an_answer_no_turn_is_pale():
    assert all(line.covered for line in lines(TALK, (), ()))


def test_one_part_is_no_split():
    assert [line.part for line in lines(TALK, [{"first": 0, "last": 4}], ())] == [0] * 5
    assert [line.part for line in lines(TALK, [{"first": 0, "last": 2}, {"first": 3, "last": 4}], ())] == [
        1,
        0,
        0,
        2,
        0,
    ]


def test_what_fits_needs_no_words_and_what_does_not_says_how():
    assert fit({"prompt_tokens": 512, "limit": 512, "parts": []}) == ""
    assert fit({"prompt_tokens": 600, "limit": 512, "parts": []}) == "Too long for this model: 88 tokens."
    cut = {"prompt_tokens": 600, "limit": 512, "parts": [], "cut_after": 8}
    assert fit(cut) == "Too long for this model: what stands after turn 9 is cut, 88 tokens."
    thirds = [{"first": 0, "last": 3}, {"first": 4, "last": 8}, {"first": 9, "last": 9}]
    plan = {"prompt_tokens": 9, "limit": 5, "parts": thirds, "seconds": 12.4}
    assert "in 3 parts, split after turns 4 and 9, about 12 s; what tells most is shown" in fit(plan)


def test_every_status_has_a_title_in_words():
    for status in (404, 413, 422, 429, 500, 503, 504, 418):
        assert state_of(Refused(status, "x", "y")).title[0].isupper()
    assert state_of(Refused(503, "not_ready", "y")).title == "Not ready yet"


def test_the_text_to_keep_holds_label_doubts_and_source():
    said = as_text(answer(TALK, "full"))
    assert said.startswith("Rosa says: Turn 0.")
    assert "AI-generated summary, by full (upshot 0.1.0)." in said
    assert "not a probability of being right" in said
    assert "A number that the conversation does not hold (two weeks)" in said
    assert TALK.source_sha256 in said
    hidden = answer(TALK, "full").model_copy(update={"summary": "", "sentences": ()})
    assert as_text(hidden).startswith("(kept back)")
