"""Everything that the detectors find in one summary, in one value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from upshot.analysis import certain, names, numbers, sentences, support
from upshot.analysis.certain import certain_findings
from upshot.analysis.coverage import Coverage, coverage_of, omitted_entities
from upshot.analysis.finding import Finding
from upshot.analysis.names import unsupported_names
from upshot.analysis.numbers import unsupported_numbers
from upshot.analysis.polarity import changed_polarity
from upshot.analysis.speakers import who_said_what
from upshot.analysis.support import Support, low_support, support_of
from upshot.records import Dialogue, Prediction


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found in the summary of one dialogue, with the support of its sentences and where it comes from."""

    id: str
    findings: tuple[Finding, ...]
    support: tuple[Support, ...]
    coverage: Coverage

    def to_json(self) -> dict[str, Any]:
        """One object of plain values."""
        return {
            "id": self.id,
            "findings": [finding.to_json() for finding in self.findings],
            "support": [{**asdict(support), "turns": list(support.turns)} for support in self.support],
            "coverage": asdict(self.coverage),
        }


def examine(dialogue: Dialogue, prediction: Prediction) -> Examination:
    """All findings of one summary: certain, then for review, then what it leaves out.

    Without the text of the dialogue nothing is looked for that would have to stand there.
    """
    text, summary = dialogue.text, prediction.prediction
    return Examination(
        dialogue.id,
        (
            *findings_of(text, summary, hit_cap=prediction.hit_cap),
            *omitted_entities(dialogue.references, summary),
        ),
        support_of(text, summary) if text.strip() else (),
        coverage_of(text, summary),
    )


def findings_of(text: str, summary: str, *, hit_cap: bool) -> tuple[Finding, ...]:
    """What the dialogue's text and the summary alone show: certain findings, then those for review."""
    return (
        *certain_findings(text, summary, hit_cap=hit_cap),
        *(_review(text, summary) if text.strip() else ()),
    )


def forget() -> None:
    """Let go of everything that the detectors have read: their caches would keep conversations for weeks in a server.

    Patterns that hold speakers' names or masked values are in the cache of `re`; it is emptied too.
    """
    for module in (certain, names, numbers, sentences, support):
        module.forget()
    re.purge()


def _review(text: str, summary: str) -> Iterator[Finding]:
    for detect in (unsupported_names, unsupported_numbers, changed_polarity, who_said_what, low_support):
        yield from detect(text, summary)
