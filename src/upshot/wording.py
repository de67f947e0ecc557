"""A dialogue in the words that a model reads, its summary in those it learns, and what it wrote in people's words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from upshot.data.conversation import Conversation, Said
from upshot.data.turns import turns_of
from upshot.privacy.names import Names, tag_speakers
from upshot.recipe import PromptSettings
from upshot.records import Row


@dataclass(frozen=True, slots=True)
class Wording:
    """`dialogue` is what the model reads; `names` tell whom its tags stand for, nobody where all names are kept."""

    dialogue: str
    names: Names

    def learned(self, summary: str) -> str:
        """A person's summary in the words of the dialogue: what the model learns to write, or is asked about."""
        return self.names.tagged(summary)

    def restored(self, summary: str) -> str:
        """What the model wrote, in people's words."""
        return self.names.restore(summary)


def wording(dialogue: str, settings: PromptSettings) -> Wording:
    """The wording of a dialogue as an arm's prompt settings ask for it; one without speakers' names stays as it is.

    >>> seen = wording("Maya: Hi Ben.\\nBen: Hi!", PromptSettings(speakers="tags"))
    >>> seen.dialogue, seen.learned("Ben greets Maya."), seen.restored("#Person2# smiles.")
    ('#Person1#: Hi #Person2#.\\n#Person2#: Hi!', '#Person2# greets #Person1#.', 'Ben smiles.')
    >>> wording("Maya: Hi Ben.", PromptSettings()).dialogue
    'Maya: Hi Ben.'
    """
    if settings.speakers == "tags":
        turns = tuple(Said(turn.speaker, turn.text) for turn in turns_of(dialogue))
        tagged, names = tag_speakers(Conversation("", turns))
        if names.by_tag:
            return Wording(tagged.text, names)
    return Wording(dialogue, Names({}))


def worded(rows: Iterable[Row], settings: PromptSettings) -> list[Row]:
    """Rows as an arm reads and learns them: each in its own wording; done twice it changes nothing more.

    >>> worded([Row("r", "Maya: Hi Ben.", "Maya is here.")], PromptSettings(speakers="tags"))[0].summary
    '#Person1# is here.'
    """
    return [_worded(row, wording(row.dialogue, settings)) for row in rows]


def _worded(row: Row, seen: Wording) -> Row:
    if not seen.names.by_tag:
        return row
    return replace(row, dialogue=seen.dialogue, summary=None if row.summary is None else seen.learned(row.summary))
