"""One thing that a detector found in a summary, and the table of all that can be found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, NamedTuple

Tier = Literal["certain", "review", "coverage"]
# The taxonomy that FRANK, DIASUMFACT and FacEval map onto: who, what, when-where-how many, coreference, discourse
# link, content from nowhere, what is missing, and the form of the text.
Category = Literal[
    "speaker", "predicate", "circumstance", "coreference", "discourse", "extrinsic", "omission", "format"
]
Origin = Literal["intrinsic", "extrinsic", "unknown"]


class Kind(NamedTuple):
    """What a kind of finding is: how sure, what it is about, and a line of text for people."""

    tier: Tier
    category: Category
    text: str


KINDS: Final[Mapping[str, Kind]] = {
    "continues-dialogue": Kind("certain", "format", "continues the dialogue instead of summarising it"),
    "unknown-speaker-tag": Kind("certain", "speaker", "names a speaker tag that the dialogue does not have"),
    "malformed-speaker-tag": Kind("certain", "format", "a speaker tag is misspelt"),
    "no-speaker-named": Kind("certain", "speaker", "names no speaker"),
    "cap-hit": Kind("certain", "format", "was cut off at the longest output"),
    "repetition": Kind("certain", "format", "repeats itself"),
    "copied-turn": Kind("certain", "format", "copies a whole turn"),
    "empty": Kind("certain", "format", "is empty"),
    "debris": Kind("certain", "format", "holds signs that belong to no language of the dialogue"),
    "unsupported-name": Kind("review", "extrinsic", "a name that the dialogue does not support"),
    "unsupported-number": Kind("review", "circumstance", "a number that the dialogue does not support"),
    "changed-negation": Kind("review", "predicate", "a negation that the best-supporting turns do not have, or lack"),
    "changed-modality": Kind("review", "predicate", "surer than the best-supporting turns: might became will"),
    "who-said-what": Kind("review", "speaker", "better supported by another speaker's turns"),
    "low-support": Kind("review", "extrinsic", "a sentence that few turns support"),
    "omitted-entity": Kind("coverage", "omission", "what most references name is missing"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding of a summary. `kind` is a key of `KINDS`.

    `sentence` counts the summary's sentences from 0 (None: the whole), `text` is the words it is about, `turns` are
    the numbers of the turns to read beside it (from 0), `strength` orders findings of one kind (higher is worse).
    """

    kind: str
    origin: Origin = "unknown"
    sentence: int | None = None
    text: str = ""
    turns: tuple[int, ...] = ()
    strength: float = 1.0

    @property
    def tier(self) -> Tier:
        """How sure this kind of finding is."""
        return KINDS[self.kind].tier

    def to_json(self) -> dict[str, Any]:
        """One flat object with the tier and the category beside the fields."""
        return {**asdict(self), "turns": list(self.turns), "tier": self.tier, "category": KINDS[self.kind].category}
