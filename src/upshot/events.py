"""What a stage tells while it works. Stages never print: a door passes a `Tell` and decides what is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """One fact: a kind such as 'note', 'step' or 'predicted', a line for people, numbers for machines."""

    kind: str
    text: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


Tell = Callable[[Event], None]
Stop = Callable[[], int | None]  # the number of the signal that asked for the end, if any


def silent(event: Event) -> None:
    """A listener that drops what it hears."""


def never() -> int | None:
    """A `Stop` that never asks for the end."""
    return None
