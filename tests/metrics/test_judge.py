"""The judge, against a real server on this machine: what is sent, what is read, and what never leaves."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from upshot.errors import ModelError, UsageError
from upshot.metrics.judge import Endpoint, checked_address, judge, read_mark

Answer = Callable[[dict[str, Any]], tuple[int, bytes]]


@contextmanager
def server(answer: Answer) -> Iterator[tuple[str, list[tuple[str, dict[str, str], dict[str, Any]]]]]:
    """The address of a server that answers so, and the requests that it got: path, headers, body."""
    got: list[tuple[str, dict[str, str], dict[str, Any]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            got.append((self.path, dict(self.headers), body))
            status, content = answer(body)
            self.send_response(status)
            if status in (301, 302, 307, 308):
                self.send_header("Location", "http://example.invalid/v1/chat/completions")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """No line on standard error."""

    listening = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.server_port}/v1", got
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()


def saying(*texts: str) -> Answer:
    """Answers in turn, the last one for ever."""
    left = list(texts)
    return lambda _: (200, reply(left.pop(0) if len(left) > 1 else left[0]))


def reply(text: Any) -> bytes:
    return json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]}).encode()


def test_a_mark_becomes_a_number_and_the_request_holds_conversation_summary_and_model() -> None:
    with server(saying("4")) as (address, got):
        scorer = judge(Endpoint(address, "tiny-judge", key="secret"), repeats=3)
        assert scorer.score("Ann: {hypothesis} é", "Ann talks {source}.", []) == 0.75
    ((path, headers, body),) = got
    assert (path, headers["Authorization"], body["model"]) == ("/v1/chat/completions", "Bearer secret", "tiny-judge")
    (message,) = body["messages"]
    assert "Ann: {hypothesis} é" in message["content"]
    assert "Ann talks {source}." in message["content"]
    assert (scorer.repeats, scorer.needs, scorer.provenance["model"]) == (3, {"source"}, "tiny-judge")
    assert "{source}" in scorer.provenance["prompt"]
    assert "secret" not in json.dumps(dict(scorer.provenance))


def test_no_key_sends_no_authorization() -> None:
    with server(saying("1")) as (address, got):
        assert judge(Endpoint(address, "m"), repeats=1).score("a", "b", []) == 0.0
    assert "Authorization" not in got[0][1]


def test_a_reply_without_a_mark_is_asked_for_again_and_then_an_error_and_never_a_number() -> None:
    with server(saying("Hm, let me see", "5")) as (address, got):
        assert judge(Endpoint(address, "m"), repeats=1).score("a", "b", []) == 1.0
        assert len(got) == 2
    with server(saying("I cannot judge this.")) as (address, got):
        with pytest.raises(ModelError, match="3 replies without a mark from 1 to 5, the last was 'I cannot judge"):
            judge(Endpoint(address, "m"), repeats=1).score("a", "b", [])
        assert len(got) == 3


@pytest.mark.parametrize(
    ("status", "content", "words"),
    [
        (500, b"no memory", "answers with status 500 \\(no memory\\)"),
        (307, b"", "answers with status 307"),
        (302, b"", "answers with status 302"),
        (200, b"<html>", "not that of an OpenAI-compatible chat endpoint"),
        (200, b'{"choices": []}', "not that of an OpenAI-compatible chat endpoint"),
        (200, b'{"choices": [{"message": {"content": null}}]}', "not that of an OpenAI-compatible chat endpoint"),
    ],
)
def test_an_answer_that_is_none_is_an_error_and_a_redirect_is_not_followed(
    status: int, content: bytes, words: str
) -> None:
    with server(lambda _: (status, content)) as (address, got):
        with pytest.raises(ModelError, match=words):
            judge(Endpoint(address, "m"), repeats=1).score("a", "b", [])
        assert len(got) == 1


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with server(saying("2")) as (address, _):
        assert judge(Endpoint(address, "m"), repeats=1).score("a", "b", []) == 0.25


def test_a_judge_that_is_not_there_says_so() -> None:
    with server(saying("1")) as (address, _):
        pass
    with pytest.raises(ModelError, match="the judge does not answer"):
        judge(Endpoint(address, "m"), repeats=1).score("a", "b", [])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.8.8.8", "[::1]", "LOCALHOST"])
def test_this_machine_needs_no_leave(host: str) -> None:
    assert checked_address(f"http://{host}:8080/v1", allow_remote=False).port == 8080


@pytest.mark.parametrize(
    "address",
    [
        "https://api.example.com/v1",
        "http://127.0.0.1@example.com/v1",
        "http://127.0.0.1.example.com/v1",
        "http://localhost.example.com/v1",
        "http://0.0.0.0:80/v1",
        "http://192.168.1.4:8080/v1",
        "http://[2001:db8::1]/v1",
    ],
)
def test_another_machine_needs_leave(address: str) -> None:
    with pytest.raises(UsageError, match="is not this machine: your conversations would be sent there"):
        judge(Endpoint(address, "m"), repeats=1)
    assert judge(Endpoint(address, "m"), repeats=1, allow_remote=True).name == "judge"


@pytest.mark.parametrize(
    "address", ["ftp://127.0.0.1/x", "127.0.0.1:8080", "http://", "http://[::1/v1", "http://a:99999"]
)
def test_what_is_no_http_address_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match="expected such as http"):
        checked_address(address, allow_remote=True)


def test_a_judge_without_a_model_or_never_asked_is_refused() -> None:
    with pytest.raises(UsageError, match="--judge-model"):
        judge(Endpoint("http://localhost/v1", ""), repeats=1)
    with pytest.raises(UsageError, match="not 0 times"):
        judge(Endpoint("http://localhost/v1", "m"), repeats=0)


@pytest.mark.parametrize(
    ("text", "mark"),
    [("3", 3), (" 5.\n", 5), ("**4**", 4), ("Mark: 2/5", 2), ("0", None), ("6", None), ("45", None), ("3.5", None),
     ("", None), ("1 or 2", None), ("10/5", None), ("4 of 10", None)],
)  # fmt: skip
def test_a_mark_is_read_only_where_there_is_one(text: str, mark: int | None) -> None:
    assert read_mark(text) == mark
