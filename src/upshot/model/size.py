"""The number of parameters of a model, without loading its weights."""

from __future__ import annotations

import json
import struct
from math import prod
from pathlib import Path
from typing import Final

from upshot.errors import ModelError
from upshot.model.place import ModelRef, model_folder

MAX_HEADER_BYTES: Final = 100_000_000


def parameter_count(ref: ModelRef) -> int:
    """Parameters of a model folder's safetensors files, or of a hub model's configuration.

    Raises:
        ModelError: neither weights nor configuration can be read.
    """
    folder = model_folder(ref)
    if folder is not None:
        files = sorted(folder.glob("*.safetensors"))
        if not files:
            raise ModelError(f"{folder}: no *.safetensors file with weights")
        return sum(_stored(path) for path in files)
    return _configured(ref)


def _stored(path: Path) -> int:
    """Elements of a safetensors file, from its header: 8 bytes of length, then JSON."""
    with path.open("rb") as stream:
        start = stream.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else MAX_HEADER_BYTES + 1
        if length > MAX_HEADER_BYTES:
            raise ModelError(f"{path}: not a safetensors file")
        try:
            header = json.loads(stream.read(length))
        except (json.JSONDecodeError, UnicodeDecodeError):
            raise ModelError(f"{path}: its header is damaged") from None
    return sum(prod(entry["shape"]) for name, entry in header.items() if name != "__metadata__")


def _configured(ref: ModelRef) -> int:
    import torch
    from transformers import AutoConfig, AutoModelForSeq2SeqLM

    try:
        config = AutoConfig.from_pretrained(ref.name, revision=ref.revision, trust_remote_code=False)
    except (OSError, ValueError) as error:
        first = str(error).split("\n")[0]
        raise ModelError(
            f"{ref.name}: neither in the local cache nor reachable ({first[:120]}); download it where there is a "
            f"network, then set model.name to the folder"
        ) from None
    with torch.device("meta"):
        model = AutoModelForSeq2SeqLM.from_config(config)
    count = sum(parameter.numel() for parameter in model.parameters())
    # A T5 made from its configuration ties its head in transformers 5; FLAN-T5 has a head of its own.
    own = getattr(config, "scale_decoder_outputs", None) is False
    tied = model.get_output_embeddings().weight is model.get_input_embeddings().weight
    return count + (model.get_input_embeddings().weight.numel() if own and tied else 0)
