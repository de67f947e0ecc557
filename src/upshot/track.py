"""Trackers: the facts of `log.jsonl`, handed to one of Accelerate's trackers where a recipe asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from upshot.events import Event, Tell
from upshot.recipe import Recipe


@contextmanager
def tracked(recipe: Recipe, root: Path, tell: Tell) -> Iterator[Tell]:
    """A listener that passes events on and, with `track`, hands steps and evaluations to that tracker, arm by arm.

    Raises:
        UsageError: the tracker is not installed.
    """
    if recipe.track == "none":
        yield tell
        return
    from upshot.train.trackers import open_tracker

    tracker = open_tracker(recipe.track, recipe.name, root / "track")

    def heard(event: Event) -> None:
        tell(event)
        if event.kind in ("step", "evaluation"):
            tracker.log(numbers(event), step=event.facts["step"])

    try:
        yield heard
    finally:
        tracker.finish()


def numbers(event: Event) -> dict[str, Any]:
    """What a tracker gets of a step or an evaluation: its numbers by 'arm/name', texts left out.

    >>> numbers(Event("step", "full", {"arm": "full", "step": 3, "total": 9, "loss": 1.5}))
    {'full/loss': 1.5}
    """
    return {
        f"{event.facts['arm']}/{key}": value
        for key, value in event.facts.items()
        if isinstance(value, int | float) and key not in ("step", "total")
    }
