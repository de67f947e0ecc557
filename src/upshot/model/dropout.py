"""Dropout whose masks come from the bytes of random integers: on CPU the masks cost more than the matrix products."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import torch
from torch import nn

STEPS: Final = 128  # a probability is kept in steps of 1/128: the low seven bits of a byte decide
INTEGERS: Final = {2: torch.int16, 4: torch.int32, 8: torch.int64}  # by the bytes of a floating-point number


def drop_threshold(probability: float) -> int:
    """A probability in steps of 1/128; none at all only for 0."""
    return min(STEPS - 1, max(1, round(probability * STEPS))) if probability > 0 else 0


def drop_scale(threshold: int) -> float:
    """What the elements that stay are multiplied by, so that their mean stays."""
    return STEPS / (STEPS - threshold)


def kept_bytes(shape: Sequence[int], threshold: int, device: Any) -> torch.Tensor:
    """A mask in int8, -1 (all bits set) where an element stays and 0 where it is dropped, from torch's generator.

    Eight elements share a 64-bit integer. random_() leaves the sign bit of int64 zero, so the top byte of each has
    only seven random bits: the comparison uses the low seven bits of every byte.
    """
    count = torch.Size(shape).numel()
    words = torch.empty((count + 7) // 8, dtype=torch.int64, device=device).random_()
    kept = words.view(torch.int8)[:count].bitwise_and_(STEPS - 1)
    # threshold - 1 - byte is negative where the byte reaches the threshold; the shift copies its sign to every bit.
    return kept.neg_().add_(threshold - 1).bitwise_right_shift_(7).view(shape)


def masked(inputs: torch.Tensor, kept: torch.Tensor) -> torch.Tensor:
    """The inputs with what the mask drops set to zero: an integer AND, several times faster than a product."""
    return inputs.view(INTEGERS[inputs.element_size()]).bitwise_and(kept).view(inputs.dtype)


class ByteDropout(nn.Module):
    """Dropout with a probability in steps of 1/128, drawn 8 elements to a 64-bit integer from torch's generator."""

    def __init__(self, probability: float) -> None:
        super().__init__()
        self.p = probability
        self.threshold = drop_threshold(probability)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Inputs with a share of elements set to zero and the rest scaled up; unchanged in eval mode."""
        if not self.training or self.threshold == 0:
            return inputs
        dropped: torch.Tensor = _Dropped.apply(inputs, self.threshold)
        return dropped


class _Dropped(torch.autograd.Function):
    """Dropout that keeps one byte an element for the backward pass."""

    @staticmethod
    def forward(ctx: Any, inputs: torch.Tensor, threshold: int) -> torch.Tensor:
        kept = kept_bytes(inputs.shape, threshold, inputs.device)
        ctx.save_for_backward(kept)
        ctx.threshold = threshold
        return masked(inputs, kept).mul_(drop_scale(threshold))

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:
        (kept,) = ctx.saved_tensors
        return masked(gradients[0], kept).mul_(drop_scale(ctx.threshold)), None


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
