"""Where a model lies: the starter, a folder or a hub id, and the hash that names it. No library is needed for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from upshot.errors import ModelError
from upshot.rundir import file_sha256, value_sha256

STARTER: Final = Path(__file__).parent.parent / "starter"
HUB_ID: Final = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass(frozen=True, slots=True)
class ModelRef:
    """Where weights come from: the name as the recipe gives it, and a hub revision."""

    name: str
    revision: str | None = None


def model_folder(ref: ModelRef) -> Path | None:
    """The folder of a model: the starter's, or the path itself; None for a hub id.

    Raises:
        ModelError: neither a folder nor shaped like a hub id.
    """
    if ref.name == "starter":
        return STARTER
    path = Path(ref.name).expanduser()
    if path.is_dir():
        return path
    if HUB_ID.fullmatch(ref.name) and not ref.name.startswith("."):
        return None
    raise ModelError(
        f"{ref.name}: no such folder; expected 'starter', a model folder, or a hub id such as google/flan-t5-small"
    )


def model_hash(ref: ModelRef) -> str:
    """SHA-256 that names the base: of its weight files, or of id and commit for a hub model."""
    folder = model_folder(ref)
    if folder is not None:
        return value_sha256({path.name: file_sha256(path) for path in sorted(folder.glob("*.safetensors"))})
    from transformers import AutoConfig

    try:
        config = AutoConfig.from_pretrained(ref.name, revision=ref.revision, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise ModelError(unloadable(ref, error)) from None
    return value_sha256({"id": ref.name, "commit": getattr(config, "_commit_hash", None)})


def unloadable(ref: ModelRef, error: Exception) -> str:
    """What a library's error means for whoever named the model."""
    text = str(error)
    if "Unrecognized configuration class" in text or "Unrecognized model" in text or "model type" in text:
        return (
            f"{ref.name}: no sequence-to-sequence model that upshot knows; expected a T5-like or BART-like checkpoint"
        )
    if model_folder(ref) is None:
        return (
            f"{ref.name}: neither in the local cache nor reachable ({_unreached(error)}); "
            f"download it where there is a network, then set model.name to the folder"
        )
    return f"{ref.name}: cannot be loaded ({first_line(error)})"


def _unreached(error: Exception) -> str:
    """Why the hub was not reached: it was not asked where the network is forbidden, whatever the library says."""
    from huggingface_hub import is_offline_mode

    return "the network is forbidden: --offline, or HF_HUB_OFFLINE" if is_offline_mode() else first_line(error)


def first_line(error: Exception) -> str:
    """The first line of an error, shortened."""
    return str(error).strip().split("\n")[0][:160]
