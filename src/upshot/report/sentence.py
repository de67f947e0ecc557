"""One sentence about a comparison, in parts that a page can print louder or fainter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["finding", "weak", "none", "withheld", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence in three parts, so that a page can print the interval louder than the mean.

    `loud` is the part for the eye: the estimate with its interval, or with few dialogues the interval alone.
    """

    kind: Kind
    before: str
    loud: str = ""
    after: str = ""

    @property
    def text(self) -> str:
        """The whole sentence."""
        return f"{self.before}{self.loud}{self.after}"
