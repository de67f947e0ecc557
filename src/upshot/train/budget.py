"""How many padded tokens a forward pass may have: what the free memory holds, measured on the longest example."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch

from upshot.model.adapters import trained_parameters
from upshot.model.device import free_memory_bytes
from upshot.records import Encoded
from upshot.train.batches import padded_tokens
from upshot.train.loop import Trainee, summed_loss

SHARE: Final = 0.6  # of the free memory: buffers of the backward pass and what an allocator cannot use take the rest
LEAST, MOST, STEP = 512, 131_072, 256


def automatic_budget(trainee: Trainee, examples: Sequence[Encoded]) -> int:
    """Padded tokens that fit beside gradients and optimiser; of `examples`, the longest is measured.

    Attention grows with the square of the length, so a token costs most in the longest example.
    """
    longest = max(examples, key=lambda example: padded_tokens([example]))
    one, two = (kept_bytes(trainee, [longest] * count) for count in (1, 2))  # what does not grow is the weights' own
    each = max(1.0, (two - one) / padded_tokens([longest]))
    trained = sum(parameter.numel() * 4 for _, parameter in trained_parameters(trainee.model))
    there = free_memory_bytes(trainee.accelerator.device.type) - 3 * trained  # gradients, and two moments of AdamW
    return min(MOST, max(LEAST, int(SHARE * there / each) // STEP * STEP))


def kept_bytes(trainee: Trainee, batch: Sequence[Encoded]) -> int:
    """Bytes that a forward pass of the batch keeps for the backward pass, each piece of memory counted once."""
    held: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        held[storage.data_ptr()] = storage.nbytes()
        return tensor

    trainee.model.train()
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        loss = summed_loss(trainee, batch)
    del loss
    own = {parameter.untyped_storage().data_ptr() for parameter in trainee.model.parameters()}
    return sum(size for place, size in held.items() if place not in own)
