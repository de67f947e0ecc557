"""Which arm of a run is used: one rule for summarize, serve, export and the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from upshot.recipe import Arm
from upshot.report.cautions import count_of
from upshot.report.quantities import joined
from upshot.report.verdict import strength, withheld

# Faults of form that make an output useless; an arm can have a score in spite of them.
_BROKEN: Final = {
    "empty": "are empty",
    "continues-dialogue": "continue the dialogue",
    "repetition": "repeat themselves",
    "cap-hit": "were cut off at the longest output",
    "debris": "hold signs of no language",
}
# An output that was cut off, or goes on talking, may still hold a summary; of these nobody can use any.
_USELESS: Final = ("empty", "repetition", "debris")
_MANY: Final = 0.5


def ranked(comparison: Mapping[str, Any], arms: Mapping[str, Arm], analysis: Mapping[str, Any]) -> list[str]:
    """Names of the compared arms that need no examples before a dialogue, the one to use first.

    Their order is that of mean ROUGE-1 on the validation split where all of them were scored there, else on the test
    split, which flatters what was chosen on it. Equals stand in the order of the comparison. Arms half of whose
    summaries are useless by their form alone stand behind the others, whatever their score.
    """
    alone = [name for name in comparison.get("arms") or () if name in arms and arms[name].shots is None]
    return sorted(alone, key=lambda name: (_is_useless(analysis, name), -_score(comparison, alone, name)))


def validation_of(comparison: Mapping[str, Any], names: Sequence[str]) -> dict[str, float]:
    """Mean ROUGE-1 of the arms on the validation split, 0..1; empty where one of them was not scored there."""
    known: Mapping[str, float | None] = comparison.get("validation") or {}
    found = {name: score for name in names if (score := known.get(name)) is not None}
    return found if len(found) == len(names) else {}


def reason(
    comparison: Mapping[str, Any],
    names: Sequence[str],
    *,
    analysis: Mapping[str, Any],
    n_validation: int | None = None,
) -> str:
    """Why the first of `names`, which are `ranked`, is used: the figure that decided, and what the test split shows."""
    best, scores = names[0], validation_of(comparison, names)
    passed = [name for name in names if _score(comparison, names, name) > _score(comparison, names, best)]
    left = len(names) - len(passed)
    others = f"the best of {left} arms that need no examples" if left > 1 else "the one arm that needs no examples"
    others = "the one usable arm that needs no examples" if passed and left == 1 else others
    test = f"{100 * _test(comparison, best):.1f} on {_test_split(comparison)}"
    shown = _shown(comparison, [name for name in names if name not in passed])
    ahead = (f"{name} scored higher and is passed over: {broken(analysis, name)}" for name in passed)
    if not scores:
        return "; ".join((f"ROUGE-1 {test}, {', '.join((others, *shown))}", *ahead))
    split = f"{n_validation:,} validation dialogues" if n_validation else "its validation split"
    split = "1 validation dialogue" if n_validation == 1 else split
    decided = f"ROUGE-1 {100 * scores[best]:.1f} on {split}, {others}"
    return "; ".join((decided, ", ".join((test, *shown)), *ahead))


def broken(analysis: Mapping[str, Any], name: str) -> str:
    """What is wrong with half of an arm's test summaries or more, the worst kind; nothing where no half is.

    >>> broken({"n": 6, "flags": {"full": {"repetition": 5}}}, "full")
    '5 of its 6 test summaries repeat themselves'
    """
    n, flags = analysis.get("n", 0), (analysis.get("flags") or {}).get(name) or {}
    kind = max(_BROKEN, key=lambda kind: (kind in _USELESS and flags.get(kind, 0) >= _MANY * n, flags.get(kind, 0)))
    found = flags.get(kind, 0)
    return f"{found:,} of its {n:,} test summaries {_BROKEN[kind]}" if n and found >= _MANY * n else ""


def _is_useless(analysis: Mapping[str, Any], name: str) -> bool:
    n, flags = analysis.get("n", 0), (analysis.get("flags") or {}).get(name) or {}
    return bool(n) and max(flags.get(kind, 0) for kind in _USELESS) >= _MANY * n


def _score(comparison: Mapping[str, Any], names: Sequence[str], name: str) -> float:
    """What decides about an arm among `names`."""
    scores = validation_of(comparison, names)
    return scores[name] if scores else _test(comparison, name)


def _test(comparison: Mapping[str, Any], name: str) -> float:
    return float(comparison["arms"][name]["rouge1"]["mean"])


def _test_split(comparison: Mapping[str, Any]) -> str:
    if "n_dialogues" not in comparison:
        return "its test split"
    n, unit = count_of(comparison).split(" ", 1)
    return f"{n} {unit.replace('dialogue', 'test dialogue', 1).replace('row', 'test row', 1)}"


def _shown(comparison: Mapping[str, Any], names: Sequence[str]) -> Iterator[str]:
    """What the paired tests say of the first arm against the others; nothing where none was made."""
    best, *others = names
    barred = withheld(comparison)
    lost, open_ = [], []
    for other in others:
        pair = _pair(comparison, best, other)
        if pair is None:
            continue
        ahead = (pair["difference"] > 0) == (pair["a"] == best)
        firm = strength(pair) == "finding" and frozenset((best, other)) not in barred
        if not firm:
            open_.append(other)
        elif not ahead:
            lost.append(other)
    if lost:
        yield f"where {joined(lost)} {'is' if len(lost) == 1 else 'are'} shown to be better"
    if open_:
        yield f"not shown to be better than {' or '.join(open_)}"


def _pair(comparison: Mapping[str, Any], one: str, other: str) -> Mapping[str, Any] | None:
    pairs = comparison.get("pairs") or ()
    return next((item for item in pairs if item["metric"] == "rouge1" and {item["a"], item["b"]} == {one, other}), None)
