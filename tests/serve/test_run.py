"""From an address to the end: rows S16, S17 and S23, and the worker's third death."""

import os
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from serve.apart import apart, apart_and_ready
from serve.serving import WAIT_S, Gate, until
from upshot.errors import UsageError
from upshot.serve.limits import Limits
from upshot.serve.run import Address, access_of, bound, worker_command


def test_a_signal_drains_and_a_server_that_drained_ends_with_zero() -> None:
    limits = Limits(together=1, drain_s=4.0)
    with apart_and_ready(limits=limits, slow="500") as server, ThreadPoolExecutor(17) as threads:
        calls = [threads.submit(server.summarize) for _ in range(17)]
        until(lambda: server.numbers()["upshot_waiting"] >= 10)
        server.process.send_signal(signal.SIGTERM)
        until(lambda: not server.is_ready())
        refused = server.summarize()
        assert (refused.status_code, refused.headers["connection"]) == (503, "close")
        codes = [call.result().status_code for call in calls]
        assert {200, 503} == set(codes)  # four seconds for what runs and waits, the rest is refused
        assert server.process.wait(WAIT_S) == 0
        assert "Traceback" not in server.log


def test_a_second_signal_ends_at_once() -> None:
    with apart_and_ready() as server, ThreadPoolExecutor(1) as threads:
        call = threads.submit(server.summarize, "Ann: please take long")
        until(lambda: server.numbers()["upshot_in_flight"] == 1)
        server.process.send_signal(signal.SIGTERM)
        until(lambda: not server.is_ready())
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(WAIT_S) == 128 + signal.SIGTERM
        with pytest.raises(httpx.TransportError):
            call.result()


def test_the_third_death_within_a_minute_is_exit_8() -> None:
    with apart() as server:
        for _ in range(3):
            until(server.is_ready)
            assert server.summarize("Ann: please die").status_code == 503
        assert server.process.wait(WAIT_S) == 8
        assert "died 3 times within a minute" in server.log


def test_health_answers_before_the_model_is_warm(tmp_path: Path) -> None:
    gate = Gate(tmp_path / "open")
    with apart(cold=gate.place) as server:
        assert server.client.get("/healthz").status_code == 200
        assert server.client.get("/readyz").status_code == 503
        assert server.summarize().json()["error"]["code"] == "not_ready"
        gate.open()
        until(server.is_ready)


def test_a_model_that_is_not_there_is_exit_4_before_anything_listens() -> None:
    with apart(bad="absent") as server:
        assert server.process.wait(WAIT_S) == 4
        assert server.log == "error: absent: no such folder\n"


def test_a_port_that_is_taken_is_exit_2() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with apart(port=port) as server:
            assert server.process.wait(WAIT_S) == 2
            assert f"cannot listen on 127.0.0.1 port {port}" in server.log


def test_a_server_whose_log_is_on_a_full_disk_serves_on() -> None:
    with apart(debug=True, log_file=Path("/dev/full")) as server:
        until(server.is_ready)
        for _ in range(20):
            assert server.summarize("Ann: please raise").status_code == 500
            assert server.summarize().status_code == 200
        server.process.terminate()
        assert server.process.wait(WAIT_S) == 0


def test_a_server_whose_log_can_grow_no_more_serves_on(tmp_path: Path) -> None:
    full = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))"
    with apart(debug=True, before=full, log_file=tmp_path / "log") as server:
        until(server.is_ready)
        assert {server.summarize().status_code for _ in range(60)} == {200}
        assert 1900 <= len(server.log) <= 2000
        server.process.terminate()
        assert server.process.wait(WAIT_S) == 0


def test_a_server_that_nobody_hears_serves_all_the_same() -> None:
    silent = "import os; sys.stdout = open('/dev/full', 'w', buffering=1); os.close(1)"
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        with apart(port=port, before=silent) as server, httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            until(lambda: client.get("/readyz").status_code == 200)
            assert server.process.poll() is None


def test_a_clock_that_jumps_moves_no_deadline(tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    clock.write_text("0")
    jumping = f"import time; real = time.time; time.time = lambda: real() + float(open({str(clock)!r}).read())"
    with apart(before=jumping, limits=Limits(request_s=2.0, keep_alive_s=30.0)) as server:
        until(server.is_ready)
        for jump in ("86400", "-86400"):
            with ThreadPoolExecutor(1) as threads:
                began = time.monotonic()
                hanging = threads.submit(server.summarize, "Ann: please take long")
                until(lambda: server.numbers()["upshot_in_flight"] == 1)
                clock.write_text(jump)
                assert hanging.result().json()["error"]["code"] == "timeout"
                assert time.monotonic() - began >= 1.9
            until(lambda: server.summarize().status_code == 200)
        assert server.process.poll() is None


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
    with socket.socket() as held:  # bound, so that nobody else gets it; a server may listen all the same
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        with apart(port=port) as first, apart(port=port) as second:
            assert second.process.wait(WAIT_S) == 2
            until(first.is_ready)
            assert first.process.poll() is None


def test_clients_wait_in_the_kernel_while_the_server_is_at_something_else() -> None:
    with apart_and_ready() as server, ExitStack() as stack:
        os.kill(server.process.pid, signal.SIGSTOP)
        try:
            for _ in range(100):
                stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=10))
        finally:
            os.kill(server.process.pid, signal.SIGCONT)
        until(lambda: server.summarize().status_code == 200)


def test_an_address_of_another_machine_cannot_be_had() -> None:
    with pytest.raises(UsageError, match=r"cannot listen on 192\.0\.2\.1"):
        bound(Address("192.0.2.1", 8123))


def test_the_command_of_a_worker_names_its_arms() -> None:
    assert worker_command({"full": "runs/demo/arms/full"})[1:] == [
        "-m",
        "upshot.serve.worker",
        "full=runs/demo/arms/full",
    ]
