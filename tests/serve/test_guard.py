"""Bodies and clients that leave: rows S7, S9 and S13."""

import socket
import time
from collections.abc import Iterator
from typing import Final

import pytest

from serve.serving import TALK, WAIT_S, Served, answer_status, begun_status, sent_until_closed, served, until
from serve.test_strict import BAD
from upshot.serve.limits import Limits

HEAD: Final = b"POST /v1/summarize HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
BUSY: Final = '{"text": "Ann: please take long"}'


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served() as found:
        yield found


@pytest.fixture(scope="module")
def hasty() -> Iterator[Served]:
    """A server that waits for no body."""
    with served(limits=Limits(receive_s=0.5)) as found:
        yield found


def test_a_body_over_the_limit_is_refused_before_it_is_read(server: Served) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=WAIT_S) as connection:
        connection.sendall(HEAD + b"Content-Length: 1000000000\r\n\r\n")
        assert answer_status(connection) == 413  # a body that does not come would be 408


def test_endless_chunks_are_refused_at_the_limit(server: Served) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=WAIT_S) as connection:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        chunk = b"4000\r\n" + b"a" * 0x4000 + b"\r\n"
        sent_until_closed(connection, chunk)  # after a moment in which the refusal can be read
    big = server.client.post(
        "/v1/summarize", content=iter([b"a" * 200_000] * 2), headers={"content-type": "application/json"}
    )
    assert big.status_code == 413
    assert big.json()["error"]["code"] == "too_large"


def test_a_length_that_is_too_small_is_400(server: Served) -> None:
    assert server.raw(HEAD + b'Content-Length: 5\r\nConnection: close\r\n\r\n{"text": "x"}').startswith(
        b"HTTP/1.1 400 "
    )


@pytest.mark.parametrize("rest", [b"Content-Length: 50\r\n\r\n{", b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"])
def test_a_body_that_does_not_come_is_given_up(hasty: Served, rest: bytes) -> None:
    began = time.monotonic()
    assert hasty.raw(HEAD + rest).startswith(b"HTTP/1.1 408 ")
    assert 0.4 < time.monotonic() - began < WAIT_S / 2


def test_malformed_bodies_are_typed_errors_that_repeat_nothing(server: Served) -> None:
    for body in BAD:
        answer = server.client.post("/v1/summarize", content=body, headers={"content-type": "application/json"})
        assert answer.status_code in (400, 422)
        assert set(answer.json()["error"]) == {"code", "message", "id"}
        assert "canary" not in answer.text


def test_clients_that_leave_stop_their_work_and_are_counted(server: Served) -> None:
    before = server.numbers()["upshot_ended_total/cancelled"]
    gone = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(16)]
    for connection in gone:
        connection.sendall(HEAD + f"Content-Length: {len(BUSY)}\r\n\r\n{BUSY}".encode())
    until(lambda: server.numbers()["upshot_in_flight"] == 16)
    left = time.monotonic()
    for connection in gone:
        connection.close()
    until(lambda: server.numbers()["upshot_in_flight"] == 0)
    assert server.numbers()["upshot_ended_total/cancelled"] == before + 16
    assert server.summarize().status_code == 200
    assert time.monotonic() - left < 10  # half of what the model would have taken


def test_a_storm_of_clients_that_leave_at_once_leaves_nothing_behind(server: Served) -> None:
    for _ in range(300):
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(HEAD + f"Content-Length: {len(BUSY)}\r\n\r\n{BUSY}".encode())
    left = time.monotonic()  # the last of them may still come in; with other options nobody goes with them
    until(lambda: server.summarize(options={"bullets": True}).status_code == 200)
    until(lambda: server.numbers()["upshot_in_flight"] == 0)
    assert time.monotonic() - left < 10  # half of what the model would have taken


def test_a_client_that_leaves_in_the_middle_of_a_body_or_a_stream_is_no_trouble(server: Served) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(HEAD + b"Content-Length: 50\r\n\r\n{")
    body = BUSY.replace("}", ', "stream": true}').encode()
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        assert begun_status(connection) == 200
    until(lambda: server.numbers()["upshot_in_flight"] == 0)
    assert server.summarize(TALK).status_code == 200


def test_every_answer_has_the_headers_that_protect_a_browser(server: Served) -> None:
    answers = [server.client.get(path) for path in ("/healthz", "/docs", "/nowhere", "/docs/reference.css")]
    answers += [server.client.post("/v1/summarize"), server.summarize()]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert "server" not in answer.headers
    raw = server.raw(b"nonsense\r\n\r\n")
    assert b"x-content-type-options: nosniff" in raw


def test_the_page_its_pieces_streams_and_refusals_have_them_too(server: Served) -> None:
    paths = ("/", "/?sample=clinic", "/assets/page.js", "/assets/none", "/openapi.json", "/v1/models", "/metrics")
    answers = [server.client.get(path) for path in paths]
    answers += [server.client.post(path, data={"text": TALK}) for path in ("/", "/page/summary", "/page/turns")]
    answers += [
        server.client.post("/", data={"text": "a" * 800_000}),
        server.client.delete("/"),
        server.client.head("/"),
    ]
    answers += [server.summarize(stream=True), server.client.get("/", headers={"host": "evil.example"})]
    assert {answer.status_code for answer in answers} == {200, 400, 404, 405, 413}
    for answer in answers:
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] in (
            "no-referrer",
            "same-origin",
        )  # forms of the page say whose they are
        assert answer.headers["cache-control"] in ("no-store", "no-cache")
        assert len(answer.headers["x-request-id"]) == 16
        assert not [name for name in answer.headers if name.startswith("access-control") or name == "server"]
