"""What a machine can do at most, and how much of it a training step asks for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def matrix_rate(precision: str, *, device: str = "cpu", width: int = 2048, seconds: float = 1.0) -> float:
    """Floating-point operations a second of a square matrix product in 'fp32' or 'bf16'."""
    import torch

    kind = torch.bfloat16 if precision == "bf16" else torch.float32
    matrix = torch.randn((width, width), device=device).to(kind)
    for _ in range(3):
        out = matrix @ matrix
    _wait(device)
    began, rounds = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        for _ in range(10 if device != "cpu" else 1):
            torch.mm(matrix, matrix, out=out)
            rounds += 1
        _wait(device)
    return 2 * width**3 * rounds / (time.perf_counter() - began)


def operations_of(work: Callable[[], Any]) -> int:
    """Floating-point operations of the matrix products in a piece of work, forward and backward."""
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        work()
    return int(counter.get_total_flops())


def _wait(device: str) -> None:
    if device != "cpu":
        import torch

        torch.cuda.synchronize()
