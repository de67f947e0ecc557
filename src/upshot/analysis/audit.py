"""What every detector is worth against people's labels, beside the base rate and what length alone would tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from upshot.analysis.annotated import Annotated
from upshot.analysis.certain import certain_findings
from upshot.analysis.finding import KINDS
from upshot.analysis.names import unsupported_names
from upshot.analysis.notebook_heuristics import CATEGORIES, heuristics
from upshot.analysis.numbers import unsupported_numbers
from upshot.analysis.polarity import changed_polarity
from upshot.analysis.sentences import content_stems
from upshot.analysis.speakers import who_said_what, who_said_what_margin
from upshot.analysis.support import low_support, support_of
from upshot.analysis.worth import Estimate, Labelled, auc, balanced_accuracy, beyond, labelled, precision
from upshot.metrics.surface import count_words

Grade = Callable[[str, str], float]  # of a dialogue's text and a summary

NOTEBOOK: Final = "notebook:"
# Labelled sets do not say which summaries were cut, and none has the references that an omitted entity asks for.
NOT_MEASURABLE: Final = ("cap-hit", "omitted-entity")
FLAGS: Final = tuple(kind for kind in KINDS if kind not in NOT_MEASURABLE)
# Fires where a detector of the review tier does: what a list of summaries to look at is worth.
ANY_REVIEW: Final = "any review flag"
HEURISTICS: Final = tuple(NOTEBOOK + name for name, category in CATEGORIES.items() if category.possible)
# These ask what a summary lacks: labels of omissions are what they are measured against.
ABOUT_OMISSIONS: Final = ("notebook:missing_key_info", "notebook:focus_problems")
# Under so many flags a precision is not quoted in a report.
LEAST_QUOTED: Final = 5


@dataclass(frozen=True, slots=True)
class Measured:
    """One detector on one set. `fires` and `hits` count summaries with its flag, and the erroneous ones among them.

    What only grades has no `fires`, what never fires no `precision`; `lift` is precision over the base rate, `auc` that
    of the grade, `beyond_length` that (without a grade the balanced accuracy) minus the better control's AUC.
    """

    detector: str
    fires: int | None = None
    hits: int = 0
    precision: Estimate | None = None
    recall: float | None = None
    lift: float | None = None
    balanced_accuracy: Estimate | None = None
    auc: Estimate | None = None
    beyond_length: Estimate | None = None
    recall_by_kind: Mapping[str, float] | None = None

    def to_json(self) -> dict[str, Any]:
        """One object; shares in 0..1, null where there is no value."""
        return {
            "fires": self.fires,
            "hits": self.hits,
            "precision": _plain(self.precision),
            "recall": self.recall,
            "lift": self.lift,
            "balanced_accuracy": _plain(self.balanced_accuracy),
            "auc": _plain(self.auc),
            "beyond_length": _plain(self.beyond_length),
            "recall_by_kind": dict(self.recall_by_kind) if self.recall_by_kind is not None else None,
        }


@dataclass(frozen=True, slots=True)
class SetAudit:
    """All detectors on one set of `n` summaries of so many dialogues, `errors` of them erroneous by its labels.

    `kinds` counts summaries by kind of error; `controls` are the AUCs of lengths (over 0.5: longer is likelier wrong).
    """

    name: str
    n: int
    dialogues: int
    errors: int
    omissions: bool
    kinds: Mapping[str, int]
    controls: Mapping[str, Estimate]
    detectors: tuple[Measured, ...]

    @property
    def base_rate(self) -> float:
        """The share of erroneous summaries: the precision of a detector that fires at random."""
        return self.errors / self.n

    def to_json(self) -> dict[str, Any]:
        """One object with everything that was measured; shares in 0..1, null where there is no value."""
        return {
            "set": self.name,
            "n": self.n,
            "dialogues": self.dialogues,
            "errors": self.errors,
            "base_rate": self.base_rate,
            "omissions": self.omissions,
            "kinds": dict(self.kinds),
            "controls": {name: _plain(estimate) for name, estimate in self.controls.items()},
            "detectors": {item.detector: item.to_json() for item in self.detectors},
        }


def audit(items: Sequence[Annotated], *, resamples: int = 10_000, seed: int = 13) -> tuple[SetAudit, ...]:
    """An audit of each set among the items, in their order; intervals draw dialogues with all their summaries."""
    # The clean summaries of planted sets stand in each of them.
    seen: dict[tuple[str, str, str], _Signals] = {}
    sets: dict[str, list[_Judged]] = {}
    for item in items:
        key = (item.dialogue_text, item.summary, item.reference)
        if key not in seen:
            seen[key] = _signals(item)
        sets.setdefault(item.set_name, []).append(_Judged(item, seen[key]))
    return tuple(_audit_set(name, judged, (resamples, seed)) for name, judged in sets.items())


def precision_table(audits: Sequence[SetAudit]) -> dict[str, dict[str, Any]]:
    """By detector its worth on the set where it fired most often: what the report quotes beside a flag.

    What is missing is measured against labels of omissions, all else against labels of wrong facts. A detector with
    fewer than five flags in every set is left out.
    """
    table: dict[str, dict[str, Any]] = {}
    for name in (*FLAGS, *HEURISTICS):
        fitting = [audited for audited in audits if audited.omissions == (name in ABOUT_OMISSIONS)]
        found = [(item, audited) for audited in fitting for item in audited.detectors if item.detector == name]
        fired = [pair for pair in found if (pair[0].fires or 0) >= LEAST_QUOTED]
        if fired:
            item, audited = max(fired, key=lambda pair: pair[0].fires or 0)
            table[name] = {
                "set": audited.name,
                "n": audited.n,
                "fires": item.fires,
                "precision": item.precision and item.precision.value,
                "base_rate": audited.base_rate,
                "recall": item.recall,
            }
    return table


def novel_content(text: str, summary: str) -> float:
    """The share of a summary's content words, by their stems, that the dialogue does not hold; 0 without any.

    >>> novel_content("Ann: I bought a bike.", "Ann bought a motorcycle.")
    0.3333333333333333
    """
    stems, known = content_stems(summary), set(content_stems(text))
    return sum(stem not in known for stem in stems) / len(stems) if stems else 0.0


def weakest_sentence(text: str, summary: str) -> float:
    """1 minus the support of the sentence that the dialogue supports least; 1 without sentences."""
    return 1 - min((support.score for support in support_of(text, summary)), default=0.0)


# What orders summaries, whether or not a flag fires; higher is likelier wrong.
GRADES: Final[Mapping[str, Grade]] = {
    "who-said-what": who_said_what_margin,
    "low-support": weakest_sentence,
    "novel-content": novel_content,
}
# What no detector should need to beat, and many do not.
CONTROLS: Final[Mapping[str, Grade]] = {
    "summary words": lambda _, summary: count_words(summary),
    "dialogue words": lambda text, _: count_words(text),
}


class _Signals(NamedTuple):
    """What the detectors say of one summary: the flags that it has, and every grade and control."""

    flags: frozenset[str]
    grades: Mapping[str, float]


class _Judged(NamedTuple):
    """A summary with its labels and what the detectors say of it."""

    item: Annotated
    signals: _Signals


def _signals(item: Annotated) -> _Signals:
    text, summary = item.dialogue_text, item.summary
    findings = (
        *certain_findings(text, summary, hit_cap=False),
        *unsupported_names(text, summary),
        *unsupported_numbers(text, summary),
        *changed_polarity(text, summary),
        *who_said_what(text, summary),
        *low_support(text, summary),
    )
    noted = heuristics(item.reference, summary) if item.reference else ()
    review = [ANY_REVIEW] if any(found.tier == "review" for found in findings) else []
    return _Signals(
        frozenset((*(found.kind for found in findings), *review, *(NOTEBOOK + name for name in noted))),
        {name: grade(text, summary) for name, grade in {**GRADES, **CONTROLS}.items()},
    )


def _audit_set(name: str, judged: Sequence[_Judged], draws: tuple[int, int]) -> SetAudit:
    items = [item for item, _ in judged]
    clusters = [item.dialogue_text for item in items]
    names = (*FLAGS, ANY_REVIEW, *(HEURISTICS if any(item.reference for item in items) else ()))
    data = labelled(
        [item.erroneous for item in items],
        flags={flag: [flag in signals.flags for _, signals in judged] for flag in names},
        grades={grade: [signals.grades[grade] for _, signals in judged] for grade in (*GRADES, *CONTROLS)},
        clusters=clusters,
        draws=draws,
    )
    kinds = sorted({kind for item in items for kind in item.kinds})
    graded = [grade for grade in GRADES if grade not in names]
    measured = (*(_flag(flag, judged, data, kinds) for flag in names), *(_grade(grade, data) for grade in graded))
    controls = {control: auc(data, control) for control in CONTROLS}
    return SetAudit(
        name=name,
        n=len(items),
        dialogues=len(set(clusters)),
        errors=sum(item.erroneous for item in items),
        omissions=items[0].omissions,
        kinds={kind: sum(kind in item.kinds for item in items) for kind in kinds},
        controls={control: estimate for control, estimate in controls.items() if estimate is not None},
        detectors=measured,
    )


def _flag(name: str, judged: Sequence[_Judged], data: Labelled, kinds: Sequence[str]) -> Measured:
    fired = [item for item, signals in judged if name in signals.flags]
    errors = sum(item.erroneous for item, _ in judged)
    hits = sum(item.erroneous for item in fired)
    found = precision(data, name)
    return Measured(
        detector=name,
        fires=len(fired),
        hits=hits,
        precision=found,
        recall=hits / errors if errors else None,
        lift=found.value / (errors / len(judged)) if found and errors else None,
        balanced_accuracy=balanced_accuracy(data, name),
        auc=auc(data, name) if name in GRADES else None,
        beyond_length=beyond(data, tuple(CONTROLS), grade=name if name in GRADES else "", flag=name),
        recall_by_kind=dict(_recalls(name, judged, kinds)),
    )


def _recalls(name: str, judged: Sequence[_Judged], kinds: Sequence[str]) -> Iterator[tuple[str, float]]:
    for kind in kinds:
        fired = [name in signals.flags for item, signals in judged if kind in item.kinds]
        yield kind, sum(fired) / len(fired)


def _grade(name: str, data: Labelled) -> Measured:
    return Measured(detector=name, auc=auc(data, name), beyond_length=beyond(data, tuple(CONTROLS), grade=name))


def _plain(estimate: Estimate | None) -> dict[str, Any] | None:
    if estimate is None:
        return None
    return {"value": estimate.value, "ci95": list(estimate.ci95) if estimate.ci95 else None}
