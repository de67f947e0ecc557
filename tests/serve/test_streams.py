"""Events come in order, and an end of listening is an end of the work."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from upshot.serve.batches import Hear
from upshot.serve.desk import Refused
from upshot.serve.streams import begun, told


def events_of(work: Callable[[Hear], Awaitable[object]]) -> list[bytes]:
    async def listen() -> list[bytes]:
        return [event async for event in told(work, "id")]

    return asyncio.run(listen())


def test_progress_comes_before_the_answer() -> None:
    async def work(hear: Hear) -> object:
        hear({"state": "waiting"})
        await asyncio.sleep(0)
        hear({"state": "running"})
        return {"summary": "x"}

    names = [event.split(b"\n")[0] for event in events_of(work)]
    assert names == [b"event: progress", b"event: progress", b"event: answer"]


def test_a_refusal_is_the_last_event() -> None:
    async def work(hear: Hear) -> object:
        hear({"state": "waiting"})
        raise Refused(504, "timeout", "too slow")

    _, event = events_of(work)
    assert event.startswith(b"event: error\ndata: ")
    assert b'"code": "timeout"' in event


def test_a_refusal_before_anything_is_heard_is_no_event() -> None:
    async def work(hear: Hear) -> object:
        raise Refused(429, "full", "too much is waiting")

    with pytest.raises(Refused, match="too much is waiting"):
        asyncio.run(begun(work, "id"))


def test_who_stops_listening_stops_the_work() -> None:
    async def listen() -> bool:
        ended = asyncio.Event()

        async def work(hear: Hear) -> object:
            hear({"state": "running"})
            try:
                await asyncio.sleep(60)
            finally:
                ended.set()

        stream = await begun(work, "id")
        await anext(stream)
        await stream.aclose()
        await asyncio.wait_for(ended.wait(), 20)
        return ended.is_set()

    assert asyncio.run(listen())
