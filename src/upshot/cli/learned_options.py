"""Options of `upshot score` for learned metrics, and what it does with them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from upshot.recipe import Recipe

With = Annotated[
    list[str],
    typer.Option(
        "--with",
        metavar="NAME=PLACE",
        help="Also a learned metric: bertscore=FOLDER, checker=FOLDER, checker-mean=FOLDER or judge=ADDRESS. "
        "Repeatable.",
    ),
]
AllowDownload = Annotated[
    bool, typer.Option("--allow-download", help="PLACE may be a hub id, which is fetched where it is not there.")
]
AllowRemote = Annotated[
    bool, typer.Option("--allow-remote", help="The judge may be another machine: conversations are sent to it.")
]
JudgeModel = Annotated[str, typer.Option("--judge-model", metavar="NAME", help="Model to ask for at the judge.")]
Repeats = Annotated[int, typer.Option(min=1, help="How often the judge is asked about a summary.")]

KEY = "UPSHOT_JUDGE_KEY"  # in the environment, so that it stands in no history and no run folder


def score_with(
    run: Path,
    recipe: Recipe,
    specs: Sequence[str],
    *,
    leave: Sequence[bool],
    judge_model: str,
    repeats: int,
    quiet: bool,
) -> dict[str, Any]:
    """The content of `learned.json` after scoring every arm that has predictions; `leave` is download and remote."""
    from upshot.cli.screen import listening
    from upshot.errors import ModelError
    from upshot.recipe_file import expand_arms
    from upshot.rundir import locked
    from upshot.scorers import Leave, open_scorer
    from upshot.stages.score_learned import score_learned

    download, remote = leave
    given = Leave(download, remote, judge_model, os.environ.get(KEY, ""), repeats)
    scorers = [open_scorer(spec, given) for spec in specs]
    with listening(quiet=quiet) as (screen, stop), locked(run) as folder:
        names = [name for name in expand_arms(recipe) if folder.predictions(name, "test").exists()]
        if not names:
            raise ModelError(f"{run}: no arm has predictions yet; upshot predict makes them")
        return score_learned(folder, recipe, scorers, names, tell=screen, stop=stop)


def learned_lines(content: dict[str, Any], scorers: Sequence[str]) -> list[str]:
    """A line for each scorer and arm: mean, interval, n, and between repeats the spread."""
    from upshot.cli.screen import span

    lines = []
    for scorer in scorers:
        for name, cell in content[scorer]["arms"].items():
            spread = "" if cell["spread"] is None else f", spread {cell['spread']:.3f}"
            lines.append(
                f"{name}: {scorer} {cell['mean']:.4f} {span(cell['ci95'], '{:.4f}, {:.4f}')}, n={cell['n']}{spread}"
            )
    return lines
