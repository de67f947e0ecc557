"""A conversation as the model reads it and as it is shown: with tags for speakers, or without private values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from upshot.data.conversation import Conversation
from upshot.data.transcripts import SUFFIXES, conversation_of
from upshot.errors import DataError
from upshot.privacy.mask import mask, mask_text
from upshot.privacy.names import tag_speakers

MASKED: Final = "values and speakers were replaced before the model read them, and stand as placeholders here"
UNMASKED: Final = "values and speakers were replaced before the model read them, and put back with their key"
READS: Final = "upshot.data.transcripts.read_conversation reads a file"


@dataclass(frozen=True, slots=True)
class Reading:
    """`seen` is what the model reads, `shown` what an answer speaks of: the original, or the masked conversation.

    Both have the original's turns in number. `restored` puts names into what the model wrote, `masked` counts what was
    replaced before the model read it.
    """

    seen: Conversation
    shown: Conversation
    restored: Callable[[str], str]
    notes: tuple[str, ...] = ()
    masked: Mapping[str, int] = field(default_factory=dict)


def as_conversation(item: str | Conversation, name: str) -> Conversation:
    """A conversation, or a text in any form that is read as one; `name` is that of a text.

    Raises:
        DataError: it cannot be read, or has no words.
    """
    if isinstance(item, str):
        if item.lower().endswith(SUFFIXES) and len(item.split()) == 1:
            raise DataError(f"{name}: the name of a file, not its text; {READS}", code="D34")
        return conversation_of(item, name=name)
    if not isinstance(item, Conversation):
        raise DataError(f"{name}: found {type(item).__name__}, expected a text or a Conversation; {READS}", code="D34")
    if not any(turn.text.strip() for turn in item.turns):
        raise DataError(f"{item.name}: no words in it; expected 'Name: words', one turn a line", code="D04")
    return item


def reading_of(conversation: Conversation, *, tags: bool, masked: bool) -> Reading:
    """How a conversation is read: masked or not, with #Person1# for names or not.

    Masked, the model never sees a value, and people are shown placeholders: whoever masked the conversation himself has
    the key. What the model writes is masked too, should it guess a value.
    """
    if masked:
        shown, key = mask(conversation)
        notes = (MASKED,) if key.counts else ()
        return Reading(shown, shown, lambda summary: mask_text(summary, key), notes, key.counts)
    if tags:
        seen, names = tag_speakers(conversation)
        note = "the model read #Person1#, #Person2# and so on for the speakers' names, which were put back"
        if names.by_tag:
            return Reading(seen, conversation, names.restore, (note,))
    return Reading(conversation, conversation, _unchanged)


def _unchanged(summary: str) -> str:
    return summary
