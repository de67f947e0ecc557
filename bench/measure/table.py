"""All comparisons of speed and size in bench/ one after another, and what they came to as one table: `make bench`.

With --figures those that tell what summaries and detectors are worth, for the tables of docs/: `make figures`.

python bench/measure/table.py [--quick] [--figures]
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

BENCH = Path(__file__).parent.parent
FIGURES = ("confidence", "meetings", "privacy", "tags")


def main() -> None:
    """Run every file of bench/ in a process of its own, show what it prints, then the table of goals."""
    sys.path.insert(0, str(BENCH))
    lines: list[str] = []
    began = time.perf_counter()
    asked, quick = "--figures" in sys.argv, [word for word in sys.argv[1:] if word == "--quick"]
    for path in sorted(path for path in BENCH.glob("*.py") if (path.stem in FIGURES) == asked):
        print(f"== {path.name}", flush=True)
        lines += run([sys.executable, str(path), *quick])
    minutes = (time.perf_counter() - began) / 60
    machine = next((line for line in lines if line.startswith("machine: ")), "machine: not known")
    print(f"\n{machine}\nmeasured: {datetime.now(UTC):%Y-%m-%d}, all of it in {minutes:.0f} minutes\n")
    print("\n".join(table(lines)))


def run(command: Sequence[str]) -> list[str]:
    """Lines that a command prints, shown as they come. It must succeed."""
    lines = []
    from measure.machine import ONE_OF_MANY

    environment = os.environ | {ONE_OF_MANY: "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            lines.append(line.rstrip("\n"))
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return lines


def table(lines: Sequence[str]) -> list[str]:
    """The goals among printed lines as a Markdown table.

    >>> table(["other", "goal | one | >= 8x | 6.4x | missed"])[-1]
    '| one | >= 8x | 6.4x | missed |'
    """
    rows = [line.split(" | ")[1:] for line in lines if line.startswith("goal | ")]
    return [
        "| what | goal | measured | verdict |",
        "| --- | --- | --- | --- |",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


if __name__ == "__main__":
    main()
