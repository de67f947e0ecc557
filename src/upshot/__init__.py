"""upshot: summarise conversations with a model of your own, and know how good it is.

From Python: `upshot.run(recipe)` does the main job, `upshot.load(folder)` opens a trained arm.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from upshot.pipeline import Outcome
    from upshot.summarizer import Summarizer

__version__ = "0.1.0"


def run(recipe: str | Path, *, root: str | Path | None = None, overrides: Sequence[str] = ()) -> Outcome:
    """Run a recipe file to its end in `root` (default: runs/NAME); `overrides` are `key.path=value` as for --set.

    Raises:
        upshot.errors.UpshotError: of any kind, with the line that the command would print.
    """
    from upshot.pipeline import run_recipe
    from upshot.recipe_file import read_recipe

    resolved = read_recipe(Path(recipe), overrides)
    return run_recipe(resolved, Path(root) if root else Path("runs") / resolved.name)


def load(place: str | Path | None = None, *, threads: int | None = None) -> Summarizer:
    """A run's winner (runs/NAME), an arm (runs/NAME/arms/full) or, without a place, the starter, ready to summarise."""
    from upshot.summarizer import open_summarizer

    return open_summarizer(place, threads=threads)
