"""Accelerate's trackers by name: started with our facts, or refused with what to install."""

import os
from pathlib import Path
from typing import Any

import pytest
from accelerate import tracking
from accelerate.state import PartialState
from accelerate.utils import LoggerType

from upshot.errors import UsageError
from upshot.train.trackers import open_tracker


class Notes(tracking.GeneralTracker):  # type: ignore[misc]
    """A tracker that writes lines to a file, as TensorBoard's writes events."""

    name = "tensorboard"
    requires_logging_directory = True

    def __init__(self, run_name: str, logging_dir: str) -> None:
        super().__init__()
        self.path = Path(logging_dir) / f"{run_name}.txt"

    @tracking.on_main_process  # type: ignore[untyped-decorator]
    def start(self) -> None:
        self.path.parent.mkdir(parents=True)

    @property
    def tracker(self) -> Path:
        return self.path

    @tracking.on_main_process  # type: ignore[untyped-decorator]
    def log(self, values: dict[str, Any], step: int | None) -> None:
        self.path.write_text(f"{step}: {values}")


def test_a_tracker_starts_in_its_folder_and_fixes_no_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(tracking.LOGGER_TYPE_TO_CLASS, "tensorboard", Notes)
    monkeypatch.setattr(tracking, "_available_trackers", [LoggerType.TENSORBOARD])
    held = dict(PartialState._shared_state)
    tracker = open_tracker("tensorboard", "demo", tmp_path / "track")
    tracker.log({"full/loss": 1.5}, step=3)
    assert (tmp_path / "track" / "demo.txt").read_text() == "3: {'full/loss': 1.5}"
    assert dict(PartialState._shared_state) == held


def test_wandb_never_asks_for_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracking, "_available_trackers", [LoggerType.WANDB])
    monkeypatch.setitem(tracking.LOGGER_TYPE_TO_CLASS, "wandb", Notes)
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    monkeypatch.setenv("WANDB_MODE", "")
    monkeypatch.delenv("WANDB_MODE")
    open_tracker("wandb", "demo", tmp_path / "track")
    assert os.environ["WANDB_MODE"] == "offline"


def test_what_is_not_installed_or_does_not_start_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracking, "_available_trackers", [LoggerType.TENSORBOARD])
    with pytest.raises(UsageError, match="track: mlflow is not installed here; pip install mlflow"):
        open_tracker("mlflow", "demo", tmp_path)
    monkeypatch.setitem(tracking.LOGGER_TYPE_TO_CLASS, "tensorboard", Notes)
    (tmp_path / "track").write_text("a file in the way")
    with pytest.raises(UsageError, match="track: tensorboard does not start"):
        open_tracker("tensorboard", "demo", tmp_path / "track")
