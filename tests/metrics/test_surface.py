"""Characters, lengths, novelty and repetition."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upshot.metrics.surface import chrf, count_words, novelty, repetition


def test_chrf_is_one_for_the_same_text_whatever_the_spaces():
    assert chrf("the cat sat", "the  cat\nsat") == 1.0


def test_chrf_of_a_worked_example_weighs_recall_twice():
    # Orders 1 and 2: precision 1 and 1, recall 2/4 and 1/3; the prediction is too short for the orders above.
    precision, recall = 1.0, (2 / 4 + 1 / 3) / 2
    assert chrf("ab", "abcd") == pytest.approx(5 * precision * recall / (4 * precision + recall))


def test_chrf_keeps_case_and_is_zero_without_overlap_or_text():
    assert chrf("AB", "ab") == chrf("", "ab") == chrf("ab", "") == chrf(" ", " ") == 0.0


@given(st.text(max_size=30), st.text(max_size=30))
def test_chrf_is_between_zero_and_one(prediction, reference):
    assert 0.0 <= chrf(prediction, reference) <= 1.0 + 1e-12


def test_a_copied_turn_has_no_novelty_and_a_foreign_sentence_only():
    dialogue = "#Person1#: Shall we meet at noon?\n#Person2#: Yes."
    assert novelty("Shall we meet at NOON", dialogue) == 0.0
    assert novelty("Bananas grow quickly", dialogue) == 1.0
    assert novelty("noon", dialogue) == 0.0


def test_a_loop_is_repetition_and_plain_text_is_not():
    assert repetition("I'm sorry, sir. I'm sorry, sir. I'm sorry, sir.") == pytest.approx(1 - 4 / 10)
    assert repetition("They meet at noon in town.") == 0.0
    assert repetition("") == repetition("two words") == 0.0


def test_words_stand_between_spaces():
    assert count_words("#Person1#'s  cat,\nsat. ") == 3
    assert count_words("") == 0
