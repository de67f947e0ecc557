"""Conversations on their way to the model and back: items that wait, batches that run, results that are handed out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from upshot.answers.answer import Options
from upshot.data.conversation import Conversation
from upshot.serve.desk import Refused
from upshot.serve.results import answer_of, value_of
from upshot.serve.worker import record_of

Hear = Callable[[Mapping[str, Any]], None]  # what a waiting client is told: states and numbers, never words


def deaf(_: Mapping[str, Any]) -> None:
    """A client that wants to hear nothing before its answer."""


@dataclass(eq=False, slots=True)
class Item:
    """One conversation on its way through the queue."""

    arm: str
    options: Options
    conversation: Conversation
    plan: bool
    future: asyncio.Future[Any]
    hear: Hear
    alone: bool = False  # it takes many times what others take, who would have to wait for it

    def goes_with(self, other: Item) -> bool:
        """Whether both may go to the model together."""
        if self is other:
            return True
        alike = (self.arm, self.options, self.plan) == (other.arm, other.options, other.plan)
        return alike and not (self.alone or other.alone)


@dataclass(eq=False, slots=True)
class Batch:
    """Items that the model has; `killer` is set when nobody waits for them any more."""

    number: int
    items: Sequence[Item]
    began: float
    killer: asyncio.TimerHandle | None = None


def job_of(batch: Batch) -> dict[str, Any]:
    """The record that hands a batch to a worker."""
    first = batch.items[0]
    return {
        "id": batch.number,
        "arm": first.arm,
        "plan": first.plan,
        "options": first.options.model_dump(),
        "conversations": [record_of(item.conversation) for item in batch.items],
    }


def settle(batch: Batch, results: Iterable[Mapping[str, Any]]) -> None:
    """Give every item that is still waited for its result."""
    left = list(batch.items)
    for item, result in zip(batch.items, results, strict=False):
        left.remove(item)
        if item.future.done():
            continue
        try:
            item.future.set_result(value_of(result) if item.plan else answer_of(result))
        except Refused as refused:
            item.future.set_exception(refused)
    for item in left:
        fail(item, Refused(500, "invalid_output", "the model gave no usable summary"))


def fail(item: Item, refused: Refused) -> None:
    """Refuse an item, if it is still waited for; each gets an exception of its own."""
    if not item.future.done():
        item.future.set_exception(Refused(refused.status, refused.code, refused.message, refused.retry_after))
