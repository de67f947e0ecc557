"""train, predict, score, compare and report: one stage of a run at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from upshot.cli.learned_options import AllowDownload, AllowRemote, JudgeModel, Repeats, With
from upshot.cli.next_steps import in_browser, recipe_words, typed
from upshot.cli.options import (
    RUNS,
    Again,
    Json,
    Offline,
    Only,
    Quiet,
    RecipePath,
    Root,
    RunFolder,
    Set,
    go_offline,
    recipe_of,
)


def train(
    recipe: RecipePath,
    only: Only = [],  # noqa: B006 - typer reads the default and never changes it
    settings: Set = [],  # noqa: B006
    again: Again = [],  # noqa: B006
    runs: Root = RUNS,
    offline: Offline = False,
    quiet: Quiet = False,
) -> None:
    """Train the arms of a recipe, or some of them; continues an interrupted training by itself.

    Example: upshot train recipes/demo.yaml --only lora --set train.max_steps=2 --runs runs/try
    """
    go_offline(offline)
    from upshot.cli.screen import listening
    from upshot.pipeline import arms_again, chosen_arms, prepare
    from upshot.recipe_file import read_recipe
    from upshot.rundir import locked
    from upshot.stages.train import train_arm

    resolved = read_recipe(recipe, settings)
    arms = chosen_arms(resolved, only)
    anew = arms_again(resolved, again, arms)
    with listening(quiet=quiet) as (screen, stop), locked(runs / resolved.name) as run:
        prepare(run, resolved, screen, again=anew)
        for name, arm in arms.items():
            if not arm.trains:
                continue
            did = train_arm(run, resolved, name, arm, tell=screen, stop=stop)
            screen.result(f"{run.weights(name)}{'' if did else ' (was there already)'}")
        screen.next_steps(typed("predict", recipe, *recipe_words(settings, only, runs, offline=offline)))


def predict(
    recipe: RecipePath,
    only: Only = [],  # noqa: B006
    settings: Set = [],  # noqa: B006
    runs: Root = RUNS,
    offline: Offline = False,
    quiet: Quiet = False,
) -> None:
    """Predict validation and test with the arms of a recipe; what is already predicted is not done again.

    Example: upshot predict recipes/demo.yaml --only zero-shot --runs runs/try
    """
    go_offline(offline)
    from upshot.cli.screen import listening
    from upshot.pipeline import chosen_arms, prepare
    from upshot.recipe_file import read_recipe
    from upshot.rundir import locked
    from upshot.stages.predict import predict_arm

    resolved = read_recipe(recipe, settings)
    with listening(quiet=quiet) as (screen, stop), locked(runs / resolved.name) as run:
        prepare(run, resolved, screen)
        for name, arm in chosen_arms(resolved, only).items():
            did = predict_arm(run, resolved, name, arm, tell=screen, stop=stop)
            screen.result(f"{run.predictions(name, 'test')}{'' if did else ' (was there already)'}")
        screen.next_steps(typed("score", runs / resolved.name))


def score(
    run: RunFolder,
    also: With = [],  # noqa: B006
    allow_download: AllowDownload = False,
    allow_remote: AllowRemote = False,
    judge_model: JudgeModel = "",
    repeats: Repeats = 3,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Score the stored predictions of a run; needs no model and no torch, unless --with asks for a learned metric.

    Example: upshot score runs/demo
    """
    from upshot.cli.learned_options import learned_lines, score_with
    from upshot.cli.screen import Screen, print_json
    from upshot.data.notices import counted
    from upshot.errors import ModelError
    from upshot.recipe_file import expand_arms
    from upshot.records import Score
    from upshot.rundir import locked, read_lines
    from upshot.stages.score import refuse_empty, score_arm

    recipe = recipe_of(run)
    screen = Screen(quiet=quiet)
    with locked(run) as folder:
        scored = [name for name in expand_arms(recipe) if folder.predictions(name, "test").exists()]
        if not scored:
            raise ModelError(f"{run}: no arm has predictions yet; upshot predict makes them")
        found = {name: score_arm(folder, name, screen) for name in scored}
        refuse_empty(found)
    leave, learned = (allow_download, allow_remote), dict[str, Any]()
    if also:
        learned = score_with(run, recipe, also, leave=leave, judge_model=judge_model, repeats=repeats, quiet=quiet)
    if as_json:
        scores = {name: read_lines(folder.arm(name) / "scores.jsonl", Score) for name in found}
        print_json(learned or {name: [item.to_json() for item in items] for name, items in scores.items()})
        return
    for name, made in found.items():
        screen.result(f"{name}: {counted(made.dialogues, 'dialogue')}, ROUGE-1 {100 * made.rouge1:.2f}")
    for line in learned_lines(learned, [spec.partition("=")[0] for spec in also]):
        screen.result(line)
    screen.next_steps(typed("compare", run))


