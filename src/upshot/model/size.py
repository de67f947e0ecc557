"""The number of parameters of a model and its shape, without loading its weights."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import Any, Final

from upshot.errors import ModelError
from upshot.model.place import ModelRef, model_folder, unloadable
from upshot.recipe import ModelSettings
from upshot.rundir import read_json

MAX_HEADER_BYTES: Final = 100_000_000


@dataclass(frozen=True, slots=True)
class Shape:
    """What memory and work of an encoder-decoder hang on."""

    parameters: int
    width: int
    feedforward: int
    heads: int
    inner: int  # width of all heads together
    encoder_layers: int
    decoder_layers: int
    vocabulary: int
    gated: bool  # three matrices in a feed-forward layer instead of two

    @property
    def layer(self) -> int:
        """Parameters of an encoder layer: four matrices of attention, and the feed-forward layer."""
        return 4 * self.width * self.inner + (3 if self.gated else 2) * self.width * self.feedforward


def shape_of(settings: ModelSettings) -> Shape:
    """The shape of the base that settings name.

    Raises:
        ModelError: neither weights nor configuration can be read.
    """
    scratch = settings.scratch
    if scratch is not None:
        content = scratch.model_dump() | {"is_gated_act": True}
        shape = _shape(content, 0)
        cross = 4 * shape.width * shape.inner * shape.decoder_layers
        layers = (shape.encoder_layers + shape.decoder_layers) * shape.layer
        return replace(shape, parameters=shape.vocabulary * shape.width + layers + cross)
    ref = ModelRef(settings.name, settings.revision)
    folder = model_folder(ref)
    content = _config(ref).to_dict() if folder is None else read_json(folder / "config.json")
    return _shape(content, parameter_count(ref))


def _shape(content: Mapping[str, Any], parameters: int) -> Shape:
    """From a configuration in T5's or BART's words; what a third kind leaves out is guessed from its parameters."""

    def number(*names: str, default: int) -> int:
        found = (content.get(name) for name in names)
        return next((value for value in found if isinstance(value, int) and value > 0), default)

    width = number("d_model", "hidden_size", default=max(64, round((parameters / 400) ** 0.5)))
    heads = number("num_heads", "encoder_attention_heads", default=max(1, width // 64))
    layers = number("num_layers", "encoder_layers", default=12)
    gated = bool(content.get("is_gated_act")) or str(content.get("feed_forward_proj")).startswith("gated")
    return Shape(
        parameters,
        width,
        number("d_ff", "encoder_ffn_dim", default=4 * width),
        heads,
        number("d_kv", default=max(1, width // heads)) * heads,
        layers,
        number("num_decoder_layers", "decoder_layers", default=layers),
        number("vocab_size", default=32_128),
        gated,
    )


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
    from transformers import AutoModelForSeq2SeqLM

    config = _config(ref)
    with torch.device("meta"):
        model = AutoModelForSeq2SeqLM.from_config(config)
    count = sum(parameter.numel() for parameter in model.parameters())
    # A T5 made from its configuration ties its head in transformers 5; FLAN-T5 has a head of its own.
    own = getattr(config, "scale_decoder_outputs", None) is False
    tied = model.get_output_embeddings().weight is model.get_input_embeddings().weight
    return count + (model.get_input_embeddings().weight.numel() if own and tied else 0)


def _config(ref: ModelRef) -> Any:
    from transformers import AutoConfig

    try:
        return AutoConfig.from_pretrained(ref.name, revision=ref.revision, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise ModelError(unloadable(ref, error)) from None
