"""How fast this machine multiplies, for the estimate before a run."""

from __future__ import annotations

import time
from typing import Final

import torch

WIDTH: Final = 768
SECONDS: Final = 0.15


def machine_speed(device: str, precision: str) -> float:
    """Multiply-adds a second of a square matrix product, measured for a moment; `precision` is 'bf16' or 'fp32'."""
    kind = torch.bfloat16 if precision == "bf16" else torch.float32
    matrix = torch.ones((WIDTH, WIDTH), dtype=kind, device=device)
    _product(matrix)  # the first product also starts threads
    began = time.perf_counter()
    rounds = 0
    while time.perf_counter() - began < SECONDS:
        _product(matrix)
        rounds += 1
    return rounds * WIDTH**3 / (time.perf_counter() - began)


def _product(matrix: torch.Tensor) -> float:
    return float((matrix @ matrix)[0, 0])  # reading a value waits for an asynchronous device
