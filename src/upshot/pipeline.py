"""The main job: check, train, predict, score, compare, report, in this order, resuming where it stopped."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from upshot.data.notices import shown
from upshot.errors import ModelError, UsageError
from upshot.events import Event, Stop, Tell, never, silent
from upshot.prompts import template_text
from upshot.provenance import record_run
from upshot.recipe import Arm, Recipe
from upshot.recipe_file import expand_arms
from upshot.records import Dialogue
from upshot.rundir import RunDir, locked, read_lines
from upshot.stages.analyse import analyse_run
from upshot.stages.check import check_run
from upshot.stages.compare import compare_run
from upshot.stages.export import export_winner
from upshot.stages.plan import Plan, plan_run
from upshot.stages.predict import predict_arm
from upshot.stages.report import write_report
from upshot.stages.score import refuse_empty, score_arm
from upshot.stages.train import put_aside, train_arm
from upshot.track import tracked


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run ended with: its folder, the comparison, and the report's path."""

    root: Path
    comparison: dict[str, Any]
    report: Path


def run_recipe(
    recipe: Recipe,
    root: Path,
    *,
    only: Collection[str] = (),
    again: Collection[str] = (),
    tell: Tell = silent,
    stop: Stop = never,
) -> Outcome:
    """Run a recipe in the folder `root` to its end and return the outcome; finished parts are not done again.

    Arms of `again` whose training settings have changed are made anew; what was there is kept in `before`.

    Raises:
        UpshotError: of any kind, each with its exit code; what was finished stays.
    """
    arms = chosen_arms(recipe, only)
    anew = arms_again(recipe, again, arms)
    with locked(root) as run, tracked(recipe, root, tell) as heard:
        prepare(run, recipe, heard, again=anew)
        for name, arm in arms.items():
            heard(Event("arm", name))
            if arm.trains and train_arm(run, recipe, name, arm, tell=heard, stop=stop):
                heard(Event("note", f"arm '{name}' is trained"))
            if predict_arm(run, recipe, name, arm, tell=heard, stop=stop):
                heard(Event("note", f"arm '{name}' has predicted"))
        outcome = conclude(run, recipe, heard)
        leave_ready(run, heard)
        return outcome


def prepare(run: RunDir, recipe: Recipe, tell: Tell, *, disk: Path | None = None, again: Collection[str] = ()) -> Plan:
    """The gate and the plan, both told; the resolved recipe is written. `disk` is where space counts, if elsewhere.

    Arms of `again`, by `arms_again`, are put aside between the two.
    """
    arms = expand_arms(recipe)
    for arm in arms.values():
        for template in (arm.prompt.template, *arm.train.augment.templates):
            template_text(template)  # a prompt without a slot shows now, and not after an hour of training
    check_run(run, recipe, tell)
    _tell_unknown(run, recipe.compare.show, tell)
    put_aside(run, recipe, again, tell)
    record_run(run, recipe)
    plan = plan_run(run, recipe, arms, disk=disk)
    tell(Event("plan", facts={"plan": plan}))
    if plan.memory_need_bytes > plan.memory_bytes:
        need, there = plan.memory_need_bytes / 1e9, plan.memory_bytes / 1e9
        said = f"this run needs about {need:.1f} GB of memory, {there:.1f} GB are available"
        tell(Event("warning", f"{said}; try a smaller model, tuning: lora, or a lower train.micro_batch_tokens"))
    return plan


def _tell_unknown(run: RunDir, asked: Collection[str], tell: Tell) -> None:
    """Nothing; ids of `compare.show` that the report will not find are told now, and not after the trainings."""
    if not asked:
        return
    known = {name for dialogue in read_lines(run.split("test"), Dialogue) for name in (dialogue.id, *dialogue.row_ids)}
    if missing := [shown(name) for name in asked if name not in known]:
        near = get_close_matches(missing[0], sorted(known), n=1)
        nearest = f"; the nearest to '{missing[0]}' is '{shown(near[0])}'" if near else ""
        said = f"warning: compare.show: not in the test split, left out of the report: {', '.join(missing)}{nearest}"
        tell(Event("warning", said))


def conclude(run: RunDir, recipe: Recipe, tell: Tell) -> Outcome:
    """Score, compare and report all arms that have predictions."""
    predicted = [name for name in expand_arms(recipe) if run.predictions(name, "test").exists()]
    scored = {name: score_arm(run, name, tell) for name in predicted}
    record_run(run, recipe)
    comparison = compare_run(run, recipe, tell)
    analyse_run(run, recipe, tell)
    report, _ = write_report(run)
    refuse_empty(scored)
    return Outcome(run.root, comparison, report)


def leave_ready(run: RunDir, tell: Tell) -> None:
    """Nothing; the winner then lies there in CTranslate2's form, or it was told why transformers has to open it."""
    if find_spec("ctranslate2") is None:
        return
    try:
        place = export_winner(run.root)
    except ModelError as error:
        tell(Event("note", f"the winner is used through transformers: {error.message}"))
    else:
        tell(Event("note", f"ready to use without torch: {place}"))


def chosen_arms(recipe: Recipe, only: Collection[str]) -> dict[str, Arm]:
    """The recipe's arms by name, or those of `only` (an arm's name brings its variants along).

    Raises:
        UsageError: a name that the recipe does not have.
    """
    arms = expand_arms(recipe)
    unknown = [name for name in only if name not in arms]
    if unknown:
        raise UsageError(f"the recipe has no arm '{unknown[0]}' (arms: {', '.join(arms)})")
    if not only:
        return arms
    return {name: arm for name, arm in arms.items() if name in only or name.split("@")[0] in only}


def arms_again(recipe: Recipe, again: Collection[str], chosen: Collection[str]) -> set[str]:
    """Names of the arms to train anew, out of the `chosen` ones (an arm's name brings its variants along).

    Raises:
        UsageError: a name that the recipe does not have, that has no training, or that was not chosen.
    """
    found: set[str] = set()
    for named in again:
        trained = {name for name, arm in chosen_arms(recipe, [named]).items() if arm.trains}
        if not trained:
            raise UsageError(
                f"--again {named}: this arm has no training; what it predicts is made anew by itself when that changes"
            )
        if left_out := sorted(trained - set(chosen)):
            raise UsageError(f"--again {named}: --only leaves '{left_out[0]}' out; name it there too")
        found |= trained
    return found
