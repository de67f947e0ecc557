"""train: from rows to the weights of one arm, resuming by itself, verified in a fresh process."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from upshot.errors import DataError, StoppedError, UsageError
from upshot.events import Event, Stop, Tell
from upshot.lineage import recorded, refuse_changes, start_folder, started_from
from upshot.model.place import ModelRef, model_hash
from upshot.model.start import base_for
from upshot.recipe import Arm, Recipe
from upshot.recipe_file import expand_arms
from upshot.records import Row
from upshot.rundir import RunDir, append_line, file_sha256, move, read_json, read_lines, value_sha256
from upshot.train.checkpoint import prune, save_checkpoint
from upshot.train.course import Course, logged_losses, open_course, resume
from upshot.train.divergence import watching
from upshot.train.finish import finish
from upshot.train.loop import Step, fit

SAVE_SECONDS: Final = 120.0


def train_arm(run: RunDir, recipe: Recipe, name: str, arm: Arm, *, tell: Tell, stop: Stop) -> bool:
    """Train one arm of the recipe and write its weights; False where they were already there.

    Raises:
        UsageError: the arm was trained before with other settings.
        StoppedError: a signal asked for the end; a checkpoint was saved first.
        DataError, ModelError, NumbersError, ResourceError: as their names say.
    """
    rows = read_lines(run.split("train"), Row)
    if not rows:
        raise DataError("no training rows left: nothing to train on", code="D52")
    base = _base(run, recipe, arm, rows)
    folder = run.arm(name) / "train"
    what, cure = f"arm '{name}' was trained before", f"--again {name}: trained anew, what is there is put aside"
    refuse_changes(_inputs(run, name), training_inputs(run, arm, base), what, cure=cure)
    if run.weights(name).is_dir() and (folder / "summary.json").exists():  # the summary comes last, after the proof
        prune(folder, set())
        return False
    course = open_course(run, name, arm, base=base, rows=rows)
    resume(course, tell)
    if arm.train.micro_batch_tokens == "auto":
        tell(Event("note", f"arm '{name}': train.micro_batch_tokens is {course.budget:,}, by the free memory"))
    if not course.patience_is_over:
        _train(course, tell, stop)
    finish(course, tell)
    return True


def _base(run: RunDir, recipe: Recipe, arm: Arm, rows: Sequence[Row]) -> ModelRef:
    texts = (f"{row.dialogue}\n{row.summary}" for row in rows)
    return base_for(run.root / "base", arm.model, texts, recipe.seed)


def put_aside(run: RunDir, recipe: Recipe, names: Collection[str], tell: Tell) -> None:
    """Nothing; of the arms named, those trained with other settings now lie in `before`, where nothing reads them.

    With them go arms that only predict with their weights. What was trained or begun with these very settings stays,
    so that the same command continues where it stopped.

    Raises:
        UsageError: another arm was trained from one of them and is not named itself.
        ResourceError: a folder cannot be moved.
    """
    arms = expand_arms(recipe)
    moved: list[str] = []
    for name in (name for name in arms if name in names and _inputs(run, name).exists()):
        if name in started_from(arms, moved) or _changed(run, recipe, name, arms[name]):
            moved.append(name)
        elif run.predictions(name, "test").exists():
            same = f"arm '{name}' was trained with these very settings and stays; to make it anew, delete"
            tell(Event("note", f"{same} {run.arm(name)}"))
    followers = [name for name in started_from(arms, moved) if name not in moved and run.arm(name).is_dir()]
    if learned := [name for name in followers if arms[name].trains]:
        named = " ".join(f"--again {name}" for name in (*moved, *learned))
        raise UsageError(
            f"arm '{learned[0]}' was trained from '{moved[0]}', which is to be made anew: name both, {named}"
        )
    for name in (*followers, *reversed(moved)):  # those that stand on others first: a crash leaves what fits together
        target = run.before(name)
        move(run.arm(name), target)
        tell(Event("note", f"arm '{name}' is made anew; what was there is kept in {target} until you delete it"))


def _changed(run: RunDir, recipe: Recipe, name: str, arm: Arm) -> bool:
    base = _base(run, recipe, arm, read_lines(run.split("train"), Row))
    return bool(recorded(_inputs(run, name), training_inputs(run, arm, base)))


def _inputs(run: RunDir, name: str) -> Path:
    return run.arm(name) / "train" / "inputs.json"


def training_inputs(run: RunDir, arm: Arm, base: ModelRef) -> dict[str, Any]:
    """Everything that the weights of an arm depend on, as plain values."""
    start = start_folder(run, arm)
    settings = arm.model_dump(mode="json", include={"tuning", "seed", "train", "adapter", "shots"})
    return {
        **settings,
        "prompt": arm.prompt.recorded(),
        "precision": arm.model.precision,
        "base": model_hash(base),
        "start": value_sha256(read_json(start / "MANIFEST.json")) if start else None,
        "train_rows": file_sha256(run.split("train")),
        "validation": _hash(run.split("validation")),
    }


def _hash(path: Path) -> str | None:
    return file_sha256(path) if path.exists() else None


def _train(course: Course, tell: Tell, stop: Stop) -> None:
    """Run the loop to its end, logging each step, evaluating and saving between steps."""
    saved_at = time.monotonic()
    settings = course.arm.train
    watch = watching(logged_losses(course))
    for step in fit(course.trainee, course.plan, start=course.step):
        _log(course, step, tell)
        if risen := watch.rise(step.loss):
            tell(Event("warning", _soars(course, step.step, risen)))
        evaluated = _evaluate(course, step, tell)
        signal = stop()
        overdue = settings.save_every is None and time.monotonic() - saved_at > SAVE_SECONDS
        due = settings.save_every is not None and step.step % settings.save_every == 0
        if evaluated or overdue or due or signal is not None:
            _save(course)
            saved_at = time.monotonic()
        if signal is not None:
            raise StoppedError(
                f"stopped after step {step.step}; saved, the same command continues", signal_number=signal
            )
        if course.patience_is_over:
            text = f"arm '{course.name}': no better validation in {settings.patience} evaluations, stopped"
            tell(Event("note", text))
            break


def _log(course: Course, step: Step, tell: Tell) -> None:
    """Write down a step, and a smaller budget where memory forced one."""
    course.step = step.step
    course.seconds += step.seconds
    append_line(course.folder / "log.jsonl", asdict(step))
    total = {"total": course.plan.total_steps, "arm": course.name}
    tell(Event("step", course.name, {**asdict(step), **total}))
    if course.trainee.micro_batch_tokens < course.budget:
        course.budget = course.trainee.micro_batch_tokens
        text = (
            f"arm '{course.name}': memory was short, train.micro_batch_tokens is {course.budget} from step {step.step}"
        )
        tell(Event("warning", text))


def _soars(course: Course, step: int, risen: str) -> str:
    """What to do about a loss that soars. The training goes on: its results are the same with and without this."""
    return (
        f"arm '{course.name}': the loss soars at step {step} of {course.plan.total_steps}: {risen}. It seldom comes "
        f"back: stop (Ctrl-C), lower train.learning_rate (now {course.arm.train.learning_rate:g}) by a factor of 3 to "
        f"10, and start with --again {course.name}"
    )


def _evaluate(course: Course, step: Step, tell: Tell) -> bool:
    """Whether an evaluation was due; it is logged and told."""
    every = course.arm.train.eval_every
    if course.judge is None or every == "never":
        return False
    interval = course.plan.steps_per_epoch if every == "epoch" else int(every)
    if step.step % interval and step.step != course.plan.total_steps:
        return False
    began = time.perf_counter()
    found = course.judge.evaluate(course.trainee, step.step)
    record = {**asdict(found), "sample": found.sample[0], "summary": found.sample[1]}
    course.evaluations.append({key: record[key] for key in ("step", "loss", "rouge1", "rouge2", "rougeL")})
    logged = {"step": step.step, "evaluation": {**record, "seconds": round(time.perf_counter() - began, 3)}}
    append_line(course.folder / "log.jsonl", logged)
    tell(Event("evaluation", course.name, {**record, "arm": course.name, "epoch": step.epoch}))
    return True


def _save(course: Course) -> None:
    """Publish a checkpoint of this step, then remove all but it and the best."""
    state = {
        "evaluations": course.evaluations,
        "seconds": course.seconds,
        "micro_batch_tokens": course.trainee.micro_batch_tokens,
    }
    save_checkpoint(course.folder, course.step, course.parameters, course.trainee.optimizer, state=state)
    prune(course.folder, {course.step, course.best_step or course.step})
