"""analyse: what is wrong with stored predictions, where, and in which slices, without a model."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final, TypeVar

from upshot.analysis.examine import Examination, examine
from upshot.analysis.favour import favour
from upshot.analysis.finding import KINDS
from upshot.analysis.lengths import rank_correlation
from upshot.analysis.notebook_heuristics import CATEGORIES, heuristics
from upshot.analysis.selective import risk_coverage, thresholds
from upshot.analysis.slices import SLICES, Slicing, slice_cells, slicings, training_rows
from upshot.analysis.tallies import counts, heuristic_pairs, means
from upshot.analysis.terms import Corpus, corpus_of, kept_share, key_terms
from upshot.comparison import Draws
from upshot.errors import DataError, ModelError, UsageError
from upshot.events import Event, Tell
from upshot.lineage import refuse_stale_scores
from upshot.recipe import Recipe
from upshot.recipe_file import expand_arms
from upshot.records import Dialogue, Prediction, Row, Score, dump_lines
from upshot.rundir import RunDir, read_lines, write_json, write_text
from upshot.text import clusters_of

METRIC: Final = "rouge1"
THIRDS: Final = ("beginning", "middle", "end")
FLAGGED: Final = ("certain", "review")

T = TypeVar("T", Prediction, Score)


@dataclass(frozen=True, slots=True)
class _Arm:
    """What an arm left, and what was found in it, in the order of the test split."""

    predictions: tuple[Prediction, ...]
    scores: tuple[Score, ...]
    examinations: tuple[Examination, ...]
    heuristics: tuple[tuple[str, ...], ...]
    validation_logprobs: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Test:
    """The test split, the cluster of each of its dialogues, the training split's words, and how to draw."""

    dialogues: tuple[Dialogue, ...]
    clusters: tuple[str, ...]
    corpus: Corpus
    draws: Draws


def analyse_run(run: RunDir, recipe: Recipe, tell: Tell) -> dict[str, Any]:
    """The content of `analysis.json`, which is written with each arm's `findings.jsonl`; numbers in 0..1.

    The notebook heuristics compare with the first reference, as the notebook has one. Their pairs go from arms that
    are not trained to arms that are. Coverage is 0 in all thirds where nothing supports a summary.

    Raises:
        ModelError: no arm has predictions and scores yet.
        DataError: predictions or scores that belong to other dialogues (D53).
    """
    dialogues = read_lines(run.split("test"), Dialogue)
    names = _scored(run, recipe, tell)
    arms = {name: _examined(run, name, dialogues) for name in names}
    cluster_of = clusters_of(dialogues)
    train = read_lines(run.split("train"), Row)
    test = _Test(
        tuple(dialogues),
        tuple(cluster_of[item.id] for item in dialogues),
        corpus_of(row.dialogue for row in train),
        Draws(recipe.compare.resamples, recipe.seed),
    )
    trained = {name: expand_arms(recipe)[name].trains for name in names}
    result = {"n": len(dialogues), "metric": METRIC} | _analysis(arms, test, sorted(names, key=trained.__getitem__))
    for name, arm in arms.items():
        _write_findings(run, name, arm)
    write_json(run.root / "analysis.json", result)
    return result


def export_slice(run: RunDir, name: str, value: str, *, to: Path) -> int:
    """Number of training rows written to the CSV `to`: those that fall into a slice of this run's test split.

    The file has the columns id, dialogue, summary and topic, and can be the source of a recipe's data.

    Raises:
        UsageError: no such slice, one that training rows cannot fall into, or one without any.
    """
    if name not in SLICES or not SLICES[name].of_training:
        known = ", ".join(key for key, item in SLICES.items() if item.of_training)
        what = f"'{name}' is a property of the test split alone" if name in SLICES else f"there is no slice '{name}'"
        raise UsageError(f"{what}; training rows are chosen by one of {known}")
    train = read_lines(run.split("train"), Row)
    corpus = corpus_of(row.dialogue for row in train)
    slicing = _slicing(run, name, corpus)
    if value not in slicing.values:
        raise UsageError(f"no slice '{name}={value}' (found: {', '.join(slicing.values)})")
    rows = training_rows(slicing, value, train, corpus)
    if not rows:
        raise UsageError(f"no training row falls into '{name}={value}'")
    write_text(to, _table(rows))
    return len(rows)


