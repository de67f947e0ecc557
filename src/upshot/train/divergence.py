"""A loss that soars while it is still finite: told once, while it happens, instead of after hours."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

WINDOW: Final = 20  # steps whose mean is judged
FACTOR: Final = 2.0  # over the lowest mean so far: batches differ, but not by so much over 20 steps


@dataclass(slots=True)
class Watch:
    """What the losses of a training have been; `rise` is what is to be said, once."""

    first: float | None = None
    lowest: tuple[float, int] | None = None  # mean, step
    told: bool = False
    steps: int = 0
    recent: deque[float] = field(default_factory=lambda: deque(maxlen=WINDOW))

    def rise(self, loss: float) -> str | None:
        """What to say of a loss that soars, at the first step where it does; else None.

        It soars where the mean of the last 20 steps is over twice the lowest such mean and above the first loss. At the
        start a mean has fewer steps, so that a training whose first steps throw it off is found too.
        """
        self.steps += 1
        self.recent.append(loss)
        mean = sum(self.recent) / len(self.recent)
        if self.first is None:
            self.first = mean
        if self.lowest is None or mean < self.lowest[0]:
            self.lowest = (mean, self.steps)
        low, at = self.lowest
        if self.told or self.steps < WINDOW or mean <= max(FACTOR * low, self.first):
            return None
        self.told = True
        return f"{mean:.3f} over the last {WINDOW} steps, {low:.3f} up to step {at}, {self.first:.3f} at first"


def watching(losses: Iterable[float]) -> Watch:
    """A watch that has seen the losses of an earlier start; what they had to say was said then."""
    watch = Watch()
    for loss in losses:
        watch.rise(loss)
    return watch
