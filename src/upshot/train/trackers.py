"""Accelerate's trackers, opened by name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from upshot.errors import UsageError


def open_tracker(kind: str, name: str, folder: Path) -> Any:
    """A started tracker with `log(values, step=)` and `finish()`; those that write files write them into `folder`.

    No tracker is asked to log in: wandb runs offline unless the environment holds a key.

    Raises:
        UsageError: its package is not installed, or it does not start.
    """
    # Accelerator(log_with=...) would leave a missing tracker out without a word, and fix one arithmetic for all arms.
    from accelerate.tracking import LOGGER_TYPE_TO_CLASS, get_available_trackers

    if kind not in [str(found) for found in get_available_trackers()]:
        raise UsageError(f"track: {kind} is not installed here; pip install {kind}, or set track: none")
    if kind == "wandb" and not os.environ.get("WANDB_API_KEY"):
        os.environ.setdefault("WANDB_MODE", "offline")  # otherwise it stops in the middle and asks for a key
    made = LOGGER_TYPE_TO_CLASS[kind]
    try:
        tracker = made(name, str(folder)) if made.requires_logging_directory else made(name)
        tracker.main_process_only = False  # else it would start Accelerate's state, on a device of its own choice
        tracker.start()
    except (ImportError, OSError, ValueError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise UsageError(f"track: {kind} does not start ({reason}); set track: none to run without it") from None
    return tracker
