"""Parameter counts without loading weights."""

import shutil
from pathlib import Path

import pytest

import tiny
from upshot.errors import ModelError
from upshot.model.adapters import parameter_counts
from upshot.model.load import ModelRef, load_base
from upshot.model.size import MAX_HEADER_BYTES, parameter_count


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
