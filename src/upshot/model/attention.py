"""Attention with every square of weights passed over as few times as it can be: on CPU that is where the time goes."""

from __future__ import annotations

from typing import Any, Final

import torch
from torch import nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import eager_mask

from upshot.model.dropout import drop_scale, drop_threshold, kept_bytes, masked

LEAN: Final = "upshot_lean"
TAKEN: Final = ("dropout", "scaling", "position_bias")


def lean_attention(  # noqa: PLR0913, PLR0917 - transformers calls it so
    module: nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    position_bias: torch.Tensor | None = None,
) -> tuple[torch.Tensor, None]:
    """What transformers' eager attention computes, by its signature; the weights themselves are not handed out.

    query (batch, heads, queries, width), key and value (batch, heads, keys, width); mask and bias are added to the
    scores; the result is (batch, queries, heads, width). The eager one keeps five fp32 squares of batch x heads x
    queries x keys for the backward pass; this one keeps the weights in the arithmetic of the query, and a byte mask.
    """
    kind = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else query.dtype
    cross = getattr(module, "is_decoder", False) and not getattr(module, "is_causal", True)
    mixed: torch.Tensor = _Attention.apply(
        query.to(kind),
        key.to(kind),
        value.to(kind),
        None if cross and not _is_learned(module) else position_bias,
        attention_mask,
        query.shape[-1] ** -0.5 if scaling is None else scaling,
        drop_threshold(dropout),
    )  # (batch, heads, queries, width)
    return mixed.transpose(1, 2).contiguous(), None


def _is_learned(module: nn.Module) -> bool:
    """Whether a bias can be other than zero: T5 hands its cross-attention a square of zeros."""
    return bool(getattr(module, "has_relative_attention_bias", False))


class _Attention(torch.autograd.Function):
    """softmax(QK^T s + B + M) with dropout, times V; Vaswani et al. 2017, section 3.2.1."""

    @staticmethod
    def forward(  # noqa: PLR0913, PLR0917 - autograd wants tensors one by one
        ctx: Any,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        bias: torch.Tensor | None,
        mask: torch.Tensor | None,
        scaling: float,
        threshold: int,
    ) -> torch.Tensor:
        with torch.autocast("cpu", enabled=False):
            scores = torch.matmul(query, key.transpose(2, 3))  # (batch, heads, queries, keys)
            if scaling != 1:
                scores.mul_(scaling)
            offset = _sum(bias, mask)
            if offset is not None:
                scores = scores + offset  # fp32: a bias of many units would lose its last digits in bf16
            weights = torch.softmax(scores, dim=-1).to(query.dtype)
            kept = kept_bytes(weights.shape, threshold, weights.device) if threshold else None
            mixed = torch.matmul(weights if kept is None else masked(weights, kept), value)
            mixed.mul_(drop_scale(threshold))
        ctx.save_for_backward(query, key, value, weights, kept)
        ctx.scaling, ctx.threshold = scaling, threshold
        ctx.bias_kind = None if bias is None or not ctx.needs_input_grad[3] else bias.dtype
        return mixed

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        query, key, value, weights, kept = ctx.saved_tensors
        mixed = gradients[0] * drop_scale(ctx.threshold)
        dropped = weights if kept is None else masked(weights, kept)
        to_value = torch.matmul(dropped.transpose(2, 3), mixed)
        to_weights = torch.matmul(mixed, value.transpose(2, 3))  # (batch, heads, queries, keys)
        if kept is not None:
            to_weights = masked(to_weights, kept)
        to_scores = torch._softmax_backward_data(to_weights, weights, -1, weights.dtype)
        to_bias = None if ctx.bias_kind is None else to_scores.sum(dim=0, keepdim=True, dtype=ctx.bias_kind)
        to_query = torch.matmul(to_scores, key).mul_(ctx.scaling)
        to_key = torch.matmul(to_scores.transpose(2, 3), query).mul_(ctx.scaling)
        return to_query, to_key, to_value, to_bias, None, None, None


def _sum(bias: torch.Tensor | None, mask: torch.Tensor | None) -> torch.Tensor | None:
    if bias is None or mask is None:
        return mask if bias is None else bias
    return bias + mask


# transformers hands down every keyword of the model's own call; these are the ones that attention is made of.
AttentionInterface.register(
    LEAN,
    lambda module, query, key, value, mask, **named: lean_attention(
        module, query, key, value, mask, **{name: named[name] for name in TAKEN if name in named}
    ),
)
AttentionMaskInterface.register(LEAN, eager_mask)
