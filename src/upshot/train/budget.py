"""The memory of a training: whether activations are kept, and how many padded tokens a forward pass may have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import torch

from upshot.errors import UsageError
from upshot.model.adapters import MERGEABLE, parameter_counts, trained_parameters
from upshot.model.device import free_memory_bytes
from upshot.recipe import TrainSettings
from upshot.records import Encoded
from upshot.train.batches import padded_tokens
from upshot.train.loop import Trainee, summed_loss

SHARE: Final = 0.6  # of the free memory: buffers of the backward pass and what an allocator cannot use take the rest
LEAST, MOST, STEP = 512, 131_072, 256
# From here on activations are most of what an adapter's training holds; bench/lora.py measures what it costs to compute
# them again.
LARGE: Final = 150_000_000


def checkpoint_gradients(model: Any, tuning: str, settings: TrainSettings) -> bool:
    """Whether the model, changed in place, now computes its activations again instead of keeping them.

    Raises:
        UsageError: it cannot be done under this tuning.
    """
    asked = settings.gradient_checkpointing
    if asked == "auto":
        asked = tuning in MERGEABLE and parameter_counts(model)["all"] >= LARGE
    if not asked:
        return False
    if tuning == "prefix":
        raise UsageError("train.gradient_checkpointing does not go with tuning: prefix, which lives in the cache")
    model.enable_input_require_grads()
    model.activation_checkpointing_enable(activation_checkpointing_kwargs={"use_reentrant": False})
    return True


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
