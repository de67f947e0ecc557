"""Workers that die or hang are replaced, and given up on at last: rows S14 and S15."""

import asyncio
import os
import shlex
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from serve.serving import TALK, WAIT_S, Gate, Served, fake_command, served, until
from upshot.errors import ModelError
from upshot.serve.keeper import Keeper
from upshot.serve.limits import Limits


def kill_worker(server: Served) -> None:
    process = server.pool.keeper._process
    assert process
    os.kill(process.pid, signal.SIGKILL)


def test_waiting_calls_are_refused_when_the_worker_is_killed_and_it_comes_back(tmp_path: Path) -> None:
    gate = Gate(tmp_path / "open")
    gate.open()
    with served(limits=Limits(together=1), slow=gate.place) as server, ThreadPoolExecutor(4) as threads:
        calls = [threads.submit(server.summarize, "Ann: please take long") for _ in range(4)]
        until(lambda: server.numbers()["upshot_waiting"] == 3)
        gate.close()
        died = time.monotonic()
        kill_worker(server)
        answers = [call.result() for call in calls]
        assert time.monotonic() - died < 10  # half of what the model would have taken
        assert [answer.json()["error"]["code"] for answer in answers] == ["worker_died"] * 4
        assert all(answer.status_code == 503 and answer.headers["retry-after"] for answer in answers)
        assert server.client.get("/readyz").status_code == 503
        assert server.client.get("/healthz").status_code == 200
        assert server.summarize().json()["error"]["code"] == "not_ready"
        gate.open()
        until(lambda: server.client.get("/readyz").status_code == 200)


def test_a_model_that_hangs_is_504_at_the_deadline_and_is_replaced() -> None:
    with served(limits=Limits(request_s=0.6, cancel_s=0.1)) as server:
        began = time.monotonic()
        answer = server.summarize("Ann: please hang")
        assert (answer.status_code, answer.json()["error"]["code"]) == (504, "timeout")
        assert 0.5 < time.monotonic() - began < 30  # half of what the model hangs
        until(lambda: server.summarize(TALK).status_code == 200)
        assert not server.pool.keeper.given_up.is_set()
        assert server.numbers()["upshot_ended_total/timed_out"] >= 1


def test_what_kills_the_worker_again_and_again_ends_the_keeper() -> None:
    async def live() -> int:
        heard: list[object] = []
        keeper = Keeper(fake_command(), Limits(), heard.append)
        deaths: list[float] = []

        def lost() -> None:
            deaths.append(time.monotonic())

        keeper.lost = lost
        await keeper.open()
        while not keeper.given_up.is_set():
            await asyncio.sleep(0.01)
            if keeper.ready:
                assert keeper._process
                keeper._process.kill()
                keeper.ready = False
        await keeper.close()
        return len(deaths)

    assert asyncio.run(asyncio.wait_for(live(), WAIT_S)) == 3


def test_a_worker_that_cannot_start_again_ends_the_keeper_too(tmp_path: Path) -> None:
    async def live() -> None:
        keeper = Keeper(fake_command(fast=f"once:{tmp_path / 'opened'}"), Limits(), lambda _: None)
        await keeper.open()
        keeper.replace()
        await asyncio.wait_for(keeper.given_up.wait(), WAIT_S)
        await keeper.close()

    asyncio.run(live())


def test_an_arm_that_is_not_there_is_told() -> None:
    async def live() -> None:
        await Keeper(fake_command(bad="absent"), Limits(), lambda _: None).open()

    with pytest.raises(ModelError, match="absent: no such folder"):
        asyncio.run(live())


def test_a_worker_that_ends_before_it_has_opened_anything_is_told() -> None:
    async def live() -> None:
        await Keeper(["false"], Limits(), lambda _: None).open()

    with pytest.raises(ModelError, match="ended while it opened"):
        asyncio.run(live())


def test_a_worker_that_cannot_be_started_is_told_instead_of_waited_for() -> None:
    async def live() -> None:
        await asyncio.wait_for(Keeper(["/no/such/command"], Limits(), lambda _: None).open(), WAIT_S)

    with pytest.raises(ModelError, match="ended while it opened"):
        asyncio.run(live())


def test_a_worker_that_can_never_be_started_again_ends_the_keeper(tmp_path: Path) -> None:
    command = tmp_path / "worker"
    command.write_text(f"#!/bin/sh\nexec {shlex.join(fake_command())}\n")
    command.chmod(0o700)

    async def live() -> None:
        keeper = Keeper([str(command)], Limits(), lambda _: None)
        await keeper.open()
        command.unlink()
        keeper.replace()
        await asyncio.wait_for(keeper.given_up.wait(), WAIT_S)
        await keeper.close()

    asyncio.run(live())


def test_closing_while_a_worker_is_started_leaves_none_behind() -> None:
    async def live() -> int | None:
        keeper = Keeper(fake_command(), Limits(), lambda _: None)
        await keeper.open()
        keeper.replace()
        while keeper._killed:  # until a new one is about to be started
            await asyncio.sleep(0)
        old = keeper._process
        await asyncio.wait_for(keeper.close(), WAIT_S)
        assert keeper._process
        assert keeper._process is not old
        return await asyncio.wait_for(keeper._process.ended(), WAIT_S)

    assert asyncio.run(live()) == -signal.SIGKILL
