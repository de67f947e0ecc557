"""Texts compared by their words alone, so that copies are found in spite of spacing, case and speaker tags."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from upshot.records import Dialogue

SPEAKER_TAG: Final = re.compile(r"#\s*Person\s*\d+\s*#\s*:?")
_WORD: Final = re.compile(r"[a-z0-9]+")


def without_tags(text: str) -> str:
    """The text with a space for each `#Person1#`, also in odd spellings such as `# Person 1 #:`."""
    return SPEAKER_TAG.sub(" ", text)


def normalised(text: str) -> str:
    """Lower-case words of a-z and 0-9, without speaker tags, between single spaces.

    >>> normalised("#Person1#: Hello,   World!")
    'hello world'
    """
    return " ".join(_WORD.findall(without_tags(text).lower()))


def clusters_of(dialogues: Sequence[Dialogue]) -> dict[str, str]:
    """Dialogue id to the id of the first dialogue with the same words: the unit of resampling.

    Letters outside a-z count as they stand, else all dialogues in another script would be one.
    """
    first: dict[tuple[str, str], str] = {}
    return {dialogue.id: first.setdefault(_key(dialogue.text), dialogue.id) for dialogue in dialogues}


def _key(text: str) -> tuple[str, str]:
    return normalised(text), "".join(letter for letter in text if letter.isalpha() and not letter.isascii())
