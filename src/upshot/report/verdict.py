"""The comparison in sentences that never claim more than the interval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from upshot.report.cautions import LEVEL, cautions, count_of
from upshot.report.quantities import MEASURES, joined
from upshot.report.sentence import Sentence

Ends = tuple[float, float] | None
NO_MODEL: Final = {
    "constant": "One constant sentence",
    "lead3": "Copying the first three turns",
    "longest3": "Copying the three longest turns",
    "bm25_copy": "The summary of the nearest training dialogue",
}


@dataclass(frozen=True, slots=True)
class _Pair:
    """A difference `a` minus `b` of the comparison, with a the better one."""

    a: str
    b: str
    difference: float
    ci95: Ends
    relative_percent: float | None
    detectable: float | None
    p_holm: float
    same: bool
    equivalent: bool
    ci90: Ends
    margin: float


def verdict(comparison: Mapping[str, Any], metric: str = "rouge1") -> tuple[Sentence, ...]:
    """The sentences of a comparison, best arm first: it against each arm that may be compared with it.

    Arms that differ in something the recipe does not declare get no verdict but the reason, and are compared among
    themselves.
    """
    return (
        *cautions(comparison),
        *_findings(comparison, metric),
        *copies_ahead(comparison, metric),
        *_equivalences(comparison, metric),
        *_human_level(comparison, metric),
        *_of_full(comparison, metric),
        *_spread(comparison, metric),
        *_seen(comparison),
    )


def best_first(comparison: Mapping[str, Any], metric: str = "rouge1") -> list[str]:
    """Names of the arms by falling mean, equals in their order."""
    return sorted(comparison["arms"], key=lambda name: -comparison["arms"][name][metric]["mean"])


def strength(pair: Mapping[str, Any]) -> Literal["finding", "weak", "none"]:
    """How far a stored pair may be claimed; an interval that excludes 0 may still be weak evidence."""
    if pair["ci95"] is None:
        return "none"
    low, high = pair["ci95"]
    if low <= 0 <= high:
        return "none"
    doubtful = _corrected_away(pair["p_holm"]) or _easily_missed(pair["difference"], pair.get("detectable"))
    return "weak" if doubtful else "finding"


def withheld(comparison: Mapping[str, Any]) -> dict[frozenset[str], tuple[str, ...]]:
    """What the arms of a pair differ in without being declared, by the pair; such pairs get no verdict."""
    return {
        frozenset((item["a"], item["b"])): tuple(map(str, item["what"])) for item in comparison.get("differences") or ()
    }


def copies_ahead(comparison: Mapping[str, Any], metric: str = "rouge1") -> Iterator[Sentence]:
    """What needs no model and has a higher mean than the best arm, highest first, with the difference where known."""
    best = best_first(comparison, metric)[0]
    mean = comparison["arms"][best][metric]["mean"]
    rows = comparison.get("reference_rows") or {}
    above = [name for name in NO_MODEL if rows.get(name, {}).get(metric, {}).get("mean", 0.0) > mean]
    for name in sorted(above, key=lambda name: -rows[name][metric]["mean"]):
        said, loud, after = _ahead(comparison, best, name, metric)
        yield Sentence("warning", f"{NO_MODEL[name]}, which needs no model, {said} {best}: ", loud, after)


def _ahead(comparison: Mapping[str, Any], best: str, row: str, metric: str) -> tuple[str, str, str]:
    """What a row of higher mean is shown to be, the difference, and both means; without interval the means alone."""
    measure = MEASURES[metric]
    mean = comparison["reference_rows"][row][metric]["mean"]
    figures = f"{measure.number(mean)} against {measure.number(comparison['arms'][best][metric]['mean'])}"
    stored = comparison.get("reference_pairs") or ()
    pair = next((item for item in stored if (item["a"], item["b"], item["metric"]) == (best, row, metric)), None)
    if pair is None:
        return "has a higher mean than", figures, f" {measure.title} points."
    ends = _turned(pair["ci95"], turned=True)
    said = "scores higher than" if ends and ends[0] > 0 else "is not shown to score lower than"
    mean = "" if comparison.get("small") else f"{measure.number(-pair['difference'])} "
    return said, f"by {mean}{measure.interval(ends)}", f" {measure.title} points ({figures})."


def comparable(comparison: Mapping[str, Any], name: str) -> list[str]:
    """The other arms that `name` has a verdict with, best first."""
    barred = withheld(comparison)
    return [other for other in best_first(comparison) if other != name and frozenset((name, other)) not in barred]


def _findings(comparison: Mapping[str, Any], metric: str) -> Iterator[Sentence]:
    ranked, barred = best_first(comparison, metric), withheld(comparison)
    if len(ranked) == 1:
        yield _alone(comparison, ranked[0], metric)
    rounds = list(_rounds(ranked, barred))
    for best, fair, _ in rounds:
        for name in fair:
            yield _finding(comparison, _pair(comparison, best, name, metric), metric)
    for best, _, unfair in rounds:
        yield from _refusals(best, unfair, barred)


def _rounds(
    ranked: Sequence[str], barred: Mapping[frozenset[str], tuple[str, ...]]
) -> Iterator[tuple[str, list[str], list[str]]]:
    """The best arm, those that may be compared with it, and those that may not, who then meet among themselves."""
    left = list(ranked)
    while len(left) > 1:
        best, *others = left
        left = [name for name in others if frozenset((best, name)) in barred]
        yield best, [name for name in others if name not in left], left


def _alone(comparison: Mapping[str, Any], name: str, metric: str) -> Sentence:
    measure, cell = MEASURES[metric], comparison["arms"][name][metric]
    loud = f"{measure.number(cell['mean'])} {measure.interval(cell['ci95'])}"
    return Sentence("note", f"{name} reaches ", loud, f" {measure.title} points; one arm alone has no rival to beat.")


def _finding(comparison: Mapping[str, Any], pair: _Pair, metric: str) -> Sentence:
    if pair.ci95 is None or pair.ci95[0] <= 0 <= pair.ci95[1]:
        return _no_difference(comparison, pair, metric)
    doubts = list(_doubts(comparison, pair, metric))
    loud, after = _estimate(comparison, pair, metric)
    if doubts:
        but = f", but the evidence is weak: {joined(doubts)}."
        return Sentence("weak", f"{pair.a} is ahead of {pair.b} by ", loud, f"{after}{but}")
    return Sentence("finding", f"{pair.a} beats {pair.b} by ", loud, f"{after}{_limit(comparison, pair, metric)}.")


def _no_difference(comparison: Mapping[str, Any], pair: _Pair, metric: str) -> Sentence:
    if pair.same:
        return Sentence("none", f"{pair.a} and {pair.b} have the same {MEASURES[metric].title} on every dialogue.")
    if pair.ci95 is None:
        unit = "row" if str(comparison.get("unit", "")).startswith("rows") else "dialogue"
        mean = f"{MEASURES[metric].number(pair.difference)} {MEASURES[metric].title} points"
        return Sentence("none", f"One {unit} cannot tell {pair.a} from {pair.b}: {mean} apart, and no interval.")
    # A relative figure would make much of what may be nothing.
    loud, after = _estimate(comparison, replace(pair, relative_percent=None), metric)
    limit = _limit(comparison, pair, metric)
    return Sentence("none", f"No evidence of a difference between {pair.a} and {pair.b}: ", loud, f"{after}{limit}.")


def _limit(comparison: Mapping[str, Any], pair: _Pair, metric: str) -> str:
    """What so many dialogues cannot show; empty where a single one leaves it unknown, or it is nothing in print."""
    if pair.detectable is None or not float(_threshold(pair, metric)):
        return ""
    return f"; on {count_of(comparison)} anything under {_threshold(pair, metric)} is not evidence"


def _doubts(comparison: Mapping[str, Any], pair: _Pair, metric: str) -> Iterator[str]:
    """Why a difference whose interval excludes 0 is still no firm finding."""
    if _corrected_away(pair.p_holm):
        tests = len(comparison.get("pairs", ()))
        yield f"p = {pair.p_holm:.2f} after correcting for {tests} tests"
    if _easily_missed(pair.difference, pair.detectable):
        yield f"{count_of(comparison)} often miss a true difference under {_threshold(pair, metric)}"


def _corrected_away(p_holm: float) -> bool:
    return p_holm >= LEVEL


def _easily_missed(difference: float, detectable: float | None) -> bool:
    return detectable is not None and abs(difference) < detectable


def _estimate(comparison: Mapping[str, Any], pair: _Pair, metric: str) -> tuple[str, str]:
    """The loud part and what follows it: the mean stands back where dialogues are few."""
    measure = MEASURES[metric]
    mean, interval = measure.number(pair.difference), measure.interval(pair.ci95)
    more = "" if pair.relative_percent is None else f"{pair.relative_percent:.0f} per cent more"
    if comparison.get("small"):
        inside = ", ".join(filter(None, (f"mean {mean}", more)))
        return interval, f" {measure.title} points ({inside})"
    return f"{mean} {interval}", f" {measure.title} points" + (f" ({more})" if more else "")


def _refusals(best: str, others: Sequence[str], barred: Mapping[frozenset[str], tuple[str, ...]]) -> Iterator[Sentence]:
    by_reason: dict[tuple[str, ...], list[str]] = {}
    for name in others:
        by_reason.setdefault(barred[frozenset((best, name))], []).append(name)
    for what, names in by_reason.items():
        rivals = names[0] if len(names) == 1 else f"any of {joined(names)}"
        yield Sentence("withheld", f"No verdict between {best} and {rivals}: {_reason(what)}.")


def _reason(what: Sequence[str]) -> str:
    return f"they differ in {joined(what)}, which the recipe does not declare to vary"


def _equivalences(comparison: Mapping[str, Any], metric: str) -> Iterator[Sentence]:
    """Which arms are equal within the margin: each against the best one, and every adapter against full fine-tuning."""
    barred, measure = withheld(comparison), MEASURES[metric]
    met = [(best, name) for best, fair, _ in _rounds(best_first(comparison, metric), barred) for name in fair]
    once: dict[frozenset[str], tuple[str, str]] = {}
    for names in (*met, *((trio["full"], trio["adapter"]) for trio in _trios(comparison, metric))):
        once.setdefault(frozenset(names), names)
    for together, (one, other) in once.items():
        pair = _pair(comparison, one, other, metric)
        if pair.equivalent and not pair.same and together not in barred:
            points = measure.scale * pair.margin
            margin = f"{points:g} {measure.title} {'point' if points == 1 else 'points'}"
            before = f"{pair.b} is within {margin} of {pair.a}: "
            yield Sentence("note", before, measure.interval(pair.ci90), " (90 % interval of the difference).")


def _human_level(comparison: Mapping[str, Any], metric: str) -> Iterator[Sentence]:
    """The best arm's share of what people reach; nothing where that is not known."""
    best = best_first(comparison, metric)[0]
    cell = ((comparison.get("shares") or {}).get("human") or {}).get(best, {}).get(metric) or {}
    if cell.get("share") is not None:
        share = _share(comparison, cell)
        yield Sentence("note", f"{best} reaches ", share, f" per cent of the human {MEASURES[metric].title}.")


