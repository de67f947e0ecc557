"""The command line as tests start it: in this process, fast, or as a process of its own that can be killed."""

import contextlib
import io
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from upshot.cli.app import main

ROOT: Final = Path(__file__).parent.parent
WAIT_S: Final = 240.0  # a busy machine needs a minute for what takes two seconds


@dataclass(frozen=True)
class Result:
    """What a command left: its exit code, standard output and standard error."""

    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """Standard error from the error on: warnings of the gate may stand before it."""
        lines = self.err.splitlines(keepends=True)
        start = next((number for number, line in enumerate(lines) if line.startswith("error")), len(lines))
        return "".join(lines[start:])


def upshot(*arguments: str | Path, cwd: Path, stdin: str = "") -> Result:
    """Run the command line in this process, in the folder `cwd`, off a terminal."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    given = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
    before, streams = dict(os.environ), (sys.stdin,)
    code: object = 0
    try:
        sys.stdin = given
        with contextlib.chdir(cwd), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main([str(argument) for argument in arguments])
    except SystemExit as end:
        code = end.code
    finally:
        (sys.stdin,) = streams
        os.environ.clear()
        os.environ.update(before)
    assert code is None or isinstance(code, int), code
    texts = [stream.buffer.getvalue().decode("utf-8") for stream in (out, err)]  # type: ignore[attr-defined]
    return Result(code or 0, texts[0], texts[1])


def start(*arguments: str | Path, cwd: Path) -> subprocess.Popen[str]:
    """The command line as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "upshot", *map(str, arguments)],
        cwd=cwd,
        env=environment(),
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def process(*arguments: str | Path, cwd: Path) -> Result:
    """The result of the command line as a process of its own."""
    child = start(*arguments, cwd=cwd)
    out, err = child.communicate(timeout=WAIT_S)
    return Result(child.returncode, out, err)


def environment() -> dict[str, str]:
    """The environment of a child: this checkout first, no colour, no progress bars."""
    path = os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    return os.environ | {"PYTHONPATH": path, "NO_COLOR": "1"}


def wait_for(happened: Callable[[], bool], child: subprocess.Popen[str]) -> None:
    """Return as soon as something has happened; fail where the child ends before it, or never does it."""
    deadline = time.monotonic() + WAIT_S
    while not happened():
        assert child.poll() is None, f"ended early with {child.returncode}: {child.communicate()[1]}"
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.002)


def contents(folder: Path, *patterns: str) -> dict[str, tuple[bytes, int]]:
    """Bytes and modification times of the files of a folder that fit a pattern, by their path in it."""
    found = [path for pattern in patterns for path in folder.rglob(pattern) if path.is_file()]
    return {str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns) for path in found}
