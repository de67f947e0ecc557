"""Server-sent events: what a waiting client hears until its answer is there."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any

from upshot.serve.batches import Hear
from upshot.serve.desk import Refused
from upshot.serve.refusals import body_of

Work = Callable[[Hear], Awaitable[Any]]


async def begun(work: Work, request_id: str) -> AsyncGenerator[bytes]:
    """The events of `told`, once there is one.

    Raises:
        Refused: before anything was heard; it can still be an answer with a status of its own.
    """
    events = told(work, request_id)
    return _from(await anext(events), events)


async def _from(first: bytes, events: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    async with contextlib.aclosing(events):
        yield first
        async for later in events:
            yield later


async def told(work: Work, request_id: str) -> AsyncGenerator[bytes]:
    """`progress` events while `work` goes on, then one `answer` (what it gives, as JSON) or one `error`.

    Closing the iterator cancels the work.

    Raises:
        Refused: before anything was heard.
    """
    heard: asyncio.Queue[Mapping[str, Any] | None] = asyncio.Queue()
    task = asyncio.ensure_future(work(heard.put_nowait))

    def end(done: asyncio.Future[Any]) -> None:
        heard.put_nowait(None)
        if not done.cancelled():
            done.exception()  # taken note of, also where nobody listens any more

    task.add_done_callback(end)
    silent = True
    try:
        while (said := await heard.get()) is not None:
            silent = False
            yield event("progress", json.dumps(said))
        try:
            yield event("answer", json.dumps(await task))
        except Refused as refused:
            if silent:
                raise
            yield event("error", body_of(refused, request_id).decode())
    finally:
        task.cancel()


def event(name: str, data: str) -> bytes:
    """One event, in the form of the WHATWG's HTML standard, section 9.2.

    >>> event("progress", "1")
    b'event: progress\\ndata: 1\\n\\n'
    """
    return f"event: {name}\ndata: {data}\n\n".encode()
