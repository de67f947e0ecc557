"""The guard before the application, in plain ASGI: who asks, from where, with what, how much and how fast.

It never uses Starlette's BaseHTTPMiddleware, under which a client that leaves is not noticed. A client that leaves
cancels the task of its request here, so that nothing behind has to look for it.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from upshot.serve.admission import Access, checked_head
from upshot.serve.desk import Refused
from upshot.serve.headers import SAFE_HEADERS
from upshot.serve.limits import Limits
from upshot.serve.refusals import CODES, body_of, headers_of
from upshot.serve.strict import checked_json

_LOG: Final = logging.getLogger("upshot.serve")
_SAFE: Final = [(name.encode(), value.encode()) for name, value in SAFE_HEADERS.items()]
_LINGER_S: Final = 0.5  # a client that still sends gets this long, so that it can read its refusal


@dataclass(slots=True)
class _Exchange:
    """One request and its answer."""

    id: str
    scope: Scope
    receive: Receive
    send: Send
    status: int = 0  # of the answer, once it has begun
    ended: bool = False
    left: asyncio.Event = field(default_factory=asyncio.Event)


class Guard:
    """An application behind its checks; `refused` hears the code of every refusal that is made here."""

    def __init__(self, app: ASGIApp, limits: Limits, access: Access, refused: Callable[[str], None]) -> None:
        self.app, self.limits, self.access, self.refused = app, limits, access, refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass on what is no HTTP."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = asyncio.get_running_loop().time()
        exchange = _Exchange(secrets.token_hex(8), scope, receive, send)
        await self._answer(exchange)
        took = 1000 * (asyncio.get_running_loop().time() - began)
        _LOG.debug("request %s: status %d after %.0f ms", exchange.id, exchange.status, took)

    async def _answer(self, exchange: _Exchange) -> None:
        scope = exchange.scope
        scope.setdefault("state", {})["request_id"] = exchange.id
        try:
            wanted = checked_head(scope, self.limits, self.access)
            body = await self._body(exchange, wanted.most_bytes)
            if wanted.is_json:
                checked_json(body)
        except Refused as refused:
            self.refused(refused.code)
            await self._refuse(exchange, refused)
            return
        except _GoneError:
            return
        await self._pass_on(exchange, body)

    async def _body(self, exchange: _Exchange, most: int) -> bytes:
        """All of the body.

        Raises:
            Refused: 413 more than is taken, 408 too slow.
        """
        body = bytearray()
        try:
            async with asyncio.timeout(self.limits.receive_s):
                while True:
                    message = await exchange.receive()
                    if message["type"] == "http.disconnect":
                        raise _GoneError
                    body += message.get("body", b"")
                    if len(body) > most:
                        raise Refused(413, CODES[413], f"the body is over {most:,} bytes")
                    if not message.get("more_body", False):
                        return bytes(body)
        except TimeoutError:
            raise Refused(408, CODES[408], f"the body took over {self.limits.receive_s:g} s") from None

    async def _refuse(self, exchange: _Exchange, refused: Refused) -> None:
        """Send a refusal and close: the rest of the body is not wanted, but read for a moment."""
        body = body_of(refused, exchange.id)
        headers = {"content-type": "application/json", "content-length": str(len(body)), "connection": "close"}
        raw = [(k.encode(), v.encode()) for k, v in (headers | headers_of(refused)).items()]
        await self._send(exchange, {"type": "http.response.start", "status": refused.status, "headers": raw})
        await self._send(exchange, {"type": "http.response.body", "body": body, "more_body": True})
        if refused.status == 413:
            await _linger(exchange.receive)
        await self._send(exchange, {"type": "http.response.body", "body": b""})

    async def _pass_on(self, exchange: _Exchange, body: bytes) -> None:
        """Run the application; where the client leaves, cancel it; where it fails, say so without its words."""
        unread = [body]

        async def receive() -> Message:
            if unread:
                return {"type": "http.request", "body": unread.pop(), "more_body": False}
            await exchange.left.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            await self._send(exchange, message)

        head = {"method": "GET"} if exchange.scope["method"] == "HEAD" else {}  # uvicorn leaves its body out
        work: asyncio.Task[None] = asyncio.ensure_future(self.app({**exchange.scope, **head}, receive, send))
        watch = asyncio.create_task(_notice_leaving(exchange, work))
        try:
            await asyncio.wait([work])
        except asyncio.CancelledError:
            work.cancel()
            await asyncio.wait([work])
            raise
        finally:
            watch.cancel()
        error = None if work.cancelled() else work.exception()
        if error is not None:
            _log(error, exchange.id)
        if not exchange.status and not exchange.left.is_set():
            await self._refuse(exchange, Refused(500, CODES[500], "this is a fault of the server; its log has the id"))

    async def _send(self, exchange: _Exchange, message: Message) -> None:
        """Pass a message on, with the headers that every answer carries; a peer that does not read is left."""
        if message["type"] == "http.response.start":
            exchange.status = message["status"]
            own = {name.lower() for name, _ in message.get("headers", [])}
            added = [(name, value) for name, value in _SAFE if name not in own]
            identity = (b"x-request-id", exchange.id.encode())
            message = {**message, "headers": [*message.get("headers", []), *added, identity]}
        elif not message.get("more_body", False):
            exchange.ended = True
        try:
            async with asyncio.timeout(self.limits.receive_s):
                await exchange.send(message)
        except TimeoutError:
            exchange.left.set()
            raise asyncio.CancelledError from None


class _GoneError(Exception):
    """The client has left."""


async def _notice_leaving(exchange: _Exchange, work: asyncio.Task[None]) -> None:
    while (await exchange.receive())["type"] != "http.disconnect":
        pass
    if not exchange.ended:
        exchange.left.set()
        work.cancel()


async def _linger(receive: Receive) -> None:
    loop = asyncio.get_running_loop()
    until = loop.time() + _LINGER_S
    try:
        async with asyncio.timeout_at(until):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return
    except TimeoutError:
        return


def _log(error: BaseException, request_id: str) -> None:
    """Say where the application failed; an error's own words could hold a conversation, so only its type is told."""
    frames: list[Any] = traceback.extract_tb(error.__traceback__)[-3:]
    places = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
    _LOG.error("request %s failed: %s in %s", request_id, type(error).__name__, places)
