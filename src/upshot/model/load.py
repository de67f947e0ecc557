"""Base models: any sequence-to-sequence checkpoint in safetensors, by folder or hub id, checked when it is loaded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from upshot.errors import ModelError
from upshot.model.fused import fuse
from upshot.model.noise import quiet
from upshot.model.place import ModelRef, first_line, model_folder, unloadable
from upshot.model.tokens import Tokenizer

PICKLES: Final = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "*.h5", "*.msgpack")
TOKENIZERS: Final = ("tokenizer.json", "spiece.model", "tokenizer.model", "source.spm", "vocab.json", "vocab.txt")


def load_base(ref: ModelRef, *, fused: bool = True) -> tuple[Any, Tokenizer]:
    """A fresh base model in fp32 and eval mode with its tokenizer; without `fused` its modules are transformers' own.

    Raises:
        ModelError: not there, not safetensors, not sequence-to-sequence, remote code, or head and tokenizer do not fit.
    """
    import torch
    from huggingface_hub.errors import StrictDataclassError
    from safetensors import SafetensorError
    from transformers import AutoModelForSeq2SeqLM

    folder = model_folder(ref)
    if folder is not None:
        check_folder(folder)
    try:
        with quiet():
            model, report = AutoModelForSeq2SeqLM.from_pretrained(
                ref.name if folder is None else str(folder),
                revision=ref.revision,
                dtype=torch.float32,
                use_safetensors=True,
                trust_remote_code=False,
                # T5's position bias keeps sdpa off its fast kernels on CPU: eager is measured faster there.
                attn_implementation="sdpa" if torch.cuda.is_available() else "eager",
                ignore_mismatched_sizes=True,  # reported by name below
                output_loading_info=True,
            )
    except (OSError, ValueError, SafetensorError, StrictDataclassError) as error:
        raise ModelError(unloadable(ref, error)) from None
    _check_complete(report, ref.name)
    tokenizer = load_tokenizer(ref)
    _check_fit(model, tokenizer, ref.name)
    return own_decoding(fuse(model) if fused else model).eval(), tokenizer


def own_decoding(model: Any) -> Any:
    """The model without its checkpoint's decoding settings: a forgotten min_length would join in every arm's own."""
    from transformers import GenerationConfig

    kept = ("pad_token_id", "bos_token_id", "eos_token_id", "decoder_start_token_id")
    model.generation_config = GenerationConfig(**{name: getattr(model.generation_config, name) for name in kept})
    return model


def load_tokenizer(ref: ModelRef) -> Tokenizer:
    """The tokenizer of a model, or of an arm's weights.

    Raises:
        ModelError: not there or not readable.
    """
    from transformers import AutoTokenizer

    folder = model_folder(ref)
    if folder is not None and not any((folder / name).exists() for name in TOKENIZERS):
        raise ModelError(f"{folder}: no tokenizer; expected tokenizer.json or spiece.model")
    try:
        with quiet():
            return AutoTokenizer.from_pretrained(
                ref.name if folder is None else str(folder), revision=ref.revision, trust_remote_code=False
            )
    except (OSError, ValueError, KeyError, ImportError) as error:
        if folder is None and isinstance(error, OSError):
            raise ModelError(unloadable(ref, error)) from None
        hint = "; a bare spiece.model needs `pip install sentencepiece protobuf`" if "tiktoken" in str(error) else ""
        raise ModelError(f"{ref.name}: the tokenizer cannot be loaded ({first_line(error)}){hint}") from None


def check_folder(folder: Path) -> dict[str, Any]:
    """The configuration of a model folder, read as data before any library sees it.

    Raises:
        ModelError: no config.json, pickled weights only, or a configuration that asks for code.
    """
    path = folder / "config.json"
    if not path.exists():
        raise ModelError(f"{folder}: no config.json; expected a model folder in the Hugging Face layout")
    try:
        config: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise ModelError(f"{path}: not valid JSON") from None
    for key in config:
        if key == "auto_map" or key.startswith("_attn_implementation_") or key.startswith("_experts_"):
            raise ModelError(f"config.json key '{key}' is not allowed: it makes a checkpoint run code", code="M02")
    if not list(folder.glob("*.safetensors")):
        pickled = sorted(found.name for pattern in PICKLES for found in folder.glob(pattern))
        if pickled:
            raise ModelError(
                f"pickle weights are not loaded ({pickled[0]}); convert them on a machine you trust: "
                f"AutoModelForSeq2SeqLM.from_pretrained('{folder}').save_pretrained('NEW') writes safetensors",
                code="M01",
            )
        raise ModelError(f"{folder}: no *.safetensors file with weights")
    return config


def _check_complete(report: dict[str, Any], name: str) -> None:
    """Raises ModelError where the file lacks a tensor, or has it in another shape: it would be random, unsaid."""
    absent = sorted(report["missing_keys"])
    if absent:
        raise ModelError(f"{name}: the weights lack {len(absent)} tensors, the first is {absent[0]}")
    other = sorted(report["mismatched_keys"])
    if other:
        key, stored, expected = other[0]
        raise ModelError(
            f"{name}: config.json and the weights differ in {len(other)} shapes, the first is {key}: "
            f"{tuple(stored)} in the file, {tuple(expected)} in the configuration"
        )


def _check_fit(model: Any, tokenizer: Tokenizer, name: str) -> None:
    """Raises ModelError where the embedding rows do not cover the tokenizer, or an own head was tied on the way.

    FLAN-T5 has 32,128 rows for 32,100 tokens: more rows are right, and they are never shrunk.
    """
    rows = model.get_input_embeddings().weight.shape[0]
    if len(tokenizer) > rows:
        raise ModelError(f"{name}: tokenizer has {len(tokenizer):,} tokens, the model {rows:,} rows")
    head = model.get_output_embeddings()
    if head is None or head.weight.shape[0] != rows:
        raise ModelError(f"{name}: the output head does not fit the {rows:,} embedding rows")
    for name_of, parameter in model.named_parameters():
        if not bool(parameter.isfinite().all()):
            raise ModelError(f"{name}: weight {name_of} is not finite")
    own = getattr(model.config, "scale_decoder_outputs", None) is False
    if own and head.weight.data_ptr() == model.get_input_embeddings().weight.data_ptr():
        raise ModelError(f"{name}: the configuration promises a head of its own, but it shares the embeddings")
