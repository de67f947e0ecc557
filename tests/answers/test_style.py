"""Length and form: whole sentences, never cut in the middle."""

import pytest

from upshot.answers.style import as_list, decoding_for, fitted, length_note
from upshot.recipe import GenerationSettings

TEXT = "Ann is ill. She stays at home with her mother. Dr. Lee calls her at nine and asks for the card."


@pytest.mark.parametrize(("words", "sentences"), [(None, 3), (3, 1), (8, 2), (9, 2), (19, 3), (500, 3)])
def test_whole_sentences_come_nearest_to_the_words_asked_for(words: int | None, sentences: int) -> None:
    kept, left = fitted(TEXT, words)
    assert TEXT.startswith(kept)
    assert kept.endswith(".")
    assert left == 3 - sentences


def test_a_single_sentence_stays_whole_whatever_was_asked() -> None:
    assert fitted("Ann is ill and stays at home.", 3) == ("Ann is ill and stays at home.", 0)
    assert fitted("", 3) == ("", 0)


def test_a_list_has_a_sentence_a_line() -> None:
    assert as_list(TEXT).split("\n") == [
        "- Ann is ill.",
        "- She stays at home with her mother.",
        "- Dr. Lee calls her at nine and asks for the card.",
    ]
    assert as_list("") == ""


def test_decoding_changes_only_where_words_are_asked_for() -> None:
    usual = GenerationSettings(max_new_tokens=40, beams=4)
    assert decoding_for(None, usual) == (usual, 1)
    longer, shortest = decoding_for(60, usual)
    assert longer.max_new_tokens == 150
    assert longer.beams == 4
    assert 60 <= shortest < 100
    assert decoding_for(5, usual)[0].max_new_tokens == 40


def test_what_the_arm_learned_is_said() -> None:
    assert length_note(30, 21) == "about 30 words asked for; the arm learned summaries of about 21"
    assert length_note(60, 21).endswith("and longer ones are less sure")
    assert "is not known" in length_note(30, None)
