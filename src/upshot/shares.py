"""Shares of another's score: of the human level, of full fine-tuning, of its gain over the base; each with interval."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from upshot import stats
from upshot.metrics.score import METRICS
from upshot.recipe import Arm
from upshot.records import Score

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]

Cell = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Trio:
    """Names of three arms: an adapter, the full fine-tuning beside it, and the base of both, where there is one."""

    adapter: str
    full: str
    base: str | None = None


@dataclass(frozen=True, slots=True)
class _Quantity:
    """A mean over dialogues, or a difference of two: as observed and in every resample."""

    name: str
    mean: float
    drawn: Matrix  # (resamples)
    clusters: int

    def above(self, other: _Quantity) -> _Quantity:
        gain = f"the gain of {self.name} over {other.name}"
        return _Quantity(gain, self.mean - other.mean, self.drawn - other.drawn, self.clusters)


def human_shares(
    arms: Mapping[str, Sequence[Score]],
    human: Sequence[Score] | str | None,
    *,
    clusters: Mapping[str, str],
    resamples: int,
    seed: int,
) -> dict[str, dict[str, Cell]]:
    """Each arm's mean by the human row's, by arm and metric, dialogues of both drawn together.

    A cell is {"share", "ci95", "n"}, where 1 is the human level. Its share and interval are null, with a "reason",
    where the interval of the human mean includes 0 or `human` is no row but the reason why there is none. All scores
    are of the same dialogues.
    """
    if human is None or isinstance(human, str):
        reason = human or "no human row"
        return {name: {metric: _nothing(reason, len(found)) for metric in METRICS} for name, found in arms.items()}
    names = [*arms, "the human row"]
    *drawn, people = _quantities(names, [*arms.values(), human], clusters=clusters, resamples=resamples, seed=seed)
    return {
        name: {metric: _ratio(found[metric], people[metric], len(human)) for metric in METRICS}
        for name, found in zip(arms, drawn, strict=True)
    }


def tuning_shares(
    arms: Mapping[str, Sequence[Score]],
    trios: Sequence[Trio],
    *,
    clusters: Mapping[str, str],
    resamples: int,
    seed: int,
) -> list[dict[str, Any]]:
    """For every trio and metric the adapter's share of full's score, and of full's gain over the base.

    Cells are those of `human_shares`. All scores are of the same dialogues; a trio with an arm that has none is left
    out. The gain's cell is null where there is no base, or where its scores are missing.
    """
    held = [trio for trio in trios if {trio.adapter, trio.full} <= arms.keys()]
    if not held:
        return []
    wanted = {name for trio in held for name in (trio.adapter, trio.full, trio.base)}
    names = [name for name in arms if name in wanted]
    found = _quantities(names, [arms[name] for name in names], clusters=clusters, resamples=resamples, seed=seed)
    drawn = dict(zip(names, found, strict=True))
    return [_of_trio(trio, metric, drawn, len(arms[trio.full])) for trio in held for metric in METRICS]


def trios_of(arms: Mapping[str, Arm]) -> list[Trio]:
    """Every adapter with every full fine-tuning of the same model and start, and the zero-shot arm of that prompt.

    Variants (NAME@key=value) are left out: they are the same arm decoded or seeded otherwise.
    """
    plain = {name: arm for name, arm in arms.items() if "@" not in name}
    return [
        Trio(adapter, full, _base_of(plain[full], plain))
        for full in plain
        for adapter, arm in plain.items()
        if plain[full].tuning == "full"
        and arm.tuning not in ("none", "full")
        and (arm.model, arm.start) == (plain[full].model, plain[full].start)
    ]


def _base_of(full: Arm, arms: Mapping[str, Arm]) -> str | None:
    """The first arm that is what `full` was before its training, under the same prompt and decoding."""
    wanted = (full.model, full.start, full.prompt, full.generation, full.shots)
    same = (
        name
        for name, arm in arms.items()
        if not arm.trains and (arm.model, arm.start, arm.prompt, arm.generation, arm.shots) == wanted
    )
    return next(same, None)


def _quantities(
    names: Sequence[str],
    scores: Sequence[Sequence[Score]],
    *,
    clusters: Mapping[str, str],
    resamples: int,
    seed: int,
) -> list[dict[str, _Quantity]]:
    """The mean of every metric of each of `scores`, all from one draw of dialogues."""
    ids = sorted(score.id for score in scores[0])
    by_id = [{score.id: score.mean for score in found} for found in scores]
    rows = [[found[key][metric] for found in by_id for metric in METRICS] for key in ids]
    sample = stats.resample(rows, [clusters.get(key, key) for key in ids], resamples=resamples, seed=seed)
    means = sample.means.reshape(len(scores), len(METRICS))
    drawn = sample.drawn.reshape(resamples, len(scores), len(METRICS))
    return [
        {
            metric: _Quantity(name, float(means[n, m]), drawn[:, n, m], sample.clusters)
            for m, metric in enumerate(METRICS)
        }
        for n, name in enumerate(names)
    ]


def _of_trio(trio: Trio, metric: str, drawn: Mapping[str, Mapping[str, _Quantity]], n: int) -> dict[str, Any]:
    adapter, full = drawn[trio.adapter][metric], drawn[trio.full][metric]
    base = drawn[trio.base][metric] if trio.base is not None and trio.base in drawn else None
    gain = _ratio(adapter.above(base), full.above(base), n) if base else _nothing("no arm shows the base", n)
    return {
        "adapter": trio.adapter,
        "full": trio.full,
        "base": trio.base,
        "metric": metric,
        "of_score": _ratio(adapter, full, n),
        "of_gain": gain,
    }


def _ratio(part: _Quantity, whole: _Quantity, n: int) -> Cell:
    """Part by whole; a whole that may be 0 or is below 0 has no shares, nor has one dialogue alone."""
    import numpy as np

    if whole.clusters == 1:
        return _nothing("one dialogue alone has no interval", n)
    low, high = np.percentile(whole.drawn, [2.5, 97.5]).tolist()
    if high < 0:
        return _nothing(f"{whole.name} is below 0", n)
    # Where a resample leaves no whole, its share is beyond all others on the side of its part, not on the other side.
    beyond = np.where(part.drawn >= 0, np.inf, -np.inf)
    shares = np.sort(np.divide(part.drawn, whole.drawn, out=beyond, where=whole.drawn > 0))
    last = len(shares) - 1
    ends = [float(shares[math.floor(0.025 * last)]), float(shares[math.ceil(0.975 * last)])]
    if low <= 0 or not all(map(math.isfinite, ends)):
        return _nothing(f"the interval of {whole.name} includes 0", n)
    return {"share": part.mean / whole.mean, "ci95": ends, "n": n}


def _nothing(reason: str, n: int) -> Cell:
    return {"share": None, "ci95": None, "n": n, "reason": reason}
