"""A server as a process of its own, over fake models, with what its operating system knows of it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx

from command import environment
from serve.serving import TALK, WAIT_S, fake_command, metrics_of, until
from upshot.serve.limits import Limits

SCRIPT: Final = """
import sys
{before}
from upshot.errors import UpshotError
from upshot.serve import run
from upshot.serve.limits import Limits
run.log_to_stderr({debug})
address, limits = run.Address(port={port}), Limits.model_validate_json({limits!r})
try:
    run.run(address, sys.argv[1:], limits=limits, access=run.access_of(address, None, []), say=print)
except UpshotError as error:
    print(error, file=sys.stderr)
    sys.exit(error.exit_code)
"""


@dataclass(frozen=True)
class Apart:
    """A running server, a client of it, and the file of its log."""

    process: subprocess.Popen[str]
    client: httpx.Client
    log_file: Path

    @property
    def port(self) -> int:
        return self.client.base_url.port or 0

    @property
    def log(self) -> str:
        return self.log_file.read_text(encoding="utf-8")

    def is_ready(self) -> bool:
        return self.client.get("/readyz").status_code == 200

    def summarize(self, text: str = TALK, **more: Any) -> httpx.Response:
        return self.client.post("/v1/summarize", json={"text": text, **more})

    def numbers(self) -> dict[str, float]:
        """Metrics by name and label."""
        return metrics_of(self.client.get("/metrics").text)

    def kilobytes(self) -> int:
        """Memory that the server holds, without its worker."""
        return self._status("VmRSS")

    def threads(self) -> int:
        return self._status("Threads")

    def descriptors(self) -> int:
        return len(list(self._folder.joinpath("fd").iterdir()))

    def workers(self) -> list[int]:
        """Processes that the server has started and that are not gone."""
        return [
            int(pid) for pid in self._folder.joinpath("task", str(self.process.pid), "children").read_text().split()
        ]

    @property
    def _folder(self) -> Path:
        return Path("/proc", str(self.process.pid))

    def _status(self, name: str) -> int:
        lines = (self._folder / "status").read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


@contextmanager
def apart(
    *,
    port: int = 0,
    limits: Limits | None = None,
    before: str = "",
    debug: bool = False,
    log_file: Path | None = None,
    **arms: str,
) -> Iterator[Apart]:
    """A server that has said where it listens, or has ended; `before` is Python that its process runs first."""
    given = (limits or Limits()).model_dump_json()
    script = SCRIPT.format(before=before, debug=debug, port=port, limits=given)
    command = [sys.executable, "-u", "-c", script, *fake_command(**arms)]
    with TemporaryDirectory() as folder:
        path = log_file or Path(folder, "log")
        with (
            path.open("a", encoding="utf-8") as log,
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment()) as process,
        ):
            try:
                assert process.stdout
                url = process.stdout.readline().strip()
                with httpx.Client(base_url=url or "http://none", timeout=WAIT_S) as client:
                    yield Apart(process, client, path)
            finally:
                process.kill()


@contextmanager
def apart_and_ready(
    *, limits: Limits | None = None, before: str = "", debug: bool = False, **arms: str
) -> Iterator[Apart]:
    """A server apart whose model is warm."""
    with apart(limits=limits, before=before, debug=debug, **arms) as found:
        until(found.is_ready)
        yield found
