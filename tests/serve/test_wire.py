"""Bodies hold conversations."""

import pytest
from pydantic import ValidationError

from upshot.data.turns import turns_of
from upshot.serve.desk import Refused
from upshot.serve.wire import ChatBody, ConversationIn, SummarizeBody, conversation_of, conversations_of, parsed


def test_text_and_turns_give_the_same_conversation() -> None:
    text = conversation_of(ConversationIn(id="a", text="Ann: Hi!\nBen: Hello.", consent="both agreed"))
    listed = [{"speaker": "Ann", "text": "Hi!", "start_s": 0.5}, {"speaker": "Ben", "text": "Hello."}]
    turns = conversation_of(ConversationIn.model_validate({"id": "a", "turns": listed}))
    assert (text.name, text.text, text.consent) == ("a", turns.text, "both agreed")
    assert turns.turns[0].start_s == 0.5


def test_turns_keep_their_numbers_in_the_text() -> None:
    listed = [
        {"text": "no name"},
        {"speaker": "Dr Ann van Dam", "text": "two\nBen: lines"},
        {"speaker": "b", "text": ""},
    ]
    found = conversation_of(ConversationIn.model_validate({"turns": listed}))
    assert len(turns_of(found.text)) == 3


@pytest.mark.parametrize("speaker", ["a: b", "[x]", "one two three four five", "12", "<b>"])
def test_a_label_that_would_not_be_read_as_one_is_refused_by_its_turn(speaker: str) -> None:
    body = ConversationIn.model_validate({"turns": [{"text": "fine"}, {"speaker": speaker, "text": "words"}]})
    with pytest.raises(Refused, match=r"turns\.1\.speaker"):
        conversation_of(body)


@pytest.mark.parametrize(
    "body", [{}, {"text": "a", "turns": [{"text": "b"}]}, {"text": "a", "conversations": [{"text": "b"}]}]
)
def test_nothing_or_two_forms_at_once_are_refused(body: dict[str, object]) -> None:
    with pytest.raises(Refused, match="give"):
        conversations_of(SummarizeBody.model_validate(body))


def test_many_conversations_are_named_by_their_place() -> None:
    body = SummarizeBody.model_validate({"conversations": [{"text": "a"}, {"id": "mine", "text": "b"}]})
    assert [item.name for item in conversations_of(body)] == ["0", "mine"]


def test_subtitles_are_read_with_their_times() -> None:
    found = parsed("WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>Hi, Ben!\n")
    assert (found.turns[0].speaker, found.turns[0].start_s) == ("Ann", 1.0)


@pytest.mark.parametrize(
    "text", ["WEBVTT\n\n00:99 --> secret\nx", '[{"speaker": "secret", "secret": 1}]', '{"a": "secret", "a": 1}']
)
def test_a_text_that_is_no_conversation_is_refused_without_its_words(text: str) -> None:
    with pytest.raises(Refused) as caught:
        parsed(text)
    assert caught.value.status == 422
    assert "secret" not in caught.value.message


def test_the_last_user_message_is_the_conversation() -> None:
    parts = [{"type": "text", "text": "Ann: Hi!"}, {"type": "text", "text": "Ben: Hello."}]
    messages = [
        {"role": "user", "content": "old"},
        {"role": "user", "content": parts},
        {"role": "assistant", "content": "x"},
    ]
    assert ChatBody.model_validate({"model": "a", "messages": messages}).words == "Ann: Hi!\nBen: Hello."


@pytest.mark.parametrize(
    "body",
    [
        {"messages": []},
        {"messages": [{"role": "system", "content": "x"}]},
        {"messages": [{"role": "user", "content": "x"}], "n": 2},
    ],
)
def test_a_chat_without_a_user_or_with_many_answers_is_refused(body: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ChatBody.model_validate(body | {"model": "a"})
