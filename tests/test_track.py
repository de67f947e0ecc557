"""Trackers get numbers by arm, and a recipe that asks for none imports none."""

from pathlib import Path

import pytest

import tiny
from upshot.errors import UsageError
from upshot.events import Event
from upshot.track import numbers, tracked

EVALUATION = Event(
    "evaluation",
    "lora",
    {"arm": "lora", "step": 4, "loss": 2.5, "rouge1": 0.25, "sample": "d1", "summary": "They talk."},
)


def test_without_a_tracker_events_pass_as_they_are(tmp_path: Path) -> None:
    heard: list[Event] = []
    with tracked(tiny.recipe({"a": {}}), tmp_path, heard.append) as tell:
        tell(EVALUATION)
    assert heard == [EVALUATION]
    assert list(tmp_path.iterdir()) == []


def test_numbers_go_by_arm_and_texts_stay_here() -> None:
    assert numbers(EVALUATION) == {"lora/loss": 2.5, "lora/rouge1": 0.25}


def test_a_tracker_that_is_not_installed_is_told_before_anything_is_done(tmp_path: Path) -> None:
    from accelerate.tracking import get_available_trackers

    absent = sorted({"mlflow", "wandb", "trackio", "tensorboard"} - {str(name) for name in get_available_trackers()})
    if not absent:
        pytest.skip("every tracker is installed here")
    recipe = tiny.recipe({"a": {}}, track=absent[0])
    with (
        pytest.raises(UsageError, match=f"track: {absent[0]} is not installed here; pip install {absent[0]}"),
        tracked(recipe, tmp_path, lambda event: None),
    ):
        pass
