"""A worker process is started, read and killed."""

import asyncio
import sys

from upshot.serve.process import start


def test_records_come_until_it_ends_and_its_error_output_goes_nowhere() -> None:
    async def read() -> tuple[list[object], int]:
        script = "import sys; print('{\"a\": 1}'); print('secret', file=sys.stderr); print(input())"
        process = await start([sys.executable, "-c", script])
        process.send({"b": 2})
        return [record async for record in process.records()], await process.ended()

    assert asyncio.run(read()) == ([{"a": 1}, {"b": 2}], 0)


def test_what_speaks_no_json_is_killed() -> None:
    async def read() -> tuple[list[object], int]:
        process = await start([sys.executable, "-c", "print('hello', flush=True); input()"])
        return [record async for record in process.records()], await process.ended()

    assert asyncio.run(read()) == ([], -9)


def test_sending_to_and_killing_what_is_gone_is_no_error() -> None:
    async def end() -> int:
        process = await start([sys.executable, "-c", ""])
        status = await process.ended()
        process.send({"a": 1})
        process.kill()
        return status

    assert asyncio.run(end()) == 0
