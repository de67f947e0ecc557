"""A conversation's text is read back as its turns, and its hash names it."""

from upshot.data.conversation import Conversation, Said
from upshot.data.turns import turns_of


def test_the_text_has_one_line_a_turn_and_is_read_back_as_these_turns() -> None:
    made = Conversation("c", (Said("Ann", "Hi,\nBen!"), Said("", "Hello."), Said("#Person2#", "Bye.")))
    assert made.text == "Ann: Hi, Ben!\nSpeaker: Hello.\n#Person2#: Bye."
    assert [turn.speaker for turn in turns_of(made.text)] == ["Ann", "Speaker", "#Person2#"]


def test_the_hash_is_of_the_words_and_speakers_and_of_nothing_else() -> None:
    one = Conversation("a", (Said("Ann", "Hi  Ben", 1.0, 2.0),), ("a note",), "both agreed")
    assert one.source_sha256 == Conversation("b", (Said("Ann", "Hi Ben"),)).source_sha256
    assert one.source_sha256 != Conversation("a", (Said("Eve", "Hi Ben"),)).source_sha256


def test_half_a_surrogate_pair_has_a_hash_too() -> None:
    assert len(Conversation("a", (Said("Ann", "\ud800"),)).source_sha256) == 64
