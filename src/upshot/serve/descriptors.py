"""How many connections the process may hold: every one is a file descriptor, and a full table stops a server.

asyncio cannot take a connection then, says so in its log a thousand times a second, and no worker can be started.
"""

from __future__ import annotations

import logging
import os
import resource
from dataclasses import dataclass
from typing import Final

from upshot.errors import UsageError

AT_ONCE: Final = 4  # connections that asyncio takes from the listener before it looks at any of them
SPARE: Final = 32  # connections beyond the bound, for health checks while every other one is at work
_OWN: Final = 16  # what the server opens for itself later: a worker's pipes twice, while it is replaced
_IN_PASSING: Final = 4 * AT_ONCE  # connections on their way in or out, which nothing bounds
_LEAST: Final = 4
_LOG: Final = logging.getLogger("upshot.serve")


@dataclass(frozen=True, slots=True)
class Room:
    """Connections that are served, and those beyond for health alone."""

    connections: int
    spare: int = SPARE


def room_for(connections: int) -> Room:
    """Room for as many connections, or for as many as the process may open; its soft limit is raised where that helps.

    Raises:
        UsageError: there is room for next to none.
    """
    taken = _open() + _OWN + _IN_PASSING
    allowed = _allowed(taken + connections + SPARE)
    if allowed - taken >= connections + SPARE:
        return Room(connections)
    found = allowed - taken
    if found < _LEAST:
        raise UsageError(
            f"this process may open {allowed} files; a server needs {taken + _LEAST}: ulimit -n {taken + 100}"
        )
    spare = max(1, min(SPARE, found // 4))
    _LOG.warning("%d connections instead of %d: this process may open %d files", found - spare, connections, allowed)
    return Room(found - spare, spare)


def _open() -> int:
    try:
        return len(os.listdir("/dev/fd"))  # noqa: PTH208  (not a path of ours)
    except OSError:  # nothing tells
        return _OWN


def _allowed(wanted: int) -> int:
    """Descriptors that the process may have, once its soft limit has been raised to what is wanted if it may be."""
    soft, hard = (_number(bound) for bound in resource.getrlimit(resource.RLIMIT_NOFILE))
    if soft >= wanted or soft >= hard:
        return soft
    raised = min(wanted, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (raised, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    except (OSError, ValueError):  # some systems have one more bound
        return soft
    return raised


def _number(bound: int) -> int:
    return 2**62 if bound == resource.RLIM_INFINITY else bound
