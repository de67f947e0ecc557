"""Checkpoints: safetensors and JSON, staged, synced, renamed, manifest last; damaged ones are passed over."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from upshot.errors import ModelError, NumbersError
from upshot.rundir import damage, remove, staged_folder

FOLDER: Final = re.compile(r"step-(\d{8})")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint that was found whole: its folder, its step, and the state saved with it."""

    folder: Path
    step: int
    state: Mapping[str, Any]


def save_checkpoint(
    root: Path, step: int, parameters: Sequence[tuple[str, Any]], optimizer: Any, *, state: Mapping[str, Any]
) -> Path:
    """Publish `step-NNNNNNNN` under `root`: trained tensors, optimiser tensors, state.json, MANIFEST.json.

    Raises:
        NumbersError: a weight that is not finite; no such checkpoint is ever published.
        ResourceError: the disk is full; earlier checkpoints stay intact.
    """
    check_finite(parameters, step)
    weights = {name: parameter.detach().cpu().contiguous() for name, parameter in parameters}
    tensors, numbers = _flat(optimizer.state_dict())
    target = root / f"step-{step:08d}"
    with staged_folder(target) as folder:
        _save(weights, folder / "weights.safetensors")
        _save(tensors, folder / "optim.safetensors")
        content = {"step": step, "optimizer": numbers, **state}
        (folder / "state.json").write_text(json.dumps(content, allow_nan=False) + "\n", encoding="utf-8")
    return target


def check_finite(parameters: Sequence[tuple[str, Any]], step: int) -> None:
    """Raises NumbersError where a weight is not finite."""
    for name, parameter in parameters:
        if not bool(torch.isfinite(parameter.detach()).all()):
            raise NumbersError(f"weight {name} is not finite after step {step}; no checkpoint was written")


def _save(tensors: dict[str, torch.Tensor], path: Path) -> None:
    try:
        save_file(tensors, str(path))
    except SafetensorError as error:
        raise OSError(0, str(error)) from None  # safetensors' own name for a full disk


def latest_checkpoint(root: Path) -> tuple[Checkpoint | None, list[str]]:
    """The newest whole checkpoint, if any, and a warning for each damaged one passed over.

    Raises:
        ModelError: there are checkpoints, and all of them are damaged.
    """
    folders = checkpoint_folders(root)
    warnings: list[str] = []
    for folder in reversed(folders):
        problem = damage(folder)
        if problem is None:
            state = json.loads((folder / "state.json").read_text(encoding="utf-8"))
            if warnings:
                warnings.append(f"using step {state['step']}")
            return Checkpoint(folder, state["step"], state), warnings
        warnings.append(f"step {_step(folder)} is damaged ({problem})")
    if folders:
        raise ModelError(f"no usable checkpoint in {root}: {'; '.join(warnings)}; delete the folder to train anew")
    return None, []


def checkpoint_folders(root: Path) -> list[Path]:
    """Checkpoint folders by step, oldest first."""
    found = [path for path in root.iterdir() if FOLDER.fullmatch(path.name)] if root.is_dir() else []
    return sorted(found, key=_step)


def restore(checkpoint: Checkpoint, parameters: Sequence[tuple[str, Any]], optimizer: Any) -> None:
    """Copy a checkpoint's tensors into parameters and optimiser, in place.

    Raises:
        ModelError: names or shapes are others than this arm's.
    """
    restore_weights(checkpoint.folder, parameters)
    saved = load_file(str(checkpoint.folder / "optim.safetensors"))
    optimizer.load_state_dict(_nested(saved, checkpoint.state["optimizer"], optimizer.state_dict()))


def restore_weights(folder: Path, parameters: Sequence[tuple[str, Any]]) -> None:
    """Copy the weights of a checkpoint folder into parameters, in place."""
    saved = load_file(str(folder / "weights.safetensors"))
    if set(saved) != {name for name, _ in parameters}:
        raise ModelError(f"{folder}: holds other tensors than this arm trains; its adapter or tuning has changed")
    with torch.no_grad():
        for name, parameter in parameters:
            if saved[name].shape != parameter.shape:
                raise ModelError(
                    f"{folder}: {name} has shape {tuple(saved[name].shape)}, expected {tuple(parameter.shape)}"
                )
            parameter.copy_(saved[name])


def prune(root: Path, keep: set[int]) -> None:
    """Remove all checkpoints but those of the steps in `keep`."""
    for folder in checkpoint_folders(root):
        if _step(folder) not in keep:
            remove(folder)


def _step(folder: Path) -> int:
    match = FOLDER.fullmatch(folder.name)
    return int(match.group(1)) if match else -1


def _flat(state: Mapping[str, Any]) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Optimiser state as named tensors, and the rest as JSON-ready numbers under the same kind of names."""
    tensors: dict[str, torch.Tensor] = {}
    numbers: dict[str, Any] = {}
    for index, slots in state["state"].items():
        for name, value in slots.items():
            if isinstance(value, torch.Tensor):
                tensors[f"{index}.{name}"] = value.detach().cpu().contiguous()
            elif value is None or (isinstance(value, int | float) and math.isfinite(value)):
                numbers[f"{index}.{name}"] = value
            else:
                raise NumbersError(f"optimiser state {name} is not a finite number")
    return tensors, numbers


def _nested(tensors: Mapping[str, torch.Tensor], numbers: Mapping[str, Any], like: Mapping[str, Any]) -> dict[str, Any]:
    """The inverse of `_flat`, with the parameter groups of the living optimiser."""
    state: dict[int, dict[str, Any]] = {}
    for key, value in [*tensors.items(), *numbers.items()]:
        index, name = key.split(".", 1)
        state.setdefault(int(index), {})[name] = value
    return {"state": state, "param_groups": like["param_groups"]}
