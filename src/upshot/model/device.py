"""Device and arithmetic: chosen once, recorded, the same for every arm."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from pathlib import Path
from typing import Any, Final

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState

from upshot.errors import UsageError
from upshot.model.cores import usable_cores
from upshot.recipe import ModelSettings

M_TRIM_THRESHOLD: Final = -1  # names and numbers of glibc's malloc.h
M_TOP_PAD: Final = -2
M_MMAP_MAX: Final = -4


def accelerator_for(settings: ModelSettings) -> Any:
    """An Accelerator on the recipe's device with the recipe's arithmetic; weights stay fp32 in either case.

    Raises:
        UsageError: fp16, which T5 overflows in; bf16 or a device that this machine lacks.
    """
    keep_freed_memory()
    if torch.get_num_threads() > usable_cores():
        torch.set_num_threads(usable_cores())  # torch counts the machine's cores: threads over the share only wait
    device = chosen_device(settings.device)
    precision = chosen_precision(settings.precision, device)
    mixed = "bf16" if precision == "bf16" else "no"
    _forget_other(mixed, device)
    return Accelerator(mixed_precision=mixed, cpu=device == "cpu")


def _forget_other(mixed: str, device: str) -> None:
    """Accelerate keeps one state a process: without this a second arm could not have an arithmetic of its own."""
    held = AcceleratorState._shared_state
    if held and (held.get("_mixed_precision") != mixed or held["device"].type != device):
        AcceleratorState._reset_state(reset_partial_state=True)


def precision_of(accelerator: Any) -> str:
    """The arithmetic of an Accelerator in the recipe's words."""
    return "bf16" if accelerator.mixed_precision == "bf16" else "fp32"


def keep_freed_memory() -> None:
    """Let glibc keep freed memory instead of handing it back to the kernel after every tensor.

    A training step on CPU frees and takes gigabytes; fetching each page anew costs more than a third of the time
    (measured: 17 against 23 examples a second). Other allocators and systems are left alone.
    """
    libc = _glibc()
    if libc is not None:
        libc.mallopt(M_MMAP_MAX, 0)
        libc.mallopt(M_TRIM_THRESHOLD, -1)  # never: one training step holds more than the largest number that fits
        libc.mallopt(M_TOP_PAD, 256 << 20)


def hand_back_freed_memory() -> None:
    """Hand the kernel what `keep_freed_memory` kept: between two kinds of work, which need it in other pieces."""
    libc = _glibc()
    if libc is not None:
        libc.malloc_trim(0)


def _glibc() -> Any:
    """The C library of this process where it is glibc, else None."""
    return ctypes.CDLL(None) if sys.platform == "linux" and platform.libc_ver()[0] == "glibc" else None


def free_memory_bytes(device: str = "cpu") -> int:
    """Memory that is available now: of a GPU, else of this machine and no more than its control group leaves.

    The whole memory where the system does not say what is free.
    """
    if device == "cuda":
        return int(torch.cuda.mem_get_info()[0])
    return min(_available_bytes(), _group_bytes())


def _available_bytes() -> int:
    meminfo = Path("/proc/meminfo")
    if meminfo.exists():
        for line in meminfo.read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable"):
                return int(line.split()[1]) * 1024
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _group_bytes(root: Path = Path("/sys/fs/cgroup")) -> int:
    """What a container's limit (cgroup 2) leaves; as good as without end where there is none."""
    try:
        limit = (root / "memory.max").read_text(encoding="ascii").strip()
        used = int((root / "memory.current").read_text(encoding="ascii"))
        return sys.maxsize if limit == "max" else max(0, int(limit) - used)
    except (OSError, ValueError):
        return sys.maxsize


def chosen_device(wanted: str) -> str:
    """'cuda', 'mps' or 'cpu'; 'auto' is the first of them that is there."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        return next(name for name, present in there.items() if present)
    if not there[wanted]:
        raise UsageError(f"model.device is '{wanted}', but this machine has none; use auto or cpu")
    return wanted


def chosen_precision(wanted: str, device: str) -> str:
    """'bf16' (autocast over fp32 weights) or 'fp32'; 'auto' takes bf16 where the device multiplies it in hardware."""
    if wanted == "fp16":
        raise UsageError("T5 overflows in fp16; use bf16 or fp32 (model.precision)")
    if wanted != "auto":
        return wanted
    if device == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported() else "fp32"
    if device == "cpu":
        features = torch.cpu.get_capabilities()
        return "bf16" if features.get("amx_bf16") or features.get("avx512_bf16") else "fp32"
    return "fp32"
