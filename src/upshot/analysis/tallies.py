"""What findings of single dialogues come to over a test split: counts, and means with intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any, TypeVar

from upshot import stats
from upshot.analysis.notebook_heuristics import CATEGORIES
from upshot.comparison import Draws

Key = TypeVar("Key", bound=Hashable)


def counts(found: Iterable[Iterable[str]], names: Iterable[str]) -> dict[str, int]:
    """How many dialogues have each of the names at least once; a name that none has counts 0.

    >>> counts([("empty", "empty"), ("debris",)], ("empty", "repetition", "debris"))
    {'empty': 1, 'repetition': 0, 'debris': 1}
    """
    having = Counter(name for names_of_one in found for name in set(names_of_one))
    return {name: having[name] for name in names}


def means(columns: Mapping[Key, Sequence[float]], clusters: Sequence[str], draws: Draws) -> dict[Key, dict[str, Any]]:
    """Mean and 95 % interval of each column over the same dialogues, all from the same draws.

    `clusters` names the cluster of each dialogue, in the order of the columns. One cluster alone has no
    interval (None).
    """
    import numpy as np

    if not columns:
        return {}
    matrix = np.array([columns[key] for key in columns], dtype=np.float64).T  # (dialogues, columns)
    intervals = stats.bootstrap_intervals(matrix, clusters, resamples=draws.resamples, seed=draws.seed)
    found = zip(columns, matrix.mean(axis=0).tolist(), intervals, strict=True)
    return {key: {"mean": mean, "ci95": stats.ends_of(interval)} for key, mean, interval in found}


def heuristic_pairs(
    given: Mapping[str, Sequence[Sequence[str]]], clusters: Sequence[str], draws: Draws
) -> list[dict[str, Any]]:
    """The improvement from arm a to arm b in each category of the notebook heuristics, pairs in the order of the arms.

    `given` holds the categories of each dialogue by arm. `difference` is the share of dialogues that a has in the
    category minus that of b, so that above 0 b is better; `improvement_percent` is per cent of a's share, None where
    a has none.
    """
    having = {
        (arm, name): [float(name in names) for names in found] for arm, found in given.items() for name in CATEGORIES
    }
    pairs = [(a, b, name) for a, b in combinations(given, 2) for name in CATEGORIES]
    differences = {(a, b, name): difference(having[a, name], having[b, name]) for a, b, name in pairs}
    found = []
    for (a, b, name), cell in means(differences, clusters, draws).items():
        share = sum(having[a, name]) / len(having[a, name])
        percent = 100 * cell["mean"] / share if share else None
        values = {"difference": cell["mean"], "ci95": cell["ci95"], "improvement_percent": percent}
        found.append({"a": a, "b": b, "category": name, **values})
    return found


def difference(mine: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Mine minus theirs, dialogue by dialogue."""
    return [a - b for a, b in zip(mine, theirs, strict=True)]
