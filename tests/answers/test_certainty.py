"""Tokens become words, and words keep their certainty on the way to what people read, or have none."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upshot.answers import certainty
from upshot.answers.answer import Word
from upshot.answers.certainty import certainty_of, joined, other_than, spans_of
from upshot.privacy.names import Names

NAMES = Names({"#Person1#": "Dr Okafor", "#Person2#": "maya"})


def read(words: tuple[Word, ...], *sentences: str) -> list[tuple[str, float]]:
    """Words as they stand in the sentences, with their certainty."""
    return [(sentences[word.sentence][word.start : word.end], word.logprob) for word in words]


def test_examples_in_docstrings() -> None:
    assert doctest.testmod(certainty).failed == 0


def test_a_word_has_the_sum_of_its_tokens_and_signs_around_it_count_for_none() -> None:
    prefixes = ["", "A", "Ann", 'Ann "', 'Ann "p', 'Ann "pays', 'Ann "pays"', 'Ann "pays".']
    found = joined('Ann "pays".', prefixes, [-1.0, -2.0, -4.0, -8.0, -16.0, -32.0, -64.0, -128.0])
    assert found == (("Ann", -7.0), ("pays", -48.0))


def test_half_letters_belong_to_the_letter_that_they_become() -> None:
    assert joined("é b", ["\ufffd", "é", "é ", "é b"], [-1.0, -2.0, -4.0, -8.0]) == (("é", -3.0), ("b", -12.0))


def test_a_token_over_two_words_counts_for_both_and_the_end_for_none() -> None:
    assert joined("of the day", ["of the", "of the day"], [-1.0, -2.0, -9.0]) == (
        ("of", -1.0),
        ("the", -1.0),
        ("day", -2.0),
    )


@given(st.lists(st.sampled_from(["a", " b", " ", ".", " 日本", "c'", "\n"]), max_size=12))
def test_whatever_the_tokens_every_word_is_a_word_of_the_text_in_order(tokens: list[str]) -> None:
    text = "".join(tokens).strip()
    prefixes = ["".join(tokens[: n + 1]) for n in range(len(tokens))]
    found = [word for word, _ in joined(text, prefixes, [-1.0] * len(tokens))]
    assert found == [text[start:end] for start, end in spans_of(text)]


def test_a_name_that_was_put_back_has_the_certainty_of_its_tag() -> None:
    wrote = (("#Person1#", -0.5), ("sees", -1.0), ("#Person2#'s", -2.0), ("car", -3.0))
    (said,) = sentences = [NAMES.restore("#Person1# sees #Person2#'s car.")]
    assert said == "Dr Okafor sees maya's car."
    found = read(certainty_of(wrote, NAMES.restore, sentences), said)
    assert found == [("Dr", -0.5), ("Okafor", -0.5), ("sees", -1.0), ("maya's", -2.0), ("car", -3.0)]


def test_a_tag_that_was_misspelt_over_two_words_is_left_out_and_takes_no_other_word_along() -> None:
    wrote = (("#Person", -0.5), ("2#", -0.6), ("sees", -1.0), ("it", -2.0))
    said = NAMES.restore("#Person 2# sees it.")
    assert read(certainty_of(wrote, NAMES.restore, [said]), said) == [("sees", -1.0), ("it", -2.0)]


def test_what_was_masked_or_dropped_afterwards_has_no_certainty() -> None:
    wrote = (("Write", -0.1), ("to", -0.2), ("ann@shop.example", -0.3), ("Then", -0.4), ("go", -0.5))
    assert read(certainty_of(wrote, str, ["Write to [EMAIL]."]), "Write to [EMAIL].") == [("Write", -0.1), ("to", -0.2)]


def test_what_is_no_number_is_left_out() -> None:
    wrote = (("Ann", float("nan")), ("pays", -1.0), ("Ben", float("-inf")))
    assert read(certainty_of(wrote, str, ["Ann pays Ben."]), "Ann pays Ben.") == [("pays", -1.0)]


def test_words_of_several_sentences_are_counted_within_their_own() -> None:
    wrote = tuple((word, -float(n)) for n, word in enumerate("Ann pays Ann smiles".split()))  # noqa: SIM905
    found = certainty_of(wrote, str, ["Ann pays.", "Ann smiles..."])
    assert [(word.sentence, word.start, word.end, word.logprob) for word in found] == [
        (0, 0, 3, 0.0),
        (0, 4, 8, -1.0),
        (1, 0, 3, -2.0),
        (1, 4, 10, -3.0),
    ]


@pytest.mark.parametrize("text", ["", " ", "- ... -", "\n"])
def test_a_text_without_words_has_none(text: str) -> None:
    assert spans_of(text) == ()
    assert certainty_of((), str, [text]) == ()
    assert joined(text.strip(), [text], [-1.0]) == ()


def test_another_text_has_other_words() -> None:
    assert other_than("Ann pays.", ["", "Ann pays!", "Ann paid.", "Ben."]) == "Ann paid."
    assert other_than("Ann pays.", []) is None
