"""Parts of T5 in fewer passes over memory: the same numbers, sooner. On CPU they cost as much as the products."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from upshot.model.attention import LEAN


def fuse(model: Any) -> Any:
    """The model with attention, norms, feed-forward parts and GELU replaced by our own; parameters keep their names.

    Whatever is not known by its class stays as it is. On a GPU only GELU is replaced.
    """
    from transformers.activations import NewGELUActivation

    on_gpu = torch.cuda.is_available()
    for module in reversed(list(model.modules())):  # parts before what they are part of
        for name, child in list(module.named_children()):
            if isinstance(child, NewGELUActivation):
                setattr(module, name, nn.GELU(approximate="tanh"))
            if on_gpu:
                continue
            if type(child).__name__ in {"T5LayerNorm", "MT5LayerNorm"}:
                setattr(module, name, RootMeanSquareNorm(child.weight, child.variance_epsilon))
            if type(child).__name__ in {"T5DenseGatedActDense", "MT5DenseGatedActDense"}:
                setattr(module, name, GatedFeedForward(child))
    if not on_gpu and model.config.model_type in {"t5", "mt5", "bart", "mbart", "pegasus"}:
        model.set_attn_implementation(LEAN)
    return model


class RootMeanSquareNorm(nn.Module):
    """T5's layer norm: scaled by the root mean square, no shift and no bias (Zhang and Sennrich 2019).

    Under autocast it answers in the arithmetic that the layers behind it would otherwise convert to, each on its own.
    """

    def __init__(self, weight: nn.Parameter, epsilon: float) -> None:
        super().__init__()
        self.weight = weight
        self.variance_epsilon = epsilon

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """Hidden states of the shape given: (..., model width)."""
        kind = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else self.weight.dtype
        normed: torch.Tensor = _Norm.apply(hidden, self.weight, self.variance_epsilon, kind)
        return normed


class _Norm(torch.autograd.Function):
    """x / rms(x) * w, with x and one number a row kept for the backward pass."""

    @staticmethod
    def forward(
        ctx: Any, hidden: torch.Tensor, weight: torch.Tensor, epsilon: float, kind: torch.dtype
    ) -> torch.Tensor:
        exact = torch.promote_types(hidden.dtype, torch.float32)
        length = torch.linalg.vector_norm(hidden, dim=-1, keepdim=True, dtype=exact)  # (..., 1)
        scale = torch.rsqrt(length.square() / hidden.shape[-1] + epsilon)
        ctx.save_for_backward(hidden, weight, scale)
        return torch.mul(hidden * scale, weight, out=torch.empty_like(hidden, dtype=kind))

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        hidden, weight, scale = ctx.saved_tensors
        normed = hidden * scale
        to_output = gradients[0].to(normed.dtype)
        to_weight = None
        if ctx.needs_input_grad[1]:
            to_weight = (to_output * normed).flatten(0, -2).sum(dim=0)
        to_normed = to_output * weight
        along = (to_normed * normed).mean(dim=-1, keepdim=True)  # (..., 1)
        return (to_normed - normed.mul_(along)).mul_(scale).to(hidden.dtype), to_weight, None, None


class GatedFeedForward(nn.Module):
    """T5 v1.1's feed-forward part (Shazeer 2020), without the conversion to fp32 and back before its last layer."""

    def __init__(self, part: Any) -> None:
        super().__init__()
        self.wi_0, self.wi_1, self.wo = part.wi_0, part.wi_1, part.wo
        self.dropout, self.act = part.dropout, part.act

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """Hidden states of the shape given: (..., model width)."""
        gated = self.act(self.wi_0(hidden)) * self.wi_1(hidden)
        answer: torch.Tensor = self.wo(self.dropout(gated))
        return answer
