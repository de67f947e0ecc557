"""What these summaries may do to people, measured where it can be: speakers, loss, privacy, energy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from upshot.report.facts import Facts
from upshot.report.grid import Cell, Column, Line, Table
from upshot.report.quantities import NO_INTERVAL, joined

# An assumption and printed as one: what a processor core at work and a whole accelerator draw.
WATTS_PER_CORE: Final = 10.0
WATTS_PER_ACCELERATOR: Final = 300.0
_ROLES: Final = {"first": "who speaks first", "most": "who speaks most"}


def favour_table(facts: Facts) -> Table | None:
    """How much more of a summary draws on a speaker than that speaker's share of the words, or None unmeasured."""
    found = facts.analysis.get("favour") or {}
    if not found.get("n"):
        return None
    columns = tuple(Column(title, "points of share") for title in _ROLES.values())
    lines = [
        Line(arm.name, tuple(_points(found["arms"][arm.name][role]) for role in _ROLES), colour=place)
        for place, arm in enumerate(facts.arms)
        if arm.name in found["arms"]
    ]
    lines.append(Line("references", tuple(_points(found["references"][role]) for role in _ROLES)))
    said = (
        f"Share of the summary's support in a speaker's turns minus the speaker's share of the words, "
        f"{found['n']:,} dialogues; above 0 the speaker is favoured. What the references do is no proof of being fair."
    )
    return Table("Does a summary favour a speaker?", columns, tuple(lines), about=said)


def loss(facts: Facts) -> tuple[str, ...]:
    """Sentences on what summaries leave out, one an arm; empty before the error analysis."""
    return tuple(_loss(facts))


def privacy(facts: Facts) -> tuple[str, ...]:
    """Where the conversations are, and what nobody promises."""
    return (
        "Nothing was sent anywhere: model, data and report stand on this machine.",
        f"This folder, its report included, holds the {facts.comparison['n_dialogues']:,} test conversations word for "
        "word. Treat it as you treat them.",
        "Summaries repeat names, health and money matters of a conversation. Nothing was masked in this run.",
        "Whoever speaks should know that a machine summarises, and be able to contest what it wrote.",
    )


def energy(facts: Facts) -> str:
    """An estimate of the electricity that the run took, labelled as one."""
    seconds = sum(_seconds(arm.summary) for arm in facts.arms)
    on_accelerator = any(str(arm.summary.get("device", "")).startswith("cuda") for arm in facts.arms)
    cores = int((facts.provenance.get("hardware") or {}).get("cores") or 1)
    watts = WATTS_PER_ACCELERATOR if on_accelerator else WATTS_PER_CORE * cores
    kind = "an accelerator" if on_accelerator else f"{cores} processor cores"
    return (
        f"Energy, an estimate and not a measurement: {watts * seconds / 3600:.1f} Wh for training and generation, "
        f"if {kind} draw {watts:.0f} W (assumed)."
    )


def _seconds(summary: Mapping[str, Any]) -> float:
    return float(summary.get("training_seconds") or 0.0) + float(summary.get("generation_seconds") or 0.0)


def _loss(facts: Facts) -> Iterator[str]:
    analysis = facts.analysis
    for arm in facts.arms:
        parts = []
        kept = (analysis.get("key_terms_kept") or {}).get(arm.name)
        if kept:
            parts.append(f"keeps {100 * kept['mean']:.0f} % of a conversation's key terms")
        missing = (analysis.get("flags") or {}).get(arm.name, {}).get("omitted-entity")
        if missing is not None:
            of = f"{missing:,} of {analysis['n']:,} summaries"
            parts.append(f"misses a name or number that most references have in {of}")
        thirds = (analysis.get("coverage") or {}).get(arm.name)
        if thirds:
            shares = [f"{100 * thirds[third]['mean']:.0f} % from the {third}" for third in thirds]
            parts.append(f"draws {joined(shares)} of the conversation")
        if parts:
            yield f"{arm.name} {joined(parts)}."


def _points(found: Mapping[str, Any]) -> Cell:
    mean, *ends = (f"{round(100 * value, 1) + 0.0:+.1f}" for value in (found["mean"], *(found["ci95"] or ())))
    return Cell(mean, f"[{', '.join(ends)}]" if ends else NO_INTERVAL)
