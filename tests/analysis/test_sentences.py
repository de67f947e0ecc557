"""Sentences, stems and named speakers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upshot.analysis.sentences import content_stems, content_words, mentions_of, sentences_of, stem, words_of
from upshot.metrics.rouge import rouge_lsum


def named(text: str, *speakers: str) -> list[str]:
    """Speakers that a text names, in order."""
    return [mention.speaker for mention in mentions_of(text, speakers)]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Ann asks Mr. Lee. He says no.", 2),
        ("They met Dr. Lee at 9 a.m. on Friday! Is that so?", 2),
        ("He rings at 9 a.m. She rings at ten.", 2),
        ("He works at St. Mary's, i.e. the hospital.", 1),
        ("one\ntwo", 2),
        ("Well... yes", 2),
        ("", 0),
        ("  ", 0),
    ],
)
def test_sentences_end_where_the_scorer_ends_them_but_not_behind_titles(text: str, count: int) -> None:
    assert len(sentences_of(text)) == count


def test_without_abbreviations_sentences_are_those_of_rouge() -> None:
    text = "He came. She saw! Who won? Nobody"
    assert rouge_lsum("\n".join(sentences_of(text)), text) == 1.0
    assert sentences_of(text) == ("He came.", "She saw!", "Who won?", "Nobody")


@given(st.text())
def test_sentences_lose_nothing_but_space(text: str) -> None:
    assert "".join("".join(sentences_of(text)).split()) == "".join(text.split())


def test_words_lose_their_clitics_and_keep_their_tags() -> None:
    assert words_of("# Person 1 # won’t see Seo-yeon's €5") == ["#person1#", "wo", "see", "seo", "yeon", "5"]
    assert words_of("你好 ok") == ["你", "好", "ok"]


def test_forms_of_a_word_have_one_stem() -> None:
    assert {stem(word) for word in ("buy", "buys", "buying", "bought")} == {"buy"}
    assert {stem(word) for word in ("measure", "measured", "measuring")} == {stem("measures")}


def test_content_is_what_is_left_without_stop_words_and_words_for_talking() -> None:
    assert content_stems("Ann says she will ask Dr. Bo about a pump, and a pump.") == ("ann", "bo", "pump")
    assert content_stems("They discuss it.") == ()


def test_speakers_are_named_by_tag_whole_name_or_part() -> None:
    assert named("#Person1# meets #Person2#.", "#Person1#", "#Person2#") == ["#Person1#", "#Person2#"]
    assert named("#Person 1 and person2 meet #Person12#", "#Person1#", "#Person2#") == ["#Person1#", "#Person2#"]
    assert mentions_of("##Person1# left", ("#Person1#",)) == (("#Person1#", 0, 10),)
    assert named("Dr Halvorsen, then Halvorsen.", "Dr. Halvorsen") == ["Dr. Halvorsen"] * 2
    assert named("Ruth sees Brandt's car.", "Ruth Brandt") == ["Ruth Brandt"] * 2
    assert named("王先生说你好", "王先生") == ["王先生"]


def test_a_role_in_lower_case_needs_an_article() -> None:
    assert named("The waiter asks.", "Waiter") == ["Waiter"]
    assert named("Who will do it? In may.", "Will", "May") == []
    assert named("Amanda laughs", "amanda") == ["amanda"]


def test_a_name_that_two_share_is_a_mention_of_nobody() -> None:
    assert named("Lee came.", "Ann Lee", "Bo Lee") == [""]
    assert named("Lee and Ann Lee came.", "Ann Lee", "Lee") == ["Lee", "Ann Lee"]


def test_a_name_is_no_part_of_a_word() -> None:
    assert named("Annex and #Person11#", "Ann", "#Person1#") == []
    assert named("Ann came", *()) == []


@given(st.text(), st.lists(st.text(min_size=1), max_size=3))
def test_any_text_and_any_speakers_are_read(text: str, speakers: list[str]) -> None:
    mentions = mentions_of(text, tuple(speakers))
    assert [text[mention.start : mention.end] for mention in mentions if mention.start >= mention.end] == []


def test_content_words_stand_where_they_were_written_whatever_lower_case_does_to_them():
    text = "İstanbul’s Cats didn't chase #Person1#."
    found = content_words(text)
    assert [text[start:end] for _, start, end in found] == ["İstanbul", "Cats", "chase", "#Person1#"]
    assert [word for word, _, _ in found][1:3] == ["cat", "chase"]
