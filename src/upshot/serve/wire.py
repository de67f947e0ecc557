"""Bodies of requests, and the conversations that they hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from upshot.answers.answer import Options
from upshot.data import transcripts
from upshot.data.conversation import UNNAMED, Conversation, Said
from upshot.data.turns import turns_of
from upshot.errors import DataError
from upshot.serve.desk import Refused

Words = Annotated[str, Field(min_length=1, pattern=r"\S")]
Seconds = Annotated[float, Field(ge=0, le=1e7)]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TurnIn(_Body):
    """One turn of a conversation."""

    speaker: str = Field(default="", max_length=80, description="Who speaks; empty where it is not known.")
    text: str = Field(description="What is said.")
    start_s: Seconds | None = Field(default=None, description="When it begins, in seconds.")
    end_s: Seconds | None = Field(default=None, description="When it ends, in seconds.")


class ConversationIn(_Body):
    """A conversation: either as `text`, one 'Name: words' a line, WebVTT or SubRip; or as `turns`."""

    id: str = Field(default="", max_length=200, description="Its name, given back as the answer's id.")
    text: Words | None = Field(default=None, description="The conversation as text.")
    turns: tuple[TurnIn, ...] | None = Field(default=None, min_length=1, description="The conversation as turns.")
    consent: str = Field(default="", max_length=2000, description="A note of consent that travels with the answer.")


class PlanBody(ConversationIn):
    """What would a summary of this take?"""

    arm: str = Field(default="", max_length=200, description="Name of the arm; empty: the first.")
    options: Options = Field(default=Options(), description="What is asked of the summary.")


class SummarizeBody(PlanBody):
    """One conversation as `text` or `turns`, or many as `conversations`."""

    conversations: tuple[ConversationIn, ...] | None = Field(default=None, min_length=1, description="Several.")
    stream: bool = Field(default=False, description="Server-sent events: `progress`, then `answer` or `error`.")


class PlanPart(_Body):
    """A run of turns that would be summarised by itself."""

    first: int = Field(description="Number of its first turn, from 0.")
    last: int = Field(description="Number of its last turn.")


class PlanAnswer(_Body):
    """What a summary would take."""

    turns: tuple[TurnIn, ...] = Field(description="The turns as they were read.")
    speakers: tuple[str, ...] = Field(description="Speakers in the order in which they first speak.")
    notes: tuple[str, ...] = Field(description="What the reader of the text has to say.")
    prompt_tokens: int = Field(description="Tokens that the model would read.")
    limit: int = Field(description="Tokens that it reads at once.")
    parts: tuple[PlanPart, ...] = Field(description="Where it would be split; empty where it fits whole.")
    cut_after: int | None = Field(description="Last turn that is read whole where the end is cut instead of split.")
    passes: int = Field(description="Summaries that the model would write.")
    seconds: float = Field(description="A rough estimate of the time.")


class HubParameters(BaseModel):
    """Parameters of the Hugging Face form. Decoding is the arm's own, so the hub's are taken and change nothing."""

    model_config = ConfigDict(frozen=True, extra="allow")

    upshot: Options = Field(default=Options(), description="upshot's own options.")


class HubBody(_Body):
    """The Hugging Face wire form of summarisation."""

    inputs: Words | tuple[Words, ...] = Field(description="One conversation as text, or several.")
    parameters: HubParameters = Field(default=HubParameters(), description="Parameters.")
    options: dict[str, Any] | None = Field(default=None, description="The hub's options; they change nothing.")


class ContentPart(BaseModel):
    """A part of a message; only text is read."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: Literal["text"]
    text: str


class Message(BaseModel):
    """A message of a chat."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | tuple[ContentPart, ...] | None = None

    @property
    def words(self) -> str:
        """Its text."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content or ())


class ChatBody(BaseModel):
    """A chat completion: the last user message is the conversation. Settings of sampling change nothing."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    model: str = Field(max_length=200, description="Name of the arm.")
    messages: tuple[Message, ...] = Field(min_length=1, max_length=100, description="The last user message counts.")
    n: int = Field(default=1, ge=1, le=1, description="How many answers: one.")
    stream: bool = Field(default=False, description="Chunks as server-sent events.")
    upshot: Options = Field(default=Options(), description="upshot's own options.")

    @model_validator(mode="after")
    def _has_user(self) -> ChatBody:
        if not any(message.role == "user" and message.words.strip() for message in self.messages):
            raise ValueError("messages: no user message with text")
        return self

    @property
    def words(self) -> str:
        """The last user message."""
        return next(message.words for message in reversed(self.messages) if message.role == "user")


def parsed(text: str, *, name: str = "", consent: str = "") -> Conversation:
    """The conversation in a text of any form that upshot reads.

    Raises:
        Refused: 422, it is none.
    """
    try:
        found = transcripts.conversation_of(text)
    except DataError as error:
        said = f"no conversation can be read from this text ({error.code})" if error.code else "not a conversation"
        raise Refused(422, "unreadable", said) from None
    return replace(found, name=name or "conversation", consent=consent or found.consent)


def conversation_of(body: ConversationIn) -> Conversation:
    """The conversation that a body holds.

    Raises:
        Refused: 422, there is none, or not exactly one.
    """
    if (body.text is None) == (body.turns is None):
        raise Refused(422, "invalid", "give either text or turns")
    if body.text is not None:
        return parsed(body.text, name=body.id, consent=body.consent)
    turns = tuple(Said(t.speaker.strip(), t.text, t.start_s, t.end_s) for t in body.turns or ())
    found = Conversation(body.id or "conversation", turns, consent=body.consent)
    _check_labels(found)
    return found


def conversations_of(body: SummarizeBody) -> list[Conversation]:
    """The conversations that a body holds, in order.

    Raises:
        Refused: 422, there is none, or both one and many.
    """
    if body.conversations is None:
        return [conversation_of(body)]
    if body.text is not None or body.turns is not None:
        raise Refused(422, "invalid", "give one of text, turns and conversations")
    many = (item if item.id else item.model_copy(update={"id": str(at)}) for at, item in enumerate(body.conversations))
    return [conversation_of(item) for item in many]


def _check_labels(conversation: Conversation) -> None:
    """Evidence counts turns in the text, so every turn has to be one there: labels must look like labels."""
    for number, (turn, line) in enumerate(zip(conversation.turns, conversation.text.split("\n"), strict=True)):
        label, read = turn.speaker or UNNAMED, turns_of(line)
        if [found.speaker.replace(" ", "") for found in read] != [label.replace(" ", "")]:
            words = f"turns.{number}.speaker: a label is a name of up to four words, without colon, brackets or quotes"
            raise Refused(422, "invalid", words)
