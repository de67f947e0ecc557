"""Dropout: where it is set, and masks that are what they should be."""

import pytest
import torch

import tiny
from upshot.model.dropout import ByteDropout, set_dropout
from upshot.model.load import ModelRef, load_base


def rates(model: torch.nn.Module) -> dict[str, set[float]]:
    """Rates in a model by place: dropout modules, an adapter's own, attention, and other plain numbers."""
    found: dict[str, set[float]] = {"modules": set(), "adapter": set(), "attention": set(), "numbers": set()}
    for path, module in model.named_modules():
        if isinstance(module, ByteDropout | torch.nn.Dropout):
            found["adapter" if "lora_dropout" in path else "modules"].add(module.p)
        rate = getattr(module, "dropout", None)
        if isinstance(rate, int | float):
            found["attention" if "Attention" in type(module).__name__ else "numbers"].add(float(rate))
    return found


def test_the_share_dropped_and_the_mean_kept_are_right() -> None:
    torch.manual_seed(0)
    dropped = ByteDropout(0.25).train()(torch.ones(400, 1_001))
    assert float((dropped == 0).float().mean()) == pytest.approx(0.25, abs=0.005)
    assert float(dropped.mean()) == pytest.approx(1, abs=0.005)
    assert sorted({round(value, 6) for value in dropped.unique().tolist()}) == [0, pytest.approx(4 / 3, rel=1e-6)]


def test_masks_come_from_torchs_generator_and_differ_from_draw_to_draw() -> None:
    layer, ones = ByteDropout(0.5).train(), torch.ones(64, 9)
    torch.manual_seed(3)
    first, second = layer(ones), layer(ones)
    torch.manual_seed(3)
    assert torch.equal(layer(ones), first)
    assert not torch.equal(first, second)


def test_every_place_in_a_word_of_random_bits_is_dropped_as_often() -> None:
    torch.manual_seed(1)
    kept = ByteDropout(0.5).train()(torch.ones(20_000, 8)) != 0
    assert kept.float().mean(dim=0).tolist() == pytest.approx([0.5] * 8, abs=0.02)


def test_nothing_is_dropped_in_eval_mode_or_at_zero() -> None:
    inputs = torch.randn(5, 7)
    assert torch.equal(ByteDropout(0.5).eval()(inputs), inputs)
    assert torch.equal(ByteDropout(0.0).train()(inputs), inputs)


def test_dropout_reaches_every_module_and_attention_follows_unless_it_is_named() -> None:
    model, _ = load_base(ModelRef(str(tiny.t5())))
    assert rates(model) == {"modules": {0.1}, "adapter": set(), "attention": {0.1}, "numbers": set()}
    set_dropout(model, 0.25, None)
    assert rates(model)["modules"] == rates(model)["attention"] == {0.25}
    set_dropout(model, 0.25, 0.0)
    assert (rates(model)["modules"], rates(model)["attention"]) == ({0.25}, {0.0})
    set_dropout(model, None, None)
    assert (rates(model)["modules"], rates(model)["attention"]) == ({0.25}, {0.0})


def test_an_adapters_own_dropout_stays_its_own() -> None:
    trainee = tiny.trainee("lora", adapter={"dropout": 0.05}, dropout=0.2)
    assert (rates(trainee.model)["adapter"], rates(trainee.model)["modules"]) == ({0.05}, {0.2})


def test_attention_dropout_is_not_put_where_bart_drops_hidden_states() -> None:
    model, _ = load_base(ModelRef(str(tiny.bart())))
    set_dropout(model, 0.3, 0.0)
    assert rates(model)["attention"] == {0.0}
    assert rates(model)["numbers"] == {0.3}
