"""Flags of a summary: what the error analysis finds without a reference, in the words of an answer."""

from __future__ import annotations

from upshot.analysis.examine import findings_of
from upshot.analysis.finding import KINDS
from upshot.answers.answer import Flag


def flags_of(text: str, summary: str, *, hit_cap: bool) -> tuple[Flag, ...]:
    """Faults of form, then what a person should look at; the same findings as in a run's `findings.jsonl`.

    `hit_cap` says that generation stopped at the longest output. Without the conversation's text only form is judged.
    """
    return tuple(
        Flag(
            kind=finding.kind,
            tier=finding.tier,
            text=KINDS[finding.kind].text,
            sentence=finding.sentence,
            words=finding.text,
            turns=finding.turns,
        )
        for finding in findings_of(text, summary, hit_cap=hit_cap)
    )
