"""Exporting: only what rates texts as its source does is written, adapters are merged, nothing is made twice."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

import tiny
from upshot.errors import ModelError
from upshot.model import export as room
from upshot.model.adapters import prepare_tuning
from upshot.model.ct2 import open_translator, translate
from upshot.model.export import BOUNDS, Exported, convert, export_arm, whole_model
from upshot.model.generate import generate_batch
from upshot.model.load import ModelRef, load_base, load_tokenizer
from upshot.model.save import save_weights
from upshot.recipe import AdapterSettings, GenerationSettings, PromptSettings
from upshot.rundir import damage


def arm(base: Path, weights: Path | None = None, **decoding: Any) -> Exported:
    return Exported(ModelRef(str(base)), weights, PromptSettings(), GenerationSettings(max_new_tokens=8, **decoding))


def adapter(folder: Path, kind: str) -> Path:
    """A saved adapter on the tiny FLAN that changes its outputs."""
    model, tokenizer = load_base(ModelRef(str(tiny.flan())))
    tuned = prepare_tuning(model, kind, AdapterSettings(), seed=1)
    torch.manual_seed(2)
    with torch.no_grad():
        for name, parameter in tuned.named_parameters():
            if parameter.requires_grad and "lora_B" in name:
                parameter.normal_(std=0.5)
    save_weights(folder, tuned, tokenizer, prompt=PromptSettings(), base=ModelRef(str(tiny.flan())))
    return folder


@pytest.mark.parametrize("base", ["t5", "flan", "bart"])
@pytest.mark.parametrize("quantization", ["float32", "int8"])
def test_an_export_holds_all_that_its_use_needs_and_its_measured_difference(
    base: str, quantization: str, tmp_path: Path
) -> None:
    target = tmp_path / "ct2"
    facts = export_arm(arm(getattr(tiny, base)()), target, quantization=quantization)
    names = {"model.bin", "config.json", "tokenizer.json", "prompt.json", "generation.json", "export.json"}
    assert names <= {path.name for path in target.iterdir()}
    assert damage(target) is None
    assert facts == json.loads((target / "export.json").read_text(encoding="utf-8"))
    assert facts["parity"]["summaries"] == room.RATED
    assert 0 <= facts["parity"]["mean"] <= facts["parity"]["max"] <= BOUNDS[quantization]
    model, tokenizer = load_base(ModelRef(str(getattr(tiny, base)())))
    assert facts["parameters"]["all"] == sum(parameter.numel() for parameter in model.parameters())
    assert load_tokenizer(ModelRef(str(target))).get_vocab() == tokenizer.get_vocab()


def test_an_export_of_the_same_weights_is_not_made_again_and_a_damaged_one_is(tmp_path: Path) -> None:
    target, source = tmp_path / "ct2", arm(tiny.flan())
    export_arm(source, target, quantization="int8")
    before = (target / "model.bin").stat().st_mtime_ns
    export_arm(source, target, quantization="int8")
    assert (target / "model.bin").stat().st_mtime_ns == before
    (target / "model.bin").write_bytes(b"half")
    export_arm(source, target, quantization="int8")
    assert damage(target) is None
    export_arm(arm(tiny.flan(), beams=2), target, quantization="int8")
    assert json.loads((target / "generation.json").read_text(encoding="utf-8"))["beams"] == 2


def test_an_adapter_is_merged_before(tmp_path: Path) -> None:
    weights = adapter(tmp_path / "weights", "lora")
    export_arm(arm(tiny.flan(), weights), tmp_path / "ct2", quantization="float32")
    model, tokenizer = whole_model(arm(tiny.flan(), weights))
    assert not hasattr(model, "peft_config")
    settings = GenerationSettings(max_new_tokens=8)
    translator = open_translator(tmp_path / "ct2", quantization="float32")
    ours = translate(translator, tokenizer, tiny.encoded(), settings=settings)
    theirs = generate_batch(model, tokenizer, tiny.encoded(), settings=settings, seed=0)
    plain, _ = load_base(ModelRef(str(tiny.flan())))
    untuned = generate_batch(plain, tokenizer, tiny.encoded(), settings=settings, seed=0)
    assert [item.prediction for item in ours] == [item.prediction for item in theirs]
    assert [item.prediction for item in ours] != [item.prediction for item in untuned]


def test_an_adapter_that_cannot_be_merged_is_refused(tmp_path: Path) -> None:
    weights = adapter(tmp_path / "weights", "prompt")
    with pytest.raises(ModelError, match="cannot be merged"):
        export_arm(arm(tiny.flan(), weights), tmp_path / "ct2", quantization="int8")
    assert not (tmp_path / "ct2").exists()


def test_a_conversion_that_is_not_faithful_is_refused_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its cure the converter scales the outputs of a model with a head of its own: the gate sees it."""

    def uncured(model: Any, tokenizer: Any, folder: Path, *, config: str, quantization: str) -> None:
        kept, model.config.scale_decoder_outputs = model.config.scale_decoder_outputs, None
        model.config.tie_word_embeddings = True
        convert(model, tokenizer, folder, config=config, quantization=quantization)
        model.config.scale_decoder_outputs = kept

    monkeypatch.setattr(room, "convert", uncured)
    with pytest.raises(ModelError, match="not the one it was made of"):
        export_arm(arm(tiny.flan()), tmp_path / "ct2", quantization="float32")
    assert list(tmp_path.iterdir()) == []


def test_a_kind_of_model_that_ctranslate2_does_not_know_is_said_so(tmp_path: Path) -> None:
    model, tokenizer = load_base(ModelRef(str(tiny.flan())))
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "config.json").write_text('{"model_type": "led"}', encoding="utf-8")
    with pytest.raises(ModelError, match="cannot convert this t5 model"):
        convert(model, tokenizer, tmp_path / "out", config=str(tmp_path / "source"), quantization="int8")
