"""What a figure was measured on, and whether the machine had time for it."""

from __future__ import annotations

import os
import platform
import resource
from pathlib import Path
from typing import Final

BF16_FLAGS: Final = ("amx_bf16", "avx512_bf16")
BUSY: Final = 0.5  # runnable processes a core, over the last minute
ONE_OF_MANY: Final = "UPSHOT_BENCH_IN_A_ROW"  # set where the load is that of the comparison before


def print_machine(*packages: str) -> None:
    """Prints two or three lines: processor, cores and bf16; versions of `packages`; a warning where others work too."""
    facts = cpu_facts()
    cores = os.cpu_count() or 1
    print(f"machine: {facts.get('model name') or platform.machine()}, {cores} cores, {bf16(facts)}")
    print(f"versions: Python {platform.python_version()}{''.join(f', {name} {_version(name)}' for name in packages)}")
    load = os.getloadavg()[0]
    if load > BUSY * cores and ONE_OF_MANY not in os.environ:
        print(f"LOADED: {load:.1f} processes ran on {cores} cores in the last minute; read the ratio, not the figures")


def cpu_facts() -> dict[str, str]:
    """Fields of the first processor in /proc/cpuinfo; empty where the system has no such file."""
    path = Path("/proc/cpuinfo")
    if not path.exists():
        return {}
    first = path.read_text(encoding="utf-8", errors="replace").split("\n\n")[0]
    pairs = (line.partition(":") for line in first.splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}


def peak_bytes() -> int:
    """Most memory that this program has held; the kernel's other figure counts its parent's before it began."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def bf16(facts: dict[str, str]) -> str:
    """Whether the processor multiplies bf16 in hardware, in words.

    >>> bf16({"flags": "sse2 avx512_bf16"}), bf16({"flags": "sse2"}), bf16({})
    ('bf16 in hardware (avx512_bf16)', 'no bf16 in hardware', 'bf16 not known')
    """
    if "flags" not in facts:
        return "bf16 not known"
    found = [flag for flag in BF16_FLAGS if flag in facts["flags"].split()]
    return f"bf16 in hardware ({', '.join(found)})" if found else "no bf16 in hardware"


def _version(package: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
