"""Long campaigns against the server: rows S3, S5, S6, S19, S23 and S24 of the list of faults; `make soak` runs them.

They take five minutes; with UPSHOT_SOAK=full each lasts as long as its row asks, which is three quarters of an hour.
Figures are printed (`-s` shows them); those in time hold on a machine that has nothing else to do.
"""

import asyncio
import json
import socket
import time
from collections import Counter
from contextlib import ExitStack

import pytest

from serve.apart import Apart, apart_and_ready
from serve.campaign import (
    Chaos,
    SlowClients,
    Told,
    asked,
    at_rate,
    call,
    lasting,
    posted,
    quantile,
    talk,
    watching,
)
from serve.serving import TALK, WAIT_S, answer_status, metrics_of, until
from upshot.serve.limits import Limits

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]


def one_client(server: Apart, calls: int) -> list[float]:
    """Seconds of calls one after another."""
    took = []
    for number in range(calls):
        began = time.monotonic()
        assert server.summarize(talk(number)).status_code == 200
        took.append(time.monotonic() - began)
    return took


def test_s3_two_hundred_calls_a_second_cost_no_memory_and_no_health() -> None:
    seconds = lasting(40, 120)

    async def load(port: int) -> tuple[list[Told], list[Told]]:
        calls = at_rate(port, 200, seconds, lambda number: posted("/v1/summarize", {"text": talk(number)}))
        found = await asyncio.gather(calls, at_rate(port, 10, seconds, lambda _: asked("/healthz")))
        return found[0], found[1]

    with apart_and_ready(limits=Limits(together=1), fifty="50") as server:
        alone = one_client(server, 40)
        before = server.kilobytes()
        calls, health = asyncio.run(load(server.port))
        grown = (server.kilobytes() - before) / 1024
        back = until(lambda: server.summarize().status_code == 200)
        again = one_client(server, 40)
        statuses, p99 = Counter(told.status for told in calls), quantile([told.took_s for told in health], 0.99)
        print(f"\nS3: {seconds:g} s, {dict(statuses)}; memory {grown:+.1f} MB; health p99 {1000 * p99:.0f} ms")
        print(f"S3: back after {back:.2f} s; one client {quantile(alone, 0.5):.3f} -> {quantile(again, 0.5):.3f} s")
        assert set(statuses) == {200, 429}
        assert statuses[200] >= 0.9 * 20 * seconds
        assert {told.status for told in health} == {200}
        assert grown <= 20
        assert p99 <= 0.1
        assert back <= 2
        assert quantile(again, 0.5) <= quantile(alone, 0.5) + 0.01
        assert "Traceback" not in server.log


def test_s5_five_hundred_slow_clients_are_closed_in_time_and_hinder_nobody() -> None:
    seconds = lasting(30, 60)

    async def good(port: int, lasts_s: float) -> tuple[list[Told], list[Told]]:
        calls = at_rate(port, 5, lasts_s, lambda number: posted("/v1/summarize", {"text": talk(number)}))
        found = await asyncio.gather(calls, at_rate(port, 5, lasts_s, lambda _: asked("/healthz")))
        return found[0], found[1]

    with apart_and_ready(fifty="50") as server:
        asyncio.run(good(server.port, 1))  # before any measure: what is loaded at the first call
        alone, _ = asyncio.run(good(server.port, seconds / 3))
        level = server.descriptors()
        with SlowClients(server.port, 500) as slow:
            calls, health = asyncio.run(good(server.port, seconds))
        times = [[told.took_s for told in found] for found in (alone, calls)]
        before, p99 = (quantile(took, 0.99) for took in times)
        longest, count = [max(lives) for lives in slow.lives], sum(map(len, slow.lives))
        print(f"\nS5: {seconds:g} s, {count} slow connections, the longest of each kind {longest} s")
        print(f"S5: good clients p99 {1000 * before:.0f} -> {1000 * p99:.0f} ms of {len(calls)} calls")
        assert {told.status for told in (*calls, *health)} == {200}
        assert max(longest) <= 11.5  # looked at twice a second
        assert quantile(times[1], 0.9) <= 1.2 * quantile(times[0], 0.9) + 0.01  # the last hundredth is one or two calls
        assert p99 <= 1
        until(lambda: server.descriptors() <= level)
        assert "Traceback" not in server.log


def health_beside(server: Apart, what: str) -> None:
    """Nothing; health was asked fifty times, each time on a new connection, and answered at once."""
    took = [asyncio.run(call(server.port, asked("/healthz"))) for _ in range(50)]
    print(f"\nS6: beside 256 {what} connections, health in at most {1000 * max(told.took_s for told in took):.0f} ms")
    assert {told.status for told in took} == {200}
    assert max(told.took_s for told in took) <= 1


def test_s6_health_and_calls_are_answered_beside_as_many_idle_connections_as_are_taken() -> None:
    with apart_and_ready(limits=Limits(keep_alive_s=60)) as server, ExitStack() as stack:
        for _ in range(256):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=WAIT_S))
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert answer_status(connection) == 200
        health_beside(server, "idle")
        assert asyncio.run(call(server.port, posted("/v1/plan", {"text": TALK}))).status == 200


