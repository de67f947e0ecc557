"""Which weights an arm stands on, and whether what was made before still answers to the recipe."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from upshot.errors import DataError, ModelError, UsageError
from upshot.metrics.rouge import rouge1
from upshot.recipe import Arm
from upshot.records import Dialogue, Prediction
from upshot.rundir import RunDir, file_sha256, read_json, read_lines, write_json


def start_folder(run: RunDir, arm: Arm) -> Path | None:
    """Weights folder that the arm starts from, or None for its base; of a list, the best arm on validation.

    Raises:
        ModelError: that arm has no weights yet.
    """
    if arm.start is None:
        return None
    name = best_arm(run, arm.start) if isinstance(arm.start, tuple) else arm.start
    if "/" in name:
        folder = Path(name).expanduser()
        return folder / "weights" if (folder / "weights").is_dir() else folder
    if not run.weights(name).is_dir():
        raise ModelError(f"arm '{name}' has no weights yet; train it first: upshot train RECIPE --only {name}")
    return run.weights(name)


def started_from(arms: Mapping[str, Arm], names: Collection[str]) -> list[str]:
    """Arms that start from one of `names`, in the order of the recipe."""
    return [name for name, arm in arms.items() if set(_starts(arm)) & set(names)]


def _starts(arm: Arm) -> tuple[str, ...]:
    return arm.start if isinstance(arm.start, tuple) else (arm.start,) if arm.start else ()


def best_arm(run: RunDir, names: tuple[str, ...]) -> str:
    """The arm with the highest mean ROUGE-1 on the validation split; the earlier one of equals."""
    scores = {name: validation_score(run, name) for name in names}
    missing = [name for name, score in scores.items() if score is None]
    if missing:
        raise ModelError(
            f"arm '{missing[0]}' has no validation predictions yet, so the best of {', '.join(names)} is unknown"
        )
    return max(names, key=lambda name: scores[name] or 0.0)


def validation_score(run: RunDir, arm: str) -> float | None:
    """Mean over validation dialogues of the mean ROUGE-1 over references, or None where nothing was predicted."""
    predictions = read_lines(run.predictions(arm, "validation"), Prediction)
    dialogues = {item.id: item for item in read_lines(run.split("validation"), Dialogue)}
    values = [
        sum(rouge1(item.prediction, reference) for reference in dialogues[item.id].references)
        / len(dialogues[item.id].references)
        for item in predictions
        if item.id in dialogues and dialogues[item.id].references
    ]
    return sum(values) / len(values) if values else None


def weights_folder(run: RunDir, name: str, arm: Arm) -> Path | None:
    """Where the weights of an arm for prediction lie: its own, those it starts from, or None for its base."""
    if not arm.trains:
        return start_folder(run, arm)
    if not run.weights(name).is_dir():
        raise ModelError(f"arm '{name}' has no weights yet; train it first: upshot train RECIPE --only {name}")
    return run.weights(name)


def score_inputs(run: RunDir, name: str) -> dict[str, str]:
    """Hashes of what an arm's scores are made from: its predictions and the test split."""
    paths = {"predictions": run.predictions(name, "test"), "dialogues": run.split("test")}
    return {what: file_sha256(path) for what, path in paths.items() if path.exists()}


def refuse_stale_scores(run: RunDir, name: str) -> None:
    """Nothing; scores of an early version, which recorded no hashes, are taken as they are.

    Raises:
        DataError: the arm's predictions or the test split are not those that were scored.
    """
    scored = read_json(run.arm(name) / "scores.inputs.json")
    changed = [what for what, found in score_inputs(run, name).items() if scored and scored.get(what) != found]
    if changed:
        what = f"the predictions of arm '{name}'" if "predictions" in changed else "the test split"
        cure = f"upshot score {run.root}, then upshot compare {run.root}, make the numbers anew"
        raise DataError(f"{run.root}: {what} changed after scoring; {cure}")


def refuse_stale_comparison(run: RunDir, comparison: Mapping[str, Any]) -> None:
    """Nothing; a comparison that recorded no hashes, or whose arms left nothing else, is taken as it is.

    Raises:
        DataError: an arm's scores are not those that were compared, or not those of its predictions.
    """
    for name, compared in (comparison.get("scores_sha256") or {}).items():
        refuse_stale_scores(run, name)
        scores = run.arm(name) / "scores.jsonl"
        gone = not scores.exists() and run.predictions(name, "test").exists()
        if gone or (scores.exists() and file_sha256(scores) != compared):
            said = f"{run.root}: the scores of arm '{name}' are not those that were compared"
            raise DataError(f"{said}; upshot score {run.root}, then upshot compare {run.root}, make the numbers anew")


def spoken_by(arm: Arm) -> dict[str, Any]:
    """The arm's settings on which its outputs depend, as plain values; the engine only where it is not the usual one.

    So predictions stay valid that were made before there was another.
    """
    settings = arm.model_dump(mode="json", include={"seed", "shots", "generation"}) | {"prompt": arm.prompt.recorded()}
    return settings if arm.predict.engine == "transformers" else {**settings, "predict": arm.predict.model_dump()}


def recorded(path: Path, inputs: Mapping[str, Any]) -> list[str]:
    """Differences between `inputs` and those recorded at `path`, as `key: old -> new`; records them where none are."""
    before = read_json(path)
    if not before:
        write_json(path, inputs)
        return []
    old, new = _flat(before), _flat(inputs)
    return [f"{key}: {old.get(key)} -> {new.get(key)}" for key in sorted(old | new) if old.get(key) != new.get(key)]


def refuse_changes(path: Path, inputs: Mapping[str, Any], what: str, *, cure: str = "") -> None:
    """Record inputs, or raise UsageError with the differences: a run never mixes two settings under one name.

    `cure` is what to do under the same name, where that is not to delete the folder.
    """
    changes = recorded(path, inputs)
    if changes:
        listed = "\n  ".join(changes[:12])
        said = f"use another name (--set name=...), or {cure or f'delete {path.parent}'}"
        raise UsageError(f"{what} with other settings; {said}:\n  {listed}")


def _flat(value: Any, prefix: str = "") -> dict[str, str]:
    if isinstance(value, Mapping):
        found: dict[str, str] = {}
        for key, inner in value.items():
            found |= _flat(inner, f"{prefix}{key}.")
        return found
    return {prefix.rstrip("."): str(list(value) if isinstance(value, tuple) else value)}
