"""Checkpoints: what is published is whole, and what is damaged is passed over."""

import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
import torch

import tiny
from upshot.errors import ModelError, NumbersError
from upshot.model.adapters import trained_parameters
from upshot.train.checkpoint import (
    check_finite,
    checkpoint_folders,
    latest_checkpoint,
    prune,
    restore,
    restore_weights,
    save_checkpoint,
)

FILES: Final = ("weights.safetensors", "optim.safetensors", "state.json", "MANIFEST.json")


def half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


DAMAGES: Final[dict[str, Callable[[bytes], bytes | None]]] = {
    "deleted": lambda _: None,
    "empty": lambda _: b"",
    "half": half,
    "two bytes more": lambda content: content + b"\0\0",
    "zeros": lambda content: bytes(len(content)),
    "one bit flipped": flipped,
}


def save(root: Path, *steps: int, tuning: str = "full", optimizer: str = "adamw") -> Any:
    """Checkpoints of a tiny training after these steps, and the trainee as it then is."""
    trainee = tiny.trainee(tuning, optimizer=optimizer)
    for step in steps:
        tiny.steps(trainee, tiny.encoded())
        save_checkpoint(root, step, trained_parameters(trainee.model), trainee.optimizer, state={"seconds": 1.5})
    return trainee


@pytest.mark.parametrize("optimizer", ["adamw", "adafactor"])
@pytest.mark.parametrize("tuning", ["full", "lora"])
def test_weights_and_optimiser_come_back_bit_for_bit(tuning: str, optimizer: str, tmp_path: Path) -> None:
    trainee = save(tmp_path, 1, tuning=tuning, optimizer=optimizer)
    found, warnings = latest_checkpoint(tmp_path)
    assert found is not None
    assert (found.step, found.state["seconds"], warnings) == (1, 1.5, [])
    other = tiny.trainee(tuning, optimizer=optimizer)
    restore(found, trained_parameters(other.model), other.optimizer)
    for (_, a), (_, b) in zip(trained_parameters(trainee.model), trained_parameters(other.model), strict=True):
        assert torch.equal(a, b)
    ours, theirs = trainee.optimizer.state_dict()["state"], other.optimizer.state_dict()["state"]
    assert ours.keys() == theirs.keys() != set()
    for index, slots in ours.items():
        for name, value in slots.items():
            assert torch.equal(torch.as_tensor(value), torch.as_tensor(theirs[index][name])), name
    again = [tiny.steps(each, tiny.encoded())[0].loss for each in (trainee, other)]
    assert again[0] == again[1]


@pytest.mark.parametrize("damage", list(DAMAGES))
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_checkpoint_is_passed_over_with_a_warning(name: str, damage: str, tmp_path: Path) -> None:
    _fill(tmp_path)
    _harm(tmp_path / "step-00000008" / name, DAMAGES[damage])
    found, warnings = latest_checkpoint(tmp_path)
    assert found is not None
    assert found.step == 4
    assert warnings[0].startswith("step 8 is damaged (")
    assert name in warnings[0] or name == "MANIFEST.json"  # a bit of the manifest accuses the file that it names
    assert warnings[1] == "using step 4"


def _fill(root: Path) -> None:
    """Two checkpoints of one parameter, for what does not depend on their content."""
    weight = torch.nn.Parameter(torch.arange(64.0).reshape(8, 8))
    optimizer = torch.optim.AdamW([weight])
    weight.sum().backward()
    optimizer.step()
    for step in (4, 8):
        save_checkpoint(root, step, [("w", weight)], optimizer, state={})


def _harm(path: Path, change: Callable[[bytes], bytes | None]) -> None:
    content = change(path.read_bytes())
    path.unlink()
    if content is not None:
        path.write_bytes(content)


def test_a_file_of_another_step_is_found_out(tmp_path: Path) -> None:
    save(tmp_path, 4, 8)
    (tmp_path / "step-00000008" / "optim.safetensors").write_bytes(
        (tmp_path / "step-00000004" / "optim.safetensors").read_bytes()
    )
    found, warnings = latest_checkpoint(tmp_path)
    assert found is not None
    assert (found.step, warnings[0]) == (4, "step 8 is damaged (optim.safetensors: checksum differs)")


