"""demo and run: the whole main job."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from upshot.cli.next_steps import in_browser, recipe_words, typed
from upshot.cli.options import RUNS, Again, Json, Offline, Only, Quiet, RecipePath, Root, Set, go_offline

if TYPE_CHECKING:
    from upshot.cli.screen import Screen
    from upshot.pipeline import Outcome
    from upshot.recipe import Recipe

DEMO: Final = Path(__file__).parent / "demo.yaml"
LICENCE: Final = (
    "The starter was trained on DialogSum (Chen et al. 2021): its weights are CC BY-NC-SA 4.0, not for commercial use. "
    "With 9 million parameters it writes fluently and is often wrong about who did what."
)


def demo(
    seed: Annotated[int, typer.Option(help="Seed of the trainings.")] = 13,
    settings: Set = [],  # noqa: B006 - typer reads the default and never changes it
    runs: Root = RUNS,
    fresh: Annotated[bool, typer.Option("--fresh", help="Do it anew, not from what an earlier demo left.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """The whole main job on embedded defaults: no network, no account, no GPU, about two minutes.

    Four ways of summarising 50 test conversations with the starter model: zero-shot, few-shot, full fine-tuning, LoRA.

    Example: upshot demo
    """
    go_offline(True)
    from importlib.util import find_spec

    from upshot.cli.screen import Screen
    from upshot.errors import to_install
    from upshot.recipe_file import read_recipe
    from upshot.rundir import remove

    plain = [] if find_spec("ctranslate2") else ["predict.engine=transformers"]
    if plain:
        slower = f"CTranslate2 is not installed ({to_install('ct2')})"
        Screen(quiet=quiet).say(f"note: {slower}: the demo predicts with transformers, which takes longer")
    recipe = read_recipe(DEMO, [f"seed={seed}", *plain, *settings])
    root = runs / (recipe.name if recipe.seed == 13 else f"{recipe.name}-{recipe.seed}")
    if fresh:
        remove(root)
    screen, outcome = _run(recipe, root, as_json=as_json, quiet=quiet)
    screen.next_steps(*_using(outcome), typed("init", "YOUR.csv", note="then: upshot run YOUR.yaml"))


def run(
    recipe: RecipePath,
    only: Only = [],  # noqa: B006
    settings: Set = [],  # noqa: B006
    again: Again = [],  # noqa: B006
    runs: Root = RUNS,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the data, show steps and estimates, and stop.")
    ] = False,
    offline: Offline = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """The whole main job of a recipe: check, train, predict, score, compare, report. Resumes where it stopped.

    Example: upshot run recipes/demo.yaml --set train.epochs=1 --dry-run
    """
    go_offline(offline)
    from upshot.recipe_file import read_recipe

    resolved = read_recipe(recipe, settings)
    if dry_run:
        same = typed("run", recipe, *recipe_words(settings, only, runs, offline=offline, again=again))
        _dry_run(resolved, runs, only=only, again=again, as_json=as_json, quiet=quiet).next_steps(same)
    else:
        done, outcome = _run(resolved, runs / resolved.name, only=only, again=again, as_json=as_json, quiet=quiet)
        done.next_steps(in_browser(outcome.report), *_using(outcome))


def _dry_run(
    recipe: Recipe, runs: Path, *, only: Sequence[str], again: Sequence[str], as_json: bool, quiet: bool
) -> Screen:
    """The screen, after gate and plan in a folder that is gone afterwards; the disk that counts is that of the runs."""
    import tempfile

    from upshot.cli.screen import Screen, print_json
    from upshot.pipeline import arms_again, chosen_arms, prepare
    from upshot.rundir import locked
    from upshot.stages.plan import as_json as plan_json

    screen = Screen(quiet=quiet)
    arms_again(recipe, again, chosen_arms(recipe, only))
    with tempfile.TemporaryDirectory(prefix="upshot-") as folder, locked(Path(folder)) as run_dir:
        plan = prepare(run_dir, recipe, screen, disk=runs)
    if as_json:
        print_json(plan_json(plan))
    screen.say("dry run: nothing was written")
    return screen


def _run(
    recipe: Recipe, root: Path, *, only: Sequence[str] = (), again: Sequence[str] = (), as_json: bool, quiet: bool
) -> tuple[Screen, Outcome]:
    """The screen, and what a whole run came to."""
    from upshot.cli.comparison_table import show_comparison
    from upshot.cli.screen import listening, print_json
    from upshot.pipeline import run_recipe

    began = time.monotonic()
    with listening(quiet=quiet) as (screen, stop):
        if recipe.model.name == "starter" and recipe.model.scratch is None:
            screen.say(LICENCE)
        outcome = run_recipe(recipe, root, only=only, again=again, tell=screen, stop=stop)
        screen.close()
        if as_json:
            print_json(outcome.comparison)
        else:
            show_comparison(outcome.comparison, screen)
        screen.say(f"\n{time.monotonic() - began:.0f} s; everything is in {root}")
        if not as_json:
            screen.result(f"report: {outcome.report}")
        return screen, outcome


def _using(outcome: Outcome) -> list[str]:
    """What can be done with the run's winner; nothing where no arm can be used alone."""
    from upshot.errors import ModelError
    from upshot.model.found import arms_alone

    try:
        arms_alone(outcome.root)
    except ModelError:
        return []
    return [typed("summarize", "YOUR.txt", "--arm", outcome.root), typed("serve", outcome.root)]