def test_s6_health_is_answered_beside_as_many_busy_connections_as_are_taken() -> None:
    def in_flight(server: Apart) -> float:
        told = asyncio.run(call(server.port, asked("/metrics")))
        return metrics_of(told.body.decode())["upshot_in_flight"]

    with apart_and_ready(limits=Limits(together=1, waiting=300, request_s=120)) as server, ExitStack() as stack:
        for _ in range(300):  # one that has not asked yet makes place for the next, so some come in vain
            if in_flight(server) == 256:
                break
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=WAIT_S))
            connection.sendall(posted("/v1/summarize", {"text": "Ann: please take long"}))
        health_beside(server, "busy")
        refused = asyncio.run(call(server.port, posted("/v1/plan", {"text": TALK})))
        assert (refused.status, json.loads(refused.body)["error"]["code"]) == (503, "connections")


def of_all_kinds(number: int) -> bytes:
    """One call of many, so that every route is used: good ones, refused ones, a page, a stream, a model that fails."""
    text = talk(number)
    chat = {"model": "fifty", "messages": [{"role": "user", "content": text}]}
    kinds = (
        posted("/v1/summarize", {"text": text}),
        posted("/v1/summarize", {"text": text, "stream": True}),
        posted("/v1/summarize", {"conversations": [{"text": text}] * 3}),
        posted("/v1/plan", {"text": text}),
        posted("/v1/chat/completions", chat),
        posted("/v1/chat/completions", chat | {"stream": True}),
        posted("/models/fifty", {"inputs": text}),
        posted("/v1/summarize", {"text": text, "unknown": 1}),
        posted("/v1/summarize", {"text": "Ann: please raise"}),
        asked("/"),
        asked("/metrics"),
        asked("/nowhere"),
    )
    return kinds[number % len(kinds)]


def test_s19_half_an_hour_of_calls_leaves_memory_handles_and_threads_as_they_were() -> None:
    seconds = lasting(75, 1800)

    async def endure(server: Apart) -> tuple[list[Told], object]:
        await at_rate(server.port, 20, 10, of_all_kinds)  # what is loaded and grown once
        async with watching(server) as seen:
            return await at_rate(server.port, 5, seconds, of_all_kinds), seen

    with apart_and_ready(fifty="50") as server:
        workers = server.workers()
        calls, seen = asyncio.run(endure(server))
        statuses = Counter(told.status for told in calls)
        print(
            f"\nS19: {seconds:g} s, {dict(statuses)}; memory {seen.drift():+.1%} of {max(seen.kilobytes) / 1024:.0f} MB"
        )
        print(f"S19: descriptors {seen.levels('descriptors')}, threads {seen.levels('threads')}")
        assert set(statuses) == {200, 404, 422, 500}
        assert statuses[500] == len([number for number in range(len(calls)) if number % 12 == 8])  # please raise
        assert seen.drift() <= 0.03
        assert len(set(seen.levels("descriptors"))) == 1
        assert len(set(seen.threads)) == 1
        assert server.workers() == workers
        assert "Traceback" not in server.log


def test_s23_a_hundred_clients_of_a_server_with_sixty_four_files() -> None:
    few = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))"
    seconds = lasting(15, 60)

    async def crowd(port: int) -> tuple[list[Told], list[Told]]:
        calls = at_rate(port, 20, seconds, lambda number: posted("/v1/summarize", {"text": talk(number)}))
        found = await asyncio.gather(calls, at_rate(port, 5, seconds, lambda _: asked("/healthz")))
        return found[0], found[1]

    with apart_and_ready(before=few, quick="5") as server:
        with SlowClients(server.port, 100):
            calls, health = asyncio.run(crowd(server.port))
        statuses = Counter(told.status for told in calls), Counter(told.status for told in health)
        print(f"\nS23: {seconds:g} s, calls {dict(statuses[0])}, health {dict(statuses[1])}")
        assert set(statuses[0]) <= {0, 200, 503}  # 0: a new connection that made place before it had asked anything
        assert set(statuses[1]) <= {0, 200}
        assert statuses[0][200] >= 0.5 * len(calls)
        assert statuses[1][200] >= 0.8 * len(health)
        assert one_client(server, 20)
        assert server.log.count("\n") == 1


def test_s24_a_proxy_that_spoils_everything_finds_no_fault_and_no_leak() -> None:
    seconds = lasting(60, 600)

    async def spoiled(server: Apart) -> tuple[list[Told], Chaos, object]:
        chaos = Chaos(server.port, seed=24)
        async with chaos.listening() as port:
            await at_rate(port, 20, 10, of_all_kinds)
            async with watching(server) as seen:
                return await at_rate(port, 20, seconds, of_all_kinds), chaos, seen

    with apart_and_ready(fifty="50") as server:
        one_client(server, 5)
        workers, level = server.workers(), server.descriptors()
        calls, chaos, seen = asyncio.run(spoiled(server))
        statuses = Counter(told.status for told in calls)
        print(f"\nS24: {seconds:g} s, {dict(statuses)}; the proxy {dict(chaos.did)}; memory {seen.drift():+.1%}")
        failed = [number for number, told in enumerate(calls) if told.status >= 500]
        assert {number % 12 for number in failed} <= {8}, {calls[number].body for number in failed}
        assert set(statuses) <= {0, 200, 404, 422, 429, 500}
        assert statuses[200] > statuses[0]
        for number, told in enumerate(calls):
            if number % 12 == 0 and told.status == 200:
                assert f"call number {number}" in json.loads(told.body)["summary"]  # and of nobody else
        until(lambda: server.numbers()["upshot_in_flight"] == 0)
        until(lambda: server.descriptors() <= level)
        assert seen.drift() <= 0.03
        assert len(set(seen.threads)) == 1
        assert server.workers() == workers
        assert server.numbers().get("upshot_refused_total/internal", 0) == 0
        assert "Traceback" not in server.log
        assert "failed" not in server.log
