"""Slow, silent, many and malformed connections: rows S5, S6, S8 and S22."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

import httpx
import pytest

from serve.serving import ESTABLISHED, TALK, WAIT_S, Served, answer_status, read_all, sent_until_closed, served, until
from upshot.serve.limits import Limits

RECEIVE_S: Final = 1.0
GET: Final = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
STYLE: Final = b"GET /assets/page.css HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST: Final = b"POST /v1/summarize HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served(limits=Limits(receive_s=RECEIVE_S, keep_alive_s=1, connections=40)) as found:
        yield found


@pytest.fixture(scope="module")
def patient() -> Iterator[Served]:
    """A server that closes nobody for being slow."""
    with served(limits=Limits(receive_s=WAIT_S, keep_alive_s=WAIT_S, connections=40)) as found:
        yield found


@pytest.mark.parametrize("start", [b"", b"GET /healthz HTT", GET, GET + b"\r\n" + GET[:9]])
def test_a_connection_without_a_whole_header_is_closed_at_its_deadline(server: Served, start: bytes) -> None:
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", server.port), timeout=WAIT_S) as connection:
        connection.sendall(start)
        read_all(connection)
    assert time.monotonic() - began < WAIT_S / 2


def test_a_byte_now_and_then_does_not_put_the_deadline_off(server: Served) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=WAIT_S) as connection:
        sent_until_closed(connection, b"X", pause_s=0.05)


def test_a_peer_that_does_not_read_its_answers_is_closed(server: Served) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(STYLE * 1000)
        sent_until_closed(connection, STYLE, pause_s=0.1)
    assert server.client.get("/healthz").status_code == 200


def test_what_a_peer_does_not_read_is_forgotten_and_not_kept_by_the_kernel(server: Served) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=WAIT_S) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(STYLE * 400)
        until(lambda: connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != ESTABLISHED)


def test_five_hundred_slow_clients_leave_place_for_good_ones(patient: Served) -> None:
    kinds = (b"", b"GET /healthz HTT", POST + b"Content-Length: 90\r\n\r\n{", GET + b"\r\n")
    with ExitStack() as stack:
        for number in range(500):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", patient.port)))
            connection.sendall(kinds[number % 4])
            if number % 25 == 0:
                with httpx.Client(base_url=patient.url, timeout=WAIT_S) as good:
                    assert good.get("/healthz").status_code == 200
                    assert good.post("/v1/summarize", json={"text": TALK}).status_code == 200


def test_silent_connections_never_take_the_place_of_one_that_is_used(patient: Served) -> None:
    with ExitStack() as stack:
        used = stack.enter_context(socket.create_connection(("127.0.0.1", patient.port), timeout=WAIT_S))
        used.sendall(GET + b"\r\n")
        assert answer_status(used) == 200
        silent = [stack.enter_context(socket.create_connection(("127.0.0.1", patient.port))) for _ in range(45)]
        silent[0].settimeout(WAIT_S)
        assert read_all(silent[0]) == b""  # it has made place
        used.sendall(GET + b"\r\n")
        assert answer_status(used) == 200


def test_health_answers_where_every_other_connection_works(patient: Served) -> None:
    body = b'{"text": "Ann: please take long"}'
    with ExitStack() as stack:
        for _ in range(44):  # 40 connections, 16 of them wait for the model and the rest are refused and kept alive
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", patient.port)))
            connection.sendall(POST + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        assert httpx.get(f"{patient.url}/healthz", timeout=WAIT_S).status_code == 200


@pytest.mark.parametrize(
    "request_",
    [
        GET + b"X: " + b"a" * 1_000_000 + b"\r\n\r\n",
        GET + b"".join(b"X%d: a\r\n" % number for number in range(10_000)) + b"\r\n",
        GET + b"X: a\r\n" * 101 + b"\r\n",
        b"GET /" + b"a" * 65_536 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /healthz?" + b"a" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    ],
    ids=["a header of a megabyte", "10,000 headers", "101 headers", "an address of 64 kB", "a long query"],
)
def test_heads_that_are_too_long_are_refused(server: Served, request_: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=WAIT_S) as connection:
        try:
            connection.sendall(request_)
        except ConnectionError:
            return  # closed while it was still sent
        assert read_all(connection)[9:12] in (b"431", b"400", b"")


BROKEN: Final = {
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "two hosts": GET + b"Host: localhost\r\n\r\n",
    "two lengths": POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "a length that is no number": POST + b"Content-Length: x\r\n\r\n{}",
    "a negative length": POST + b"Content-Length: -2\r\n\r\n{}",
    "a space before the colon": GET + b"X : a\r\n\r\n",
    "a control character in a header": GET + b"X: a\x00b\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 40 + b"\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "nonsense": b"hello\r\n\r\n",
    "an unknown coding": POST + b"Transfer-Encoding: gzip\r\n\r\n{}",
    "HTTP/1.0 without a host": b"GET /healthz HTTP/1.0\r\n\r\n",
}


@pytest.mark.parametrize("request_", BROKEN.values(), ids=BROKEN)
def test_broken_requests_are_400_and_the_connection_closes(server: Served, request_: bytes) -> None:
    answer = server.raw(request_)
    assert answer[9:12] in (b"400", b"415", b"501", b"431")
    assert b'"error"' in answer
    assert b"\r\nconnection: close\r\n" in answer.lower()  # and not by a deadline


def test_both_a_length_and_chunks_are_read_as_one_request(server: Served) -> None:
    smuggled = b"0\r\n\r\nGET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n"
    head = POST + b"Connection: close\r\nContent-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n" % len(smuggled)
    assert server.raw(head + smuggled).count(b"HTTP/1.1 ") == 1


def test_a_folded_header_is_one_header(server: Served) -> None:
    folded = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: a\r\n Host: evil.example\r\nConnection: close\r\n\r\n"
    assert server.raw(folded).startswith(b"HTTP/1.1 200 ")


def test_other_methods_and_pages_are_typed_errors(server: Served) -> None:
    assert server.client.request("TRACE", "/healthz").status_code == 405
    assert server.client.delete("/v1/models").status_code == 405
    assert server.client.delete("/").headers["allow"] == "GET, HEAD, POST"
    missing = server.client.get("/v1/nothing")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "not_found")
    assert b"200 OK" in server.raw(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/metrics", "/v1/models", "/docs", "/assets/page.css"])
def test_head_is_get_without_a_body(server: Served, path: str) -> None:
    head, got = server.client.head(path), server.client.get(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == got.headers["content-type"]
    assert server.raw(b"HEAD %b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % path.encode()).endswith(
        b"\r\n\r\n"
    )


def test_every_page_that_is_not_there_is_the_same_typed_error(server: Served) -> None:
    for path in ("/assets/none", "/v1/none", "/page/none", "/docs/none"):
        assert server.client.get(path).json()["error"]["code"] == "not_found", path


def test_a_broken_chunk_in_a_body_ends_the_request(server: Served) -> None:
    answer = server.raw(POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert answer[9:12] == b"400"
