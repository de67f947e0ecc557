"""A finished run read into one value, from which every part of the report is a pure function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any, Final

from upshot.analysis import finding
from upshot.errors import DataError, UsageError
from upshot.lineage import refuse_stale_comparison
from upshot.recipe import Arm, Recipe
from upshot.recipe_file import expand_arms, parse_recipe
from upshot.records import Dialogue, Prediction, Score, whole_lines
from upshot.rundir import RunDir, read_json, read_lines, read_text

# What `upshot audit-detectors --write` measured on human labels; it ships with the package.
_PRECISION: Final = Path(finding.__file__).with_name("precision.json")


@dataclass(frozen=True, slots=True)
class ArmFacts:
    """One arm of the comparison: settings, outputs and scores by dialogue id, cost, and the log of its training.

    `evaluations` hold step, epoch, loss and ROUGE; both logs are in the order of the steps, empty without training.
    `findings` are the lines of `findings.jsonl` by dialogue id, empty before the error analysis.
    """

    name: str
    settings: Arm | None
    outputs: Mapping[str, Prediction]
    scores: Mapping[str, Score]
    summary: Mapping[str, Any]
    steps: tuple[Mapping[str, Any], ...]
    evaluations: tuple[Mapping[str, Any], ...]
    findings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def trains(self) -> bool:
        """Whether this arm has a training of its own."""
        return self.settings is not None and self.settings.trains


@dataclass(frozen=True, slots=True)
class Facts:
    """A run: its recipe, what it learned, and its arms in the order of the comparison.

    `analysis`, `probe`, `learned` and `ratings` are the files of these names, empty where nobody made them;
    `precision` is the measured worth of the detectors, by the kind of finding.
    """

    recipe: Recipe
    comparison: Mapping[str, Any]
    provenance: Mapping[str, Any]
    data: Mapping[str, Any]
    dialogues: tuple[Dialogue, ...]
    arms: tuple[ArmFacts, ...]
    analysis: Mapping[str, Any] = field(default_factory=dict)
    probe: Mapping[str, Any] = field(default_factory=dict)
    learned: Mapping[str, Any] = field(default_factory=dict)
    ratings: Mapping[str, Any] = field(default_factory=dict)
    precision: Mapping[str, Any] = field(default_factory=dict)

    @property
    def best(self) -> ArmFacts:
        """The arm with the highest mean ROUGE-1, the earlier of equals."""
        return max(self.arms, key=lambda arm: float(self.comparison["arms"][arm.name]["rouge1"]["mean"]))


def read_facts(run: RunDir) -> Facts:
    """The facts of a run folder; what an early version or a cut-off file does not hold is empty.

    Raises:
        UsageError: the run has no recipe or no comparison yet.
        DataError: a comparison without its pairs, or predictions or scores changed after they were compared.
    """
    recipe_text = read_text(run.root / "recipe.yaml")
    comparison = read_json(run.root / "comparison.json")
    if not recipe_text or not comparison.get("arms"):
        raise UsageError(f"{run.root}: no comparison of arms yet; upshot run RECIPE makes one")
    _refuse_without_pairs(run, comparison)
    recipe = parse_recipe(recipe_text)
    settings = expand_arms(recipe)
    facts = Facts(
        recipe=recipe,
        comparison=comparison,
        provenance=read_json(run.root / "provenance.json"),
        data=read_json(run.root / "data.json"),
        dialogues=tuple(read_lines(run.split("test"), Dialogue)),
        arms=tuple(_arm(run, name, settings.get(name)) for name in comparison["arms"]),
        analysis=read_json(run.root / "analysis.json"),
        probe=read_json(run.root / "probe.json"),
        learned=read_json(run.root / "learned.json"),
        ratings=read_json(run.root / "ratings.json"),
        precision=read_json(_PRECISION),
    )
    refuse_stale_comparison(run, comparison)  # last: a damaged file is named as such
    return facts


def _refuse_without_pairs(run: RunDir, comparison: Mapping[str, Any]) -> None:
    pairs = comparison.get("pairs")
    found = {
        frozenset((pair.get("a"), pair.get("b")))
        for pair in (pairs if isinstance(pairs, list) else ())
        if isinstance(pair, dict) and pair.get("metric") == "rouge1"
    }
    for one, other in combinations(comparison["arms"], 2):
        if frozenset((one, other)) not in found:
            said = f"{run.root / 'comparison.json'}: 'pairs' has no ROUGE-1 of {one} and {other}"
            raise DataError(f"{said}; it was damaged or edited: upshot compare {run.root} makes it anew")


def _arm(run: RunDir, name: str, settings: Arm | None) -> ArmFacts:
    folder = run.arm(name)
    outputs = read_lines(run.predictions(name, "test"), Prediction)
    scores = read_lines(folder / "scores.jsonl", Score)
    steps, evaluations = _log(read_text(folder / "train" / "log.jsonl"))
    return ArmFacts(
        name=name,
        settings=settings,
        outputs={item.id: item for item in outputs},
        scores={item.id: item for item in scores},
        summary=read_json(folder / "summary.json"),
        steps=steps,
        evaluations=evaluations,
        findings={line["id"]: line for line in whole_lines(read_text(folder / "findings.jsonl"))},
    )


def _log(text: str) -> tuple[tuple[Mapping[str, Any], ...], tuple[Mapping[str, Any], ...]]:
    """Steps and evaluations. A resumed training writes steps after its checkpoint again: the later line counts."""
    steps: dict[int, Mapping[str, Any]] = {}
    evaluations: dict[int, Mapping[str, Any]] = {}
    for line in whole_lines(text):
        if "evaluation" in line:
            evaluations[line["step"]] = line["evaluation"]
        elif "loss" in line:
            steps[line["step"]] = line
    placed = (
        {**evaluations[step], "step": step, "epoch": steps.get(step, {}).get("epoch", step)}
        for step in sorted(evaluations)
    )
    return tuple(steps[step] for step in sorted(steps)), tuple(placed)
