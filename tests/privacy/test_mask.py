"""Masking a conversation and its summary, and the key that takes it back."""

import re
import time
from string import ascii_lowercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upshot.data.conversation import Conversation, Said
from upshot.privacy.mask import Key, mask, mask_text, unmask
from upshot.privacy.rules import Span, find


def talk(*turns: tuple[str, str]) -> Conversation:
    """A conversation of speakers with their words."""
    return Conversation("talk", tuple(Said(speaker, text, 1.0, 2.0) for speaker, text in turns), ("note",), "agreed")


VISIT = talk(
    ("Maya Olsen", "Hi, this is Maya Olsen. My card is 4111 1111 1111 1111."),
    ("Agent", "Hello Maya, I'm Tom Wilson. Is it still maya.olsen@shop.example?"),
    ("Maya Olsen", "Yes, maya.olsen@shop.example, and call 555-123-4567. Thanks, Mr. Wilson!"),
)


def test_values_speakers_and_introductions_become_placeholders():
    masked, _ = mask(VISIT)
    assert masked.text.split("\n") == [
        "#Person1#: Hi, this is #Person1#. My card is [CARD-1].",
        "#Person2#: Hello #Person1#, I'm [NAME-1]. Is it still [EMAIL-1]?",
        "#Person1#: Yes, [EMAIL-1], and call [NUMBER-1]. Thanks, Mr. [NAME-2]!",
    ]


def test_the_rest_of_a_conversation_stays():
    masked, _ = mask(VISIT)
    assert [(turn.start_s, turn.end_s) for turn in masked.turns] == [(1.0, 2.0)] * 3
    assert (masked.name, masked.notes, masked.consent) == ("talk", ("note",), "agreed")


def test_the_key_counts_different_values_and_prints_no_value():
    _, key = mask(VISIT)
    assert key.counts == {"card": 1, "email": 1, "name": 2, "number": 1, "speaker": 2}
    assert "Maya" not in f"{key} {key!r}"
    assert str(key) == "key of 1 card, 1 email, 2 name, 1 number, 2 speaker"
    assert str(Key({})) == "key of nothing"


@pytest.mark.parametrize(
    ("text", "restored"),
    [
        ("#Person1# gives [EMAIL-1].", "Maya Olsen gives maya.olsen@shop.example."),
        (
            "#Person 1#'s card is [card-1] and [ NUMBER 1 ].",
            "Maya Olsen's card is 4111 1111 1111 1111 and 555-123-4567.",
        ),
        ("EMAIL-1 is Person1's.", "maya.olsen@shop.example is Maya Olsen's."),
        ("[EMAIL-9], [EMAIL], #Person9#, [IP-1]", "[EMAIL-9], [EMAIL], #Person9#, [IP-1]"),
        ("", ""),
    ],
)
def test_values_come_back_in_a_summary_and_slips_are_understood(text, restored):
    _, key = mask(VISIT)
    assert key.restore(text) == restored
    assert unmask(text, key) == restored


def test_a_summary_is_masked_by_the_key_and_what_is_new_has_no_number():
    _, key = mask(VISIT)
    summary = "Maya gives Tom Wilson 555-123-4567, then 555-000-1111; maya.olsen@shop.example is old, bo@x.example new."
    masked = mask_text(summary, key)
    assert masked == "#Person1# gives [NAME-1] [NUMBER-1], then [NUMBER]; [EMAIL-1] is old, [EMAIL] new."
    assert mask_text(masked, key) == masked


def test_a_text_without_a_key_is_masked_all_the_same():
    assert mask_text("This is Ann, call 555 123 4567.", Key({})) == "This is [NAME], call [NUMBER]."
    assert mask_text("", Key({})) == ""


def test_a_known_value_is_masked_where_no_rule_would_find_it():
    assert mask_text("It was X-77.", Key({"[NUMBER-1]": "X-77"})) == "It was [NUMBER-1]."


def test_placeholders_that_are_in_the_text_already_stay_what_they_are():
    conversation = talk(("Ann", "I write [EMAIL-1], #Person1# and ann@shop.example."))
    masked, key = mask(conversation)
    assert masked.turns[0].text == "I write [EMAIL-1], #Person1# and [EMAIL-2]."
    assert masked.turns[0].speaker == "#Person2#"
    assert key.restore(masked.text) == conversation.text


def test_a_tagged_conversation_keeps_its_tags_and_loses_its_values():
    masked, key = mask(talk(("#Person1#", "Call 555-123-4567."), ("#Person2#", "I will.")))
    assert masked.text == "#Person1#: Call [NUMBER-1].\n#Person2#: I will."
    assert key.counts == {"number": 1}


