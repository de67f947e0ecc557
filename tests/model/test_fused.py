"""Models with fused parts against the same models as transformers makes them."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

import tiny
from upshot.model import fused
from upshot.model.attention import LEAN
from upshot.model.fused import GatedFeedForward, RootMeanSquareNorm
from upshot.model.load import ModelRef, load_base
from upshot.train.loop import collate, shift_right

MODELS = {"t5": tiny.t5, "flan": tiny.flan, "bart": tiny.bart}
EAGER = 1.25  # how much further from fp32 than eager bf16 the mean error may be: luck of one rounding or another


def outcome(folder: Path, *, fast: bool, autocast: bool = False) -> dict[str, torch.Tensor]:
    """Loss, logits and every gradient of a batch, without dropout, in fp32 or under bf16 autocast."""
    model, _ = load_base(ModelRef(str(folder)), fused=fast)
    inputs = collate(tiny.encoded(), 0, "cpu")
    labels = inputs.pop("labels")
    inputs["decoder_input_ids"] = shift_right(model, labels)
    with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
        logits = model(**inputs, use_cache=False).logits.float()
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten())
    loss.backward()
    found = {name: p.grad for name, p in model.named_parameters() if p.grad is not None}
    return found | {"loss": loss.detach(), "logits": logits.detach()}


@pytest.mark.parametrize("name", MODELS)
def test_loss_logits_and_gradients_are_those_of_transformers_in_fp32(name: str) -> None:
    folder = MODELS[name]()
    ours, theirs = outcome(folder, fast=True), outcome(folder, fast=False)
    assert ours.keys() == theirs.keys()
    for part, tensor in theirs.items():
        size = float(tensor.abs().max())
        assert float((ours[part] - tensor).abs().max()) <= 1e-5 * max(size, 1e-2), part


@pytest.mark.parametrize("name", MODELS)
def test_under_autocast_the_error_is_no_greater_than_transformers_own(name: str) -> None:
    folder = MODELS[name]()
    exact = outcome(folder, fast=False)
    ours, theirs = outcome(folder, fast=True, autocast=True), outcome(folder, fast=False, autocast=True)

    def error(found: dict[str, torch.Tensor]) -> float:
        shares = [float((found[part] - exact[part]).norm() / (exact[part].norm() + 1e-6)) for part in exact]
        return sum(shares) / len(shares)

    assert error(ours) <= EAGER * error(theirs)


@pytest.mark.parametrize("name", MODELS)
def test_texts_of_greedy_and_beam_search_are_those_of_transformers(name: str) -> None:
    folder = MODELS[name]()
    for beams in (1, 3):
        ours, theirs = (
            tiny.texts(load_base(ModelRef(str(folder)), fused=fast)[0], tiny.encoded(), beams=beams)
            for fast in (True, False)
        )
        assert ours == theirs


def test_the_gradient_of_the_norm_is_that_of_the_function_it_computes() -> None:
    torch.manual_seed(0)
    norm = RootMeanSquareNorm(torch.nn.Parameter(torch.randn(6, dtype=torch.float64)), 1e-6)
    hidden = torch.randn(2, 3, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x, w: fused._Norm.apply(x, w, 1e-6, w.dtype), (hidden, norm.weight))


def parts(model: Any) -> set[str]:
    """Class names of a model's modules."""
    return {type(module).__name__ for module in model.modules()}


def test_parts_are_replaced_and_parameters_keep_names_values_and_file() -> None:
    ours, theirs = (load_base(ModelRef(str(tiny.flan())), fused=fast)[0] for fast in (True, False))
    assert {"RootMeanSquareNorm", "GatedFeedForward"} <= parts(ours)
    assert not {"T5LayerNorm", "T5DenseGatedActDense", "NewGELUActivation"} & parts(ours)
    assert ours.config._attn_implementation == LEAN
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert all(torch.equal(ours.state_dict()[name], value) for name, value in theirs.state_dict().items())


def test_a_saved_model_says_nothing_of_it(tmp_path: Path) -> None:
    model, _ = load_base(ModelRef(str(tiny.flan())))
    model.save_pretrained(str(tmp_path))
    assert LEAN not in (tmp_path / "config.json").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))["architectures"] == [
        "T5ForConditionalGeneration"
    ]


def test_on_a_gpu_only_the_activation_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    model, _ = load_base(ModelRef(str(tiny.flan())), fused=False)
    before = model.config._attn_implementation
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    fused.fuse(model)
    assert "GELU" in parts(model)
    assert not {"RootMeanSquareNorm", "GatedFeedForward"} & parts(model)
    assert model.config._attn_implementation == before


def test_a_model_of_another_family_stays_as_it_is() -> None:
    from transformers import LEDConfig, LEDForConditionalGeneration

    config = LEDConfig(
        vocab_size=64,
        d_model=16,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        attention_window=4,
    )
    model = LEDForConditionalGeneration(config)
    before, implementation = parts(model), model.config._attn_implementation
    assert parts(fused.fuse(model)) == before
    assert model.config._attn_implementation == implementation


def test_the_feed_forward_part_is_the_gated_one_of_t5() -> None:
    model, _ = load_base(ModelRef(str(tiny.flan())), fused=False)
    theirs = model.encoder.block[0].layer[1].DenseReluDense
    hidden = torch.randn(2, 3, 32)
    assert torch.equal(GatedFeedForward(theirs)(hidden), theirs(hidden))
