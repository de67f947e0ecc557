"""Key terms and rare words: weighed against the training split, names of speakers left out."""

import math

import pytest

from upshot.analysis.terms import Corpus, corpus_of, kept_share, key_terms, rare_share
from upshot.bm25 import build

TALKS = (
    "Ann: The boiler leaks again.\nBo: Then call the plumber.",
    "Ann: The train was late again.\nBo: Take the bus then.",
    "Ann: The bus was late.\nBo: Walk then.",
)


def test_a_document_is_counted_once_a_term_and_the_same_text_once() -> None:
    corpus = corpus_of([*TALKS, TALKS[0]])
    assert corpus.size == 3
    assert (corpus.holders["bus"], corpus.holders["boiler"], corpus.holders["the"]) == (2, 1, 3)
    assert "ann" not in corpus.holders  # a label is not said


def test_idf_is_that_of_the_bm25_index() -> None:
    corpus = corpus_of(TALKS)
    assert corpus.idf("bus") == pytest.approx(math.log(1 + (3 - 2 + 0.5) / (2 + 0.5)))
    index = build(["bus bus", "late bus", "walk walk"])  # all of the mean length: frequency 1 then weighs idf alone
    assert corpus_of(["bus bus", "late bus", "walk walk"]).idf("late") == pytest.approx(index.postings["late"][1][0])


def test_key_terms_are_what_others_do_not_say_heaviest_first() -> None:
    corpus = corpus_of(TALKS)
    assert key_terms("Cy: The bus! The bus hit a hydrant. A red hydrant.", corpus) == ("hydrant", "hit", "red", "bus")
    assert key_terms("Cy: The bus! The bus hit a hydrant.", corpus, count=1) == ("hit",)


def test_speakers_are_no_key_terms_by_label_or_tag() -> None:
    assert key_terms("#Person1#: Rain.\n#Person2#: Ask #Person1# about rain.", corpus_of(TALKS)) == ("rain",)


def test_a_kept_term_may_be_inflected() -> None:
    terms = key_terms("Cy: The hydrants leaked.", corpus_of(TALKS))
    assert kept_share(terms, "A hydrant is leaking.") == 1.0
    assert kept_share(terms, "Cy talks about a hydrant.") == 0.5
    assert kept_share(terms, "") == 0.0


def test_rare_words_are_those_that_hardly_any_training_dialogue_holds() -> None:
    holders = {"common": 500, "seldom": 2, "thrice": 3}
    corpus = Corpus(2000, holders)
    assert rare_share("Ann: common common seldom", corpus) == pytest.approx(1 / 3)
    assert rare_share("Ann: thrice thrice seldom unheard", corpus) == pytest.approx(0.5)


def test_a_training_dialogue_does_not_vouch_for_its_own_words() -> None:
    corpus = corpus_of(TALKS)
    own = [rare_share(text, corpus, among=True) for text in TALKS]
    assert own == [pytest.approx(rare_share(text, corpus_of(set(TALKS) - {text}))) for text in TALKS]
    assert own[0] == 0.5  # boiler, leaks, call and plumber are said nowhere else


def test_no_words_and_no_training_split_have_no_share() -> None:
    assert rare_share("Ann: ...", corpus_of(TALKS)) is None
    assert rare_share(TALKS[0], corpus_of([])) is None
