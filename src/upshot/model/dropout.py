"""Dropout whose masks come from the bytes of random integers: on CPU the masks cost more than the matrix products."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


class ByteDropout(nn.Module):
    """Dropout with a probability in steps of 1/128, drawn 8 elements to a 64-bit integer from torch's generator."""

    def __init__(self, probability: float) -> None:
        super().__init__()
        self.p = probability
        self.threshold = round(probability * 128)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Inputs with a share of elements set to zero and the rest scaled up; unchanged in eval mode."""
        if not self.training or self.threshold == 0:
            return inputs
        count = inputs.numel()
        words = torch.empty((count + 7) // 8, dtype=torch.int64, device=inputs.device).random_()
        # random_() leaves the sign bit of int64 zero, so the top byte of each word has only 7 random bits: the
        # comparison uses the low 7 bits of every byte.
        keep = words.view(torch.uint8)[:count].bitwise_and_(127) >= self.threshold
        scale = 128 / (128 - self.threshold)
        return inputs * keep.view(inputs.shape).to(inputs.dtype).mul_(scale)


def set_dropout(model: Any, dropout: float | None, attention_dropout: float | None) -> None:
    """Set dropout of a model in place; None leaves a value as the model's configuration has it.

    `attention_dropout` None follows `dropout`. On CPU the modules are replaced by `ByteDropout`. An adapter's own
    dropout stays as `adapter.dropout` says.
    """
    attention = dropout if attention_dropout is None else attention_dropout
    for path, module in list(model.named_modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, nn.Dropout | ByteDropout):
                probability = child.p if dropout is None or "lora_dropout" in path else dropout
                setattr(module, name, ByteDropout(probability) if _on_cpu(model) else nn.Dropout(probability))
        # Plain numbers: attention modules drop probabilities by them, BART's layers and feed-forward parts the rest.
        _set_rate(module, "dropout", attention if "Attention" in type(module).__name__ else dropout)
        _set_rate(module, "activation_dropout", dropout)


def _set_rate(module: nn.Module, name: str, rate: float | None) -> None:
    if rate is not None and isinstance(getattr(module, name, None), int | float):
        setattr(module, name, rate)


def _on_cpu(model: Any) -> bool:
    return next(model.parameters()).device.type == "cpu"
