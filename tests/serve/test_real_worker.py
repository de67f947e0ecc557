"""The server over a worker with a real model: rows X10, X18 and S21 of the list of faults."""

import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import httpx
import pytest

import used_arms
from payloads import PAYLOADS
from serve.page_payloads import assert_inert
from serve.serving import Served, served, until
from upshot.serve.limits import Limits
from upshot.serve.run import worker_command

ARM: Final = "</option><script>bad()</script>"
BUILTIN: Final = Path(__file__).parents[2] / "src/upshot/data/builtin/conversations.jsonl"
AUDITED: Final = """
import os, sys
trace = os.open(sys.argv.pop(1), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
def hear(event, arguments):
    if event.startswith(("open", "socket.", "urllib", "subprocess", "os.")):
        os.write(trace, f"{event} {arguments!r}\\n".encode("utf-8", "replace"))
sys.addaudithook(hear)
"""
EVENTS: Final = frozenset({"open", "socket.connect", "socket.getaddrinfo", "os.listdir", "os.scandir"})
WORKER: Final = AUDITED + "from upshot.serve import worker; worker.main()"


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("trace") / "worker"


@pytest.fixture(scope="module")
def server(trace: Path) -> Iterator[Served]:
    """A tiny float32 export in a worker of which every opened file and connection is written down."""
    command = [sys.executable, "-c", WORKER, str(trace), *worker_command({ARM: str(used_arms.exported())})[3:]]
    with served(limits=Limits(waiting=100, waiting_tokens=100_000), command=command) as found:
        yield found


def test_details_come_where_they_are_asked_for_and_the_page_hears_how_far_a_long_one_is(server: Served) -> None:
    plain, told = (
        server.client.post("/v1/summarize", json={"text": used_arms.TALK, "options": options}).json()
        for options in ({}, {"details": True})
    )
    assert (plain["certainty"], plain["alternative"]) == ([], None)
    assert [word["logprob"] < 0 for word in told["certainty"]] == [True] * len(told["certainty"])
    assert told["certainty"]
    assert told["summary"] == plain["summary"]
    answered = server.client.post(
        "/page/summary", data={"text": used_arms.LONG_TALK}, headers={"Accept": "text/event-stream"}
    )
    assert answered.headers["content-type"].startswith("text/event-stream")
    *heard, last = [json.loads(line[6:]) for line in answered.text.splitlines() if line.startswith("data: ")]
    done = [said["done"] for said in heard if said.get("kind") == "condensed"]
    assert done == sorted({*range(0, heard[-1]["total"], 4), heard[-1]["total"]})
    assert (last["status"], 'class="shades"' in last["html"]) == (200, True)


def test_payloads_stay_text_on_every_page_and_never_come_back_in_errors(server: Served) -> None:
    for payload in PAYLOADS:
        text = f"Ann{payload}: I say {payload}\nBo: {payload}"
        page = server.client.post("/", data={"text": text, "arm": ARM, "was": "Bo", "name": ""})
        assert page.status_code == 200
        assert_inert(page.text, scripts=1)
        answer = server.client.post("/v1/summarize", json={"turns": [{"text": payload}], "id": payload})
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"
        for body in ({"text": "Ann: Hi!", "arm": payload}, {"text": "Ann: Hi!", payload: 1}):
            refused = server.client.post("/v1/summarize", json=body)
            assert refused.status_code in (404, 422)
            assert payload not in json.dumps(refused.json(), ensure_ascii=False)
    assert_inert(server.client.get("/").text, scripts=1)
    assert ARM not in server.client.get("/docs").text


def test_addresses_in_a_conversation_are_never_asked_or_opened(server: Served, trace: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("Ann: nobody opens this")
    places = (
        "http://169.254.169.254/latest/meta-data/", "https://evil.example/x.png", f"file://{secret}", str(secret),
        "//evil.example/share", "smb://evil.example/a", "data:text/plain,hi", "gopher://127.0.0.1:6379/_INFO",
        "http://[::1]:22/", f"<img src='{secret}'>", f"{{% include '{secret}' %}}", "${jndi:ldap://evil.example/a}",
    )  # fmt: skip
    began = trace.stat().st_size
    assert began > 1000  # what was opened before was written down
    heard: list[str] = []
    sys.addaudithook(lambda event, given: heard.append(f"{event} {given}") if event in EVENTS else None)
    for place in places:
        for text in (f"Ann: look at {place}\nBo: I read {place}", place, f"NOTE {place}"):
            for path, body in (
                ("/v1/summarize", {"text": text}),
                ("/", {"inputs": text}),
                ("/v1/plan", {"text": text}),
            ):
                assert server.client.post(path, json=body).status_code == 200
            assert server.client.post("/", data={"text": text}).status_code == 200
    httpx.get(f"{server.url}/healthz")
    own = [event for event in heard if not event.endswith(f"('127.0.0.1', {server.port}))")]
    assert len(own) < len(heard)  # the server's thread is heard, and so is this test
    assert not [event for event in own if event.startswith("socket.connect")]
    assert not [place for place in (*places, "secret.txt", "evil.example", "169.254") if place in "\n".join(own)]
    written = trace.read_text(encoding="utf-8")
    assert not [line for line in written.splitlines() if line.startswith(("socket.", "subprocess", "os.system"))]
    assert not [place for place in (*places, "secret.txt", "evil.example", "169.254") if place in written[began:]]


def test_a_dialogue_alone_and_in_a_full_batch_gives_the_same_text(server: Served) -> None:
    texts = [json.loads(line)["dialogue"] for line in BUILTIN.read_text(encoding="utf-8").splitlines()][:96]
    assert len(texts) == 96
    alone = [server.summarize(text).json() for text in texts]

    def ask(some: list[str]) -> httpx.Response:
        return server.client.post("/v1/summarize", json={"conversations": [{"text": text} for text in some]})

    with ThreadPoolExecutor(6) as clients:
        answers = list(clients.map(ask, [texts[start : start + 16] for start in range(0, 96, 16)]))
    together = [item for answer in answers for item in answer.json()]
    assert [item["summary"] for item in together] == [item["summary"] for item in alone]
    assert len({item["summary"] for item in alone}) > 1
    assert [item["confidence"]["logprob"] for item in together] == pytest.approx(
        [item["confidence"]["logprob"] for item in alone], abs=1e-4
    )
    until(lambda: server.numbers()["upshot_in_flight"] == 0)
