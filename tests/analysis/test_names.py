"""Names that the dialogue does not support."""

import pytest

from upshot.analysis.names import common_words, holds_name, unsupported_name_spans, unsupported_names

TEXT = (
    "Elizabeth Halvorsen: See you on the 17th, in Italy. The WHO sent a letter.\n"
    "Bob: I might come. Mrs. Okonkwo-Reyes knows about Mon at noon."
)


def found(summary: str) -> list[str]:
    return [finding.text for finding in unsupported_names(TEXT, summary)]


@pytest.mark.parametrize(
    "summary",
    [
        "Elizabeth's friend Bob will come.",
        "Liz tells Robert about the letter.",
        "Dr. Halvorsen and Bob meet.",
        "The Italian trip is set, says Mrs Okonkwo.",
        "They meet on Monday, because the WHO wrote.",
        "Afterwards, nobody is sure. However, he might come.",
    ],
)
def test_a_name_that_the_dialogue_holds_in_some_form_is_supported(summary):
    assert found(summary) == []


@pytest.mark.parametrize(
    ("summary", "names"),
    [
        ("Marianne tells Bob to come.", ["Marianne"]),
        ("Bob goes to France on Friday.", ["France", "Friday"]),
        ("Elizabeth met Dr. Svensson.", ["Svensson"]),
    ],
)
def test_a_name_from_nowhere_is_found(summary, names):
    assert found(summary) == names


def test_a_finding_says_which_sentence():
    (finding,) = unsupported_names(TEXT, "Bob comes. He brings Marianne.")
    assert (finding.kind, finding.sentence, finding.text) == ("unsupported-name", 1, "Marianne")


def test_an_empty_summary_has_no_names():
    assert unsupported_names(TEXT, "") == ()


def test_common_words_are_lower_case_words():
    assert {"the", "however"} <= common_words()
    assert all(word == word.lower() for word in common_words())


def test_spans_say_where_in_the_sentence_a_name_stands_without_its_possessive():
    text = "Ann: Samantha flies to Lisbon."
    sentence = "Sam's cousin Zebedee Quill's boat is in Oslo."
    found = [sentence[start:end] for start, end in unsupported_name_spans(text, sentence)]
    assert found == ["Zebedee Quill", "Oslo"]
    assert holds_name(text, "Sam")
    assert not holds_name(text, "Oslo")