def _scored(run: RunDir, recipe: Recipe, tell: Tell) -> list[str]:
    """Arms with predictions and scores; one that has only the first is told."""
    predicted = [name for name in expand_arms(recipe) if run.predictions(name, "test").exists()]
    scored = [name for name in predicted if (run.arm(name) / "scores.jsonl").exists()]
    if not scored:
        raise ModelError(f"{run.root}: no arm has scores yet; upshot score makes them from predictions")
    for name in predicted:
        if name not in scored:
            tell(Event("note", f"arm '{name}' has no scores yet and is left out; upshot score {run.root} makes them"))
    return scored


def _examined(run: RunDir, name: str, dialogues: Sequence[Dialogue]) -> _Arm:
    predictions = _in_order(name, read_lines(run.predictions(name, "test"), Prediction), dialogues)
    scores = _in_order(name, read_lines(run.arm(name) / "scores.jsonl", Score), dialogues)
    refuse_stale_scores(run, name)
    pairs = list(zip(dialogues, predictions, strict=True))
    return _Arm(
        predictions,
        scores,
        tuple(examine(dialogue, prediction) for dialogue, prediction in pairs),
        tuple(heuristics(dialogue.references[0], prediction.prediction) for dialogue, prediction in pairs),
        tuple(item.logprob for item in read_lines(run.predictions(name, "validation"), Prediction)),
    )


def _in_order(name: str, records: Sequence[T], dialogues: Sequence[Dialogue]) -> tuple[T, ...]:
    by_id = {record.id: record for record in records}
    different = by_id.keys() ^ {item.id for item in dialogues}
    if different:
        what = f"arm '{name}' has other dialogues than the test split; first id that differs: {min(different)}"
        raise DataError(what, code="D53")
    return tuple(by_id[item.id] for item in dialogues)


def _analysis(arms: Mapping[str, _Arm], test: _Test, pair_order: Sequence[str]) -> dict[str, Any]:
    slices, reasons = _slices(arms, test)
    lengths = {
        name: rank_correlation([float(score.words) for score in arm.scores], _scores(arm), test.clusters, test.draws)
        for name, arm in arms.items()
    }
    kept, kept_reason = _key_terms_kept(arms, test)
    confidence = {name: _confidence(arm, test) for name, arm in arms.items()}
    for part, cells in (("length", lengths), ("confidence", confidence)):
        reasons |= {f"{part} ({name})": found for name, found in cells.items() if isinstance(found, str)}
    return {
        "flags": {
            name: counts(((found.kind for found in item.findings) for item in arm.examinations), KINDS)
            for name, arm in arms.items()
        },
        "heuristics": {name: counts(arm.heuristics, CATEGORIES) for name, arm in arms.items()},
        "heuristic_pairs": heuristic_pairs(
            {name: arms[name].heuristics for name in pair_order}, test.clusters, test.draws
        ),
        "coverage": _coverage(arms, test),
        "favour": favour(
            test.dialogues,
            {name: [item.prediction for item in arm.predictions] for name, arm in arms.items()},
            test.clusters,
            test.draws,
        ),
        "slices": slices,
        "not_measurable": reasons | kept_reason,
        "length": {name: found for name, found in lengths.items() if not isinstance(found, str)},
        "key_terms_kept": kept,
        "confidence": {name: found for name, found in confidence.items() if not isinstance(found, str)},
    }


def _scores(arm: _Arm) -> list[float]:
    return [score.mean[METRIC] for score in arm.scores]