def test_where_none_is_left_the_error_lists_them_all(tmp_path: Path) -> None:
    _fill(tmp_path)
    for step in (4, 8):
        (tmp_path / f"step-{step:08d}" / "state.json").unlink()
    with pytest.raises(ModelError, match=r"no usable checkpoint in .*step 8 is damaged .*; step 4 is damaged") as none:
        latest_checkpoint(tmp_path)
    assert none.value.exit_code == 4


def test_no_folder_is_no_checkpoint_and_no_error(tmp_path: Path) -> None:
    assert latest_checkpoint(tmp_path / "none") == (None, [])


def test_pickles_beside_a_checkpoint_are_never_opened(tmp_path: Path) -> None:
    _fill(tmp_path)
    canary = tmp_path / "canary"
    poison = f"cos\nsystem\n(S'touch {canary}'\ntR.".encode()
    for name in ("rng_state.pth", "optimizer.pt", "pytorch_model.bin"):
        (tmp_path / "step-00000008" / name).write_bytes(poison)
    found, _ = latest_checkpoint(tmp_path)
    assert found is not None
    weight = torch.nn.Parameter(torch.zeros(8, 8))
    restore(found, [("w", weight)], torch.optim.AdamW([weight]))
    assert weight.abs().sum() > 0
    assert not canary.exists()


def test_a_weight_that_is_no_number_is_never_published(tmp_path: Path) -> None:
    weight = torch.nn.Parameter(torch.tensor([[1.0, float("inf")]]))
    with pytest.raises(NumbersError, match="weight w is not finite after step 3; no checkpoint was written"):
        save_checkpoint(tmp_path, 3, [("w", weight)], torch.optim.AdamW([weight]), state={})
    assert checkpoint_folders(tmp_path) == []
    with pytest.raises(NumbersError):
        check_finite([("w", weight)], 3)


def test_other_names_or_shapes_are_refused(tmp_path: Path) -> None:
    _fill(tmp_path)
    folder = tmp_path / "step-00000008"
    with pytest.raises(ModelError, match="holds other tensors than this arm trains"):
        restore_weights(folder, [("v", torch.nn.Parameter(torch.zeros(8, 8)))])
    with pytest.raises(ModelError, match=r"w has shape \(8, 8\), expected \(8, 9\)"):
        restore_weights(folder, [("w", torch.nn.Parameter(torch.zeros(8, 9)))])


def test_pruning_keeps_what_it_is_told_to(tmp_path: Path) -> None:
    _fill(tmp_path)
    (tmp_path / "log.jsonl").write_text("", encoding="utf-8")
    prune(tmp_path, {8})
    assert [path.name for path in checkpoint_folders(tmp_path)] == ["step-00000008"]
    prune(tmp_path, set())
    assert [path.name for path in tmp_path.iterdir()] == ["log.jsonl"]


FULL_DISK: Final = """
import resource, sys
from pathlib import Path
import torch
from upshot.errors import ResourceError
from upshot.train.checkpoint import latest_checkpoint, save_checkpoint

root = Path(sys.argv[1])
weight = torch.nn.Parameter(torch.zeros(1000, 100))
optimizer = torch.optim.AdamW([weight])
save_checkpoint(root, 4, [("w", weight)], optimizer, state={})
resource.setrlimit(resource.RLIMIT_FSIZE, (64_000, resource.RLIM_INFINITY))
try:
    save_checkpoint(root, 8, [("w", weight)], optimizer, state={})
except ResourceError as error:
    print(error.exit_code, error.message)
print(latest_checkpoint(root)[0].step, sorted(path.name for path in root.iterdir()))
"""


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="needs limits on file sizes")
def test_a_full_disk_leaves_the_older_checkpoint_and_nothing_half_done(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)], capture_output=True, text=True, check=True, timeout=120
    )
    first, second = done.stdout.splitlines()
    assert first.startswith(f"5 {tmp_path}/step-00000008: cannot be saved (")
    assert second == "4 ['step-00000004']"
