"""From an address to the end: rows S16 and S17, and the worker's third death."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from command import environment
from serve.serving import TALK, WAIT_S, fake_command, until
from upshot.errors import UsageError
from upshot.serve.run import Address, access_of, bound, worker_command

SCRIPT = """
import sys
from upshot.errors import UpshotError
from upshot.serve import run
from upshot.serve.limits import Limits
address, command = run.Address(port=int(sys.argv[1])), [sys.executable, *sys.argv[2:]]
access, limits = run.access_of(address, None, []), Limits(together=1, drain_s=2.0)
try:
    run.run(address, command, limits=limits, access=access, say=print)
except UpshotError as error:
    print(error, file=sys.stderr)
    sys.exit(error.exit_code)
"""


@contextmanager
def running(*, port: int = 0, **arms: str) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    """A server as a process of its own, and a client of it."""
    command = [sys.executable, "-u", "-c", SCRIPT, str(port), *fake_command(**arms)[1:]]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    ) as process:
        try:
            assert process.stdout
            url = process.stdout.readline().strip()
            with httpx.Client(base_url=url or "http://none", timeout=WAIT_S) as client:
                yield process, client
        finally:
            process.kill()


def ready(client: httpx.Client) -> bool:
    return client.get("/readyz").status_code == 200


def test_a_signal_drains_and_a_server_that_drained_ends_with_zero() -> None:
    with running(slow="500") as (process, client), ThreadPoolExecutor(9) as threads:
        until(lambda: ready(client))
        calls = [threads.submit(client.post, "/v1/summarize", json={"text": TALK}) for _ in range(9)]
        until(lambda: "upshot_waiting 8.0" in client.get("/metrics").text)
        process.send_signal(signal.SIGTERM)
        until(lambda: not ready(client))
        refused = client.post("/v1/summarize", json={"text": TALK})
        assert (refused.status_code, refused.headers["connection"]) == (503, "close")
        codes = [call.result().status_code for call in calls]
        assert {200, 503} == set(codes)  # two seconds for what runs and waits, the rest is refused
        assert process.wait(WAIT_S) == 0
        assert process.stderr
        assert "Traceback" not in process.stderr.read()


def test_a_second_signal_ends_at_once() -> None:
    with running(slow="9000") as (process, client), ThreadPoolExecutor(1) as threads:
        until(lambda: ready(client))
        call = threads.submit(client.post, "/v1/summarize", json={"text": TALK})
        until(lambda: "upshot_in_flight 1.0" in client.get("/metrics").text)
        process.send_signal(signal.SIGTERM)
        until(lambda: not ready(client))
        process.send_signal(signal.SIGTERM)
        assert process.wait(WAIT_S) == 128 + signal.SIGTERM
        with pytest.raises(httpx.TransportError):
            call.result()


def test_the_third_death_within_a_minute_is_exit_8() -> None:
    with running() as (process, client):
        for _ in range(3):
            until(lambda: ready(client))
            assert client.post("/v1/summarize", json={"text": "Ann: please die"}).status_code == 503
        assert process.wait(WAIT_S) == 8
        assert process.stderr
        assert "died 3 times within a minute" in process.stderr.read()


def test_health_answers_before_the_model_is_warm() -> None:
    with running(cold="cold:600") as (_, client):
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503
        assert client.post("/v1/summarize", json={"text": TALK}).json()["error"]["code"] == "not_ready"
        until(lambda: ready(client))


def test_a_model_that_is_not_there_is_exit_4_before_anything_listens() -> None:
    with running(bad="absent") as (process, _):
        assert process.wait(WAIT_S) == 4
        assert process.stderr
        assert process.stderr.read() == "error: absent: no such folder\n"


def test_a_port_that_is_taken_is_exit_2() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with running(port=port) as (process, _):
            assert process.wait(WAIT_S) == 2
            assert process.stderr
            assert f"cannot listen on 127.0.0.1 port {port}" in process.stderr.read()


def test_another_address_needs_a_token() -> None:
    for host in ("0.0.0.0", "192.168.1.2", "::", "example.org"):
        with pytest.raises(UsageError) as caught:
            access_of(Address(host), None, [])
        assert str(caught.value) == f"error: refusing to listen on {host} without --token-file"
    for host in ("127.0.0.1", "127.8.9.1", "::1", "localhost"):
        assert access_of(Address(host), None, []).token == ""


@pytest.mark.parametrize("token", ["", "short", "has a space in the middle", "ümlaut-ümlaut-ümlaut"])
def test_a_token_that_protects_little_is_refused(tmp_path: Path, token: str) -> None:
    file = tmp_path / "token"
    file.write_text(token)
    with pytest.raises(UsageError, match="at least 16"):
        access_of(Address(), file, [])


def test_a_token_and_names_of_this_machine_are_taken(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("correct-horse-battery-staple\n")
    access = access_of(Address("0.0.0.0"), file, ["Box.local", "fe80::1"])
    assert access.token == "correct-horse-battery-staple"
    assert {"box.local", "[fe80::1]", "localhost"} <= access.hosts
    with pytest.raises(UsageError, match="cannot be read"):
        access_of(Address(), tmp_path / "none", [])


def test_an_address_that_is_listened_on_answers_to_its_own_name(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("correct-horse-battery-staple")
    assert "192.168.1.2" in access_of(Address("192.168.1.2"), file, []).hosts
    assert "0.0.0.0" not in access_of(Address("0.0.0.0"), file, []).hosts


def test_two_servers_that_open_their_arms_at_once_do_not_share_a_port() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with running(port=port) as (first, client), running(port=port) as (second, _):
        assert second.wait(WAIT_S) == 2
        until(lambda: ready(client))
        assert first.poll() is None


def test_an_address_of_another_machine_cannot_be_had() -> None:
    with pytest.raises(UsageError, match=r"cannot listen on 192\.0\.2\.1"):
        bound(Address("192.0.2.1", 8123))


def test_the_command_of_a_worker_names_its_arms() -> None:
    assert worker_command({"full": "runs/demo/arms/full"})[1:] == [
        "-m",
        "upshot.serve.worker",
        "full=runs/demo/arms/full",
    ]
