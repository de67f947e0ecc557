"""Parameter counts without loading weights."""

import shutil
from pathlib import Path

import pytest

import tiny
from upshot.errors import ModelError
from upshot.model.adapters import parameter_counts
from upshot.model.load import ModelRef, load_base
from upshot.model.size import MAX_HEADER_BYTES, Shape, parameter_count, shape_of
from upshot.recipe import ModelSettings, ScratchSettings


@pytest.mark.parametrize("base", ["t5", "flan"])
def test_the_count_of_a_folder_is_that_of_the_loaded_model(base: str) -> None:
    ref = ModelRef(str(getattr(tiny, base)()))
    assert parameter_count(ref) == parameter_counts(load_base(ref)[0])["all"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a safetensors file"),
        (b"\xff" * 100, "not a safetensors file"),
        ((MAX_HEADER_BYTES + 1).to_bytes(8, "little"), "not a safetensors file"),
        ((4).to_bytes(8, "little") + b"{xx}", "its header is damaged"),
    ],
)
def test_a_file_of_another_kind_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny.t5(), tmp_path / "model"))
    (folder / "model.safetensors").write_bytes(content)
    with pytest.raises(ModelError, match=message):
        parameter_count(ModelRef(str(folder)))
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"no \*\.safetensors file"):
        parameter_count(ModelRef(str(folder)))


@pytest.mark.parametrize("base", ["t5", "flan"])
def test_the_shape_of_a_t5_is_read_from_its_configuration(base: str) -> None:
    ref = ModelRef(str(getattr(tiny, base)()))
    vocabulary = len(tiny.tokenizer())
    assert shape_of(ModelSettings(name=ref.name)) == Shape(parameter_count(ref), 32, 64, 2, 32, 2, 2, vocabulary, True)


def test_the_shape_of_a_bart_is_read_in_its_own_words() -> None:
    shape = shape_of(ModelSettings(name=str(tiny.bart())))
    assert (shape.width, shape.feedforward, shape.heads, shape.inner) == (32, 64, 2, 32)
    assert (shape.encoder_layers, shape.decoder_layers, shape.gated) == (1, 1, False)


def test_a_base_made_from_nothing_has_the_parameters_that_it_will_have() -> None:
    scratch = ScratchSettings(vocab_size=640, **tiny.SHAPE)
    shape = shape_of(ModelSettings(scratch=scratch))
    assert shape.parameters == pytest.approx(parameter_count(ModelRef(str(tiny.t5()))), rel=0.05)


def test_what_a_configuration_leaves_out_is_guessed_from_the_parameters(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny.t5(), tmp_path / "model"))
    (folder / "config.json").write_text('{"model_type": "other", "vocab_size": "many"}')
    shape = shape_of(ModelSettings(name=str(folder)))
    assert (shape.width, shape.heads, shape.encoder_layers, shape.vocabulary) == (64, 1, 12, 32_128)
