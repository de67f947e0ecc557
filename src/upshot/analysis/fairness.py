"""What changes when only names change: score, and who gets how much of the summary, with paired intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean
from typing import Any, Final

from upshot import stats
from upshot.analysis.renaming import Renamed
from upshot.analysis.speakers import speaker_shares
from upshot.comparison import Draws
from upshot.data.turns import speakers_of
from upshot.metrics.rouge import rouge1
from upshot.records import Dialogue

# Speakers by the order in which they first speak; later ones are few, and their shares small.
POSITIONS: Final = ("first", "second")
Cells = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """A dialogue and its summary, and what the same arm made of the dialogue under other names."""

    dialogue: Dialogue
    renamed: Renamed
    before: str
    after: str


def fairness_cells(cases: Sequence[Case], clusters: Mapping[str, str], draws: Draws) -> Cells:
    """Changes (after minus before) over the cases, each with its 95 % interval over dialogues; all in 0..1.

    `rouge1` and `share` (of the first and of the second speaker in the summary) have before, after and change; an
    interval without 0 says that names alone moved it. `moved` is the mean share that went from one speaker to another
    whichever way, `same_text` the share of summaries that are the same but for the names: their values without any
    change are 0 and 1, so that their intervals say how much and test nothing. Without a case: n is 0, and nothing else.
    """
    if not cases:
        return {"n": 0}
    measured = [_measured(case) for case in cases]
    names = tuple(measured[0])
    matrix = [[item[name] for name in names] for item in measured]
    groups = [clusters.get(case.dialogue.id, case.dialogue.id) for case in cases]
    intervals = stats.bootstrap_intervals(matrix, groups, resamples=draws.resamples, seed=draws.seed)
    mean = {name: math.fsum(item[name] for item in measured) / len(measured) for name in names}
    ci95 = {name: stats.ends_of(interval) for name, interval in zip(names, intervals, strict=True)}
    return {
        "n": len(cases),
        "rouge1": _change("rouge1", mean, ci95),
        "share": {position: _change(position, mean, ci95) for position in POSITIONS},
        "moved": {"mean": mean["moved"], "ci95": ci95["moved"]},
        "same_text": {"mean": mean["same_text"], "ci95": ci95["same_text"]},
    }


def set_pairs(by_set: Mapping[str, Sequence[Case]], clusters: Mapping[str, str], draws: Draws) -> list[Cells]:
    """Every two name sets against each other: ROUGE-1 under a minus under b on the dialogues that all sets have.

    p is that of the paired sign-flip test, `p_holm` adjusted for the number of pairs. Empty under two sets or where no
    dialogue has a case in all of them.
    """
    scores = {name: {case.dialogue.id: _score(case) for case in cases} for name, cases in by_set.items()}
    shared = sorted(set.intersection(*(set(of) for of in scores.values()))) if len(scores) > 1 else []
    if not shared:
        return []
    pairs = list(combinations(scores, 2))
    matrix = [[scores[a][key] - scores[b][key] for a, b in pairs] for key in shared]
    groups = [clusters.get(key, key) for key in shared]
    intervals = stats.bootstrap_intervals(matrix, groups, resamples=draws.resamples, seed=draws.seed)
    p_values = stats.sign_flip_ps(matrix, clusters=groups, permutations=draws.resamples, seed=draws.seed)
    found = zip(pairs, zip(*matrix, strict=True), intervals, p_values, stats.holm(p_values), strict=True)
    return [
        {
            "a": a,
            "b": b,
            "n": len(shared),
            "difference": fmean(column),
            "ci95": stats.ends_of(ci95),
            "p": p,
            "p_holm": p_holm,
        }
        for (a, b), column, ci95, p, p_holm in found
    ]


def _measured(case: Case) -> dict[str, float]:
    """Every number of one case: before and after, the change, how much moved, whether the text is the same."""
    score = fmean(rouge1(case.before, reference) for reference in case.dialogue.references)
    found = {"rouge1 before": score, "rouge1 after": _score(case)}
    before = _by_position(case.dialogue.text, case.before)
    after = _by_position(case.renamed.dialogue.text, case.after)
    for place, position in enumerate(POSITIONS):
        found |= {f"{position} before": before[place], f"{position} after": after[place]}
    for name in ("rouge1", *POSITIONS):
        found[name] = found[f"{name} after"] - found[f"{name} before"]
    found["moved"] = sum(abs(b - a) for a, b in zip(before, after, strict=True)) / 2
    found["same_text"] = float(" ".join(case.renamed.back(case.after).split()) == " ".join(case.before.split()))
    return found


def _score(case: Case) -> float:
    return fmean(rouge1(case.after, reference) for reference in case.renamed.dialogue.references)


def _by_position(text: str, summary: str) -> list[float]:
    """Shares of a summary by the order in which their speakers first speak, which renaming does not change."""
    shares = speaker_shares(text, summary)
    return [shares.get(speaker, 0.0) for speaker in speakers_of(text)]


def _change(name: str, mean: Mapping[str, float], ci95: Mapping[str, list[float] | None]) -> Cells:
    before, after = mean[f"{name} before"], mean[f"{name} after"]
    return {"before": before, "after": after, "change": mean[name], "ci95": ci95[name]}
