"""The end of a training: the best weights, saved, proven in a fresh process to be the trained arm, and summed up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from upshot.errors import ModelError
from upshot.events import Event, Tell
from upshot.model.adapters import acts, parameter_counts
from upshot.model.device import hand_back_freed_memory, precision_of
from upshot.model.save import is_adapter, save_weights
from upshot.model.start import model_to_predict
from upshot.model.tokens import encode_prompts
from upshot.model.verify import texts_of, verify_reload
from upshot.prompts import prompt
from upshot.records import Encoded, Row, load_lines
from upshot.rundir import damage, read_text, remove, write_json
from upshot.train.checkpoint import check_finite, prune, restore_weights
from upshot.train.course import Course, logged_losses


def finish(course: Course, tell: Tell) -> None:
    """Take the best checkpoint's weights, save them, and prove in a fresh process that they are the trained arm.

    Raises:
        NumbersError: a weight that is not finite.
        ModelError: the saved arm does not say what the trained one said; its folder is removed.
    """
    best = _take_best(course, tell)
    check_finite(course.parameters, course.step)
    _check_learning(course, tell)
    probes = _probes(course)
    expected = texts_of(course.trainee.model, course.tokenizer, probes, course.arm.model)
    target = course.run.weights(course.name)
    save_weights(target, course.trainee.model, course.tokenizer, prompt=course.arm.prompt, base=course.base)
    hand_back_freed_memory()  # the fresh process needs it
    try:
        verify_reload(target, course.base, probes, settings=course.arm.model, expected=expected)
        _check_adapter_acts(course, probes)
    except ModelError:
        remove(target)
        raise
    summary = _summary(course, best)
    write_json(course.folder / "summary.json", summary)
    prune(course.folder, set())  # the weights folder holds the best; optimiser tensors are of no use any more
    tell(Event("trained", course.name, {**summary, "arm": course.name}))


def _take_best(course: Course, tell: Tell) -> int:
    """Put the best checkpoint's weights into the model and return its step; the last one's where it is damaged."""
    best = course.best_step
    if best is None or best == course.step:
        return course.step
    folder = course.folder / f"step-{best:08d}"
    problem = damage(folder)
    if problem:
        text = (
            f"arm '{course.name}': the best checkpoint, step {best}, is damaged ({problem}); keeping step {course.step}"
        )
        tell(Event("warning", text))
        return course.step
    restore_weights(folder, course.parameters)
    return best


def _summary(course: Course, best: int) -> dict[str, Any]:
    target = course.run.weights(course.name)
    return {
        "parameters": parameter_counts(course.trainee.model),
        "steps": course.step,
        "best_step": best,
        "training_seconds": round(course.seconds, 1),
        "training_examples_per_second": _rate(course),
        "bytes": sum(path.stat().st_size for path in target.rglob("*") if path.is_file()),
        "precision": precision_of(course.trainee.accelerator),
        "device": str(course.trainee.accelerator.device),
        "micro_batch_tokens": course.trainee.micro_batch_tokens,
        "evaluations": course.evaluations,
    }


def _rate(course: Course) -> float | None:
    plan = course.plan
    done = min(course.step * plan.batch_size, round(course.step / plan.steps_per_epoch * plan.rows))
    return round(done / course.seconds, 2) if course.seconds else None


def _probes(course: Course) -> list[Encoded]:
    """Two prompts of training rows, cut short: enough to tell one set of weights from another."""
    rows = load_lines(read_text(course.run.split("train")), Row)[:2]
    prompts = [prompt(row.id, row.dialogue, course.arm.prompt) for row in rows]
    return encode_prompts(prompts, course.tokenizer, max_source_tokens=min(256, course.arm.prompt.max_source_tokens))


def _check_learning(course: Course, tell: Tell) -> None:
    """Warn where the training loss did not fall: the mean of the last tenth is not below that of the first.

    Under 10 steps a loss may waver for nothing: there it has to double.
    """
    losses = logged_losses(course)
    tenth = max(1, len(losses) // 10)
    first, last = sum(losses[:tenth]) / tenth, sum(losses[-tenth:]) / tenth
    if losses and last >= (first if len(losses) >= 10 else 2 * first):
        tell(
            Event(
                "warning",
                f"arm '{course.name}' did not learn: training loss {first:.3f} at first, {last:.3f} at the end; "
                f"try another train.learning_rate (now {course.arm.train.learning_rate:g})",
            )
        )


def _check_adapter_acts(course: Course, probes: Sequence[Encoded]) -> None:
    """Raises ModelError where the saved adapter changes nothing: its logits for a probe equal the base's exactly."""
    target = course.run.weights(course.name)
    if not is_adapter(target):
        return
    model, _ = model_to_predict(course.base, target)
    if not acts(model, probes[0].input_ids):
        raise ModelError(
            f"arm '{course.name}': the saved adapter gives the base's own output; nothing was learned or saved"
        )
