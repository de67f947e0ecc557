"""How fast this machine multiplies, for the estimate before a run."""

from __future__ import annotations

import time
from typing import Final

import torch

from upshot.model.cores import usable_cores

WIDTH: Final = 768
SECONDS: Final = 0.15


def machine_speed(device: str, precision: str) -> float:
    """Multiply-adds a second of a square matrix product, measured for a moment; `precision` is 'bf16' or 'fp32'.

    The fastest product counts, and of a processor one thread is measured for all: beside others' work a product of
    several threads waits for the slowest and takes ten times as long, which says little of a run of an hour.
    """
    if device != "cpu":
        return _fastest(device, precision)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return _fastest(device, precision) * min(threads, usable_cores())
    finally:
        torch.set_num_threads(threads)


def _fastest(device: str, precision: str) -> float:
    kind = torch.bfloat16 if precision == "bf16" else torch.float32
    matrix = torch.ones((WIDTH, WIDTH), dtype=kind, device=device)
    _product(matrix)  # the first product also starts threads
    ends = time.perf_counter() + SECONDS
    shortest = _timed(matrix)
    while time.perf_counter() < ends:
        shortest = min(shortest, _timed(matrix))
    return float(WIDTH**3 / shortest)


def _timed(matrix: torch.Tensor) -> float:
    began = time.perf_counter()
    _product(matrix)
    return max(time.perf_counter() - began, 1e-9)


def _product(matrix: torch.Tensor) -> float:
    return float((matrix @ matrix)[0, 0])  # reading a value waits for an asynchronous device
