"""What the comparison comes to: improvement over the best prompt, a conclusion, and what was not done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from upshot.report.facts import ArmFacts, Facts
from upshot.report.grid import Cell, Column, Line, Table
from upshot.report.quantities import ABSENT, QUALITY, Measure
from upshot.report.results import refusal
from upshot.report.sentence import Sentence
from upshot.report.verdict import best_first, comparable, copies_ahead, verdict
from upshot.report.winner import broken, ranked, reason


def best_prompt(facts: Facts) -> ArmFacts | None:
    """The best arm without training of its own: on validation where all were scored there, else on the test."""
    arms = _prompts(facts)
    return max(arms, key=lambda arm: _worth(facts, arms, arm)) if arms else None


def improvement_table(facts: Facts) -> Table | None:
    """Each trained arm against the best prompt arm, in points with interval and in per cent; None without both."""
    baseline = best_prompt(facts)
    trained = [(place, arm) for place, arm in enumerate(facts.arms) if arm.trains]
    if baseline is None or not trained:
        return None
    columns = tuple(Column(measure.title, "points; % of the prompt's") for measure in QUALITY)
    lines = tuple(
        Line(arm.name, tuple(_gain(facts, arm.name, baseline.name, measure) for measure in QUALITY), colour=place)
        for place, arm in trained
    )
    title, about = f"Improvement over the best prompt arm, {baseline.name}", f"Best by {_chosen_by(facts)}."
    if any(refusal(facts, baseline.name, arm.name) for arm in _prompts(facts)):
        title = f"Improvement over the prompt arm {baseline.name}"
        about = f"Chosen by {_chosen_by(facts)}; not every two prompt arms have a verdict."
    return Table(title, columns, lines, about=about)


def conclusion(facts: Facts) -> tuple[str, ...]:
    """Sentences that say no more than the verdict does, with what needs no model and the share of the human level."""
    kinds = ("finding", "weak", "none", "withheld")
    sentences = [sentence for sentence in verdict(facts.comparison) if sentence.kind in kinds]
    firm = [sentence for sentence in sentences[2:] if sentence.kind == "finding"]
    known = any(sentence.kind == "finding" for sentence in sentences[:2])
    said = [sentence.text for sentence in (*sentences[:2], *firm[: not known])]
    copies = (sentence.text for sentence in islice(copies_ahead(facts.comparison), 1))
    return (*said, *copies, *(sentence.text for sentence in used(facts)), *_of_human(facts))


def used(facts: Facts) -> tuple[Sentence, ...]:
    """Which arm is opened where this run is named, and why; none where every arm needs examples before a dialogue."""
    arms = {arm.name: arm.settings for arm in facts.arms if arm.settings is not None}
    names = ranked(facts.comparison, arms, facts.analysis)
    if not names:
        return ()
    splits: Mapping[str, Mapping[str, int]] = facts.data.get("splits") or {}
    n_validation = (splits.get("validation") or {}).get("dialogues")
    why = reason(facts.comparison, names, analysis=facts.analysis, n_validation=n_validation)
    text = f"upshot summarize and upshot serve take {names[0]} from this run: {why}."
    wrong = broken(facts.analysis, names[0])
    return (Sentence("note", text), *([Sentence("warning", f"{names[0]}: {wrong}.")] if wrong else []))


def not_done(facts: Facts) -> tuple[str, ...]:
    """What a reader may expect of such a report and will not find in this one."""
    return tuple(_not_done(facts))


def _prompts(facts: Facts) -> list[ArmFacts]:
    return [arm for arm in facts.arms if arm.settings is not None and not arm.trains and arm.settings.start is None]


def _worth(facts: Facts, arms: list[ArmFacts], arm: ArmFacts) -> float:
    validation: Mapping[str, float | None] = facts.comparison.get("validation") or {}
    if all(validation.get(item.name) is not None for item in arms):
        return float(validation[arm.name] or 0.0)
    return float(facts.comparison["arms"][arm.name]["rouge1"]["mean"])


def _chosen_by(facts: Facts) -> str:
    validation = facts.comparison.get("validation") or {}
    scored = all(validation.get(arm.name) is not None for arm in facts.arms if not arm.trains)
    return "ROUGE-1 on the validation split" if scored else "ROUGE-1 on the test split, which favours it"


def _gain(facts: Facts, name: str, baseline: str, measure: Measure) -> Cell:
    if refused := refusal(facts, name, baseline):
        return refused
    found = next(
        (
            pair
            for pair in facts.comparison.get("pairs") or ()
            if pair["metric"] == measure.key and {pair["a"], pair["b"]} == {name, baseline}
        ),
        None,
    )
    if found is None:
        return Cell(ABSENT)
    sign = 1 if found["a"] == name else -1
    ends = found["ci95"] and sorted(sign * end for end in found["ci95"])
    base = facts.comparison["arms"][baseline][measure.key]["mean"]
    percent = f"{100 * sign * found['difference'] / base:+.0f} %" if base else ABSENT
    return Cell(f"{measure.scale * sign * found['difference']:+.{measure.digits}f}", measure.interval(ends), percent)


def _of_human(facts: Facts) -> Iterator[str]:
    human = ((facts.comparison.get("reference_rows") or {}).get("human") or {}).get("rouge1")
    best = best_first(facts.comparison)[0]
    if human and human["mean"]:
        reached = 100 * facts.comparison["arms"][best]["rouge1"]["mean"] / human["mean"]
        others = len(facts.comparison["arms"]) - 1
        highest = others and len(comparable(facts.comparison, best)) == others
        what = f"has the highest ROUGE-1: {reached:.0f}" if highest else f"reaches {reached:.0f}"
        yield f"{best} {what} per cent of what people reach among themselves."


def _not_done(facts: Facts) -> Iterator[str]:
    if not facts.comparison.get("seeds"):
        yield "Every arm was trained with one seed: how much the training itself varies is not known."
    if not facts.analysis:
        yield "The error analysis was not run: upshot analyse does it."
    if not facts.probe:
        yield "No arm was probed for preferring true summaries and treating names alike: upshot probe does it."
    if not facts.learned:
        yield "No learned metric and no checker of facts was run: upshot score --with does it."
    if not facts.ratings:
        yield "No person has rated these summaries: the page collects ratings, upshot rate import reads them."
    yield "Other domains and languages than those of the test split were not tried."
