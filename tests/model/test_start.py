"""What an arm starts from: a base, another arm, or nothing."""

from pathlib import Path
from typing import Any

import pytest
import torch

import tiny
from upshot.errors import UsageError
from upshot.model.adapters import parameter_counts, trained_parameters
from upshot.model.load import ModelRef, load_base
from upshot.model.save import save_weights
from upshot.model.start import base_for, base_of, model_to_predict, model_to_train
from upshot.recipe import AdapterSettings, ModelSettings, PromptSettings, ScratchSettings

BASE = ModelRef(str(tiny.flan()))


def arm(tmp_path: Path, tuning: str) -> tuple[Path, Any]:
    """A finished arm's weights folder, and the model that was saved there."""
    trainee = tiny.trainee(tuning, base=tiny.flan())
    tiny.steps(trainee, tiny.encoded(), 2)
    folder = tmp_path / tuning
    save_weights(folder, trainee.model, tiny.tokenizer(), prompt=PromptSettings(), base=BASE)
    return folder, trainee.model


def prepared(start: Path, tuning: str) -> Any:
    return model_to_train(BASE, start, tuning=tuning, adapter=AdapterSettings(r=4), seed=3)[0]


@pytest.mark.parametrize("tuning", ["full", "lora"])
def test_another_arm_frozen_has_nothing_to_train_and_says_what_that_arm_says(tuning: str, tmp_path: Path) -> None:
    folder, trained = arm(tmp_path, tuning)
    model, _ = model_to_predict(BASE, folder)
    assert parameter_counts(model)["trainable"] == 0
    assert not model.training
    assert tiny.texts(model, tiny.encoded(3)) == tiny.texts(trained, tiny.encoded(3))


def test_an_adapter_is_trained_further_from_where_it_was(tmp_path: Path) -> None:
    folder, trained = arm(tmp_path, "lora")
    further = prepared(folder, "lora")
    before = dict(trained_parameters(trained))
    assert before
    for name, parameter in trained_parameters(further):
        assert torch.equal(parameter, before[name])


def test_a_whole_model_is_trained_further_and_may_carry_an_adapter(tmp_path: Path) -> None:
    folder, trained = arm(tmp_path, "full")
    assert tiny.texts(prepared(folder, "full"), tiny.encoded(3)) == tiny.texts(trained, tiny.encoded(3))
    adapted = prepared(folder, "lora")
    assert tiny.texts(adapted, tiny.encoded(3)) == tiny.texts(trained, tiny.encoded(3))
    assert base_of(folder, BASE) == ModelRef(str(folder))  # the adapter stands on that arm, not on its base


def test_another_kind_of_adapter_cannot_stand_on_an_adapter(tmp_path: Path) -> None:
    folder, _ = arm(tmp_path, "lora")
    with pytest.raises(UsageError, match="adapter of kind 'lora': train it further as lora or full, not as dora"):
        prepared(folder, "dora")
    assert base_of(folder, BASE) == BASE


@pytest.mark.parametrize("kind", ["lora", "dora", "rslora", "ia3", "prompt", "prefix"])
def test_the_kind_of_a_saved_adapter_is_known_again(kind: str, tmp_path: Path) -> None:
    folder, _ = arm(tmp_path, kind) if kind != "ia3" else _ia3(tmp_path)
    assert parameter_counts(prepared(folder, kind))["trainable"] > 0


def _ia3(tmp_path: Path) -> tuple[Path, Any]:
    trainee = tiny.trainee("ia3", base=tiny.flan(), adapter={"targets": ("k", "v", "wo")})
    save_weights(tmp_path / "ia3", trainee.model, tiny.tokenizer(), prompt=PromptSettings(), base=BASE)
    return tmp_path / "ia3", trainee.model


def test_a_base_from_nothing_is_made_once_and_never_exchanged_silently(tmp_path: Path) -> None:
    texts = [row.dialogue for row in tiny.rows()]
    settings = ModelSettings(scratch=ScratchSettings(vocab_size=512, **tiny.SHAPE))
    ref = base_for(tmp_path / "base", settings, texts, 5)
    first = (tmp_path / "base" / "model.safetensors").read_bytes()
    assert base_for(tmp_path / "base", settings, [], 5) == ref
    assert (tmp_path / "base" / "model.safetensors").read_bytes() == first
    assert load_base(ref)[0].config.d_model == 32
    wider = ModelSettings(scratch=ScratchSettings(vocab_size=512, **{**tiny.SHAPE, "d_ff": 96}))
    with pytest.raises(UsageError, match=r"scratch\.d_ff: 64 -> 96"):
        base_for(tmp_path / "base", wider, texts, 5)
    with pytest.raises(UsageError, match="seed: 5 -> 6"):
        base_for(tmp_path / "base", settings, texts, 6)


def test_a_named_base_is_taken_as_it_is(tmp_path: Path) -> None:
    named = ModelSettings(name="google/flan-t5-small", revision="main")
    assert base_for(tmp_path / "base", named, [], 0) == ModelRef("google/flan-t5-small", "main")
    assert not (tmp_path / "base").exists()
