"""The order of training: a pure function of (seed, epoch), so that a resumed run cannot drift."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from upshot.records import Encoded

POOL_BATCHES = (
    50  # rows are sorted by length within pools of this many batches: like lengths together, order still random
)


@dataclass(slots=True)
class Plan:
    """Which examples each step sees. `examples(epoch)` returns all rows, in file order, as that epoch sees them."""

    examples: Callable[[int], Sequence[Encoded]]
    rows: int
    batch_size: int
    total_steps: int
    seed: int
    _epoch: int = field(default=-1, init=False)
    _batches: list[list[Encoded]] = field(default_factory=list, init=False)

    @property
    def steps_per_epoch(self) -> int:
        """Steps of one pass over the rows; the last batch may be smaller."""
        return math.ceil(self.rows / self.batch_size)

    def batch(self, step: int) -> list[Encoded]:
        """The examples of a step, counted from 0."""
        epoch, index = divmod(step, self.steps_per_epoch)
        if epoch != self._epoch:
            self._batches = epoch_batches(self.examples(epoch), self.batch_size, seed=self.seed, epoch=epoch)
            self._epoch = epoch
        return self._batches[index]


def epoch_batches(examples: Sequence[Encoded], batch_size: int, *, seed: int, epoch: int) -> list[list[Encoded]]:
    """Batches of like length in random order, each example once; in epoch 0 the longest comes first.

    Lack of memory then shows in the first minute instead of the last hour.
    """
    draw = random.Random(f"order-{seed}-{epoch}")
    order = list(range(len(examples)))
    draw.shuffle(order)
    pool = batch_size * POOL_BATCHES
    batches: list[list[Encoded]] = []
    for start in range(0, len(order), pool):
        # The index breaks ties, so that equal lengths keep one order everywhere.
        part = sorted(order[start : start + pool], key=lambda index: (size(examples[index]), index))
        batches += [[examples[index] for index in part[at : at + batch_size]] for at in range(0, len(part), batch_size)]
    draw.shuffle(batches)
    if epoch == 0:
        longest = max(range(len(batches)), key=lambda index: padded_tokens(batches[index]))
        batches.insert(0, batches.pop(longest))
    return batches


def micro_batches(batch: Sequence[Encoded], max_tokens: int) -> list[list[Encoded]]:
    """The batch in parts whose padded tokens fit the budget; an example over the budget goes alone."""
    parts: list[list[Encoded]] = []
    for example in sorted(batch, key=size):
        if parts and padded_tokens([*parts[-1], example]) <= max_tokens:
            parts[-1].append(example)
        else:
            parts.append([example])
    return parts


def size(example: Encoded) -> int:
    """Source and target tokens of an example."""
    return len(example.input_ids) + len(example.labels)


def padded_tokens(batch: Sequence[Encoded]) -> int:
    """Tokens that the model computes for a batch, padding included."""
    source = max(len(example.input_ids) for example in batch)
    target = max(len(example.labels) for example in batch)
    return len(batch) * (source + target)
