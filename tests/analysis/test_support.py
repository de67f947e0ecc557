"""Support of sentences by turns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upshot.analysis.support import (
    LOW_SUPPORT,
    best_window,
    drawn_from,
    low_support,
    places_of,
    source_of,
    support_of,
    weight_of,
)
from upshot.data.sources import load_splits
from upshot.recipe import DataSettings

TEXT = (
    "Ann: The boiler is leaking again.\nBo: I'll call a plumber tomorrow.\nAnn: Thanks.\n"
    "Bo: Did you decide about Lisbon?\nAnn: We fly on Friday, the tickets were cheap.\nBo: Lovely."
)


def test_the_turns_that_say_it_support_a_sentence_best_first() -> None:
    boiler, flight = support_of(TEXT, "Ann's boiler leaks and Bo calls a plumber. They fly to Lisbon on Friday.")
    assert set(boiler.turns) == {0, 1}
    assert flight.turns == (4, 3)
    assert boiler.score == 1.0
    assert flight.score == pytest.approx(1.0)


def test_what_nobody_says_has_no_support() -> None:
    (support,) = support_of(TEXT, "Penguins inhabit Antarctica.")
    assert (support.score, support.turns) == (0.0, ())
    (finding,) = low_support(TEXT, "Penguins inhabit Antarctica.")
    assert (finding.kind, finding.sentence, finding.strength) == ("low-support", 0, 1.0)


def test_a_sentence_without_content_is_in_no_doubt() -> None:
    assert support_of(TEXT, "They talk about it.")[0].score == 1.0
    assert low_support(TEXT, "They talk about it.") == ()


def test_without_a_dialogue_nothing_is_called_unsupported() -> None:
    assert support_of("", "Ann flies to Lisbon.")[0].score == 0.0
    assert low_support("", "Ann flies to Lisbon.") == ()


def test_a_speakers_name_is_supported_by_the_speakers_turns() -> None:
    source = source_of(TEXT)
    assert places_of(source, "Ann") == (0, 2, 4)
    assert places_of(source_of("#Person1#: Hi\n#Person2#: Ho"), "#Person2#") == (1,)


def test_other_forms_of_a_word_count() -> None:
    source = source_of("Ann: The decision is mine.\nBo: The pharmacist knows.")
    assert places_of(source, "decid") == ()  # four letters alone are too few
    assert places_of(source, "pharmaci") == (1,)
    assert places_of(source, "pharaoh") == ()


def test_rare_words_weigh_more() -> None:
    source = source_of(TEXT)
    assert weight_of(source, 1) > weight_of(source, 3) > 0
    assert weight_of(source, 0) == weight_of(source, 1)


def test_the_shortest_and_then_the_first_window_wins() -> None:
    assert best_window([1.0, 1.0], [[0, 2], [2, 5]]) == (2.0, (2,))
    assert best_window([1.0], [[1, 4]]) == (1.0, (1,))
    assert best_window([1.0, 1.0], [[0], [3]]) == (1.0, (0,))  # four turns apart
    assert best_window([], []) == (0.0, ())


def test_what_the_turns_give_is_what_the_summary_weighs() -> None:
    given_by = drawn_from(TEXT, "The boiler leaks. They fly on Friday.")
    assert [number for number, weight in enumerate(given_by) if weight] == [0, 4]
    assert sum(drawn_from(TEXT, "Penguins.")) == 0.0


@given(st.text(max_size=60), st.text(max_size=60))
def test_support_is_a_share(text: str, summary: str) -> None:
    turns = len(source_of(text).turns)
    for support in support_of(text, summary):
        assert 0.0 <= support.score <= 1.0 + 1e-9
        assert all(0 <= turn < turns for turn in support.turns)


def test_few_sentences_of_the_training_references_and_most_of_others_are_low() -> None:
    rows = load_splits(DataSettings(), 0).splits.train
    texts, summaries = [row.dialogue for row in rows], [row.summary or "" for row in rows]
    own = [s.score < LOW_SUPPORT for pair in zip(texts, summaries, strict=True) for s in support_of(*pair)]
    moved = [*summaries[7:], *summaries[:7]]
    foreign = [s.score < LOW_SUPPORT for pair in zip(texts, moved, strict=True) for s in support_of(*pair)]
    assert len(own) > 250
    assert sum(own) / len(own) < 0.03
    assert sum(foreign) / len(foreign) > 0.9
