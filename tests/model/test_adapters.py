"""What is trained, counted and refused."""

import pytest
import torch

import tiny
from upshot.errors import UsageError
from upshot.model.adapters import acts, linear_names, parameter_counts, prepare_tuning, trained_parameters
from upshot.model.load import ModelRef, load_base
from upshot.recipe import AdapterSettings


def test_full_tuning_trains_every_tensor_once_and_none_trains_nothing() -> None:
    model, _ = load_base(ModelRef(str(tiny.t5())))
    counts = parameter_counts(prepare_tuning(model, "full", AdapterSettings()))
    assert counts["trainable"] == counts["all"] == sum(p.numel() for _, p in trained_parameters(model))
    assert model.lm_head.weight.data_ptr() == model.shared.weight.data_ptr()
    assert parameter_counts(prepare_tuning(model, "none", AdapterSettings())) == {"trainable": 0, "all": counts["all"]}


def test_lora_trains_rank_times_width_in_and_out_of_its_targets_alone() -> None:
    trainee = tiny.trainee("lora", adapter={"r": 4, "targets": ("q", "v")})
    names = [name for name, _ in trained_parameters(trainee.model)]
    assert all("lora_" in name and (".q." in name or ".v." in name) for name in names)
    assert parameter_counts(trainee.model)["trainable"] == 6 * 2 * 4 * (32 + 32)  # six attention layers, q and v


def test_prompt_tuning_trains_its_tokens_and_none_that_no_decoder_sees() -> None:
    trainee = tiny.trainee("prompt", adapter={"virtual_tokens": 5})
    assert parameter_counts(trainee.model)["trainable"] == 5 * 32


def test_a_target_that_the_model_lacks_is_refused_with_those_it_has() -> None:
    model, _ = load_base(ModelRef(str(tiny.t5())))
    with pytest.raises(UsageError, match=r"no module q_proj; its linear modules are .*\bq, v, wi_0, wi_1, wo"):
        prepare_tuning(model, "lora", AdapterSettings(targets=("q_proj", "v")))
    assert {"q", "k", "v", "o", "wo"} <= linear_names(model)


def test_the_seed_alone_draws_the_first_values_of_an_adapter() -> None:
    def first(seed: int) -> torch.Tensor:
        torch.manual_seed(99 + seed)
        model, _ = load_base(ModelRef(str(tiny.t5())))
        return trained_parameters(prepare_tuning(model, "lora", AdapterSettings(), seed=seed))[0][1]

    one = first(1)
    torch.rand(3)
    assert torch.equal(one, first(1))
    assert not torch.equal(one, first(2))


def test_an_adapter_acts_when_it_changes_a_logit() -> None:
    trainee = tiny.trainee("lora")
    trainee.model.eval()
    assert not acts(trainee.model, [5, 6, 1])
    with torch.no_grad():
        for name, parameter in trained_parameters(trainee.model):
            if "lora_B" in name:
                parameter.fill_(0.1)
    assert acts(trainee.model, [5, 6, 1])
