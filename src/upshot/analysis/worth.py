"""How well flags and grades tell erroneous summaries from right ones, with intervals over dialogues."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from upshot.stats import resample

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Column = NDArray[np.float64]

# Percentiles over fewer dialogues, or of flags in fewer, say more than they know.
LEAST_DIALOGUES: Final = 20
LEAST_FLAGGED: Final = 10
_MOVES: Final = 1e-9


class Estimate(NamedTuple):
    """A measure with its 95 % interval, which is None where too few dialogues could move it, or none did."""

    value: float
    ci95: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Labels of summaries with their flags and grades, ready to be measured: means as observed, and as drawn again.

    The first two mappings have the same keys, so that one formula makes a measure of either; `flagged` counts the
    dialogues in which a flag fires.
    """

    observed: Mapping[str, Any]  # numbers
    draws: Mapping[str, Any]  # (resamples) each
    dialogues: int
    flagged: Mapping[str, int]


def labelled(
    wrong: Sequence[bool],
    *,
    flags: Mapping[str, Sequence[bool]],
    grades: Mapping[str, Sequence[float]],
    clusters: Sequence[str],
    draws: tuple[int, int],
) -> Labelled:
    """Summaries with labels (`wrong`), by name their flags and their grades (higher: likelier wrong).

    All summaries of one dialogue (`clusters`) are drawn together; `draws` are the number of resamples and the seed.
    """
    import numpy as np

    labels = np.asarray(wrong, dtype=np.float64)
    columns = {"wrong": labels}
    for name, fired in flags.items():
        column = np.asarray(fired, dtype=np.float64)
        columns |= {f"fires {name}": column, f"hits {name}": column * labels}
    if 0 < labels.sum() < len(labels):
        columns |= {f"auc {name}": auc_parts(grade, wrong) for name, grade in grades.items()}
    resamples, seed = draws
    drawn = resample(np.stack(list(columns.values()), axis=1), clusters, resamples=resamples, seed=seed)
    return Labelled(
        dict(zip(columns, drawn.means.tolist(), strict=True)),
        dict(zip(columns, drawn.drawn.T, strict=True)),
        len(set(clusters)),
        {name: len(set(compress(clusters, fired))) for name, fired in flags.items()},
    )


def auc_parts(grades: ArrayLike, wrong: Sequence[bool]) -> Column:
    """One number a summary, whose mean is the area under the ROC curve of the grades; ties count half.

    Means of these numbers over drawn dialogues give the area's interval to first order, as the variance of E. DeLong,
    D. DeLong and D. Clarke-Pearson, 1988, does, with clusters as in N. Obuchowski, "Nonparametric analysis of
    clustered ROC curve data", Biometrics 53, 1997. At least one summary of each label.
    """
    import numpy as np

    values, labels = np.asarray(grades, dtype=np.float64), np.asarray(wrong, dtype=bool)
    over_right = _share_below(values, values[~labels])
    under_wrong = 1 - _share_below(values, values[labels])
    area = over_right[labels].mean()
    part = np.where(labels, over_right, under_wrong)
    weight = len(labels) / np.where(labels, labels.sum(), (~labels).sum())
    return np.asarray(area + weight * (part - area), dtype=np.float64)


def precision(data: Labelled, flag: str) -> Estimate | None:
    """The share of erroneous summaries among those with the flag; None where it never fires."""
    if not data.flagged[flag]:
        return None
    return _estimate(data, lambda means: means[f"hits {flag}"] / means[f"fires {flag}"], flag)


def balanced_accuracy(data: Labelled, flag: str) -> Estimate | None:
    """The mean of the shares of erroneous summaries with the flag and of right ones without; None with one label."""
    if data.observed["wrong"] in (0.0, 1.0):
        return None
    return _estimate(data, _balanced(flag), flag)


def auc(data: Labelled, grade: str) -> Estimate | None:
    """The chance that an erroneous summary has the higher grade than a right one; None with one label."""
    return _estimate(data, _area(f"auc {grade}", 1)) if f"auc {grade}" in data.observed else None


def beyond(data: Labelled, controls: Sequence[str], *, grade: str = "", flag: str = "") -> Estimate | None:
    """The AUC of a grade, or the balanced accuracy of a flag, minus the better control's AUC; None with one label.

    A control may point either way: the one furthest from 0.5 counts, turned to the side where it helps, which is more
    than one knows of a set without labels.
    """
    areas = {name: data.observed[f"auc {name}"] for name in controls if f"auc {name}" in data.observed}
    if not areas:
        return None
    best = max(areas, key=lambda name: abs(areas[name] - 0.5))
    control = _area(f"auc {best}", 1 if areas[best] >= 0.5 else -1)
    mine = _area(f"auc {grade}", 1) if grade else _balanced(flag)
    return _estimate(data, lambda means: mine(means) - control(means), "" if grade else flag)


Formula = Callable[[Mapping[str, Any]], Any]


def _balanced(flag: str) -> Formula:
    def formula(means: Mapping[str, Any]) -> Any:
        fires, hits, wrong = means[f"fires {flag}"], means[f"hits {flag}"], means["wrong"]
        return (hits / wrong + 1 - (fires - hits) / (1 - wrong)) / 2

    return formula


def _area(column: str, direction: int) -> Formula:
    import numpy as np

    return lambda means: np.clip(means[column] if direction > 0 else 1 - means[column], 0.0, 1.0)


def _estimate(data: Labelled, formula: Formula, flag: str = "") -> Estimate:
    import numpy as np

    value = float(formula(data.observed))
    if data.dialogues < LEAST_DIALOGUES or (flag and data.flagged[flag] < LEAST_FLAGGED):
        return Estimate(value)
    # A draw can hold no flag, or labels of one kind alone; such draws say nothing.
    with np.errstate(divide="ignore", invalid="ignore"):
        draws = np.asarray(formula(data.draws))
    draws = draws[np.isfinite(draws)]
    if not len(draws) or np.ptp(draws) < _MOVES:
        return Estimate(value)  # where all flags are right, drawing them again cannot tell how sure that is
    low, high = np.percentile(draws, [2.5, 97.5]).tolist()
    return Estimate(value, (low, high))


def _share_below(values: Column, others: Column) -> Column:
    """For each value the share of the others that lie below it, half of those that equal it included."""
    import numpy as np

    ordered = np.sort(others)
    below, up_to = (np.searchsorted(ordered, values, side=side) for side in ("left", "right"))
    return np.asarray((below + up_to) / (2 * len(ordered)), dtype=np.float64)