def _of_full(comparison: Mapping[str, Any], metric: str) -> Iterator[Sentence]:
    """What part of full fine-tuning's score and of its gain an adapter reaches, for arms that may be compared."""
    barred, title = withheld(comparison), MEASURES[metric].title
    for trio in _trios(comparison, metric):
        adapter, full, score = trio["adapter"], trio["full"], trio["of_score"]
        if what := barred.get(frozenset((adapter, full))):
            yield Sentence("withheld", f"No share of {full}'s {title} for {adapter}: {_reason(what)}.")
        elif score["share"] is not None:
            after = f" per cent of {full}'s {title}{_of_gain(comparison, trio)}."
            yield Sentence("note", f"{adapter} reaches ", _share(comparison, score), after)


def _of_gain(comparison: Mapping[str, Any], trio: Mapping[str, Any]) -> str:
    """The second half of an adapter's sentence; empty where no arm shows the base."""
    base, full, gain, barred = trio["base"], trio["full"], trio["of_gain"], withheld(comparison)
    if base not in comparison["arms"]:
        return ""
    what = barred.get(frozenset((full, base))) or barred.get(frozenset((trio["adapter"], base)))
    if what or gain["share"] is None:
        return f"; no share of {full}'s gain over {base}: {_reason(what) if what else gain['reason']}"
    return f", and {_share(comparison, gain)} per cent of {full}'s gain over {base}"


