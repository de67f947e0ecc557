"""ROUGE equals rouge_score 0.1.2, on real summaries and on random text."""

import csv
import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.stem.porter import PorterStemmer
from rouge_score.rouge_scorer import RougeScorer

from shared_data import shared
from upshot.metrics import rouge
from upshot.metrics.rouge import has_no_words, rouge1, rouge2, rouge_l, rouge_lsum

OURS = {"rouge1": rouge1, "rouge2": rouge2, "rougeL": rouge_l, "rougeLsum": rouge_lsum}
THEIRS = RougeScorer(list(OURS), use_stemmer=True)

# Few words, so that texts overlap; the odd ones meet stemming, unicode lower case and every kind of line end.
WORDS = ["a", "cat", "cats", "running", "runs", "flies", "skies", "#Person1#", "It's", "9.30", "İ", "é", "你好", "K"]
ENDS = [" ", " ", " ", ". ", "! ", "?\n", "\n", "\r\n", ".\n\n", " \n ", "\u2028", ".\u00a0", "."]
TEXTS = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(ENDS)).map("".join), max_size=14).map("".join)


def split_sentences(text: str) -> str:
    return "\n".join(re.split(r"(?<=[.!?])\s+", text.strip()))


def assert_equal_to_rouge_score(prediction: str, reference: str) -> None:
    whole = THEIRS.score(reference, prediction)
    split = THEIRS.score(split_sentences(reference), split_sentences(prediction))
    for name, ours in OURS.items():
        theirs = (split if name == "rougeLsum" else whole)[name].fmeasure
        assert ours(prediction, reference) == pytest.approx(theirs, abs=1e-9), name


def test_every_real_pair_scores_as_rouge_score_does():
    outputs = shared("data/outputs/bart-large-quick.txt").read_text(encoding="utf-8").split("\n")
    with shared("data/dialogsum/test.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 1500
    for number, row in enumerate(rows):
        assert_equal_to_rouge_score(outputs[number // 3], row["summary"])


@given(TEXTS, TEXTS)
@settings(max_examples=300, deadline=None)
def test_texts_of_like_words_score_as_rouge_score_does(prediction, reference):
    assert_equal_to_rouge_score(prediction, reference)


@given(st.text(max_size=60), st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_unicode_text_scores_as_rouge_score_does(prediction, reference):
    assert_equal_to_rouge_score(prediction, reference)


@given(st.text("aeioulsydnt", min_size=1, max_size=12))
@settings(max_examples=300, deadline=None)
def test_any_letters_are_stemmed_as_rouge_score_does(word):
    assert_equal_to_rouge_score(word, f"{word}s {word}")


def test_words_that_the_stemmer_is_not_asked_about_are_words_that_it_leaves_alone():
    letters = "aeioublrnstdgycmfkv"
    ends = ["".join(end) for end in itertools.product(letters, repeat=4)]
    asked = [f"{start}{end}" for start in ("", "comp") for end in ends[:: 1 if start else 3]]
    passed_over = [word for word in asked if not rouge._STEMMED_END.search(word)]
    assert len(passed_over) > 50_000
    stemmer = PorterStemmer()
    assert [word for word in passed_over if stemmer.stem(word) != word] == []


def test_a_newline_inside_the_text_ends_a_sentence_for_lsum_only():
    prediction, reference = "the cat sat\non the mat", "on the mat the cat sat"
    assert rouge_lsum(prediction, reference) == 1.0
    assert rouge_l(prediction, reference) == 0.5


def test_a_text_against_itself_scores_one_and_against_nothing_zero():
    for score in OURS.values():
        assert score("One cat. Two dogs!", "One cat. Two dogs!") == 1.0
        assert score("", "One cat.") == score("One cat.", "") == score("", "") == 0.0


def test_scripts_other_than_latin_have_no_words_and_score_zero():
    assert has_no_words("你好，世界。")
    assert not has_no_words("你好 2")
    assert rouge1("你好", "你好") == 0.0
