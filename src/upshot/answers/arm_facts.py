"""What a summarizer tells of itself, and what a conversation will cost before it is summarised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from upshot.answers.about import About


@dataclass(frozen=True, slots=True)
class Facts:
    """An opened arm: its name, weights, prompt and decoding, what computes it, what it learned from.

    `tags` says that the model reads #Person1# unless it is told otherwise; `notes` say which arm of a run this is and
    why, and how it was opened.
    """

    arm: str
    weights_sha256: str
    prompt: str
    decoding: dict[str, Any]
    engine: str
    parameters: int
    max_source_tokens: int
    about: About
    notes: tuple[str, ...] = ()

    @property
    def trained_on(self) -> str:
        """What the arm learned from, with the usual length of a summary there."""
        usual = f", summaries of about {self.about.words} words" if self.about.words else ""
        return f"{self.about.trained_on}{usual}"

    @property
    def tags(self) -> bool:
        """Whether the model reads #Person1# for a speaker's name by default."""
        return self.about.tags


@dataclass(frozen=True, slots=True)
class Plan:
    """A conversation before it is summarised. `parts` are (first, last) turns of each, one where it fits whole.

    `cut_after` is the last turn that is read whole where the end is cut instead of split, None where all of it fits.
    `passes` counts the summaries that a model has to write, `seconds` is a rough estimate of the time.
    """

    tokens: int
    turns: int
    speakers: tuple[str, ...]
    parts: tuple[tuple[int, int], ...]
    cut_after: int | None
    passes: int
    seconds: float
