"""Loading a base: what is read, and what is refused with a sentence."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
import torch
from safetensors.torch import load_file, save_file

import tiny
from upshot.errors import ModelError
from upshot.model.load import load_base, load_tokenizer
from upshot.model.place import ModelRef

Change = Callable[[Path], Any]


def config(**changes: Any) -> Change:
    """A change of config.json."""

    def change(folder: Path) -> None:
        path = folder / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")

    return change


def tensors(edit: Callable[[dict[str, torch.Tensor]], Any]) -> Change:
    """A change of the weights."""

    def change(folder: Path) -> None:
        path = str(folder / "model.safetensors")
        content = load_file(path)
        edit(content)
        save_file(content, path, metadata={"format": "pt"})

    return change


def written(name: str, content: bytes) -> Change:
    """A file with other content."""
    return lambda folder: (folder / name).write_bytes(content)


def pickled(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"cos\nsystem\n(S'touch /tmp/never'\ntR.")


def without_tokenizer(folder: Path) -> None:
    for path in folder.glob("tokenizer*"):
        path.unlink()


QUERY: Final = "encoder.block.0.layer.0.SelfAttention.q.weight"
FAULTS: Final[dict[str, tuple[Change, str]]] = {
    "no config": (lambda folder: (folder / "config.json").unlink(), r"no config\.json; expected a model folder"),
    "config cut": (written("config.json", b'{"model_type": '), r"config\.json: not valid JSON"),
    "config of another type": (config(d_model="wide"), r"cannot be loaded \(Validation error for field 'd_model'"),
    "not sequence to sequence": (config(model_type="gpt2"), "no sequence-to-sequence model that upshot knows"),
    "unknown family": (config(model_type="dia2"), "no sequence-to-sequence model that upshot knows"),
    "remote code": (config(auto_map={"AutoModel": "evil.Model"}), "config.json key 'auto_map' is not allowed"),
    "kernels": (config(_attn_implementation_internal="evil/repo"), "'_attn_implementation_internal' is not allowed"),
    "pickle only": (pickled, r"pickle weights are not loaded \(pytorch_model\.bin\); convert them"),
    "no weights": (lambda folder: (folder / "model.safetensors").unlink(), r"no \*\.safetensors file"),
    "weights empty": (written("model.safetensors", b""), r"cannot be loaded \(.*header too small"),
    "weights garbage": (written("model.safetensors", b"x" * 4000), r"cannot be loaded \(.*header too large"),
    "tensor missing": (tensors(lambda content: content.pop(QUERY)), f"lack 1 tensors, the first is {QUERY}"),
    "other shape": (config(d_ff=32), r"differ in 12 shapes, .*\(64, 32\) in the file, \(32, 32\) in the config"),
    "not finite": (tensors(lambda content: content["shared.weight"][5].fill_(float("nan"))), "shared.weight is not fi"),
    "no tokenizer": (without_tokenizer, r"no tokenizer; expected tokenizer\.json"),
    "tokenizer cut": (written("tokenizer.json", b'{"version": "1.0", '), "the tokenizer cannot be loaded"),
    "tokenizer of another kind": (written("tokenizer.json", b'{"a": 1}'), "the tokenizer cannot be loaded"),
}


def copy(tmp_path: Path, source: Path) -> Path:
    return Path(shutil.copytree(source, tmp_path / "model"))


@pytest.mark.parametrize("fault", list(FAULTS))
def test_a_folder_that_cannot_be_used_is_refused_with_the_reason(fault: str, tmp_path: Path) -> None:
    folder = copy(tmp_path, tiny.t5())
    change, message = FAULTS[fault]
    change(folder)
    with pytest.raises(ModelError, match=message) as refused:
        load_base(ModelRef(str(folder)))
    assert refused.value.exit_code == 4
    assert "\n" not in refused.value.message
    assert refused.value.code == {"pickle only": "M01", "remote code": "M02", "kernels": "M02"}.get(fault)


def test_weights_cut_in_the_middle_are_refused(tmp_path: Path) -> None:
    folder = copy(tmp_path, tiny.t5())
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_base(ModelRef(str(folder)))


def test_a_tokenizer_larger_than_the_model_is_refused_and_a_smaller_one_is_right(tmp_path: Path) -> None:
    folder = copy(tmp_path, tiny.t5())
    tokenizer = load_tokenizer(ModelRef(str(folder)))
    assert len(tokenizer) == 640
    tokenizer.add_tokens(["#Person8#", "#Person9#"])
    tokenizer.save_pretrained(str(folder))
    with pytest.raises(ModelError, match="tokenizer has 642 tokens, the model 640 rows"):
        load_base(ModelRef(str(folder)))
    roomy = tiny.own_head(tiny.SHAPE, 704)
    roomy.save_pretrained(str(folder))
    model, _ = load_base(ModelRef(str(folder)))
    assert model.shared.weight.shape[0] == model.lm_head.weight.shape[0] == 704


def test_a_head_of_its_own_is_still_its_own() -> None:
    model, _ = load_base(ModelRef(str(tiny.flan())))
    stored = load_file(str(tiny.flan() / "model.safetensors"))
    assert torch.equal(model.lm_head.weight, stored["lm_head.weight"])
    assert model.lm_head.weight.data_ptr() != model.shared.weight.data_ptr()


def test_a_promised_head_that_shares_the_embeddings_is_refused(tmp_path: Path) -> None:
    folder = copy(tmp_path, tiny.flan())
    tensors(lambda content: content.pop("lm_head.weight"))(folder)
    with pytest.raises(ModelError, match=r"lack 1 tensors|head of its own"):
        load_base(ModelRef(str(folder)))


def test_decoding_settings_of_a_checkpoint_never_join_in(tmp_path: Path) -> None:
    folder = copy(tmp_path, tiny.bart())
    plain = tiny.texts(load_base(ModelRef(str(folder)))[0], tiny.encoded(2))
    path = folder / "generation_config.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content |= {"min_length": 9, "num_beams": 4, "no_repeat_ngram_size": 1, "repetition_penalty": 2.0}
    path.write_text(json.dumps(content), encoding="utf-8")
    model, _ = load_base(ModelRef(str(folder)))
    assert tiny.texts(model, tiny.encoded(2)) == plain


def test_a_model_is_loaded_in_fp32_and_eval_mode_whatever_it_was_saved_in(tmp_path: Path) -> None:
    folder = copy(tmp_path, tiny.t5())
    half = {name: tensor.bfloat16() for name, tensor in load_file(str(folder / "model.safetensors")).items()}
    save_file(half, str(folder / "model.safetensors"), metadata={"format": "pt"})
    model, _ = load_base(ModelRef(str(folder)))
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
    assert not model.training
