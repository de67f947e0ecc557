"""The nearest documents by BM25."""

import math

import pytest

from upshot.bm25 import build, nearest, terms_of

DOCUMENTS = ["#Person1#: red apples", "green apples and apples", "blue sky", "blue sky"]


def plain_scores(documents: list[str], query: str) -> list[float]:
    """The formula written out, without an index."""
    texts = [terms_of(document) for document in documents]
    mean_length = sum(map(len, texts)) / len(texts)
    scores = [0.0] * len(texts)
    for term in set(terms_of(query)):
        df = sum(term in text for text in texts)
        idf = math.log(1 + (len(texts) - df + 0.5) / (df + 0.5))
        for number, text in enumerate(texts):
            frequency = text.count(term)
            norm = frequency + 1.2 * (1 - 0.75 + 0.75 * len(text) / mean_length)
            scores[number] += idf * frequency * 2.2 / norm
    return scores


def test_the_order_is_that_of_the_formula():
    query = "Red red apples and a sky"
    scores = plain_scores(DOCUMENTS, query)
    expected = sorted(range(4), key=lambda number: (-scores[number], number))
    assert nearest(build(DOCUMENTS), query, 4) == expected == [0, 1, 2, 3]


def test_a_query_term_counts_once():
    index = build(DOCUMENTS)
    assert nearest(index, "red apples", 4) == nearest(index, "red apples apples apples", 4)


def test_equals_come_in_the_order_of_the_documents():
    assert nearest(build(DOCUMENTS), "blue", 2) == [2, 3]
    assert nearest(build(DOCUMENTS), "nothing known", 3) == [0, 1, 2]


def test_excluded_documents_are_left_out():
    assert nearest(build(DOCUMENTS), "blue sky", 2, exclude={2}) == [3, 0]
    assert nearest(build(DOCUMENTS), "blue", 9, exclude=range(4)) == []


def test_a_term_in_too_many_documents_is_ignored():
    assert nearest(build(DOCUMENTS, max_df=2), "apples blue red", 4)[0] == 0
    assert set(build(DOCUMENTS, max_df=2).postings) == {"red", "green", "and"}


@pytest.mark.parametrize("query", ["", "#Person1#:", "42", "你好"])
def test_a_query_without_terms_finds_the_first(query):
    assert nearest(build(DOCUMENTS), query, 1) == [0]


def test_no_documents_have_no_nearest():
    assert nearest(build([]), "blue", 3) == []
