"""A process may open so many files, and every connection is one: row S23."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack

import pytest

from command import environment
from serve.apart import apart_and_ready
from serve.serving import WAIT_S, until

LIMITED = """
import resource, sys
from upshot.errors import UsageError
from upshot.serve.descriptors import room_for
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
soft = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, int(sys.argv[2]) or hard))
try:
    room = room_for(int(sys.argv[3]))
    print(room.connections, room.spare, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
except UsageError as error:
    print(error)
"""


def room(soft: int, hard: int, connections: int) -> str:
    """Connections, spare ones and the soft limit behind them in a process with these limits, or its refusal."""
    command = [sys.executable, "-c", LIMITED, str(soft), str(hard), str(connections)]
    return subprocess.run(command, env=environment(), capture_output=True, text=True, check=True).stdout.strip()


def test_where_there_is_room_nothing_changes() -> None:
    assert room(1024, 1024, 256) == "256 32 1024"


def test_the_soft_limit_is_raised_as_far_as_it_helps() -> None:
    connections, spare, soft = map(int, room(64, 0, 256).split())
    assert (connections, spare) == (256, 32)
    assert 288 < soft < 400


def test_fewer_connections_are_taken_where_the_limit_is_hard() -> None:
    connections, spare, soft = map(int, room(64, 64, 256).split())
    assert 10 <= connections + spare < 64 - 16
    assert 1 <= spare < connections
    assert soft == 64


def test_next_to_no_room_is_refused_with_what_to_do() -> None:
    assert room(30, 30, 256).startswith("error: this process may open 30 files; a server needs ")
    assert "ulimit -n" in room(30, 30, 256)


@pytest.mark.parametrize("clients", [100])
def test_more_clients_than_files_leave_health_calls_and_the_worker_alive(clients: int) -> None:
    few = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))"
    with apart_and_ready(before=few) as server, ExitStack() as stack:
        for _ in range(clients):
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=WAIT_S))
        until(lambda: server.client.get("/healthz").status_code == 200)
        until(lambda: server.summarize().status_code == 200)
        assert server.descriptors() < 64
        (worker,) = server.workers()
        os.kill(worker, signal.SIGKILL)
        until(lambda: server.workers() not in ([], [worker]) and server.summarize().status_code == 200)
        assert "out of system resource" not in server.log
        assert server.log.splitlines()[0].endswith("instead of 256: this process may open 64 files")
