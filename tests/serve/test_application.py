"""The whole server: its description holds, nothing of a conversation leaks, no page is served that is not ours."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import html5lib
import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from command import environment
from serve.serving import WAIT_S, Served, fake_command, served, until
from upshot.answers.answer import Answer
from upshot.serve.admission import Access
from upshot.serve.application import create_app, guarded
from upshot.serve.limits import Limits
from upshot.serve.pool import Pool

CANARY: Final = "xyzzycanary"
CONTRACT: Final = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)
BOUNDED: Final = settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
DEBUGGING: Final = """
import sys
from upshot.serve import run
from upshot.serve.limits import Limits
run.log_to_stderr(True)
say = lambda url: print(url, flush=True)
run.run(run.Address(port=0), sys.argv[1:], limits=Limits(), access=run.Access(), say=say)
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served(fast="1", other="1") as found:
        yield found


def test_health_readiness_and_schema_are_told(server: Served) -> None:
    assert server.client.get("/healthz").json() == {"status": "ok"}
    assert server.client.get("/readyz").json() == {"status": "ready"}
    assert server.client.get("/v1/schema").json() == json.loads(json.dumps(Answer.model_json_schema()))
    assert server.client.get("/metrics").headers["content-type"].startswith("text/plain; version=0.0.4")


def test_the_page_of_the_routes_is_whole_and_needs_no_other_server(server: Served) -> None:
    page = server.client.get("/docs").text
    html5lib.HTMLParser(strict=True).parse(page)
    for path in server.client.get("/openapi.json").json()["paths"]:
        assert path in page
    assert not re.findall(r"https?://", page)
    assert server.client.get("/docs/reference.css").headers["content-type"].startswith("text/css")


@pytest.mark.parametrize(
    "path",
    [
        "/static/../../etc/passwd",
        "/docs/../../etc/passwd",
        "/docs/%2e%2e/run.py",
        "/docs/%252e%252e%252frun.py",
        "//etc",
        "/docs/",
    ],
)
def test_nothing_but_routes_is_served(server: Served, path: str) -> None:
    assert b" 404 " in server.raw(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())


def test_errors_tell_no_trace_path_or_version(server: Served) -> None:
    answers = [server.client.get("/nowhere"), server.client.put("/v1/plan"), server.summarize("Ann: please raise")]
    for answer in answers:
        assert set(answer.json()["error"]) == {"code", "message", "id"}
        assert not re.search(
            r"Traceback|\.py|/work|upshot \d|uvicorn|fastapi|starlette", answer.text + str(answer.headers)
        )


def test_a_fault_of_ours_is_a_typed_error_and_its_words_stay_out_of_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    pool = Pool(fake_command(), Limits())
    app = create_app(pool)

    @app.get("/fault")
    async def fault() -> None:
        raise RuntimeError(CANARY)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(guarded(app, pool, Access()))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get("/fault")

    answer = asyncio.run(ask())
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal")
    assert answer.json()["error"]["id"] in caplog.text
    assert "RuntimeError in fault" in caplog.text
    assert CANARY not in caplog.text + answer.text


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_clients_generated_from_the_description_find_no_fault_and_no_breach(
    server: Served, mode: GenerationMode
) -> None:
    schema = schemathesis.openapi.from_url(f"{server.url}/openapi.json")
    met = []
    for operation in (result.ok() for result in schema.get_all_operations()):
        if mode is GenerationMode.NEGATIVE and operation.method != "post":  # nothing to get wrong
            continue
        BOUNDED(given(case=operation.as_strategy(generation_mode=mode))(_holds_the_contract))()
        met.append(operation.label)
    assert len(met) >= 5


def _holds_the_contract(case: Any) -> None:
    case.call_and_validate(checks=CONTRACT)


def calls_with_a_canary() -> list[tuple[str, str, dict[str, Any]]]:
    """Calls of all kinds, good and bad, each with the canary somewhere."""
    talk = f"Ann: {CANARY} is my number\nBen: I wrote down {CANARY}"
    chat = {"model": "fast", "messages": [{"role": "user", "content": talk}]}
    bodies: list[tuple[str, Any]] = [
        ("/v1/summarize", {"text": talk, "id": CANARY, "consent": CANARY}),
        ("/v1/summarize", {"text": talk, "stream": True}),
        ("/v1/summarize", {"conversations": [{"text": talk}] * 3}),
        ("/v1/summarize", {"turns": [{"speaker": CANARY, "text": talk}]}),
        ("/v1/summarize", {"turns": [{"speaker": f"{CANARY}: x", "text": talk}]}),
        ("/v1/summarize", {"text": f"{talk} please raise"}),
        ("/v1/summarize", {"text": f"{talk} please be nan"}),
        ("/v1/summarize", {"text": talk, "arm": CANARY}),
        ("/v1/summarize", {"text": talk, f"{CANARY} is a key": 1}),
        ("/v1/summarize", {"text": talk, "options": {"speakers": CANARY}}),
        ("/v1/summarize", {"text": talk * 2000}),
        ("/v1/plan", {"text": talk}),
        ("/v1/chat/completions", chat),
        ("/v1/chat/completions", chat | {"stream": True}),
        ("/v1/chat/completions", chat | {"n": 2}),
        ("/models/fast", {"inputs": talk}),
        ("/", {"inputs": [talk, talk]}),
        (f"/models/{CANARY}", {"inputs": talk}),
        (f"/{CANARY}?q={CANARY}", {"text": talk}),
    ]
    calls: list[tuple[str, str, dict[str, Any]]] = [("POST", path, {"json": body}) for path, body in bodies]
    plain = {"content-type": "application/json"}
    for body in (f"{talk}", f'{{"text": "{CANARY}", "text": 1}}', f'{{"text": "{CANARY}'):
        calls.append(("POST", "/v1/summarize", {"content": body.encode(), "headers": plain}))
    calls.append(("POST", "/v1/summarize", {"data": {"text": talk}}))
    calls.append(("GET", "/v1/models", {"headers": {"host": CANARY}}))
    calls.append(("GET", "/v1/models", {"headers": {"origin": f"http://{CANARY}", "authorization": CANARY}}))
    return calls


def test_a_canary_in_three_hundred_calls_is_in_no_output_file_or_metric(tmp_path: Path) -> None:
    command = [sys.executable, "-c", DEBUGGING, *fake_command(fast="1")]
    given = environment() | {"TMPDIR": str(tmp_path), "HOME": str(tmp_path)}
    with subprocess.Popen(
        command, cwd=tmp_path, env=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        statuses, metrics = call_with_a_canary(process.stdout.readline().strip())
        process.terminate()
        out, err = process.communicate(timeout=WAIT_S)
    assert {200, 400, 403, 404, 415, 422, 500} <= statuses
    assert err.count("status 200 after") >= 100  # the debug log was on
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    written = [out, err, metrics, *(f"{path} {path.read_bytes()!r}" for path in files)]
    assert not [text for text in written if CANARY in text]


def call_with_a_canary(url: str) -> tuple[set[int], str]:
    """Statuses of three hundred calls, and the metrics after them."""
    kinds, statuses = calls_with_a_canary(), set()
    with httpx.Client(base_url=url, timeout=WAIT_S) as client:
        until(lambda: client.get("/readyz").status_code == 200)
        for number in range(300):
            method, path, content = kinds[number % len(kinds)]
            answer = client.request(method, path, **content)
            statuses.add(answer.status_code)
            assert answer.status_code == 200 or CANARY not in answer.text
        return statuses, client.get("/metrics").text
