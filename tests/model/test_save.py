"""An arm's weights on disk."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

import tiny
from upshot.errors import ModelError
from upshot.model.load import ModelRef, load_base
from upshot.model.save import adapter_base, is_adapter, load_arm, save_weights
from upshot.recipe import PromptSettings
from upshot.rundir import damage

PROMPT = PromptSettings(template="Sum up: {dialogue}", max_source_tokens=77)


def save(tmp_path: Path, tuning: str, base: Path | None = None) -> tuple[Path, Any]:
    """A saved arm of one training step, and its trainee."""
    trainee = tiny.trainee(tuning, base=base or tiny.flan())
    tiny.steps(trainee, tiny.encoded(), 2)
    target = tmp_path / "arms" / "a" / "weights"
    ref = ModelRef(str(base or tiny.flan()))
    save_weights(target, trainee.model, tiny.tokenizer(), prompt=PROMPT, base=ref)
    return target, trainee


@pytest.mark.parametrize("tuning", ["full", "lora"])
def test_what_is_saved_comes_back_with_its_prompt_and_a_manifest(tuning: str, tmp_path: Path) -> None:
    folder, trainee = save(tmp_path, tuning)
    assert damage(folder) is None
    assert is_adapter(folder) == (tuning == "lora")
    for given in (folder, folder.parent):
        model, tokenizer, prompt = load_arm(given)
        assert prompt == PROMPT
        assert len(tokenizer) == 640
        assert tiny.texts(model, tiny.encoded(3)) == tiny.texts(trainee.model, tiny.encoded(3))
    assert not list(folder.glob("*.bin"))
    assert not (folder / "README.md").exists()


def test_the_file_says_that_the_head_is_its_own_so_that_other_readers_do_not_scale_it(tmp_path: Path) -> None:
    folder, trainee = save(tmp_path, "full")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert (config["tie_word_embeddings"], config["scale_decoder_outputs"]) == (False, False)
    model, _, _ = load_arm(folder)
    assert torch.equal(model.lm_head.weight, trainee.model.lm_head.weight)


def test_a_tied_head_stays_tied(tmp_path: Path) -> None:
    folder, _ = save(tmp_path, "full", tiny.t5())
    model, _, _ = load_arm(folder)
    assert model.lm_head.weight.data_ptr() == model.shared.weight.data_ptr()


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "prompt.json", "config.json"])
def test_a_flipped_bit_in_any_file_is_found(name: str, tmp_path: Path) -> None:
    folder, _ = save(tmp_path, "full")
    content = bytearray((folder / name).read_bytes())
    content[-3] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(ModelError, match=rf"is damaged \({name}: checksum differs\)"):
        load_arm(folder)


def test_a_folder_that_upshot_did_not_write_is_refused() -> None:
    with pytest.raises(ModelError, match=r"no prompt\.json; expected an arm's weights folder"):
        load_arm(tiny.t5())


def test_an_adapter_on_another_base_is_refused(tmp_path: Path) -> None:
    base = Path(shutil.copytree(tiny.flan(), tmp_path / "base"))
    folder, _ = save(tmp_path, "lora", base)
    tiny.own_head(tiny.SHAPE, 640).save_pretrained(
        str(base), state_dict=load_base(ModelRef(str(tiny.flan())))[0].state_dict()
    )
    (base / "model.safetensors").write_bytes((tiny.flan() / "model.safetensors").read_bytes() + b"")
    assert adapter_base(folder) == ModelRef(str(base))
    changed, _ = load_base(ModelRef(str(base)))
    with torch.no_grad():
        changed.shared.weight[7] += 1
    changed.save_pretrained(str(base))
    with pytest.raises(ModelError, match=r"the adapter was trained on base [0-9a-f]{8}, this is [0-9a-f]{8}"):
        load_arm(folder)
    model, _, _ = load_arm(folder, ModelRef(str(tiny.flan())))  # the right weights in another place
    assert model.peft_config


def test_an_adapter_finds_its_base_after_both_were_moved_together(tmp_path: Path) -> None:
    run = tmp_path / "run"
    base = Path(shutil.copytree(tiny.flan(), run / "base"))
    folder, trainee = save(run, "lora", base)
    moved = Path(shutil.move(run, tmp_path / "elsewhere"))
    model, _, _ = load_arm(moved / folder.relative_to(run))
    assert tiny.texts(model, tiny.encoded(2)) == tiny.texts(trainee.model, tiny.encoded(2))


def test_an_adapter_that_names_no_base_is_refused(tmp_path: Path) -> None:
    folder, _ = save(tmp_path, "lora")
    path = folder / "adapter_config.json"
    config = json.loads(path.read_text(encoding="utf-8")) | {"base_model_name_or_path": None}
    path.write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(ModelError, match="does not name its base"):
        adapter_base(folder)