def test_a_label_that_is_a_value_is_masked_as_a_speaker():
    masked, key = mask(talk(("+1 555 123 4567", "Hello."), ("", "Who is this?")))
    assert masked.text == "#Person1#: Hello.\nSpeaker: Who is this?"
    assert key.restore("#Person1#") == "+1 555 123 4567"


def test_a_name_that_two_speakers_share_is_masked_without_saying_whose_it_is():
    masked, _ = mask(talk(("Ann Lee", "Which Lee?"), ("Bo Lee", "Ann Lee.")))
    assert [turn.text for turn in masked.turns] == ["Which [NAME-1]?", "#Person1#."]


def test_the_same_value_has_the_same_placeholder_and_another_one_another():
    masked, _ = mask(talk(("", "10.0.0.1, 10.0.0.2"), ("", "10.0.0.1")))
    assert [turn.text for turn in masked.turns] == ["[IP-1], [IP-2]", "[IP-1]"]


def test_a_detector_of_ones_own_works_beside_the_rules():
    def streets(text: str) -> list[Span]:
        return [Span("other", *match.span()) for match in re.finditer(r"\w+ Street", text)]

    masked, key = mask(talk(("Ann", "I live in Elm Street, call 5551234.")), also=streets)
    assert masked.turns[0].text == "I live in [OTHER-1], call [NUMBER-1]."
    assert key.restore(masked.turns[0].text) == "I live in Elm Street, call 5551234."
    assert mask_text("Elm Street, Oak Street", key, also=streets) == "[OTHER-1], [OTHER]"
    assert mask(masked, also=streets)[0] == masked


def test_an_empty_conversation_has_an_empty_key():
    assert mask(Conversation("empty", ())) == (Conversation("empty", ()), Key({}))


hostile = st.text(st.sampled_from("a1.@ -:/[]()+,Dé8#w\nPerson"), max_size=60)
PIECES = """
555-123-4567|ann@x.org|[EMAIL-1]|#Person1#|Person2|NUMBER-1|my name is |Bo Ray|DE89 3704 0044 0532 0130 00|::1|http://|
4111111111111111|www.|This is |[|]| |-1|1|#|@|Person|EMAIL|. |
"""
pieces = st.sampled_from(PIECES.split("|"))
texts = st.one_of(st.text(max_size=60), hostile, st.lists(pieces, max_size=9).map("".join))


@given(st.lists(texts, max_size=4))
def test_the_key_takes_masking_back(texts):
    conversation = talk(*(("", text) for text in texts))
    masked, key = mask(conversation)
    assert [key.restore(turn.text) for turn in masked.turns] == texts


@given(st.lists(texts, max_size=4))
def test_what_is_masked_holds_no_value_and_is_masked_as_it_is(texts):
    masked, _ = mask(talk(*(("Maya", text) for text in texts)))
    assert len(masked.turns) == len(texts)
    assert not any(find(turn.text) for turn in masked.turns)
    assert mask(masked)[0] == masked


@given(st.lists(st.tuples(st.sampled_from(["Maya", "Ben Lee", "x*(", "李雷"]), texts), max_size=4))
def test_labels_come_back_with_their_turns(turns):
    conversation = talk(*((speaker, f"{text} {speaker}!") for speaker, text in turns))
    masked, key = mask(conversation)
    assert [key.restore(turn.speaker) for turn in masked.turns] == [speaker for speaker, _ in turns]
    assert all(
        key.restore(turn.text).endswith(f"{speaker}!") for turn, (speaker, _) in zip(masked.turns, turns, strict=True)
    )


@given(texts)
def test_a_masked_summary_holds_no_value(text):
    masked = mask_text(text, mask(VISIT)[1])
    assert not find(masked)
    assert mask_text(masked, mask(VISIT)[1]) == masked


@pytest.mark.parametrize(
    "family", ["my name is A ", "1234567 a ", "[IP-1] 1234567 ", "A here. ", "I'm ", "#Person1# ", "a.b@c.de "]
)
def test_fifty_thousand_hostile_signs_are_masked_soon(family):
    began = time.process_time()
    masked, key = mask(talk(("Ann", (family * 50_000)[:50_000])))
    key.restore(masked.text)
    assert time.process_time() - began < 10  # what it takes is printed by bench/privacy.py


def test_many_different_values_are_handed_out_and_taken_back_soon():
    words = [f"{a}{b}{c}" for a in ascii_lowercase for b in ascii_lowercase[:9] for c in ascii_lowercase[:9]]
    conversation = talk(("Ann", " ".join(f"{word}@shop.example" for word in words)))
    began = time.process_time()
    masked, key = mask(conversation)
    assert key.counts["email"] == len(words)
    assert key.restore(masked.turns[0].text) == conversation.turns[0].text
    assert time.process_time() - began < 10
