"""The queue before the model: bounded, in batches, with deadlines, and free again when whoever waited has left."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, Final

from upshot.answers.answer import Answer, Options
from upshot.data.conversation import Conversation
from upshot.serve.batches import Batch, Hear, Item, deaf, fail, job_of, settle
from upshot.serve.counts import Counts, Outcome
from upshot.serve.desk import Refused
from upshot.serve.keeper import Keeper
from upshot.serve.limits import CHARACTERS_A_TOKEN, Limits

_ALONE: Final = 2  # a conversation of more than so many times what an arm reads at once goes to the model alone
_LOG: Final = logging.getLogger("upshot.serve")


class Pool:
    """A desk over one worker process. Open it, hand in conversations, drain and close it, all within one event loop."""

    def __init__(self, command: Sequence[str], limits: Limits) -> None:
        self.limits = limits
        self.arms: dict[str, dict[str, Any]] = {}
        self.keeper = Keeper(command, limits, self._heard)
        self.keeper.lost = self._lost
        self.counts = Counts(lambda: len(self._waiting), lambda: self.ready)
        self.draining = False
        self._waiting: deque[Item] = deque()
        self._running: Batch | None = None
        self._batches = 0
        self._batch_s = 0.0  # what the last batch took
        self._still = asyncio.Event()

    @property
    def ready(self) -> bool:
        """Whether a conversation handed in now goes to a warm model."""
        return self.keeper.ready and not self.draining

    async def open(self) -> None:
        """Nothing, once every arm is open; warming up goes on behind.

        Raises:
            ModelError: an arm is missing or damaged.
        """
        self.arms = await self.keeper.open()

    def facts(self, arm: str) -> dict[str, Any]:
        """Facts of an arm; its name is a key of a dictionary and never a path.

        Raises:
            Refused: 404, there is none of this name.
        """
        if arm not in self.arms:
            raise Refused(404, "no_such_arm", f"no such arm; this server has: {', '.join(self.arms)}")
        return self.arms[arm]

    async def summarize(self, conversation: Conversation, options: Options, arm: str, *, hear: Hear = deaf) -> Answer:
        """The answer of an arm, as `Desk` says."""
        return (await self.summarize_all([conversation], options, arm, hear=hear))[0]

    async def summarize_all(
        self, conversations: Sequence[Conversation], options: Options, arm: str, *, hear: Hear = deaf
    ) -> list[Answer]:
        """Answers in the order of the conversations, all or none; `hear` gets states and progress.

        Raises:
            Refused: as `Desk` says.
        """
        items = self._items(conversations, options, arm, plan=False, hear=hear)
        self._admit(items)
        return await self._wait(items)

    async def plan(self, conversation: Conversation, options: Options, arm: str) -> dict[str, Any]:
        """What a summary would take, as `Desk` says; plans go before summaries and are not counted as such."""
        (item,) = self._items([conversation], options, arm, plan=True, hear=deaf)
        if sum(other.plan for other in self._waiting) >= self.limits.waiting:
            raise self._full()
        self._waiting.appendleft(item)
        made: list[dict[str, Any]] = await self._wait([item])
        return made[0]

    async def drain(self) -> None:
        """Nothing, once what was accepted is answered or the time for it is over: then the rest is refused."""
        self.draining = True
        if self._waiting or self._running:
            self._still.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._still.wait(), self.limits.drain_s)
        self._refuse_all(Refused(503, "draining", "the server is ending"))

    def _items(
        self, conversations: Sequence[Conversation], options: Options, arm: str, *, plan: bool, hear: Hear
    ) -> list[Item]:
        """Items that are fit to wait.

        Raises:
            Refused: 503 no model now, 404 no such arm, 422 too many, too long, or nothing to summarise.
        """
        self._check_open()
        name = arm or next(iter(self.arms))
        self.facts(name)
        most = min(self.limits.conversations, self.limits.waiting)  # more could never wait, however empty the queue
        if len(conversations) > most:
            raise Refused(422, "too_many", f"conversations: at most {most} in a request")
        for conversation in conversations:
            self._check(conversation)
        loop, fits = asyncio.get_running_loop(), self.arms[name]["max_source_tokens"] * CHARACTERS_A_TOKEN
        return [
            Item(name, options, each, plan, loop.create_future(), hear, alone=len(each.text) > _ALONE * fits)
            for each in conversations
        ]

    def _check_open(self) -> None:
        if self.draining:
            raise Refused(503, "draining", "the server is ending", 5)
        if not (self.keeper.ready or self.keeper.replacing):
            raise Refused(503, "not_ready", "the model is loading", 2)

    def _check(self, conversation: Conversation) -> None:
        size, most = len(conversation.text), self.limits.characters
        if size > most:
            raise Refused(422, "too_long", f"the conversation has {size:,} characters; at most {most:,} are taken")
        if not any(turn.text.strip() for turn in conversation.turns):
            raise Refused(422, "empty", "the conversation has no words")

    def _admit(self, items: Sequence[Item]) -> None:
        """Nothing; the items wait. A request with many conversations counts as that many.

        Raises:
            Refused: 429 when there is no room.
        """
        held = [item for item in self._waiting if not item.plan]
        size = sum(len(item.conversation.text) for item in (*held, *items))
        crowded = size > self.limits.waiting_characters
        if len(held) + len(items) > self.limits.waiting or (held and crowded):
            raise self._full()
        self.counts.accepted += len(items)
        for item in items:
            item.hear({"state": "waiting", "ahead": len(self._waiting)})
            self._waiting.append(item)

    def _full(self) -> Refused:
        return Refused(429, "full", "too much is waiting; try again later", max(1, math.ceil(self._batch_s)))

    async def _wait(self, items: Sequence[Item]) -> list[Any]:
        """Results in order; however this ends, every item is settled and counted once."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        outcome: Outcome = "cancelled"
        self._next()
        try:
            async with asyncio.timeout_at(began + self.limits.request_s):
                made = await asyncio.gather(*(item.future for item in items))
            outcome = "ok"
            self.counts.seconds.observe(loop.time() - began)
        except TimeoutError:
            outcome = "timed_out"
            raise Refused(504, "timeout", f"no answer within {self.limits.request_s:g} s") from None
        except Refused:
            outcome = "failed"
            raise
        finally:
            self._leave(items, outcome)
        return list(made)

    def _leave(self, items: Sequence[Item], outcome: Outcome) -> None:
        for item in items:
            item.future.cancel()
            if item in self._waiting:
                self._waiting.remove(item)
            if not item.plan:
                self.counts.outcomes[outcome] += 1
        batch = self._running
        if batch and not batch.killer and all(item.future.done() for item in batch.items):
            self._stop_model(batch)
        self._notice_stillness()

    def _stop_model(self, batch: Batch) -> None:
        """Ask the model to stop, since nobody waits for its batch; where it does not, its process is replaced."""
        self.keeper.send({"cancel": batch.number})
        batch.killer = asyncio.get_running_loop().call_later(self.limits.cancel_s, self._replace)

    def _replace(self) -> None:
        _LOG.warning("the model did not stop; its process is replaced")
        self._running = None
        self.keeper.replace()
        self._notice_stillness()

    def _notice_stillness(self) -> None:
        if not self._waiting and not self._running:
            self._still.set()

    def _next(self) -> None:
        """Hand what may go together to the model, if it is free."""
        if not self.keeper.ready or self._running or not self._waiting:
            return
        first = self._waiting[0]
        together = [item for item in self._waiting if item.goes_with(first)]
        chosen = together[: 1 if first.plan else self.limits.together]
        for item in chosen:
            self._waiting.remove(item)
        self._batches += 1
        self._running = Batch(self._batches, chosen, asyncio.get_running_loop().time())
        self.keeper.send(job_of(self._running))
        for item in chosen:
            item.hear({"state": "running", "together": len(chosen)})

    def _heard(self, record: Mapping[str, Any]) -> None:
        """Take what the worker says; it may speak of a batch that is long given up."""
        batch = self._running
        if batch and record.get("id") == batch.number:
            if "progress" in record:
                for item in batch.items:
                    item.hear({"state": "running", **record["progress"]})
                return
            self._running = None
            if batch.killer:
                batch.killer.cancel()
            self._batch_s = asyncio.get_running_loop().time() - batch.began
            settle(batch, record["results"])
            self._notice_stillness()
        self._next()

    def _lost(self) -> None:
        if self._running and self._running.killer:
            self._running.killer.cancel()
        self._refuse_all(Refused(503, "worker_died", "the model's process died; it is started again", 5))

    def _refuse_all(self, refused: Refused) -> None:
        running = self._running.items if self._running else ()
        for item in (*self._waiting, *running):
            fail(item, refused)
        self._waiting.clear()
        self._running = None
