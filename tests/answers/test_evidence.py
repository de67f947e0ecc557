"""Evidence of a summary: turns and marks."""

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from upshot.answers.answer import Mark
from upshot.answers.evidence import evidence_of
from upshot.data.conversations import BUILTIN
from upshot.data.turns import turns_of

TEXT = (
    "Ann: The boiler is leaking again, that's $40 a week.\nBo: I'll call a plumber at seven.\nAnn: Thanks.\n"
    "Bo: Did you decide about Lisbon?\nAnn: We fly on Friday with Samantha, the tickets were cheap.\nBo: Lovely."
)
# Sentences of references of the built-in test split, with the turns that state something of them, as a reader has it.
LABELS = Path(__file__).with_name("evidence_labels.jsonl")
SPOKEN = "Ann Bo's the boiler leaks . ! ? 40 seven 9:30 Zebedee penguins #Person1# Dr. a.m. “so” Straße İstanbul 日本 é"
WORDS = st.sampled_from([*SPOKEN.split(), "\n"])


def marked(summary: str, text: str = TEXT) -> list[tuple[str, str]]:
    """Kind and words of each mark of a summary."""
    return [
        (mark.kind, sentence.text[mark.start : mark.end])
        for sentence in evidence_of(text, summary)
        for mark in sentence.unsupported
    ]


def test_each_sentence_names_the_turns_that_support_it() -> None:
    boiler, flight = evidence_of(TEXT, "Ann's boiler leaks and Bo calls a plumber. They fly to Lisbon on Friday.")
    assert set(boiler.turns) == {0, 1}
    assert flight.turns[0] == 4
    assert boiler.support == 1.0
    assert boiler.unsupported == ()


def test_words_names_and_numbers_without_support_are_marked_where_they_stand() -> None:
    (found,) = evidence_of(TEXT, "Ann pays Zebedee 70 for penguins.")
    assert found.unsupported == (
        Mark(start=4, end=8, kind="word"),
        Mark(start=9, end=16, kind="name"),
        Mark(start=17, end=19, kind="number"),
        Mark(start=24, end=32, kind="word"),
    )


def test_other_forms_of_what_was_said_are_supported() -> None:
    assert marked("Bo will be calling the plumbers at 7 o'clock.") == []
    assert marked("Sam will fly; the leak costs forty dollars weekly.") == [("word", "costs"), ("word", "weekly")]
    assert marked("The two agree.") == []


def test_a_tag_that_the_conversation_lacks_is_marked() -> None:
    assert marked("#Person1# greets #Person3#.", "#Person1#: Greetings!\n#Person2#: Hi.") == [("word", "#Person3#")]


def test_a_capital_that_begins_a_sentence_does_not_hide_an_unsupported_word() -> None:
    assert marked("Penguins leak.") == [("word", "Penguins")]


def test_without_a_conversation_nothing_is_supported_and_nothing_is_marked() -> None:
    (found,) = evidence_of(" ", "Ann pays 70.")
    assert (found.support, found.turns, found.unsupported) == (0.0, (), ())


def test_an_empty_summary_has_no_sentences() -> None:
    assert evidence_of(TEXT, " \n") == ()


@given(st.lists(WORDS, max_size=14).map(" ".join), st.lists(WORDS, max_size=20).map(" ".join))
def test_sentences_make_up_the_summary_and_marks_lie_within_them(summary: str, said: str) -> None:
    text = f"Ann: {said}"
    found = evidence_of(text, summary)
    assert "".join("".join(sentence.text.split()) for sentence in found) == "".join(summary.split())
    for sentence in found:
        assert set(sentence.turns) <= set(range(len(turns_of(text))))
        ends = [0, *(place for mark in sentence.unsupported for place in (mark.start, mark.end)), len(sentence.text)]
        assert ends == sorted(ends)
        assert all(sentence.text[mark.start : mark.end].strip() for mark in sentence.unsupported)


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_has_evidence(text: str, summary: str) -> None:
    found = evidence_of(text, summary)
    assert "".join("".join(sentence.text.split()) for sentence in found) == "".join(summary.split())


def test_references_have_few_marked_names_and_numbers() -> None:
    rows = [json.loads(line) for line in BUILTIN.read_text(encoding="utf-8").splitlines()]
    found = [
        (kind, len(words))
        for row in rows
        for summary in row["summaries"]
        for kind, words in marked(summary, row["dialogue"])
    ]
    sentences = sum(len(evidence_of(row["dialogue"], summary)) for row in rows for summary in row["summaries"])
    assert sum(kind != "word" for kind, _ in found) < 0.03 * sentences
    # references say it in words of their own: about two and a half words of eighteen
    assert 1.5 < sum(kind == "word" for kind, _ in found) / sentences < 3


def test_the_first_turn_named_is_most_often_one_that_a_reader_named() -> None:
    rows = {row["id"]: row for row in map(json.loads, BUILTIN.read_text(encoding="utf-8").splitlines())}
    labels = [json.loads(line) for line in LABELS.read_text(encoding="utf-8").splitlines()]
    assert len(labels) >= 40
    first = named = right = 0
    for label in labels:
        row = rows[label["id"]]
        turns = evidence_of(row["dialogue"], row["summaries"][0])[label["sentence"]].turns
        first += turns[0] in label["turns"]
        named += len(turns)
        right += len(set(turns) & set(label["turns"]))
    assert first / len(labels) > 0.8  # 37 of 43; a turn drawn at random is right in a quarter of them
    assert right / named > 0.55  # 60 of 97
