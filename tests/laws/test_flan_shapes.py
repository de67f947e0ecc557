"""The parameter counts that the origin documents print for FLAN-T5 small and base, on random weights."""

from pathlib import Path
from typing import Final

import pytest
import torch

import tiny
from upshot.model.adapters import parameter_counts, prepare_tuning
from upshot.model.load import ModelRef, load_base
from upshot.model.noise import quiet
from upshot.recipe import AdapterSettings

ROWS: Final = 32_128
SMALL: Final = {
    "d_model": 512,
    "d_kv": 64,
    "d_ff": 1024,
    "num_layers": 8,
    "num_decoder_layers": 8,
    "num_heads": 6,
}
BASE: Final = {
    "d_model": 768,
    "d_kv": 64,
    "d_ff": 2048,
    "num_layers": 12,
    "num_decoder_layers": 12,
    "num_heads": 12,
}
COUNTS: Final = {"small": 76_961_152, "base": 247_577_856}
SHAPES: Final = {"small": SMALL, "base": BASE}
# name, rank, trainable and all parameters, per cent as printed
ADAPTERS: Final = [
    ("small", 32, 1_376_256, 78_337_408, "1.76"),
    ("small", 8, 344_064, 77_305_216, "0.45"),
    ("base", 32, 3_538_944, 251_116_800, "1.41"),
]


@pytest.mark.parametrize("name", list(COUNTS))
def test_frozen_and_full_counts_are_those_of_the_documents(name: str) -> None:
    with torch.device("meta"):
        model = tiny.own_head(SHAPES[name], ROWS)
    counts = parameter_counts(prepare_tuning(model, "none", AdapterSettings()))
    assert counts == {"trainable": 0, "all": COUNTS[name]}
    counts = parameter_counts(prepare_tuning(model, "full", AdapterSettings()))
    assert counts == {"trainable": COUNTS[name], "all": COUNTS[name]}


@pytest.mark.parametrize(("name", "rank", "trainable", "whole", "per_cent"), ADAPTERS)
def test_lora_counts_are_those_of_the_documents(
    name: str, rank: int, trainable: int, whole: int, per_cent: str
) -> None:
    with torch.device("meta"):
        model = prepare_tuning(tiny.own_head(SHAPES[name], ROWS), "lora", AdapterSettings(r=rank, alpha=32))
    assert parameter_counts(model) == {"trainable": trainable, "all": whole}
    assert f"{100 * trainable / whole:.2f}" == per_cent


@pytest.mark.parametrize("name", ["small", pytest.param("base", marks=pytest.mark.soak)])
def test_a_checkpoint_of_flans_true_shape_keeps_its_own_head_when_saved_and_reloaded(name: str, tmp_path: Path) -> None:
    made = tiny.own_head(SHAPES[name], ROWS)
    head = made.lm_head.weight.detach().clone()
    with quiet():
        made.save_pretrained(str(tmp_path))
    tiny.tokenizer().save_pretrained(str(tmp_path))
    del made
    model, _ = load_base(ModelRef(str(tmp_path)))
    assert parameter_counts(model) == {"trainable": COUNTS[name], "all": COUNTS[name]}
    assert torch.equal(model.lm_head.weight, head)
    assert model.lm_head.weight.data_ptr() != model.shared.weight.data_ptr()
