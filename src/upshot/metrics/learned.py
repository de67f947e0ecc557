"""Learned metrics as plug-ins: one narrow seam, an answer for each summary, and the mean of every arm with interval.

Nothing here knows a model. A scorer is a name, what it needs, a function and where it comes from; the ready-made ones
are opened by `upshot.scorers`, and any function of the same form serves as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean, stdev
from typing import Any, Literal

from upshot import stats
from upshot.comparison import Draws
from upshot.records import Dialogue, Prediction
from upshot.rundir import value_sha256

Need = Literal["source", "references"]


@dataclass(frozen=True, slots=True)
class Scorer:
    """A learned metric. `score(source, hypothesis, references)` gives one number, higher is better.

    It is called with an empty source or no references where it does not name them in `needs`. `provenance` holds
    everything that its numbers depend on, as plain values: they are kept for as long as it stays the same. `repeats`
    over 1 is for one that answers differently each time: it is asked so often, and its spread is shown.
    """

    name: str
    needs: frozenset[Need]
    score: Callable[[str, str, Sequence[str]], float]
    provenance: Mapping[str, Any]
    repeats: int = 1


@dataclass(frozen=True, slots=True)
class Answers:
    """What a scorer said of one summary, once a repeat. `key` names the scorer, the summary and what it was held to."""

    id: str
    key: str
    values: tuple[float, ...]


def score_items(
    scorer: Scorer,
    dialogues: Sequence[Dialogue],
    predictions: Sequence[Prediction],
    known: Mapping[str, tuple[float, ...]],
) -> Iterator[Answers]:
    """Answers in the order of the predictions; those whose key is in `known` are not asked again.

    A dialogue without what the scorer needs is left out.
    """
    by_id = {item.id: item for item in dialogues}
    for prediction in predictions:
        dialogue = by_id[prediction.id]
        source = dialogue.text if "source" in scorer.needs else ""
        references = dialogue.references if "references" in scorer.needs else ()
        if ("source" in scorer.needs and not source) or ("references" in scorer.needs and not references):
            continue
        asked = (source, prediction.prediction, references)
        key = value_sha256([dict(scorer.provenance), scorer.name, scorer.repeats, *asked])[:24]
        values = known.get(key) or tuple(float(scorer.score(*asked)) for _ in range(scorer.repeats))
        yield Answers(prediction.id, key, values)


def learned_comparison(
    by_arm: Mapping[str, Mapping[str, Sequence[float]]], clusters: Mapping[str, str], draws: Draws
) -> dict[str, Any]:
    """Means of one scorer's answers by arm, and paired differences of every two arms, with 95 % intervals.

    `by_arm` has the values of every repeat by arm and dialogue id. A pair is over the dialogues that both arms have.
    `spread` is the mean standard deviation between the repeats of one summary, where there are at least two.
    """
    means = {name: {key: fmean(values) for key, values in items.items()} for name, items in by_arm.items() if items}
    arms = {name: _mean(list(of_arm.values()), list(of_arm), clusters, draws=draws) for name, of_arm in means.items()}
    for name, cell in arms.items():
        repeated = [stdev(values) for values in by_arm[name].values() if len(values) > 1]
        cell["spread"] = fmean(repeated) if repeated else None
    pairs = [_pair(a, b, means, clusters, draws=draws) for a, b in combinations(means, 2) if means[a].keys() & means[b]]
    for pair, p_holm in zip(pairs, stats.holm([pair["p"] for pair in pairs]), strict=True):
        pair["p_holm"] = p_holm
    return {"arms": arms, "pairs": pairs}


def _mean(values: Sequence[float], ids: Sequence[str], clusters: Mapping[str, str], *, draws: Draws) -> dict[str, Any]:
    groups = [clusters.get(key, key) for key in ids]
    ci95 = stats.bootstrap_interval(values, groups, resamples=draws.resamples, seed=draws.seed)
    return {"mean": fmean(values), "ci95": stats.ends_of(ci95), "n": len(values)}


def _pair(
    a: str, b: str, means: Mapping[str, Mapping[str, float]], clusters: Mapping[str, str], *, draws: Draws
) -> dict[str, Any]:
    ids = [key for key in means[a] if key in means[b]]
    differences = [means[a][key] - means[b][key] for key in ids]
    cell = _mean(differences, ids, clusters, draws=draws)
    groups = [clusters.get(key, key) for key in ids]
    p = stats.sign_flip_p(differences, clusters=groups, permutations=draws.resamples, seed=draws.seed)
    return {"a": a, "b": b, "difference": cell["mean"], "ci95": cell["ci95"], "n": cell["n"], "p": p}
