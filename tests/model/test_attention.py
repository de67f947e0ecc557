"""Our attention against transformers' eager one: the same numbers and gradients, and less of them kept."""

from collections.abc import Callable

import pytest
import torch
from torch import nn
from transformers.models.bart.modeling_bart import eager_attention_forward as bart_attention
from transformers.models.t5.modeling_t5 import eager_attention_forward as t5_attention

from upshot.model.attention import lean_attention

SHAPE = (2, 3, 5, 7, 4)  # batch, heads, queries, keys, width


class Place(nn.Module):
    """What attention asks of the module that it works for."""

    def __init__(self, *, decoder: bool = False, causal: bool = False, learned: bool = True) -> None:
        super().__init__()
        self.is_decoder, self.is_causal = decoder, causal
        self.has_relative_attention_bias = learned


def tensors(kind: torch.dtype = torch.float32, seed: int = 0) -> dict[str, torch.Tensor]:
    """Query, key, value, bias and mask; the last two keys of the first dialogue are padding."""
    batch, heads, queries, keys, width = SHAPE
    torch.manual_seed(seed)
    made = {
        "query": torch.randn(batch, heads, queries, width),
        "key": torch.randn(batch, heads, keys, width),
        "value": torch.randn(batch, heads, keys, width),
        "position_bias": torch.randn(1, heads, queries, keys) * 8,
    }
    ready = {name: tensor.to(kind).requires_grad_() for name, tensor in made.items()}
    mask = torch.zeros(batch, 1, 1, keys, dtype=kind)
    mask[0, :, :, -2:] = torch.finfo(kind).min
    return ready | {"attention_mask": mask}


def outcome(
    attend: Callable[..., tuple[torch.Tensor, object]], inputs: dict[str, torch.Tensor], **how: object
) -> list[torch.Tensor]:
    """The output and the gradients of query, key, value and bias under a fixed direction."""
    output, _ = attend(Place(), **inputs, **how)
    learned = [tensor for tensor in inputs.values() if tensor.requires_grad]
    torch.manual_seed(9)
    direction = torch.randn(output.shape).to(output.dtype)
    return [output, *torch.autograd.grad((output * direction).sum(), learned)]


def test_output_and_gradients_equal_eager_attention_in_fp32() -> None:
    for scaling in (1.0, 0.5):
        ours = outcome(lean_attention, tensors(), scaling=scaling)
        theirs = outcome(t5_attention, tensors(), scaling=scaling)
        assert [tensor.shape for tensor in ours] == [tensor.shape for tensor in theirs]
        for one, other in zip(ours, theirs, strict=True):
            assert torch.allclose(one, other, rtol=1e-5, atol=1e-6)


def test_without_a_bias_it_is_barts_attention() -> None:
    inputs = tensors()
    del inputs["position_bias"]
    for one, other in zip(
        outcome(lean_attention, inputs, scaling=0.5), outcome(bart_attention, inputs, scaling=0.5), strict=True
    ):
        assert torch.allclose(one, other, rtol=1e-5, atol=1e-6)


def test_under_autocast_the_output_errs_as_eagers_and_gradients_by_a_few_steps_of_bf16() -> None:
    exact = outcome(t5_attention, tensors(torch.float64))
    with torch.autocast("cpu", torch.bfloat16):
        ours, theirs = outcome(lean_attention, tensors()), outcome(t5_attention, tensors())

    def error(found: list[torch.Tensor], part: int) -> float:
        return float(((found[part] - exact[part]).abs().mean() / exact[part].abs().mean()).detach())

    assert error(ours, 0) <= 1.05 * error(theirs, 0)
    # The weights are kept in bf16, whose steps are 2**-8 of a value: the price of half the memory and its traffic.
    assert max(error(ours, part) for part in range(1, len(exact))) <= 5 * 2**-8


def test_gradients_with_dropout_are_those_of_the_function_it_computes() -> None:
    inputs = tensors(torch.float64)

    def attend(*given: torch.Tensor) -> torch.Tensor:
        torch.manual_seed(5)  # the same mask at every evaluation
        query, key, value, bias = given
        return lean_attention(Place(), query, key, value, None, dropout=0.3, scaling=0.5, position_bias=bias)[0]

    names = ("query", "key", "value", "position_bias")
    assert torch.autograd.gradcheck(attend, tuple(inputs[name] for name in names))


def test_dropped_weights_leave_the_mean_where_it_was() -> None:
    inputs = {name: tensor.detach() for name, tensor in tensors().items()}
    plain, _ = lean_attention(Place(), **inputs)
    torch.manual_seed(2)
    draws = torch.stack([lean_attention(Place(), **inputs, dropout=0.25)[0] for _ in range(3_000)])
    assert float((draws.mean(dim=0) - plain).abs().max()) < 0.12
    assert float(draws.std(dim=0).mean()) > 0.2


@pytest.mark.parametrize(
    ("place", "counts"),
    [
        (Place(decoder=True, causal=False, learned=False), False),
        (Place(decoder=True, causal=True, learned=False), True),
        (Place(decoder=False, causal=False, learned=False), True),
        (Place(decoder=True, causal=False, learned=True), True),
    ],
)
def test_only_the_zeros_that_t5_hands_its_cross_attention_are_passed_over(place: Place, counts: bool) -> None:
    inputs = {name: tensor.detach() for name, tensor in tensors().items()}
    with_bias, _ = lean_attention(place, **inputs)
    without, _ = lean_attention(place, **(inputs | {"position_bias": None}))
    assert torch.equal(with_bias, without) != counts
