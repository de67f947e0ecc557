"""Whether summaries favour who speaks first or most, beside what the references do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from upshot.analysis.speakers import speaker_shares
from upshot.analysis.tallies import means
from upshot.comparison import Draws
from upshot.data.turns import Turn, turns_of
from upshot.records import Dialogue

ROLES: Final = ("first", "most")
REFERENCES: Final = "references"


def favour(
    dialogues: Sequence[Dialogue],
    summaries: Mapping[str, Sequence[str]],
    clusters: Sequence[str],
    draws: Draws,
) -> dict[str, Any]:
    """How much more of a summary draws on a speaker's turns than that speaker's share of the words, by arm and role.

    {"n": dialogues, "arms": {ARM: {"first": {"mean", "ci95"}, "most": ...}}, "references": the same}. Above 0 the
    speaker is favoured. Counted over the dialogues of two or more speakers in which every summary and reference has
    something to draw on; without any, {"n": 0}. Summaries and clusters are in the order of the dialogues.
    """
    columns: dict[tuple[str, str], list[float]] = {
        (name, role): [] for name in (*summaries, REFERENCES) for role in ROLES
    }
    kept: list[str] = []
    for number, dialogue in enumerate(dialogues):
        found = _of_dialogue(dialogue, {name: texts[number] for name, texts in summaries.items()})
        if found is not None:
            kept.append(clusters[number])
            for key, value in found.items():
                columns[key].append(value)
    if not kept:
        return {"n": 0}
    cells = means(columns, kept, draws)
    arms = {name: {role: cells[name, role] for role in ROLES} for name in summaries}
    return {"n": len(kept), "arms": arms, REFERENCES: {role: cells[REFERENCES, role] for role in ROLES}}


def _of_dialogue(dialogue: Dialogue, texts: Mapping[str, str]) -> dict[tuple[str, str], float] | None:
    words = _words(turns_of(dialogue.text))
    total = sum(words.values())
    if len(words) < 2 or not total or not dialogue.references:
        return None
    roles = {"first": next(iter(words)), "most": max(words, key=lambda name: words[name])}
    favoured: dict[tuple[str, str], float] = {}
    for name, summaries in {**{name: (text,) for name, text in texts.items()}, REFERENCES: dialogue.references}.items():
        shares = [speaker_shares(dialogue.text, summary) for summary in summaries]
        if not all(any(share.values()) for share in shares):
            return None
        for role, speaker in roles.items():
            share = sum(found.get(speaker, 0.0) for found in shares) / len(shares)
            favoured[name, role] = share - words[speaker] / total
    return favoured


def _words(turns: Sequence[Turn]) -> Counter[str]:
    """Words spoken by each speaker, in the order in which they first speak."""
    counted: Counter[str] = Counter()
    for turn in turns:
        if turn.speaker:
            counted[turn.speaker] += len(turn.text.split())
    return counted
