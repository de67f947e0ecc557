"""An arm's weights on disk: the Hugging Face layout with the prompt beside it, and a reader that checks it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from upshot.errors import ModelError
from upshot.model.load import check_folder, load_base
from upshot.model.noise import quiet
from upshot.model.place import ModelRef, model_folder, model_hash
from upshot.model.tokens import Tokenizer
from upshot.prompts import dump_prompt, load_prompt
from upshot.recipe import PromptSettings
from upshot.rundir import damage, read_json, staged_folder


def save_weights(target: Path, model: Any, tokenizer: Tokenizer, *, prompt: PromptSettings, base: ModelRef) -> None:
    """Write model or adapter, tokenizer and prompt to `target`, staged and with a manifest.

    Raises:
        ResourceError: the disk is full or not writable.
    """
    with staged_folder(target) as folder, quiet():
        _save_tensors(model, folder)
        tokenizer.save_pretrained(str(folder))
        (folder / "prompt.json").write_text(dump_prompt(prompt), encoding="utf-8")
        if (folder / "adapter_config.json").exists():
            _name_base(folder, base)
            (folder / "README.md").unlink(missing_ok=True)  # PEFT's template card says nothing true of this adapter
        else:
            _keep_head(folder / "config.json", model)


def _save_tensors(model: Any, folder: Path) -> None:
    # PEFT would ask the hub whether the embeddings have changed; they never do here.
    options = {"save_embedding_layers": False} if hasattr(model, "peft_config") else {}
    try:
        model.save_pretrained(str(folder), **options)
    except SafetensorError as error:
        raise OSError(0, str(error)) from None  # safetensors' own name for a full disk


def _name_base(folder: Path, base: ModelRef) -> None:
    """Fill in where the base came from, and which one it was: without it the adapter is unusable elsewhere."""
    path = folder / "adapter_config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config |= {"base_model_name_or_path": base.name, "revision": base.revision}
    path.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    place = model_folder(base)
    if place is not None:
        found = {"sha256": model_hash(base), "from_here": os.path.relpath(place.resolve(), folder.resolve())}
        (folder / "base.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def _keep_head(path: Path, model: Any) -> None:
    """Say in config.json whether the head is its own: transformers 5 writes 'true' always, 4.x would scale by it."""
    config = json.loads(path.read_text(encoding="utf-8"))
    if getattr(model.config, "scale_decoder_outputs", None) is False:
        config["tie_word_embeddings"] = False
        path.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def load_arm(folder: Path, base: ModelRef | None = None) -> tuple[Any, Tokenizer, PromptSettings]:
    """Model or adapter on its base, tokenizer and prompt of an arm's `weights` folder, in eval mode.

    `base` overrides the base that the adapter names, where it is the same one in another place.

    Raises:
        ModelError: the folder is damaged, not one that upshot wrote, or its base is another than it was trained on.
    """
    if (folder / "weights").is_dir():
        folder = folder / "weights"
    if not (folder / "prompt.json").exists():
        raise ModelError(
            f"{folder}: no prompt.json; expected an arm's weights folder, such as runs/NAME/arms/full/weights"
        )
    problem = damage(folder)
    if problem:
        raise ModelError(f"{folder} is damaged ({problem}); delete it and train again")
    prompt = load_prompt((folder / "prompt.json").read_text(encoding="utf-8"))
    if not (folder / "adapter_config.json").exists():
        check_folder(folder)
        model, tokenizer = load_base(ModelRef(str(folder)))
        return model, tokenizer, prompt
    model, tokenizer = load_base(adapter_base(folder, base))
    return load_adapter(model, folder), tokenizer, prompt


def adapter_base(folder: Path, given: ModelRef | None = None) -> ModelRef:
    """The base of an adapter folder: `given` where it has the right weights, else the one that the folder names.

    Raises:
        ModelError: no base is named, or neither of the two is the one that the adapter was trained on.
    """
    named = _named_base(folder)
    wanted = read_json(folder / "base.json").get("sha256")
    found = ""
    for candidate in (given, named):
        if candidate is None:
            continue
        if wanted is None or model_folder(candidate) is None:
            return candidate
        found = model_hash(candidate)
        if found == wanted:
            return candidate
    raise ModelError(f"{folder}: the adapter was trained on base {str(wanted)[:8]}, this is {found[:8]} ({named.name})")


def _named_base(folder: Path) -> ModelRef:
    """The base that an adapter folder names, also after the run folder was moved as a whole."""
    config = read_json(folder / "adapter_config.json")
    name = config.get("base_model_name_or_path")
    if not name:
        raise ModelError(f"{folder}: the adapter does not name its base; give it with model.name")
    beside = folder / read_json(folder / "base.json").get("from_here", "absent")
    moved = name != "starter" and not Path(name).expanduser().is_dir() and beside.is_dir()
    return ModelRef(str(beside.resolve()) if moved else name, config.get("revision"))


def load_adapter(model: Any, folder: Path) -> Any:
    """A saved adapter on `model`, frozen and in eval mode."""
    from peft import PeftModel

    with quiet():
        return PeftModel.from_pretrained(model, str(folder), is_trainable=False).eval()


def is_adapter(folder: Path) -> bool:
    """Whether a weights folder holds an adapter rather than a whole model."""
    return (folder / "adapter_config.json").exists()
