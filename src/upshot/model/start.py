"""The model that an arm starts from: its base, a base made from nothing, or another arm's weights."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from upshot.errors import UsageError
from upshot.lineage import refuse_changes
from upshot.model.adapters import prepare_tuning
from upshot.model.load import load_base
from upshot.model.noise import quiet
from upshot.model.place import ModelRef
from upshot.model.save import adapter_base, is_adapter, load_adapter, load_arm
from upshot.model.tokens import Tokenizer
from upshot.recipe import AdapterSettings, ModelSettings
from upshot.rundir import staged_folder


def model_to_train(
    base: ModelRef, start: Path | None, *, tuning: str, adapter: AdapterSettings, seed: int
) -> tuple[Any, Tokenizer]:
    """A fresh model prepared for `tuning`, and its tokenizer. `start` is the weights folder of a finished arm.

    An adapter is trained further as it is, or merged into its base where the tuning is `full`.

    Raises:
        UsageError: the adapter to start from cannot be merged, or another kind of adapter is to stand on it.
    """
    if start is None:
        model, tokenizer = load_base(base)
        return prepare_tuning(model, tuning, adapter, seed=seed), tokenizer
    if not is_adapter(start):
        model, tokenizer, _ = load_arm(start)
        return prepare_tuning(model, tuning, adapter, seed=seed), tokenizer
    kind = _kind(start)
    if tuning not in (kind, "full"):
        raise UsageError(f"{start} is an adapter of kind '{kind}': train it further as {kind} or full, not as {tuning}")
    model, tokenizer = load_base(base)
    if tuning == kind:
        return _adapter_to_train(model, start, kind), tokenizer
    merged = load_adapter(model, start)
    if not hasattr(merged, "merge_and_unload"):
        raise UsageError(
            f"{start}: this kind of adapter cannot be merged into its base, so '{tuning}' cannot start from it"
        )
    with quiet():
        whole = merged.merge_and_unload()
    return prepare_tuning(whole, tuning, adapter, seed=seed), tokenizer


def model_to_predict(base: ModelRef, weights: Path | None) -> tuple[Any, Tokenizer]:
    """A fresh model in eval mode, all parameters frozen: the base, or an arm's weights on it."""
    if weights is None:
        model, tokenizer = load_base(base)
    else:
        model, tokenizer, _ = load_arm(weights, base)
    return model.requires_grad_(False).eval(), tokenizer


def base_of(weights: Path, given: ModelRef) -> ModelRef:
    """What an arm that starts from `weights` stands on: an adapter's base, else the weights themselves."""
    return adapter_base(weights, given) if is_adapter(weights) else ModelRef(str(weights))


def _kind(folder: Path) -> str:
    """The tuning that an adapter folder comes from, in the recipe's words."""
    from peft import PeftConfig

    with quiet():
        config = PeftConfig.from_pretrained(str(folder))
    kind = str(config.peft_type.value).lower().removesuffix("_tuning")
    if kind == "lora" and config.use_dora:
        return "dora"
    if kind == "lora" and config.use_rslora:
        return "rslora"
    return kind


def _adapter_to_train(model: Any, folder: Path, kind: str) -> Any:
    from peft import PeftModel

    if kind in ("prompt", "prefix"):  # PEFT loads these frozen only
        adapted = load_adapter(model, folder)
        adapted.active_peft_config.inference_mode = False
        adapted.prompt_encoder.requires_grad_(True)
        return adapted
    with quiet():
        return PeftModel.from_pretrained(model, str(folder), is_trainable=True)


def base_for(folder: Path, settings: ModelSettings, texts: Iterable[str], seed: int) -> ModelRef:
    """The base that settings name; one made from nothing is written to `folder` once, its tokenizer learned from texts.

    Raises:
        UsageError: the folder holds a base of another shape or seed.
    """
    if settings.scratch is None:
        return ModelRef(settings.name, settings.revision)
    if not folder.is_dir():
        from upshot.model.scratch import new_t5, train_tokenizer

        tokenizer = train_tokenizer(texts, settings.scratch.vocab_size)
        model = new_t5(settings.scratch, len(tokenizer), seed)
        with staged_folder(folder) as staged, quiet():
            model.save_pretrained(str(staged))
            tokenizer.save_pretrained(str(staged))
    made_of = {"scratch": settings.scratch.model_dump(), "seed": seed}
    refuse_changes(folder / "scratch.json", made_of, "the base of this run was made before")
    return ModelRef(str(folder))
