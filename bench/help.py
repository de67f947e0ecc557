"""How long `upshot --help` takes, against a bare start of the same Python. Goal: 0.4 s.

python bench/help.py [--quick]
"""

from __future__ import annotations

import subprocess
import sys
import time
from statistics import median

from measure.goals import goal, left_out
from measure.machine import print_machine
from measure.material import shared_data

GOAL_S = 0.4


def main() -> None:
    """Print best and median of 7 starts of each."""
    rounds = 2 if "--quick" in sys.argv else 7
    print_machine()
    command = [sys.executable, "-m", "upshot", "--help"]
    bare = [sys.executable, "-c", "pass"]
    seconds_of(command)  # the first start compiles byte code and fills the file cache
    pairs = [(seconds_of(command), seconds_of(bare)) for _ in range(rounds)]
    helped, started = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    print(f"upshot --help: best {min(helped):.3f} s, median {median(helped):.3f} s of {rounds}")
    print(f"python -c pass: best {min(started):.3f} s, median {median(started):.3f} s of {rounds}")
    print(f"ratio {min(helped) / min(started):.1f} (upshot --help / bare Python, best against best)")
    if rounds < 7:
        return
    goal("upshot --help", min(helped), at_most=GOAL_S, unit=" s")
    train = shared_data("dialogsum/train.csv")
    if train is None:
        left_out("upshot check of DialogSum train", "DialogSum is not here")
    else:
        took = seconds_of([sys.executable, "-m", "upshot", "check", str(train)])
        print(f"upshot check of DialogSum train: {took:.1f} s")
        goal("upshot check of DialogSum train", took, at_most=15, unit=" s")


def seconds_of(command: list[str]) -> float:
    """Wall time of a command that must succeed."""
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
