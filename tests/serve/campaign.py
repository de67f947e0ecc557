"""What the long campaigns send: calls at a fixed rate, clients that are slow on purpose, and a proxy that spoils."""

import asyncio
import json
import os
import random
import socket
import statistics
import struct
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final, Self

from serve.apart import Apart
from serve.serving import ESTABLISHED, TALK, WAIT_S

FULL: Final = os.environ.get("UPSHOT_SOAK") == "full"
STYLE: Final = b"GET /assets/page.css HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST: Final = b"POST /v1/summarize HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


def lasting(short_s: float, full_s: float) -> float:
    """Seconds of a campaign: short, or as long as its row of the fault list asks where UPSHOT_SOAK is 'full'."""
    return full_s if FULL else short_s


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which a share of the values lies."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def posted(path: str, body: dict[str, Any]) -> bytes:
    """The bytes of a request after which its connection is closed."""
    content = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n"
    return head.encode() + b"Content-Length: %d\r\n\r\n" % len(content) + content


def asked(path: str) -> bytes:
    """The bytes of a question after which its connection is closed."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()


@dataclass(frozen=True)
class Told:
    """What came back for one call: 0 where it was no whole answer."""

    status: int
    body: bytes
    took_s: float


async def call(port: int, request: bytes) -> Told:
    """What comes back for a request, on a connection of its own."""
    began = time.monotonic()
    answer = b""
    try:
        async with asyncio.timeout(WAIT_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(request)
                while piece := await reader.read(65536):
                    answer += piece
            finally:
                writer.transport.abort()
    except (OSError, TimeoutError):
        pass
    head, _, body = answer.partition(b"\r\n\r\n")
    return Told(int(head[9:12]) if is_whole(head, body) else 0, body, time.monotonic() - began)


def is_whole(head: bytes, body: bytes) -> bool:
    """Whether an answer came to its end."""
    lines = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
    if b"content-length" in lines:
        return len(body) == int(lines[b"content-length"])
    return body.endswith(b"0\r\n\r\n") and b"transfer-encoding" in lines


async def at_rate(port: int, rate: float, seconds: float, request: Callable[[int], bytes]) -> list[Told]:
    """Answers to calls that begin at a fixed rate, however slowly they are answered: an open loop."""
    loop = asyncio.get_running_loop()
    began, calls = loop.time(), []
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, began + number / rate - loop.time()))
        calls.append(asyncio.create_task(call(port, request(number))))
    return list(await asyncio.gather(*calls))


@dataclass
class Watched:
    """What the operating system says of a server, once a second."""

    kilobytes: list[int] = field(default_factory=list)
    descriptors: list[int] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)

    def drift(self) -> float:
        """Growth of memory from the second fifth of the time to the last, as a share."""
        fifth = len(self.kilobytes) // 5
        first, last = self.kilobytes[fifth : 2 * fifth], self.kilobytes[-fifth:]
        return statistics.median(last) / statistics.median(first) - 1

    def levels(self, what: str) -> tuple[int, int]:
        """The lowest number in the first half of the time and in the second, when nobody is connected."""
        values: list[int] = getattr(self, what)
        return min(values[: len(values) // 2]), min(values[len(values) // 2 :])


@asynccontextmanager
async def watching(server: Apart) -> AsyncIterator[Watched]:
    """What can be seen of a server during the block."""
    seen = Watched()

    async def look() -> None:
        while True:
            seen.kilobytes.append(server.kilobytes())
            seen.descriptors.append(server.descriptors())
            seen.threads.append(server.threads())
            await asyncio.sleep(1)

    task = asyncio.create_task(look())
    try:
        yield seen
    finally:
        task.cancel()


class SlowClients:
    """Clients that send nothing, a byte now and then of a header or a body, or never read what they asked for.

    Each comes back some seconds after it was closed. They live in a thread of their own.
    """

    KINDS: Final = (b"", b"GET /healthz HTTP/1.1\r\nX: ", POST + b"Content-Length: 100000\r\n\r\n{", STYLE * 60)

    def __init__(self, port: int, count: int) -> None:
        self.port = port
        self.lives: list[list[float]] = [[] for _ in self.KINDS]  # seconds until the server closed
        self._away = [(time.monotonic() + number / 100, number) for number in range(count)]  # when who comes
        self._there: dict[int, tuple[socket.socket, float]] = {}
        self._leave = threading.Event()
        self._thread = threading.Thread(target=self._live)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._leave.set()
        self._thread.join(WAIT_S)

    def _live(self) -> None:
        while not self._leave.wait(0.2):
            now = time.monotonic()
            coming = [number for when, number in self._away if when <= now]
            self._away = [one for one in self._away if one[0] > now]
            for number in coming:
                self._there[number] = self._connected(number), time.monotonic()
            for number in list(self._there):
                self._go_on(number)
        for number in list(self._there):
            self._end(number)

    def _go_on(self, number: int) -> None:
        connection, _ = self._there[number]
        if connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != ESTABLISHED:
            self._end(number)
            self._away.append((time.monotonic() + 3 + number % 100 / 50, number))
        elif number % 4:
            with suppress(BlockingIOError, ConnectionError):
                connection.send(b"X")

    def _end(self, number: int) -> None:
        connection, began = self._there.pop(number)
        self.lives[number % 4].append(time.monotonic() - began)
        connection.close()

    def _connected(self, number: int) -> socket.socket:
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(WAIT_S)
        connection.connect(("127.0.0.1", self.port))
        connection.setblocking(False)
        with suppress(BlockingIOError, ConnectionError):
            connection.send(self.KINDS[number % 4])
        return connection


class Chaos:
    """A proxy that delays, cuts, resets and sends byte by byte, by chance."""

    def __init__(self, target: int, *, seed: int) -> None:
        self.target, self.chance = target, random.Random(seed)
        self.did: Counter[str] = Counter()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        """The port of the proxy."""
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        async with server:
            yield server.sockets[0].getsockname()[1]

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            theirs, ours = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        ways = [asyncio.create_task(self._pass(reader, ours)), asyncio.create_task(self._pass(theirs, writer))]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait(ways, timeout=0.5)  # what is still on its way
        for way in ways:
            way.cancel()
        for side in (ours, writer):
            side.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while piece := await reader.read(65536):
                what = self.chance.choices(("pass", "delay", "bytes", "cut", "reset"), (60, 15, 15, 5, 5))[0]
                self.did[what] += 1
                if what == "delay":
                    await asyncio.sleep(self.chance.uniform(0, 0.4))
                if what in ("cut", "reset"):
                    writer.write(piece[: self.chance.randrange(len(piece))])
                    self._end(writer, reset=what == "reset")
                    return
                for part in _single(piece) if what == "bytes" else [piece]:
                    writer.write(part)
                    await writer.drain()
                    await asyncio.sleep(0)
        except OSError:
            pass

    @staticmethod
    def _end(writer: asyncio.StreamWriter, *, reset: bool) -> None:
        if reset:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        else:
            writer.close()


def _single(piece: bytes) -> list[bytes]:
    """The first bytes one by one, and the rest."""
    return [piece[at : at + 1] for at in range(min(400, len(piece)))] + [piece[400:]]


def talk(number: int) -> str:
    """A conversation that no other call sends."""
    return f"{TALK}\nAnn: thank you, call number {number}"
