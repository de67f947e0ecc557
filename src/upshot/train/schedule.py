"""Learning rates and optimisers."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import torch
from transformers import Adafactor

from upshot.recipe import TrainSettings


def total_steps(settings: TrainSettings, rows: int) -> int:
    """Optimiser steps of a training over `rows` examples."""
    if settings.max_steps is not None:
        return settings.max_steps
    return max(1, math.ceil(settings.epochs * math.ceil(rows / settings.batch_size)))


def rate_at(step: int, steps: int, settings: TrainSettings) -> float:
    """The learning rate of a step counted from 0: warm-up, a plateau (`hold`), then the decay to almost nothing.

    >>> [round(rate_at(step, 4, TrainSettings(learning_rate=1.0)), 2) for step in range(4)]
    [1.0, 0.75, 0.5, 0.25]
    """
    peak = settings.learning_rate
    warmup = settings.warmup * steps if settings.warmup < 1 else settings.warmup
    if step < warmup:
        return peak * (step + 1) / (warmup + 1)
    held = warmup + settings.hold * (steps - warmup)
    if settings.schedule == "constant" or step < held:
        return peak
    left = (steps - step) / (steps - held)  # 1 at the first step of the decay, above 0 at the last
    return peak * left if settings.schedule == "linear" else peak * (1 - math.cos(math.pi * left)) / 2


def optimizer_for(parameters: Iterable[tuple[str, torch.nn.Parameter]], settings: TrainSettings) -> Any:
    """The optimiser over named parameters; weight decay spares vectors (norms, biases), as is usual."""
    named = list(parameters)
    groups = [
        {"params": [p for _, p in named if p.ndim > 1], "weight_decay": settings.weight_decay},
        {"params": [p for _, p in named if p.ndim <= 1], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    if settings.optimizer == "adafactor":
        return Adafactor(
            groups, lr=settings.learning_rate, scale_parameter=True, relative_step=False, warmup_init=False
        )
    return torch.optim.AdamW(groups, lr=settings.learning_rate, betas=(0.9, 0.999), eps=1e-8, fused=True)
