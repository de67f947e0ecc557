"""Where a model lies, and the hash that names it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

import tiny
from command import environment
from upshot.errors import ModelError
from upshot.model.place import STARTER, ModelRef, first_line, model_folder, model_hash, unloadable


def test_names_are_folders_the_starter_or_hub_ids() -> None:
    assert model_folder(ModelRef("starter")) == STARTER
    assert model_folder(ModelRef(str(tiny.t5()))) == tiny.t5()
    assert model_folder(ModelRef("google/flan-t5-small")) is None
    for name in ("/no/such/folder", "flan-t5-small", "./a/b/c", ""):
        with pytest.raises(ModelError, match="expected 'starter', a model folder, or a hub id"):
            model_folder(ModelRef(name or "no such"))


def test_the_hash_names_the_weights(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny.t5(), tmp_path / "copy"))
    own = model_hash(ModelRef(str(tiny.t5())))
    assert model_hash(ModelRef(str(folder))) == own != model_hash(ModelRef(str(tiny.flan())))
    content = load_file(str(folder / "model.safetensors"))
    content["shared.weight"][0].add_(torch.ones(()))
    save_file(content, str(folder / "model.safetensors"), metadata={"format": "pt"})
    assert model_hash(ModelRef(str(folder))) != own


def test_a_library_that_cannot_load_is_told_in_one_line() -> None:
    folder = ModelRef(str(tiny.t5()))
    assert "no sequence-to-sequence model" in unloadable(folder, ValueError("Unrecognized model in x\nmore"))
    assert unloadable(folder, ValueError("broken\nmore")).endswith("cannot be loaded (broken)")
    assert "neither in the local cache nor reachable" in unloadable(ModelRef("a/b"), OSError("offline"))
    assert len(first_line(OSError("x" * 999))) == 160


def test_a_place_is_found_without_any_tensor_library() -> None:
    code = "import sys, upshot.model.found, upshot.model.opened; print({'torch', 'transformers'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
