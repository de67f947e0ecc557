"""What was said about an answer: corrections and disputes beside the original, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from upshot.answers.answer import Answer

Kind = Literal["corrected", "disputed"]
State = Literal["kept", "corrected", "disputed", "forgotten"]


@dataclass(frozen=True, slots=True)
class Amendment:
    """A correction or a dispute; `text` is the corrected summary. Texts are empty where the record is forgotten."""

    kind: Kind
    at: str
    by: str
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class History:
    """A kept answer with all that was said about it, oldest first; a forgotten one has no texts, and says when."""

    id: str
    at: str
    answer: Answer | None
    conversation: str
    consent: str
    forgotten: str
    amendments: tuple[Amendment, ...]

    @property
    def state(self) -> State:
        """What happened last."""
        if self.forgotten:
            return "forgotten"
        return self.amendments[-1].kind if self.amendments else "kept"

    @property
    def summary(self) -> str:
        """The latest correction, or the original without one; empty where the record is forgotten."""
        corrected = [item.text for item in self.amendments if item.kind == "corrected"]
        return corrected[-1] if corrected else self.answer.summary if self.answer else ""
