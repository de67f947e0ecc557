"""predict: every dialogue of validation and test once, through a fresh model; a killed run continues at its batch."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from upshot.errors import StoppedError
from upshot.events import Event, Stop, Tell
from upshot.lineage import weights_folder
from upshot.model.adapters import parameter_counts
from upshot.model.device import accelerator_for, hand_back_freed_memory, precision_of
from upshot.model.generate import generate_batch, generation_batches
from upshot.model.load import ModelRef, model_hash
from upshot.model.start import base_for, base_of, model_to_predict
from upshot.model.tokens import Tokenizer, encode_prompts, token_counter
from upshot.prompts import prompt
from upshot.recipe import Arm, Recipe
from upshot.records import Dialogue, Encoded, Prediction, Row, dump_lines, whole_lines
from upshot.rundir import (
    RunDir,
    append_line,
    file_sha256,
    read_json,
    read_lines,
    read_text,
    remove,
    value_sha256,
    write_json,
    write_text,
)
from upshot.shots import Shots, few_shots

SPLITS = ("validation", "test")


@dataclass(frozen=True, slots=True)
class Speaker:
    """A loaded arm, ready to generate."""

    model: Any
    tokenizer: Tokenizer
    accelerator: Any
    arm: Arm
    pool: Sequence[Row]


def predict_arm(run: RunDir, recipe: Recipe, name: str, arm: Arm, *, tell: Tell, stop: Stop) -> bool:
    """Write the arm's predictions and its `summary.json`; False where both splits were already predicted so.

    Raises:
        StoppedError: a signal asked for the end; finished batches are kept.
        ModelError, ResourceError: as their names say.
    """
    pool = read_lines(run.split("train"), Row)
    base = base_for(run.root / "base", arm.model, (f"{row.dialogue}\n{row.summary}" for row in pool), recipe.seed)
    weights = weights_folder(run, name, arm)
    inputs = prediction_inputs(run, arm, base, weights)
    kept, summary = run.arm(name) / "predictions.inputs.json", run.arm(name) / "summary.json"
    made = [run.predictions(name, split) for split in SPLITS]
    if read_json(kept) == inputs and all(path.exists() for path in (*made, summary)):
        return False
    if read_json(kept) != inputs:
        for path in (*made, summary, run.arm(name) / "scores.jsonl", *(_partial(run, name, split) for split in SPLITS)):
            remove(path)
        write_json(kept, inputs)
    speaker = _speaker(arm, base if weights is None else base_of(weights, base), weights, pool)
    facts = {split: _predict_split(run, name, split, speaker, tell=tell, stop=stop) for split in SPLITS}
    write_json(summary, _summary(run, name, speaker, facts))
    for split in SPLITS:
        remove(_partial(run, name, split))
    del speaker
    hand_back_freed_memory()
    return True


def prediction_inputs(run: RunDir, arm: Arm, base: ModelRef, weights: Path | None) -> dict[str, Any]:
    """Everything that the predictions of an arm depend on, as plain values."""
    return {
        **arm.model_dump(mode="json", include={"seed", "prompt", "shots", "generation"}),
        "precision": arm.model.precision,
        "base": model_hash(base),
        "weights": value_sha256(read_json(weights / "MANIFEST.json")) if weights else None,
        "rows": {split: file_sha256(run.split(split)) for split in ("train", *SPLITS)} if arm.shots else None,
        "dialogues": {split: file_sha256(run.split(split)) for split in SPLITS},
    }


def _speaker(arm: Arm, base: ModelRef, weights: Path | None, pool: Sequence[Row]) -> Speaker:
    accelerator = accelerator_for(arm.model)
    model, tokenizer = model_to_predict(base, weights)
    model.to(accelerator.device)
    return Speaker(model, tokenizer, accelerator, arm, pool)


def _predict_split(run: RunDir, name: str, split: str, speaker: Speaker, *, tell: Tell, stop: Stop) -> dict[str, Any]:
    """Predict what is missing of a split, batch by batch, then publish all of it in the order of the dialogues."""
    dialogues = read_lines(run.split(split), Dialogue)
    shots = _shots(speaker, dialogues)
    encoded = _encode(speaker, dialogues, shots)
    done = _finished(_partial(run, name, split))
    batches = generation_batches(encoded, speaker.arm.generation)
    for number, batch in enumerate(batches):
        if number not in done:
            _check_signal(stop, name)
            done[number] = _one_batch(speaker, batch, number)
            append_line(_partial(run, name, split), done[number])
        counts = {"arm": name, "split": split, "done": sum(map(len, batches[: number + 1])), "total": len(dialogues)}
        tell(Event("predicted", name, counts))
    found = {item["id"]: Prediction(**item) for line in done.values() for item in line["predictions"]}
    write_text(run.predictions(name, split), dump_lines(found[item.id] for item in dialogues))
    _record_shots(run, name, split, shots)
    seconds = sum(line["seconds"] for line in done.values())
    facts = {"dialogues": len(dialogues), "seconds": round(seconds, 2)}
    if shots is not None:
        facts["fewer"] = shots.fewer
        _tell_fewer(shots, speaker.arm, name, split=split, tell=tell)
    return facts


def _finished(partial: Path) -> dict[int, dict[str, Any]]:
    """Batches of an earlier start by number. A line that a crash cut off is dropped: the next would be glued to it."""
    text = read_text(partial)
    if text and not text.endswith("\n"):
        write_text(partial, text[: text.rfind("\n") + 1])
    return {line["batch"]: line for line in whole_lines(text)}


def _check_signal(stop: Stop, name: str) -> None:
    signal = stop()
    if signal is not None:
        raise StoppedError(
            f"stopped while predicting with '{name}'; finished batches are kept, the same command continues",
            signal_number=signal,
        )


def _one_batch(speaker: Speaker, batch: Sequence[Encoded], number: int) -> dict[str, Any]:
    began = time.perf_counter()
    seed = (speaker.arm.seed or 0) * 1_000_003 + number
    with speaker.accelerator.autocast():
        made = generate_batch(speaker.model, speaker.tokenizer, batch, settings=speaker.arm.generation, seed=seed)
    seconds = round(time.perf_counter() - began, 4)
    return {"batch": number, "seconds": seconds, "predictions": [asdict(item) for item in made]}


def _shots(speaker: Speaker, dialogues: Sequence[Dialogue]) -> Shots | None:
    if speaker.arm.shots is None or not dialogues:
        return None
    queries = [(item.id, item.text) for item in dialogues]
    return few_shots(speaker.pool, queries, speaker.arm, count_tokens=token_counter(speaker.tokenizer))


def _encode(speaker: Speaker, dialogues: Sequence[Dialogue], shots: Shots | None) -> list[Encoded]:
    texts: Mapping[str, str] = shots.texts if shots else {}
    prompts = [prompt(item.id, item.text, speaker.arm.prompt, before=texts.get(item.id, "")) for item in dialogues]
    limit = speaker.arm.prompt.max_source_tokens
    if speaker.arm.shots is not None:
        limit = max(limit, speaker.arm.shots.max_tokens)
    return encode_prompts(prompts, speaker.tokenizer, max_source_tokens=limit)


def _partial(run: RunDir, name: str, split: str) -> Path:
    return run.arm(name) / f"{split}.part.jsonl"


def _record_shots(run: RunDir, name: str, split: str, shots: Shots | None) -> None:
    if shots is not None:
        lines = [{"id": query, "rows": list(rows)} for query, rows in shots.rows.items()]
        write_text(run.arm(name) / f"shots-{split}.jsonl", dump_lines(lines))


def _tell_fewer(shots: Shots, arm: Arm, name: str, *, split: str, tell: Tell) -> None:
    if shots.fewer and arm.shots is not None:
        wanted = len(arm.shots.rows) or arm.shots.count
        text = (
            f"arm '{name}': {shots.fewer} of {len(shots.rows)} {split} dialogues got fewer than {wanted} "
            f"examples, which would not fit {arm.shots.max_tokens} tokens"
        )
        tell(Event("note", text))


def _summary(run: RunDir, name: str, speaker: Speaker, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Cost of an arm: what its training and its generation took. Peak memory is that of the process so far."""
    trained = read_json(run.arm(name) / "train" / "summary.json") if speaker.arm.trains else {}
    seconds = sum(part["seconds"] for part in facts.values())
    dialogues = sum(part["dialogues"] for part in facts.values())
    summary: dict[str, Any] = {
        "parameters": trained.get("parameters") or parameter_counts(speaker.model),
        "training_seconds": trained.get("training_seconds"),
        "training_examples_per_second": trained.get("training_examples_per_second"),
        "steps": trained.get("steps"),
        "best_step": trained.get("best_step"),
        "generation_seconds": round(seconds, 2),
        "dialogues_per_second": round(dialogues / seconds, 3) if seconds else None,
        "peak_memory_bytes": peak_memory_bytes(),
        "bytes": trained.get("bytes"),
        "energy_wh": None,  # nothing here measures it, and a guess would be quoted as a measurement
        "precision": precision_of(speaker.accelerator),
        "device": str(speaker.accelerator.device),
        "evaluations": trained.get("evaluations", []),
    }
    if speaker.arm.shots is not None:
        wanted = len(speaker.arm.shots.rows) or speaker.arm.shots.count
        summary["few_shot"] = {"asked": wanted, "fewer": facts["test"].get("fewer", 0)}
    return summary


def peak_memory_bytes() -> int:
    """Largest resident memory of this process so far (kilobytes on Linux, bytes on macOS)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
