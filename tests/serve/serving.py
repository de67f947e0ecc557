"""A real server on a free port of this machine, over fake models, in a thread of the test."""

import asyncio
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path
from typing import Any, Final

import httpx
from prometheus_client.parser import text_string_to_metric_families

from upshot.serve import run
from upshot.serve.admission import Access
from upshot.serve.limits import Limits
from upshot.serve.pool import Pool

FAKE: Final = str(Path(__file__).parent / "fake_worker.py")
TALK: Final = "Ann: Can you send the invoice today?\nBen: Yes, I will send the invoice at four."
ESTABLISHED: Final = 1  # the state of a connection that nobody has closed, as linux/tcp_states.h numbers them
WAIT_S: Final = 60.0  # more than any machine needs, however much else runs on it


def fake_command(**arms: str) -> list[str]:
    """The command of a worker with these arms: name to milliseconds."""
    return [sys.executable, FAKE, *(f"{name}={place}" for name, place in (arms or {"fast": "1"}).items())]


@dataclass(frozen=True)
class Served:
    """A running server: its address, its pool, and a client of it."""

    port: int
    pool: Pool
    client: httpx.Client

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def summarize(self, text: str = TALK, **more: Any) -> httpx.Response:
        return self.client.post("/v1/summarize", json={"text": text, **more})

    def numbers(self) -> dict[str, float]:
        """Metrics by name and label."""
        return metrics_of(self.client.get("/metrics").text)

    def raw(self, data: bytes) -> bytes:
        """What comes back for bytes until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=WAIT_S) as connection:
            connection.sendall(data)
            return read_all(connection)


def metrics_of(text: str) -> dict[str, float]:
    """Metrics by name and label, from the form that Prometheus reads."""
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {"/".join([sample.name, *sample.labels.values()]): sample.value for sample in samples}


def read_all(connection: socket.socket) -> bytes:
    """Everything until the connection is closed; a failure where it is not, for as long as its timeout."""
    found = b""
    with suppress(ConnectionError):
        while piece := connection.recv(65536):
            found += piece
    return found


def answer_status(connection: socket.socket) -> int:
    """Status of the next answer, read to its end: head and body may come in separate pieces."""
    with HTTPResponse(connection) as answer:
        answer.begin()
        answer.read()
        return answer.status


def begun_status(connection: socket.socket) -> int:
    """Status of the next answer, whose body may be still on its way."""
    with HTTPResponse(connection) as answer:
        answer.begin()
        return answer.status


def sent_until_closed(
    connection: socket.socket, piece: bytes, *, pause_s: float = 0.0, wait_s: float = WAIT_S
) -> float:
    """Seconds for which a piece could be sent again and again until the server closed."""
    began = time.monotonic()
    try:
        while time.monotonic() - began < wait_s:
            connection.sendall(piece)
            time.sleep(pause_s)
    except ConnectionError:
        return time.monotonic() - began
    raise AssertionError("it was never closed")


@dataclass(frozen=True)
class Gate:
    """Holds a model back: an arm of `fake_command` with this place answers while the gate is open."""

    file: Path

    @property
    def place(self) -> str:
        return f"after:{self.file}"

    def open(self) -> None:
        self.file.touch()

    def close(self) -> None:
        self.file.unlink()


@contextmanager
def served(
    *,
    limits: Limits | None = None,
    access: Access | None = None,
    warm: bool = True,
    command: Sequence[str] = (),
    **arms: str,
) -> Iterator[Served]:
    """A warm server with these fake arms, or with those of a worker's command; it is closed behind the block."""
    pool = Pool(command or fake_command(**arms), limits or Limits())
    started, ended = threading.Event(), threading.Event()
    listener = run.bound(run.Address(port=0))
    servers: list[run.Server] = []

    async def serve() -> None:
        await pool.open()
        servers.append(run.Server(run.config_of(pool, access or Access())))
        started.set()
        await servers[0].serve(sockets=[listener])
        await pool.keeper.close()

    thread = threading.Thread(target=lambda: (asyncio.run(serve()), ended.set()))
    thread.start()
    assert started.wait(WAIT_S)
    port = listener.getsockname()[1]
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=WAIT_S, headers=_token(access))
    try:
        if warm:
            until(lambda: client.get("/readyz").status_code == 200)
        yield Served(port, pool, client)
    finally:
        client.close()
        servers[0].should_exit = True
        thread.join(WAIT_S)
        listener.close()
    assert ended.is_set()


def _token(access: Access | None) -> Mapping[str, str]:
    return {"authorization": f"Bearer {access.token}"} if access and access.token else {}


def until(happened: Callable[[], bool], *, wait_s: float = WAIT_S) -> float:
    """Seconds until something has happened; a failure where it never does."""
    began = time.monotonic()
    while True:
        try:
            if happened():
                return time.monotonic() - began
        except httpx.TransportError:
            pass
        assert time.monotonic() - began < wait_s, "it never happened"
        time.sleep(0.01)
