"""Words of a summary on the page: shaded within and beside marks, and compared with what was nearly written."""

import doctest
import math

import pytest

from serve.page_desk import answer, mark
from upshot.answers.answer import Answer, Sentence, Word
from upshot.data.conversation import Conversation, Said
from upshot.serve import page_words
from upshot.serve.page_words import BOUNDS, Shade, chance, level_of, nearly, shaded, unplaced

TALK = Conversation("c", (Said("Ann", "I pay."), Said("Bo", "Thanks.")))
TEXT = "Rosa paid 5 euros."


def word(text: str, logprob: float, *, of: str = TEXT, sentence: int = 0) -> Word:
    start = of.index(text)
    return Word(sentence=sentence, start=start, end=start + len(text), logprob=logprob)


def paid(*marks: str) -> Sentence:
    return Sentence(text=TEXT, support=1, turns=(), unsupported=tuple(mark(TEXT, text, "name") for text in marks))


def saying(text: str, alternative: str | None = None, *certainty: Word) -> Answer:
    sentences = (Sentence(text=text, support=1, turns=(), unsupported=()),)
    changes = {"sentences": sentences, "alternative": alternative, "certainty": certainty}
    return answer(TALK, "full").model_copy(update=changes)


def test_examples_in_docstrings() -> None:
    assert doctest.testmod(page_words).failed == 0


def test_a_word_is_darker_the_less_likely_it_was() -> None:
    assert [level_of(math.log(p)) for p in (1.0, *BOUNDS)] == [0, 0, 1, 2]
    assert [level_of(math.log(p * 0.99)) for p in BOUNDS] == [1, 2, 3]
    assert level_of(-800.0) == 3
    assert [chance(logprob) for logprob in (0.0, -0.7, -4.5, -4.7)] == ["100 %", "50 %", "1 %", "under 1 %"]


def test_words_are_shaded_within_marks_and_beside_them() -> None:
    found = shaded(paid("Rosa"), (word("Rosa", -3.0), word("paid", -0.1), word("euros", -1.8)))
    assert found == (
        ("name", (Shade("Rosa", 2, "5 %"),)),
        ("", (Shade(" paid 5 "), Shade("euros", 1, "17 %"), Shade("."))),
    )


def test_a_word_that_a_mark_cuts_is_shaded_whole_and_said_once() -> None:
    found = shaded(paid("Ro"), (word("Rosa", -3.0),))
    assert found[0] == ("name", (Shade("Ro", 2, ""),))
    assert found[1][1][0] == Shade("sa", 2, "5 %")


@pytest.mark.parametrize("places", [((0, 4), (2, 9)), ((3, 99),), ((5, 2),), ((17, 18), (0, 0)), ((0, 18),)])
def test_odd_places_lose_no_letter(places: tuple[tuple[int, int], ...]) -> None:
    words = [Word(sentence=0, start=start, end=end, logprob=-5.0) for start, end in places]
    assert "".join(shade.text for _, stretches in shaded(paid("5"), words) for shade in stretches) == TEXT


def test_words_of_other_sentences_shade_nothing_here() -> None:
    assert shaded(paid(), (word("paid", -5.0, sentence=1),)) == (("", (Shade(TEXT),)),)


def test_words_without_certainty_are_counted() -> None:
    assert unplaced(saying(TEXT, None, word("paid", -5.0))) == 3
    assert unplaced(answer(TALK, "full").model_copy(update={"sentences": ()})) == 0


def test_what_was_nearly_written_shows_where_it_has_other_words() -> None:
    found = nearly(saying(TEXT, "Rosa paid nine euros. She smiles."))
    assert found == (("Rosa paid ", ""), ("nine", "other"), (" euros. ", ""), ("She smiles", "other"), (".", ""))
    found = nearly(saying(TEXT, "- Rosa paid 5 euros.\n- Bo smiles."))
    assert found == (("Rosa paid 5 euros. ", ""), ("Bo smiles", "other"), (".", ""))
    assert nearly(saying(TEXT, "rosa, paid 5 Euros!")) == (("rosa, paid 5 Euros!", ""),)


def test_what_it_would_have_left_out_is_shown_where_it_stands() -> None:
    assert nearly(saying(TEXT, "Rosa paid.")) == (("Rosa paid", ""), (" 5 euros", "gone"), (".", ""))
    assert nearly(saying(TEXT, "Paid 5 euros.")) == (("Rosa ", "gone"), ("Paid 5 euros.", ""))
