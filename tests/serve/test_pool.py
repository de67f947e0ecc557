"""The queue: rows S2, S4, S18 and S21 with a model of known speed."""

import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx

from serve.serving import TALK, WAIT_S, Gate, Served, served, until
from upshot.serve.limits import Limits


def test_thirty_two_clients_get_answers_in_time_or_are_refused_at_once() -> None:
    took: dict[int, list[float]] = {200: [], 429: []}
    until_s = 3.0

    def ask(server: Served, began: float) -> None:
        with httpx.Client(base_url=server.url, timeout=60) as client:
            while time.monotonic() - began < until_s:
                start = time.monotonic()
                answer = client.post("/v1/summarize", json={"text": TALK})
                took[answer.status_code].append(time.monotonic() - start)
                if answer.status_code == 429:
                    assert answer.headers["retry-after"] == "1"
                    time.sleep(0.2)

    with served(limits=Limits(together=1), fifty="50") as server:
        began = time.monotonic()
        with ThreadPoolExecutor(32) as clients:
            list(clients.map(lambda _: ask(server, began), range(32)))
        lasted = time.monotonic() - began
    good, refused = sorted(took[200]), sorted(took[429])
    one = lasted / len(good)  # 50 ms on a machine of one's own; bench/serve.py has the figures
    assert good[int(0.99 * len(good))] <= 2 * 17 * one
    assert refused[len(refused) // 2] <= good[len(good) // 2] / 3


@contextmanager
def held_back(
    gate: Gate, limits: Limits | None = None
) -> Iterator[tuple[Served, ThreadPoolExecutor, Future[httpx.Response]]]:
    """A server whose model has one conversation and waits for the gate, clients, and the call of that conversation."""
    gate.open()
    with served(limits=limits, slow=gate.place) as server, ThreadPoolExecutor(20) as clients:
        gate.close()
        try:
            first = clients.submit(server.summarize)
            until(lambda: server.numbers()["upshot_in_flight"] == 1)
            yield server, clients, first
        finally:
            gate.open()


@contextmanager
def asking(server: Served, text: str) -> Iterator[None]:
    """A client that has asked for a summary and leaves without it at the end of the block."""
    body = json.dumps({"text": text}).encode()
    head = f"POST /v1/summarize HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(head.encode() + b"Content-Type: application/json\r\n\r\n" + body)
        yield


def test_conversations_that_wait_go_to_the_model_together(tmp_path: Path) -> None:
    gate = Gate(tmp_path / "open")
    with held_back(gate) as (server, clients, first):
        calls = [clients.submit(server.summarize, f"Ann: number {n}") for n in range(16)]
        until(lambda: server.numbers()["upshot_waiting"] == 16)
        gate.open()
        assert first.result().status_code == 200
        assert [call.result().json()["summary"] for call in calls] == [f"number {n}" for n in range(16)]
        assert server.pool._batches == 2


def test_a_batch_counts_as_many_and_options_part_batches(tmp_path: Path) -> None:
    many = {"conversations": [{"text": TALK}] * 10}
    gate = Gate(tmp_path / "open")
    with held_back(gate) as (server, clients, busy):
        waiting = clients.submit(lambda: server.client.post("/v1/summarize", json=many))
        until(lambda: server.numbers()["upshot_waiting"] == 10)
        assert server.client.post("/v1/summarize", json=many).status_code == 429
        fits = clients.submit(lambda: server.summarize(options={"bullets": True}))
        until(lambda: server.numbers()["upshot_waiting"] == 11)
        gate.open()
        assert [item.result().status_code for item in (busy, waiting, fits)] == [200, 200, 200]
        assert server.numbers()["upshot_refused_total/full"] == 1
        assert server.numbers()["upshot_accepted_total"] == 12
        assert server.pool._batches == 3


def test_long_texts_wait_only_while_there_is_room_for_their_tokens(tmp_path: Path) -> None:
    long = "Ann: " + "word " * 4000
    gate = Gate(tmp_path / "open")
    with held_back(gate) as (server, clients, busy):
        waits = clients.submit(lambda: server.summarize(long))
        until(lambda: server.numbers()["upshot_waiting"] == 1)
        assert server.summarize(long).status_code == 429
        gate.open()
        assert [item.result().status_code for item in (busy, waits)] == [200, 200]


def test_counters_add_up_at_every_scrape_whatever_happens() -> None:
    stop, sums = threading.Event(), []
    bodies = [{"text": TALK}, {"text": "Ann: please raise"}, {"text": "Ann: please take long"}, {"text": " "}]

    def scrape(server: Served) -> None:
        while not stop.is_set():
            found = server.numbers()
            ended = sum(found[f"upshot_ended_total/{how}"] for how in ("ok", "failed", "cancelled", "timed_out"))
            sums.append(found["upshot_accepted_total"] - ended - found["upshot_in_flight"])

    def ask(server: Served, number: int) -> int:
        patience = 0.1 if number % 3 == 0 else WAIT_S
        try:
            return httpx.post(f"{server.url}/v1/summarize", json=bodies[number % 4], timeout=patience).status_code
        except httpx.TimeoutException:
            return 0

    with served(limits=Limits(request_s=0.3, cancel_s=0.2), quick="20") as server:
        watcher = threading.Thread(target=scrape, args=(server,))
        watcher.start()
        with ThreadPoolExecutor(8) as clients:
            statuses = Counter(clients.map(lambda number: ask(server, number), range(60)))
        stop.set()
        watcher.join()
        until(lambda: server.numbers()["upshot_in_flight"] == 0)
        until(lambda: server.summarize().status_code == 200)
        assert server.summarize("Ann: please raise").status_code == 500
    assert len(sums) > 5
    assert set(sums) == {0.0}
    assert {422, 504} <= set(statuses) <= {0, 200, 422, 429, 500, 503, 504}


def test_plans_go_before_summaries_that_wait(tmp_path: Path) -> None:
    gate, long = Gate(tmp_path / "open"), "Ann: please take long"
    with held_back(gate, Limits(together=1)) as (server, clients, first):
        with asking(server, long), asking(server, long), asking(server, long):
            until(lambda: server.numbers()["upshot_waiting"] == 3)
            plan = clients.submit(lambda: server.client.post("/v1/plan", json={"text": TALK}))
            until(lambda: server.numbers()["upshot_waiting"] == 4)
            gate.open()
            assert plan.result().status_code == 200
            assert server.numbers()["upshot_in_flight"] == 3  # all that waited longer
        assert first.result().status_code == 200


def test_a_request_of_more_than_can_ever_wait_is_not_told_to_come_again() -> None:
    many = {"conversations": [{"text": TALK}] * 5}
    with served(limits=Limits(waiting=4)) as server:
        answer = server.client.post("/v1/summarize", json=many)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "too_many")
        assert "at most 4" in answer.json()["error"]["message"]


def test_a_long_conversation_delays_nobody_who_waits_with_it(tmp_path: Path) -> None:
    gate, long = Gate(tmp_path / "open"), "Ann: please take long\nBen: yes\n" * 200
    with held_back(gate, Limits(waiting_tokens=50_000)) as (server, clients, first):
        before = clients.submit(server.summarize)
        until(lambda: server.numbers()["upshot_waiting"] == 1)
        with asking(server, long):
            until(lambda: server.numbers()["upshot_waiting"] == 2)
            behind = [clients.submit(server.summarize) for _ in range(2)]
            until(lambda: server.numbers()["upshot_waiting"] == 4)
            gate.open()
            assert [call.result().status_code for call in (first, before, *behind)] == [200] * 4
            assert server.numbers()["upshot_in_flight"] == 1  # the long one
