"""What a summary draws on and what it leaves out: thirds of the dialogue, and what most references name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from upshot.analysis.finding import Finding
from upshot.analysis.names import unsupported_names
from upshot.analysis.numbers import numbers_of, unsupported_numbers
from upshot.analysis.support import drawn_from

_TAG: Final = re.compile(r"#Person\d+#")
_WORD: Final = re.compile(r"[^\W\d_]{3,}|\d+")


@dataclass(frozen=True, slots=True)
class Coverage:
    """Shares of a summary's support that come from each third of the turns; they sum to 1, or all are 0."""

    beginning: float
    middle: float
    end: float


@dataclass(frozen=True, slots=True)
class _Entity:
    """A tag, a name or a number, by all keys that may stand for it."""

    text: str
    keys: frozenset[str]


def coverage_of(text: str, summary: str) -> Coverage:
    """Where in the dialogue the summary comes from; a turn belongs to the third that holds its middle."""
    given = drawn_from(text, summary)
    thirds = [0.0, 0.0, 0.0]
    for turn, weight in enumerate(given):
        thirds[int(3 * (turn + 0.5) / len(given))] += weight
    total = sum(thirds)
    return Coverage(*(third / total for third in thirds)) if total else Coverage(0.0, 0.0, 0.0)


def omitted_entities(references: Sequence[str], summary: str) -> tuple[Finding, ...]:
    """A finding for each tag, name or number that at least half of the references name and the summary does not.

    Of two references or more at least two have to name it. `strength` is the share that does. Names match as in
    `unsupported_names`, numbers by value.
    """
    left_out = [list(_missing(reference, summary)) for reference in references]
    least = max((len(references) + 1) // 2, min(2, len(references)))
    findings: list[Finding] = []
    seen: set[str] = set()
    for entity in (entity for entities in left_out for entity in entities):
        if not entity.keys.isdisjoint(seen):
            continue
        seen |= entity.keys
        named = sum(any(entity.keys & other.keys for other in entities) for entities in left_out)
        if named >= least:
            findings.append(Finding("omitted-entity", text=entity.text, strength=named / len(references)))
    return tuple(findings)


def _missing(reference: str, summary: str) -> Iterator[_Entity]:
    """Entities of a reference for which the summary gives no support, as if it were the dialogue."""
    for tag in dict.fromkeys(_TAG.findall(reference)):
        if tag not in summary:
            yield _Entity(tag, frozenset({tag}))
    for finding in unsupported_names(summary, reference):
        yield _Entity(finding.text, frozenset(_WORD.findall(finding.text.lower())) or frozenset({finding.text}))
    for finding in unsupported_numbers(summary, reference):
        values = (value for number in numbers_of(finding.text) for value in number.values)
        yield _Entity(finding.text, frozenset(values) or frozenset({finding.text}))