def _confidence(arm: _Arm, test: _Test) -> dict[str, Any] | str:
    """What confidence tells of ROUGE-1 and of flags, and what thresholds leave; or why that cannot be measured.

    Percentiles are among summaries of the validation split, as when the arm is used; of the test split without them.
    """
    logprobs = [item.logprob for item in arm.predictions]
    flagged = [float(any(finding.tier in FLAGGED for finding in item.findings)) for item in arm.examinations]
    scores = _scores(arm)
    risks = {METRIC: [1 - score for score in scores], "flagged": flagged}
    found = risk_coverage(logprobs, risks, test.clusters, test.draws)
    if isinstance(found, str):
        return found
    among, split = (arm.validation_logprobs, "validation") if arm.validation_logprobs else (logprobs, "test")
    left = thresholds(logprobs, among, {METRIC: scores, "flagged": flagged}, test.clusters, test.draws)
    return found | {"split": split, "thresholds": left}


def _coverage(arms: Mapping[str, _Arm], test: _Test) -> dict[str, dict[str, Any]]:
    columns = {
        (name, third): [float(getattr(item.coverage, third)) for item in arm.examinations]
        for name, arm in arms.items()
        for third in THIRDS
    }
    found = means(columns, test.clusters, test.draws)
    return {name: {third: found[name, third] for third in THIRDS} for name in arms}


def _slices(arms: Mapping[str, _Arm], test: _Test) -> tuple[list[dict[str, Any]], dict[str, str]]:
    cut = {item.id for arm in arms.values() for item in arm.predictions if item.truncated}
    found, reasons = slicings(test.dialogues, test.corpus, cut)
    scores = {name: {item.id: item.mean[METRIC] for item in arm.scores} for name, arm in arms.items()}
    clusters = {item.id: cluster for item, cluster in zip(test.dialogues, test.clusters, strict=True)}
    cells = chain.from_iterable(slice_cells(slicing, scores, clusters, test.draws) for slicing in found)
    return list(cells), reasons


def _key_terms_kept(arms: Mapping[str, _Arm], test: _Test) -> tuple[dict[str, Any], dict[str, str]]:
    """Share of the key terms that each arm keeps, over the dialogues that have any; or why it cannot be measured."""
    if not test.corpus.size:
        return {}, {"key_terms_kept": "no training split to weigh words against"}
    terms = [key_terms(item.text, test.corpus) for item in test.dialogues]
    having = [number for number, found in enumerate(terms) if found]
    if not having:
        return {}, {"key_terms_kept": "no dialogue has content words"}
    columns = {
        name: [kept_share(terms[number], arm.predictions[number].prediction) for number in having]
        for name, arm in arms.items()
    }
    found = means(columns, [test.clusters[number] for number in having], test.draws)
    left_out = len(terms) - len(having)
    return found, {"key_terms_kept": f"{left_out} dialogues without content words"} if left_out else {}


def _write_findings(run: RunDir, name: str, arm: _Arm) -> None:
    lines = [
        {**examination.to_json(), "heuristics": list(given)}
        for examination, given in zip(arm.examinations, arm.heuristics, strict=True)
    ]
    write_text(run.arm(name) / "findings.jsonl", dump_lines(lines))


def _slicing(run: RunDir, name: str, corpus: Corpus) -> Slicing:
    dialogues = read_lines(run.split("test"), Dialogue)
    found, reasons = slicings(dialogues, corpus, ())
    if name in reasons:
        raise UsageError(f"this run's test split has no slices by '{name}': {reasons[name]}")
    return next(slicing for slicing in found if slicing.name == name)


def _table(rows: Sequence[Row]) -> str:
    """CSV text that `data.source` reads."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["id", "dialogue", "summary", "topic"])
    writer.writerows([row.id, row.dialogue, row.summary, row.topic] for row in rows)
    return stream.getvalue()
