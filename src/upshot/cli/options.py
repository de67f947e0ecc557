"""Options that several verbs share, each written once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from upshot.recipe import Recipe

RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder, such as runs/demo.")]
RecipePath = Annotated[Path, typer.Argument(metavar="RECIPE", help="A recipe in YAML; `upshot init` writes one.")]
Set = Annotated[
    list[str],
    typer.Option("--set", metavar="KEY=VALUE", help="Change a setting, such as train.learning_rate=1e-4. Repeatable."),
]
Only = Annotated[list[str], typer.Option("--only", metavar="ARM", help="Only this arm. Repeatable.")]
Again = Annotated[
    list[str],
    typer.Option(
        "--again",
        metavar="ARM",
        help="Train this arm anew where its settings have changed; what was there is kept aside. Repeatable.",
    ),
]
Root = Annotated[Path, typer.Option("--runs", metavar="FOLDER", help="Folder that holds the runs.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on standard output, for machines.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Say nothing but results, warnings and errors.")]
Offline = Annotated[bool, typer.Option("--offline", help="Never use the network, also for hub ids in the cache.")]

RUNS = Path("runs")


def go_offline(offline: bool) -> None:
    """Forbid the network to the hub libraries. A verb does it first: they read it once, when anything imports them."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    if offline:
        os.environ["HF_HUB_OFFLINE"] = "1"
        os.environ["HF_DATASETS_OFFLINE"] = "1"


def recipe_of(run: Path) -> Recipe:
    """The resolved recipe that a run's folder holds.

    Raises:
        UsageError: the folder holds none.
    """
    from upshot.errors import UsageError
    from upshot.recipe_file import read_recipe

    if not (run / "recipe.yaml").exists():
        raise UsageError(f"{run}: no recipe.yaml; expected a run's folder, such as runs/demo")
    return read_recipe(run / "recipe.yaml")
