"""predict: every dialogue of validation and test once, through a fresh model; a killed run continues at its batch."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from upshot.errors import DataError, StoppedError
from upshot.events import Event, Stop, Tell
from upshot.lineage import spoken_by, weights_folder
from upshot.model.device import hand_back_freed_memory
from upshot.model.engine import Engine, open_engine
from upshot.model.generate import generation_batches
from upshot.model.place import ModelRef, model_hash
from upshot.model.queries import encode_queries
from upshot.model.start import base_for
from upshot.recipe import Arm, Recipe
from upshot.records import Dialogue, Encoded, Prediction, Row, dump_lines, whole_lines
from upshot.rundir import (
    RunDir,
    append_line,
    drop_cut_line,
    file_sha256,
    lines_of,
    read_json,
    read_lines,
    read_windows,
    remove,
    staged_file,
    value_sha256,
    write_json,
)
from upshot.wording import wording

SPLITS = ("validation", "test")


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
    engine = open_engine(arm, base, weights, exported=run.exported(name, arm.predict.quantization))
    asked = Asked(run, name, arm, engine, pool)
    facts = {split: predict_split(asked, split, tell=tell, stop=stop) for split in SPLITS}
    write_json(summary, _summary(asked, facts))
    for split in SPLITS:
        remove(_partial(run, name, split))
    del engine, asked
    hand_back_freed_memory()
    return True


def prediction_inputs(run: RunDir, arm: Arm, base: ModelRef, weights: Path | None) -> dict[str, Any]:
    """Everything that the predictions of an arm depend on, as plain values."""
    return {
        **spoken_by(arm),
        "precision": arm.model.precision,
        "base": model_hash(base),
        "weights": value_sha256(read_json(weights / "MANIFEST.json")) if weights else None,
        "rows": {split: file_sha256(run.split(split)) for split in ("train", *SPLITS)} if arm.shots else None,
        "dialogues": {split: file_sha256(run.split(split)) for split in SPLITS},
    }


@dataclass(frozen=True, slots=True)
class Asked:
    """An arm of a run at work: its engine, and the training rows that few-shot examples come from."""

    run: RunDir
    name: str
    arm: Arm
    engine: Engine
    pool: Sequence[Row]


@dataclass(slots=True)
class Progress:
    """How far a split is: batches and dialogues done of how many, the seconds they took, queries short of examples."""

    split: str
    total: int
    batches: int = 0
    dialogues: int = 0
    seconds: float = 0.0
    fewer: int = 0

    def count(self, line: Mapping[str, Any]) -> None:
        """Add a finished batch."""
        self.batches += 1
        self.dialogues += len(line["predictions"])
        self.seconds += line["seconds"]

    @property
    def facts(self) -> dict[str, Any]:
        """What an event tells of it."""
        return {"split": self.split, "done": self.dialogues, "total": self.total}


def predict_split(asked: Asked, split: str, *, tell: Tell, stop: Stop) -> dict[str, Any]:
    """Predict what is missing of a split and publish all of it in the order of the dialogues; facts of its cost.

    Dialogues pass in windows, so that memory does not grow with their number: batches of like length, the longest
    first, are made within a window, and finished batches are logged in the order in which they are made.
    """
    run, name, shown = asked.run, asked.name, asked.arm.shots is not None
    log = _partial(run, name, split)
    drop_cut_line(log)
    logged = whole_lines(lines_of(log), str(log))
    progress = Progress(split, total=sum(1 for _ in lines_of(run.split(split))))
    with ExitStack() as files:
        out = files.enter_context(staged_file(run.predictions(name, split)))
        examples = files.enter_context(staged_file(run.arm(name) / f"shots-{split}.jsonl")) if shown else None
        for window in read_windows(run.split(split), Dialogue):
            queries = [(item.id, item.text) for item in window]
            encoded, shots = encode_queries(queries, asked.arm, asked.pool, asked.engine.tokenizer)
            found: dict[str, Prediction] = {}
            for batch in generation_batches(encoded, asked.arm.generation):
                line = _logged(logged, batch) or _made(asked, batch, progress, stop=stop)
                found |= {item["id"]: Prediction(**item) for item in line["predictions"]}
                progress.count(line)
                tell(Event("predicted", name, {"arm": name, **progress.facts}))
            out.write(dump_lines(_restored(found[item.id], item, asked.arm) for item in window))
            if shots is not None and examples is not None:
                progress.fewer += shots.fewer
                examples.write(dump_lines({"id": query, "rows": list(rows)} for query, rows in shots.rows.items()))
    _tell_fewer(asked, progress, tell)
    facts = {"dialogues": progress.total, "seconds": round(progress.seconds, 2)}
    return {**facts, "fewer": progress.fewer} if shown else facts


def _restored(made: Prediction, item: Dialogue, arm: Arm) -> Prediction:
    """What was written, with names for the tags that the model read; tokens and certainty are those of the tags."""
    return replace(made, prediction=wording(item.text, arm.prompt).restored(made.prediction))


def _logged(logged: Iterator[dict[str, Any]], batch: Sequence[Encoded]) -> dict[str, Any] | None:
    """The next batch of an earlier start, None after the last.

    Raises:
        DataError: it is another batch: the log was edited, or made by another version.
    """
    line = next(logged, None)
    if line is not None and {item["id"] for item in line["predictions"]} != {item.id for item in batch}:
        raise DataError("a log of finished batches (*.part.jsonl) is not of these dialogues; delete it and run again")
    return line


def _made(asked: Asked, batch: Sequence[Encoded], progress: Progress, *, stop: Stop) -> dict[str, Any]:
    """A batch predicted now, and logged."""
    signal = stop()
    if signal is not None:
        raise StoppedError(
            f"stopped while predicting with '{asked.name}'; finished batches are kept, the same command continues",
            signal_number=signal,
        )
    began = time.perf_counter()
    made = asked.engine.generate(batch, (asked.arm.seed or 0) * 1_000_003 + progress.batches)
    seconds = round(time.perf_counter() - began, 4)
    line = {"batch": progress.batches, "seconds": seconds, "predictions": [asdict(item) for item in made]}
    append_line(_partial(asked.run, asked.name, progress.split), line)
    return line


def _partial(run: RunDir, name: str, split: str) -> Path:
    return run.arm(name) / f"{split}.part.jsonl"


def _tell_fewer(asked: Asked, progress: Progress, tell: Tell) -> None:
    shots = asked.arm.shots
    if progress.fewer and shots is not None:
        text = (
            f"arm '{asked.name}': {progress.fewer} of {progress.total} {progress.split} dialogues got fewer than "
            f"{len(shots.rows) or shots.count} examples, which would not fit {shots.max_tokens} tokens"
        )
        tell(Event("note", text))


def _summary(asked: Asked, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Cost of an arm: what its training and its generation took. Peak memory is that of the process so far."""
    trained = read_json(asked.run.arm(asked.name) / "train" / "summary.json") if asked.arm.trains else {}
    seconds = sum(part["seconds"] for part in facts.values())
    dialogues = sum(part["dialogues"] for part in facts.values())
    summary: dict[str, Any] = {
        "parameters": trained.get("parameters") or asked.engine.facts["parameters"],
        "training_seconds": trained.get("training_seconds"),
        "training_examples_per_second": trained.get("training_examples_per_second"),
        "steps": trained.get("steps"),
        "best_step": trained.get("best_step"),
        "generation_seconds": round(seconds, 2),
        "dialogues_per_second": round(dialogues / seconds, 3) if seconds else None,
        "peak_memory_bytes": peak_memory_bytes(),
        "bytes": trained.get("bytes"),
        "energy_wh": None,  # nothing here measures it, and a guess would be quoted as a measurement
        "precision": asked.engine.facts["precision"],
        "device": asked.engine.facts["device"],
        "evaluations": trained.get("evaluations", []),
    }
    if asked.arm.shots is not None:
        wanted = len(asked.arm.shots.rows) or asked.arm.shots.count
        summary["few_shot"] = {"asked": wanted, "fewer": facts["test"].get("fewer", 0)}
    return summary


def peak_memory_bytes() -> int:
    """Largest resident memory of this process so far (kilobytes on Linux, bytes on macOS)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
