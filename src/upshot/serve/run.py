"""From an address to a running server, and to its end: bind, open the arms, listen, drain, leave."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvicorn

from upshot.errors import UsageError, WorkerError
from upshot.serve.admission import Access
from upshot.serve.application import create_app, guarded
from upshot.serve.descriptors import AT_ONCE, room_for
from upshot.serve.limits import Limits
from upshot.serve.pool import Pool
from upshot.serve.protocol import protocol_of

_HEADER_BYTES: Final = 32 * 1024
_BACKLOG: Final = 512


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen; port 0 is any free one."""

    host: str = "127.0.0.1"
    port: int = 8123

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def worker_command(arms: Mapping[str, str]) -> list[str]:
    """The command of a worker that holds these arms: name to place."""
    return [sys.executable, "-m", "upshot.serve.worker", *(f"{name}={place}" for name, place in arms.items())]


def access_of(address: Address, token_file: Path | None, hosts: Sequence[str]) -> Access:
    """Who may ask at an address.

    Raises:
        UsageError: another machine could reach it and there is no token, or the token file cannot be used.
    """
    if token_file is None and not address.is_local:
        raise UsageError(f"refusing to listen on {address.host} without --token-file")
    token = _token(token_file) if token_file else ""
    named = hosts if address.host in ("0.0.0.0", "::") else [address.host, *hosts]  # noqa: S104
    names = [f"[{name}]" if ":" in name and not name.startswith("[") else name.lower() for name in named]
    return Access(frozenset((*Access().hosts, *names)), token)


def _token(path: Path) -> str:
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: the token cannot be read ({type(error).__name__})") from None
    if len(token) < 16 or not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError(f"{path}: expected one token of at least 16 ASCII characters without spaces")
    return token


def run(
    address: Address, command: Sequence[str], *, limits: Limits, access: Access, say: Callable[[str], None]
) -> None:
    """Serve until a signal asks for the end; `say` gets the server's URL once it listens.

    Raises:
        UsageError: the address cannot be had.
        ModelError: an arm is missing or damaged; nothing has listened yet.
        WorkerError: the worker died too often.
    """
    asyncio.run(_run(address, command, limits=limits, access=access, say=say))


def bound(address: Address) -> socket.socket:
    """A socket that holds the address and does not listen yet.

    Raises:
        UsageError: the address is taken, or not this machine's.
    """
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0]
        found = socket.socket(family, kind, protocol)  # asyncio sets TCP_NODELAY only where the protocol is named
    except OSError as error:
        raise UsageError(f"cannot listen on {address.host} ({error.strerror})") from None
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(place)
    except OSError as error:
        found.close()
        raise _taken(address, error) from None
    return found


def _taken(address: Address, error: OSError) -> UsageError:
    said = f"cannot listen on {address.host} port {address.port} ({error.strerror})"
    return UsageError(f"{said}; another port: --port {address.port + 1}")


async def _run(
    address: Address, command: Sequence[str], *, limits: Limits, access: Access, say: Callable[[str], None]
) -> None:
    pool = Pool(command, limits)
    with contextlib.closing(bound(address)) as listener:
        server = Server(config_of(pool, access))
        await pool.open()
        try:
            listener.listen(_BACKLOG)
        except OSError as error:  # another server has begun to listen while the arms were opened
            await pool.keeper.close()
            raise _taken(address, error) from None
        ending = asyncio.create_task(_end(server, pool))
        host, port = listener.getsockname()[:2]
        with contextlib.suppress(OSError):  # a disk that is full of logs is no reason not to serve
            say(f"http://{f'[{host}]' if ':' in host else host}:{port}")
        try:
            await server.serve(sockets=[listener])
        finally:
            ending.cancel()
            await pool.keeper.close()
    if pool.keeper.given_up.is_set():
        raise WorkerError(f"the model's process died {limits.deaths} times within a minute; see `upshot doctor`")


def config_of(pool: Pool, access: Access) -> uvicorn.Config:
    """uvicorn's settings for an application over a pool: no access log, no name, no headers of proxies.

    Raises:
        UsageError: the process may hold next to no connections.
    """
    return uvicorn.Config(
        guarded(create_app(pool), pool, access),
        http=protocol_of(pool.limits, room_for(pool.limits.connections)),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=AT_ONCE,
        timeout_keep_alive=max(1, round(pool.limits.keep_alive_s)),
        timeout_graceful_shutdown=2,
        h11_max_incomplete_event_size=_HEADER_BYTES,
    )


class Server(uvicorn.Server):
    """uvicorn's server with its signals left to us: it would stop listening at once, and end by the signal."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen; uvicorn's backlog is both what is taken at once and what may wait, and more may wait."""
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(_BACKLOG)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing; signals stay with whoever asked for them."""
        yield


async def _end(server: uvicorn.Server, pool: Pool) -> None:
    """End the server: drained after a first signal, at once after a second, or where the worker is given up."""
    loop, asked = asyncio.get_running_loop(), asyncio.Event()

    def on_signal(number: int) -> None:
        if asked.is_set():
            os._exit(128 + number)  # the worker ends by itself, when its input ends
        asked.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, on_signal, number)
    waits = [asyncio.ensure_future(event.wait()) for event in (asked, pool.keeper.given_up)]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    await pool.drain()
    server.should_exit = True


def log_to_stderr(debug: bool) -> None:
    """Nothing; warnings are shown, or with `debug` every request's status and time. Never a word of a conversation."""
    logging.basicConfig(level=logging.DEBUG if debug else logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