def compare(
    run: Annotated[Path | None, typer.Argument(metavar="RUN", help="A run's folder; or use --table.")] = None,
    table: Annotated[Path | None, typer.Option(help="Finished outputs in CSV or JSONL instead of a run.")] = None,
    reference: Annotated[str, typer.Option(metavar="COL", help="Column of the references.")] = "",
    prediction: Annotated[
        list[str],
        typer.Option(metavar="COL...", help="Columns of arms' outputs: the words up to the next option. Repeatable."),
    ] = [],  # noqa: B006
    group: Annotated[
        str | None,
        typer.Option(
            metavar="COL|N", help="Column that names the dialogue, or N rows a dialogue where no column is called N."
        ),
    ] = None,
    resamples: Annotated[
        int | None,
        typer.Option(min=100, help="Bootstrap resamples and permutations; a run has its own in compare.resamples."),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compare the arms of a run, or the columns of any finished results table; needs no model and no torch.

    Example: upshot compare --table results.csv --reference human_baseline_summaries --prediction full lora --group 2
    """
    from upshot.cli.comparison_table import show_comparison
    from upshot.cli.screen import Screen, print_json
    from upshot.errors import UsageError

    screen = Screen(quiet=quiet)
    if (run is None) == (table is None):
        raise UsageError(_one_of_two(run, prediction))
    if table is not None:
        content = _compare_table(table, reference, prediction, group=group, resamples=resamples)
    else:
        if named := [name for name, value in _of_tables(reference, prediction, group) if value]:
            raise UsageError(f"compare {run}: {named[0]} is about the columns of a table; leave it out, or use --table")
        content = _compare_run(run or Path(), resamples, screen)
    if as_json:
        print_json(content)
        return
    show_comparison(content, screen)
    screen.next_steps(typed("report", run) if run else "upshot compare --table FILE ... --json    # all numbers")


def report(run: RunFolder, quiet: Quiet = False) -> None:
    """Write report.html and report.md of a run from its stored numbers; needs no model and no torch.

    Example: upshot report runs/demo
    """
    from upshot.cli.screen import Screen
    from upshot.rundir import locked
    from upshot.stages.report import write_report

    recipe_of(run)
    screen = Screen(quiet=quiet)
    with locked(run) as folder:
        page, markdown = write_report(folder)
    screen.result(f"report: {page}")
    screen.result(f"report: {markdown}")
    screen.next_steps(in_browser(page))


def _one_of_two(run: Path | None, prediction: list[str]) -> str:
    """What to say where neither a run nor a table is named, or both: a word may be a column that lost its option."""
    said = "compare: name a run's folder, or a table with --table, and not both"
    if run is not None:
        return f"{said}; if '{run}' is a column, put it right behind --prediction COL"
    if prediction:
        columns = " ".join(prediction)
        return f"{said}; --prediction takes every word up to the next option as a column of the table: {columns}"
    return said


def _of_tables(reference: str, prediction: list[str], group: str | None) -> tuple[tuple[str, bool], ...]:
    return ("--reference", bool(reference)), ("--prediction", bool(prediction)), ("--group", group is not None)


def _compare_run(run: Path, resamples: int | None, screen: Any) -> dict[str, Any]:
    from upshot.rundir import locked
    from upshot.stages.compare import compare_run

    recipe = recipe_of(run)
    if resamples is not None:
        settings = recipe.compare.model_copy(update={"resamples": resamples})
        recipe = recipe.model_copy(update={"compare": settings})
    with locked(run) as folder:
        return compare_run(folder, recipe, screen)


def _compare_table(
    table: Path, reference: str, prediction: list[str], *, group: str | None, resamples: int | None
) -> dict[str, Any]:
    from upshot.comparison import Draws, Unit, protocol_line
    from upshot.comparison import compare as compare_scores
    from upshot.errors import UsageError
    from upshot.metrics.baselines import reference_rows
    from upshot.metrics.score import without_words
    from upshot.table import read_table

    if not reference or not prediction:
        raise UsageError("compare --table needs --reference COL and at least one --prediction COL")
    if group == "":
        raise UsageError("compare: --group names nothing; give a column or a number of rows, or leave it out")
    rows = read_table(table, reference=reference, predictions=prediction, group=group)
    content = compare_scores(
        rows.scores(),
        protocol=protocol_line(len(rows.dialogues), unit=rows.unit),
        reference_rows=reference_rows(rows.dialogues),
        unit=Unit(rows.unit),
        draws=Draws() if resamples is None else Draws(resamples),
    )
    return content | {"references_without_words": without_words(rows.dialogues)}
