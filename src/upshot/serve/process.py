"""One worker process seen from the server: started, written to, read from, killed. It is asyncio's and has no queue."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

_LONGEST_LINE: Final = 64 * 1024 * 1024


class Process:
    """A running worker; its errors output goes nowhere, since a library's warning could hold a conversation."""

    def __init__(self, inner: asyncio.subprocess.Process) -> None:
        self._inner = inner

    @property
    def pid(self) -> int:
        """Its number."""
        return self._inner.pid

    async def records(self) -> AsyncIterator[dict[str, Any]]:
        """What it says, until it ends; a line that is no record ends it."""
        assert self._inner.stdout
        while True:
            try:
                line = await self._inner.stdout.readline()
                record = json.loads(line) if line else None
            except ValueError:  # no JSON, or longer than any answer can be
                self.kill()
                return
            if record is None:
                return
            yield record

    def send(self, record: Mapping[str, Any]) -> None:
        """Nothing; a worker that is gone is noticed where its records are read."""
        assert self._inner.stdin
        with contextlib.suppress(ConnectionError, RuntimeError):
            self._inner.stdin.write(json.dumps(record).encode() + b"\n")

    def kill(self) -> None:
        """Nothing; it is gone at once."""
        with contextlib.suppress(ProcessLookupError):
            self._inner.kill()

    async def ended(self) -> int:
        """Its exit status, once it has ended."""
        return await self._inner.wait()


async def start(command: Sequence[str]) -> Process:
    """A new worker in a session of its own, so that Ctrl-C reaches the server alone."""
    inner = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=_LONGEST_LINE,
        start_new_session=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    return Process(inner)
