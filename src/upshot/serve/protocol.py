"""uvicorn's HTTP/1.1 protocol with deadlines for headers, a bound on connections, and typed errors.

uvicorn has neither (its issue 157): a socket that sends nothing, or a byte a second, stays open for ever.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import struct
import sys
from typing import Any, ClassVar, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from upshot.serve.descriptors import Room
from upshot.serve.desk import Refused
from upshot.serve.headers import SAFE_HEADERS
from upshot.serve.limits import Limits
from upshot.serve.refusals import CODES, body_of

_NO_LINGER: Final = struct.pack("ii", 1, 0)


def protocol_of(limits: Limits, room: Room) -> type[H11Protocol]:
    """A protocol class with these limits and this room for connections, as uvicorn's `http` option takes it."""
    return type("BoundedProtocol", (_Bounded,), {"limits": limits, "room": room})


class _Bounded(H11Protocol):
    limits: ClassVar[Limits]
    room: ClassVar[Room]
    idle_since: float = 0.0
    answered: bool = False  # at least once
    deadline: asyncio.TimerHandle | None = None
    unread: asyncio.TimerHandle | None = None  # runs while the peer does not read what it asked for

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        others = [other for other in self.connections if isinstance(other, _Bounded)]
        super().connection_made(transport)
        self.idle_since = self.loop.time()
        if len(others) >= self.room.connections:
            self._make_place(others)
        self._expect_header()

    def _make_place(self, others: list[_Bounded]) -> None:
        """Close the connection that has been idle longest, first of those that never asked anything whole.

        Where none is idle, only health is answered here.
        """
        idle = [other for other in others if other.is_idle and not other.transport.is_closing()]
        if idle:
            min(idle, key=lambda other: (other.answered, other.idle_since)).transport.abort()
        elif len(others) >= self.room.connections + self.room.spare:
            self.transport.abort()
        else:
            self.app_state = self.app_state | {"spare": True}

    @property
    def is_idle(self) -> bool:
        """Whether no request is being answered: nothing has come, or not all of it, or everything is answered."""
        return self.cycle is None or self.cycle.response_complete or self.cycle.more_body

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            if self.deadline is None and self.timeout_keep_alive_task is None:
                self._expect_header()
        else:
            self._header_came()

    def connection_lost(self, exc: Exception | None) -> None:
        self._header_came()
        self._reads_again()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self.unread = self.unread or self.loop.call_later(self.limits.receive_s, self._reset)

    def resume_writing(self) -> None:
        self._reads_again()
        super().resume_writing()

    def on_response_complete(self) -> None:
        self.idle_since, self.answered = self.loop.time(), True
        super().on_response_complete()
        self._close_for_good()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._close_for_good()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  (uvicorn's words give way to ours)
        """Answer what is no HTTP, typed as every error; h11 hints at 431 where a header is too long."""
        status = getattr(sys.exception(), "error_status_hint", 400)
        status = status if status in CODES else 400
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True  # its answer can no longer be sent
            self.cycle.message_event.set()
            if self.cycle.response_started:
                self.transport.abort()
                return
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.write(self._refusal(status))
        self.transport.close()
        self._close_for_good()

    def _refusal(self, status: int) -> bytes:
        request_id = secrets.token_hex(8)
        body = body_of(Refused(status, CODES[status], "this is not a valid HTTP request"), request_id)
        headers: list[tuple[str, str]] = [
            ("content-type", "application/json"),
            ("content-length", str(len(body))),
            ("connection", "close"),
            ("x-request-id", request_id),
            *SAFE_HEADERS.items(),
        ]
        response = h11.Response(status_code=status, headers=headers)
        events: list[Any] = [response, h11.Data(data=body), h11.EndOfMessage()]
        return b"".join(self.conn.send(event) or b"" for event in events)

    def _close_for_good(self) -> None:
        """A closing transport waits for its peer to read all that was written, for ever where nobody ends that."""
        if self.transport.is_closing():
            self.loop.call_later(self.limits.keep_alive_s, self.transport.abort)

    def _reset(self) -> None:
        """Forget what the peer does not read; the kernel would keep it, and try for minutes to send it."""
        sock = self.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.transport.abort()

    def _reads_again(self) -> None:
        if self.unread is not None:
            self.unread.cancel()
            self.unread = None

    def _expect_header(self) -> None:
        self.deadline = self.loop.call_later(self.limits.receive_s, self.transport.abort)

    def _header_came(self) -> None:
        if self.deadline is not None:
            self.deadline.cancel()
            self.deadline = None
