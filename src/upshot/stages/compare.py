"""compare: scores of all arms under one protocol, as `comparison.json` and `results.csv`, without a model."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from statistics import fmean, stdev
from typing import Any, Final

from upshot.comparison import Draws, Unit, compare, protocol_line
from upshot.errors import DataError, ModelError
from upshot.events import Event, Tell
from upshot.lineage import refuse_stale_scores, validation_score
from upshot.metrics.baselines import reference_rows
from upshot.metrics.score import METRICS, score_all, without_words
from upshot.recipe import Arm, Recipe
from upshot.recipe_file import expand_arms
from upshot.records import Dialogue, Prediction, Row, Score
from upshot.report.cautions import count_of
from upshot.rundir import RunDir, file_sha256, read_json, read_lines, write_json, write_text
from upshot.shares import trios_of, tuning_shares
from upshot.text import clusters_of

REFERENCE_COLUMN: Final = "human_baseline_summaries"  # the name that the origin notebooks read


def compare_run(run: RunDir, recipe: Recipe, tell: Tell) -> dict[str, Any]:
    """The comparison of all arms that have scores, written to the run folder with the results table.

    Raises:
        ModelError: no arm has scores yet.
        DataError: scores that belong to other dialogues, a missing prediction (D53), or predictions that changed after
            they were scored.
    """
    dialogues = read_lines(run.split("test"), Dialogue)
    arms = {name: arm for name, arm in expand_arms(recipe).items() if _is_scored(run, name)}
    if not arms:
        raise ModelError(f"{run.root}: no arm has scores yet; upshot run RECIPE makes them")
    scores = {name: read_lines(run.arm(name) / "scores.jsonl", Score) for name in arms}
    predictions = {name: read_lines(run.predictions(name, "test"), Prediction) for name in arms}
    for name in arms:
        refuse_stale_scores(run, name)
    table = results_table(dialogues, predictions)
    train = read_lines(run.split("train"), Row)
    draws = _draws(recipe)
    result = compare(
        scores,
        protocol=protocol_line(len(dialogues), decoding=_decoding(arms)) + _seen_words(run),
        reference_rows=reference_rows(dialogues, train),
        unit=Unit(clusters=clusters_of(dialogues)),
        hit_cap_share={name: fmean(item.hit_cap for item in items) for name, items in predictions.items()},
        draws=draws,
    )
    result["shares"]["tuning"] = tuning_shares(
        scores, trios_of(arms), clusters=clusters_of(dialogues), resamples=draws.resamples, seed=draws.seed
    )
    result |= _additions(run, recipe, arms, predictions=predictions, dialogues=dialogues)
    write_json(run.root / "comparison.json", result)
    write_text(run.root / "results.csv", table)
    if result["small"]:
        tell(Event("note", f"only {count_of(result)} in the test split: read the intervals, not the means"))
    return result


def _draws(recipe: Recipe) -> Draws:
    return Draws(recipe.compare.resamples, recipe.seed, recipe.compare.equivalence_margin)


def _is_scored(run: RunDir, name: str) -> bool:
    return (run.arm(name) / "scores.jsonl").exists() and run.predictions(name, "test").exists()


def _additions(
    run: RunDir,
    recipe: Recipe,
    arms: Mapping[str, Arm],
    *,
    predictions: Mapping[str, Sequence[Prediction]],
    dialogues: Sequence[Dialogue],
) -> dict[str, Any]:
    """What the comparison needs to be read rightly: differences, seeds, choices, what the base has seen."""
    texts = {name: {item.id: item.prediction for item in items} for name, items in predictions.items()}
    seen = read_json(run.root / "provenance.json").get("base_seen", {})
    added: dict[str, Any] = {
        "references_without_words": without_words(dialogues),
        "scores_sha256": {name: file_sha256(run.arm(name) / "scores.jsonl") for name in arms},
        "differences": _undeclared(run, recipe, arms),
        "seeds": _seed_spread(run, arms),
        "choices": _choices(run, arms),
        "validation": {name: validation_score(run, name) for name in arms},
        "seen": {name: True for name, arm in arms.items() if seen.get(name) and not arm.trains and arm.start is None},
    }
    if recipe.compare.first_rows:
        added["first_rows"] = _first_rows(dialogues, texts, recipe)
    return added


def _seen_words(run: RunDir) -> str:
    seen = read_json(run.root / "provenance.json").get("base_seen", {})
    return ", the base model has seen this training split" if any(seen.values()) else ""


def _decoding(arms: Mapping[str, Arm]) -> str:
    """The decoding that all arms share, in words; 'decoding differs' where they do not."""
    kinds = {decoding_words(arm) for arm in arms.values()}
    return kinds.pop() if len(kinds) == 1 else "decoding as each row says"


def decoding_words(arm: Arm) -> str:
    """How an arm decodes, as the protocol line says it.

    >>> decoding_words(Arm())
    'greedy, max_new_tokens=128'
    """
    settings = arm.generation
    if settings.sample:
        kind = f"sampling (temperature {settings.temperature:g}, top_k {settings.top_k}, top_p {settings.top_p:g})"
    else:
        kind = "greedy" if settings.beams == 1 else f"{settings.beams} beams"
    ngram = f", no repeated {settings.no_repeat_ngram}-gram" if settings.no_repeat_ngram else ""
    penalty = (
        f", length_penalty={settings.length_penalty:g}" if settings.beams > 1 and settings.length_penalty != 1 else ""
    )
    engine = f", CTranslate2 {arm.predict.quantization}" if arm.predict.engine == "ct2" else ""
    return f"{kind}{ngram}{penalty}, max_new_tokens={settings.max_new_tokens}{engine}"


def _undeclared(run: RunDir, recipe: Recipe, arms: Mapping[str, Arm]) -> list[dict[str, Any]]:
    """Pairs of arms that differ in something the recipe does not declare to vary: their verdict is withheld."""
    facts = {name: _facts(run, name, arm) for name, arm in arms.items()}
    found = []
    for a, b in combinations(arms, 2):
        both = [key for key in facts[a] if key in facts[b]]
        what = [key for key in both if facts[a][key] != facts[b][key] and key not in recipe.compare.varies]
        if what:
            found.append({"a": a, "b": b, "what": what})
    return found


def _facts(run: RunDir, name: str, arm: Arm) -> dict[str, Any]:
    """What an arm consists of, by the names that `compare.varies` uses; the arithmetic is always held against it."""
    inputs = read_json(run.arm(name) / "predictions.inputs.json")
    summary = read_json(run.arm(name) / "summary.json")
    return {
        "tuning": (arm.tuning, arm.start),
        "prompt": arm.prompt.model_dump(),
        "shots": arm.shots.model_dump() if arm.shots else None,
        "generation": arm.generation.model_dump(exclude={"batch_tokens"}),
        "predict": None if arm.predict.engine == "transformers" else arm.predict.model_dump(),
        "model": inputs.get("base"),
        "train": arm.train.model_dump() if arm.trains else None,
        # CTranslate2 has arithmetic of its own, which is part of its settings.
        **({"precision": summary.get("precision")} if arm.predict.engine == "transformers" else {}),
    }


def _seed_spread(run: RunDir, arms: Mapping[str, Arm]) -> dict[str, Any]:
    """Means of the arms that differ in their seed alone, shown beside the interval, which does not cover training."""
    groups: dict[str, list[str]] = {}
    for name in arms:
        stem, found, rest = name.partition("@seed=")
        if found and "," not in rest:
            groups.setdefault(stem, [stem] if stem in arms else []).append(name)
    spread = {}
    for stem, names in groups.items():
        means = {name: _means(read_lines(run.arm(name) / "scores.jsonl", Score)) for name in names}
        spread[stem] = {
            "arms": names,
            **{
                metric: {
                    "means": [means[name][metric] for name in names],
                    "sd": stdev(means[name][metric] for name in names) if len(names) > 1 else None,
                }
                for metric in METRICS
            },
        }
    return spread


def _means(scores: Sequence[Score]) -> dict[str, float]:
    return {metric: fmean(score.mean[metric] for score in scores) for metric in METRICS}


def _choices(run: RunDir, arms: Mapping[str, Arm]) -> dict[str, Any]:
    """Arms that start from the best of several, with the validation ROUGE-1 that decided."""
    found = {}
    for name, arm in arms.items():
        if isinstance(arm.start, tuple):
            scores = {other: validation_score(run, other) for other in arm.start}
            known = {other: value for other, value in scores.items() if value is not None}
            chosen = max(known, key=lambda other: known[other]) if known else None
            found[name] = {"chosen": chosen, "by": "validation rouge1", "scores": scores}
    return found


def _first_rows(
    dialogues: Sequence[Dialogue], texts: Mapping[str, Mapping[str, str]], recipe: Recipe
) -> dict[str, Any]:
    """The comparison over the first n test rows alone, each dialogue with only those rows' references."""
    left = recipe.compare.first_rows or 0
    some: list[Dialogue] = []
    for item in dialogues:
        kept = min(left, len(item.references))
        if kept:
            some.append(replace(item, references=item.references[:kept], row_ids=item.row_ids[:kept]))
        left -= kept
    ids = {item.id for item in some}
    scores = {
        name: score_all(some, {key: text for key, text in found.items() if key in ids}) for name, found in texts.items()
    }
    rows = sum(len(item.references) for item in some)
    protocol = protocol_line(len(some), decoding=f"first {rows} rows of the test split")
    return compare(scores, protocol=protocol, unit=Unit(clusters=clusters_of(some)), draws=_draws(recipe))


def results_table(dialogues: Sequence[Dialogue], predictions: Mapping[str, Sequence[Prediction]]) -> str:
    """CSV text: one row a reference, the column of references first, then one column an arm.

    Raises:
        DataError: a dialogue without a prediction (D53).
    """
    texts = {name: {item.id: item.prediction for item in items} for name, items in predictions.items()}
    for name, found in texts.items():
        if missing := next((item.id for item in dialogues if item.id not in found), None):
            said = f"arm '{name}' has no prediction for dialogue '{missing}'; predict it again, then score"
            raise DataError(said, code="D53")
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(["", REFERENCE_COLUMN, *texts])
    number = 0
    for item in dialogues:
        for reference in item.references:
            writer.writerow([number, reference, *(found[item.id] for found in texts.values())])
            number += 1
    return stream.getvalue()