def _trios(comparison: Mapping[str, Any], metric: str) -> list[Mapping[str, Any]]:
    return [trio for trio in (comparison.get("shares") or {}).get("tuning") or () if trio["metric"] == metric]


def _share(comparison: Mapping[str, Any], cell: Mapping[str, Any]) -> str:
    """A share with its interval in per cent, as in '84.4 [82.2, 86.5]'; with few dialogues the interval alone."""
    low, high = cell["ci95"]
    interval = f"[{100 * low:.1f}, {100 * high:.1f}]"
    return interval if comparison.get("small") else f"{100 * cell['share']:.1f} {interval}"


def _spread(comparison: Mapping[str, Any], metric: str) -> Iterator[Sentence]:
    for stem, found in (comparison.get("seeds") or {}).items():
        means = (found.get(metric) or {}).get("means") or []
        if len(means) > 1:
            width = MEASURES[metric].number(max(means) - min(means))
            said = f"{stem}, trained with {len(means)} seeds, moves by {width} {MEASURES[metric].title} points"
            yield Sentence("note", f"{said}; the intervals do not cover this.")


def _seen(comparison: Mapping[str, Any]) -> Iterator[Sentence]:
    names = [str(name) for name, seen in (comparison.get("seen") or {}).items() if seen]
    if names:
        have = "has" if len(names) == 1 else "have"
        said = f"{joined(names)} {have} seen this training split before: shown as shipped."
        yield Sentence("warning", said)


def _pair(comparison: Mapping[str, Any], best: str, other: str, metric: str) -> _Pair:
    """The stored pair turned so that the better arm stands first."""
    stored = next(
        item for item in comparison["pairs"] if item["metric"] == metric and {item["a"], item["b"]} == {best, other}
    )
    turned = stored["a"] != best
    ci90 = _turned(stored.get("ci90") or stored["ci95"], turned)
    difference = -stored["difference"] if turned else stored["difference"]
    base = comparison["arms"][other][metric]["mean"]
    return _Pair(
        a=best,
        b=other,
        difference=difference,
        ci95=_turned(stored["ci95"], turned),
        relative_percent=100 * difference / base if base else None,
        detectable=stored.get("detectable"),
        p_holm=stored["p_holm"],
        same=stored["wins"] == stored["losses"] == 0,
        equivalent=stored.get("equivalent") is True,
        ci90=ci90,
        margin=stored.get("margin", 0.0),
    )


def _turned(interval: Sequence[float] | None, turned: bool) -> Ends:
    if interval is None:
        return None
    low, high = interval
    return (-high, -low) if turned else (low, high)


def _threshold(pair: _Pair, metric: str) -> str:
    return MEASURES[metric].number(pair.detectable or 0.0)
