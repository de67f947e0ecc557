"""What the model reads and what people are shown: turns stay in number, names and values come and go."""

import pytest

from upshot.answers.reading import as_conversation, reading_of
from upshot.data.conversation import Conversation, Said
from upshot.errors import DataError

TALK = Conversation(
    "c", (Said("Maya", "Hi Ben, write to maya@shop.example."), Said("Ben", "Thanks, Maya."), Said("", "Bye."))
)


def test_as_it_is_both_see_the_same() -> None:
    reading = reading_of(TALK, tags=False, masked=False)
    assert reading.seen is reading.shown is TALK
    assert reading.restored("Maya writes.") == "Maya writes."
    assert (reading.notes, reading.masked) == ((), {})


def test_tags_are_read_and_names_are_written() -> None:
    reading = reading_of(TALK, tags=True, masked=False)
    assert reading.seen.text.startswith("#Person1#: Hi #Person2#")
    assert reading.shown is TALK
    assert reading.restored("#Person1# thanks #Person2#.") == "Maya thanks Ben."
    assert len(reading.seen.turns) == len(TALK.turns)
    assert "put back" in reading.notes[0]


def test_without_speakers_nothing_is_said_of_tags() -> None:
    nameless = Conversation("c", (Said("", "Hello."),))
    assert reading_of(nameless, tags=True, masked=False).notes == ()


def test_a_mask_holds_for_the_model_for_people_and_for_what_the_model_writes() -> None:
    reading = reading_of(TALK, tags=False, masked=True)
    assert reading.seen is reading.shown
    assert len(reading.shown.turns) == len(TALK.turns)
    for word in ("Maya", "Ben", "maya@shop.example"):
        assert word not in reading.shown.text
        assert word not in reading.restored(f"{word} is told.")
    assert reading.masked == {"email": 1, "speaker": 2}
    assert "placeholders" in reading.notes[0]
    assert reading_of(Conversation("c", (Said("", "Hello."),)), tags=True, masked=True).notes == ()


def test_a_text_is_read_as_a_conversation_of_its_name() -> None:
    made = as_conversation("Ann: Hi!\nBen: Hello.", "first")
    assert (made.name, [turn.speaker for turn in made.turns]) == ("first", ["Ann", "Ben"])
    assert as_conversation(TALK, "other") is TALK


@pytest.mark.parametrize("empty", ["", " \n", Conversation("c", ()), Conversation("c", (Said("Ann", "  "),))])
def test_no_words_are_bad_data(empty: str | Conversation) -> None:
    with pytest.raises(DataError):
        as_conversation(empty, "c")
