"""A conversation to summarise: its turns with speakers and, where the source has them, times."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

UNNAMED: Final = "Speaker"  # the label of a turn whose speaker the source does not name


@dataclass(frozen=True, slots=True)
class Said:
    """One turn. `speaker` is empty where the source names none; times are seconds from the beginning."""

    speaker: str
    text: str
    start_s: float | None = None
    end_s: float | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """Turns in order, what its reader has to say about them, and a note of consent that travels along."""

    name: str
    turns: tuple[Said, ...]
    notes: tuple[str, ...] = ()
    consent: str = ""

    @property
    def text(self) -> str:
        """One line a turn, "Name: words": what models and detectors read. Its turns are those of `turns`, in number.

        >>> Conversation("c", (Said("Ann", "Hi\\nBen!"), Said("", "Hello."))).text
        'Ann: Hi Ben!\\nSpeaker: Hello.'
        """
        return "\n".join(f"{turn.speaker or UNNAMED}: {' '.join(turn.text.split())}" for turn in self.turns)

    @property
    def source_sha256(self) -> str:
        """Hash of the text, so that an answer can name what it is about without holding it."""
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()
