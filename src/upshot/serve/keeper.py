"""Keeps a worker process alive: started, watched, replaced where it hangs, given up where it dies again and again."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from upshot.errors import ModelError, UpshotError, UsageError
from upshot.serve.limits import Limits
from upshot.serve.process import Process, start

DEATHS_WITHIN_S: Final = 60.0
_BETWEEN_STARTS_S: Final = 1.0
_NOT_STARTED: Final = 127  # as a shell says it
_LOG: Final = logging.getLogger("upshot.serve")
Record = Mapping[str, Any]


class Keeper:
    """A worker that is always there, or on its way back. `heard` gets its records, `lost` is called when it died."""

    def __init__(self, command: Sequence[str], limits: Limits, heard: Callable[[Record], None]) -> None:
        self.ready = False  # warm, and waiting for jobs
        self.replacing = False  # killed on purpose: it comes back, what waits may go on waiting
        self.given_up = asyncio.Event()
        self.lost: Callable[[], None] = lambda: None
        self._command, self._limits, self._heard = list(command), limits, heard
        self._process: Process | None = None
        self._task: asyncio.Task[None] | None = None
        self._closing = self._killed = False

    async def open(self) -> dict[str, dict[str, Any]]:
        """Facts of the arms by name, once all of them are open; warming up goes on behind.

        Raises:
            ModelError: an arm is missing or damaged.
        """
        self._opened: asyncio.Future[dict[str, dict[str, Any]]] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._keep())
        try:
            return await self._opened
        except UpshotError:
            await self.close()
            raise

    def send(self, record: Record) -> None:
        """Nothing; the worker reads it in its time."""
        assert self._process
        self._process.send(record)

    def replace(self) -> None:
        """Kill the worker on purpose; a new one comes."""
        assert self._process
        self.ready, self.replacing, self._killed = False, True, True
        self._process.kill()

    async def close(self) -> None:
        """Nothing; the worker is gone and stays away."""
        self._closing = True
        if self._process:
            self._process.kill()
        if self._task:
            await self._task

    async def _keep(self) -> None:
        deaths: deque[float] = deque(maxlen=self._limits.deaths)
        while not self._closing:
            status = await self._live()
            self.ready = False
            if self._closing or not self._opened.done():
                break
            if self._killed:
                continue
            self.replacing = False
            _LOG.error("the worker died (status %d)", status)
            self.lost()
            deaths.append(asyncio.get_running_loop().time())
            if len(deaths) == self._limits.deaths and deaths[-1] - deaths[0] <= DEATHS_WITHIN_S:
                _LOG.error("the worker died %d times within %g s: giving up", len(deaths), DEATHS_WITHIN_S)
                self.given_up.set()
                break
        if not self._opened.done():
            self._opened.set_exception(ModelError("the worker ended while it opened the arms"))

    async def _live(self) -> int:
        """Exit status of one worker, after its life."""
        self._killed = False
        try:
            self._process = process = await start(self._command)
        except OSError as error:  # no memory, no file handles, no such command: it is as good as dead
            _LOG.error("the worker cannot be started (%s)", error.strerror)
            await asyncio.sleep(_BETWEEN_STARTS_S)
            return _NOT_STARTED
        if self._closing:  # meanwhile
            process.kill()
        slow = asyncio.get_running_loop().call_later(self._limits.start_s, process.kill)
        async for record in process.records():
            if "ready" in record:
                slow.cancel()
                self.ready, self.replacing = True, False
            if "opened" in record and not self._opened.done():
                self._opened.set_result(record["opened"])
            elif "failed" in record and not self._opened.done():
                self._opened.set_exception(_error_of(record))
            else:
                self._heard(record)
        slow.cancel()
        return await process.ended()


def _error_of(record: Record) -> UpshotError:
    kind = UsageError if record["exit_code"] == UsageError.exit_code else ModelError
    return kind(record["failed"])
