"""An arm in CTranslate2's form, written only where it rates texts as the model it comes from does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import torch

from upshot.data.sources import load_splits
from upshot.errors import ModelError
from upshot.model.adapters import parameter_counts
from upshot.model.ct2 import library, mean_logprobs, open_translator, pieces, translate
from upshot.model.generate import generate
from upshot.model.likelihood import LONGEST_SUMMARY, likelihood_batch, with_summaries
from upshot.model.noise import quiet
from upshot.model.place import ModelRef, model_folder, model_hash
from upshot.model.plain_tokenizer import plain_tokenizer
from upshot.model.start import base_of, model_to_predict
from upshot.model.tokens import Tokenizer, decode, encode_prompts, token_ids
from upshot.prompts import dump_prompt, prompt
from upshot.recipe import DataSettings, GenerationSettings, PromptSettings
from upshot.records import Encoded
from upshot.rundir import damage, read_json, staged_folder, value_sha256
from upshot.wording import wording

RATED: Final = 24  # summaries of built-in conversations that both engines rate
# Largest difference of a summary's mean log-probability. float32 measures 1e-6, int8 0.03 on the starter; a wrong
# conversion (CTranslate2 4.8 scales the outputs of FLAN-T5) is off by whole units.
BOUNDS: Final = {"float32": 1e-3, "int8": 0.25}


@dataclass(frozen=True, slots=True)
class Exported:
    """How an arm generates: its weights (None: the base itself), its prompt and its decoding."""

    base: ModelRef
    weights: Path | None
    prompt: PromptSettings
    generation: GenerationSettings


@dataclass(frozen=True, slots=True)
class Parity:
    """Differences in mean log-probability between the exported model and its source over `summaries` texts."""

    summaries: int
    mean: float
    max: float


def export_arm(arm: Exported, target: Path, *, quantization: str, texts: int = 0) -> dict[str, Any]:
    """Write the arm in CTranslate2's form to `target`, with tokenizer, prompt and decoding, and return `export.json`.

    What is there already and comes from the same weights stays. `texts` is of how many built-in conversations the
    summaries of both engines are compared besides, which takes longer than all else.

    Raises:
        ModelError: no such conversion, an adapter that cannot be merged, or the converted model rates texts otherwise.
    """
    made_from = {
        "base": model_hash(arm.base),
        "weights": value_sha256(read_json(arm.weights / "MANIFEST.json")) if arm.weights else None,
        "quantization": quantization,
        "ctranslate2": library().__version__,
        "prompt": arm.prompt.recorded(),
        "generation": arm.generation.model_dump(mode="json"),
    }
    kept = read_json(target / "export.json")
    compared = kept.get("texts", {}).get("dialogues", 0) >= texts
    if kept.get("made_from") == made_from and compared and damage(target) is None:
        return kept
    model, tokenizer = whole_model(arm)
    facts: dict[str, Any] = {"made_from": made_from, "parameters": {**parameter_counts(model), "trainable": 0}}
    with staged_folder(target) as folder:
        rated, asked = built_in(arm.prompt, tokenizer, RATED), built_in(arm.prompt, tokenizer, texts)
        wanted = [likelihood_batch(model.cpu().float(), tokenizer, [item])[0] for item in rated]
        said = [_texts_of(model, tokenizer, asked, settings) for settings in _decodings(arm)] if texts else []
        convert(model, tokenizer, folder, config=config_of(arm), quantization=quantization)
        translator = open_translator(folder, quantization=quantization, threads=torch.get_num_threads())
        facts["parity"] = asdict(check_parity(translator, tokenizer, rated, wanted, bound=BOUNDS[quantization]))
        if texts:
            facts["texts"] = _same_texts(translator, tokenizer, asked, said, arm)
        with quiet():
            tokenizer.save_pretrained(str(folder))
        facts["plain_tokenizer"] = _reads_alike(folder, tokenizer, [*rated, *asked])
        _write(folder / "prompt.json", dump_prompt(arm.prompt))
        _write(folder / "generation.json", arm.generation.model_dump_json(indent=2) + "\n")
        _write(folder / "export.json", json.dumps(facts, indent=2) + "\n")
    return facts


def whole_model(arm: Exported) -> tuple[Any, Tokenizer]:
    """The arm's model in eval mode and fp32 with any adapter merged into it, and its tokenizer.

    Raises:
        ModelError: this kind of adapter cannot be merged.
    """
    base = arm.base if arm.weights is None else base_of(arm.weights, arm.base)
    model, tokenizer = model_to_predict(base, arm.weights)
    if not hasattr(model, "peft_config"):
        return model, tokenizer
    if not hasattr(model, "merge_and_unload"):
        raise ModelError(f"{arm.weights}: this kind of adapter cannot be merged into its base, so it is not exported")
    with quiet():
        return model.merge_and_unload().requires_grad_(False).eval(), tokenizer


def config_of(arm: Exported) -> str:
    """Where the configuration of the arm's whole model lies: a folder, or the id of a hub model."""
    base = arm.base if arm.weights is None else base_of(arm.weights, arm.base)
    folder = model_folder(base)
    return base.name if folder is None else str(folder)


def convert(model: Any, tokenizer: Tokenizer, folder: Path, *, config: str, quantization: str) -> None:
    """Write a loaded model into `folder` in CTranslate2's form. The model is spent: int8 is rounded in its own memory.

    Raises:
        ModelError: CTranslate2 knows no conversion for this kind of model.
    """
    library()
    from ctranslate2.converters import TransformersConverter

    converter = TransformersConverter(config)
    # The model at hand: its adapters are merged, and no file is read again.
    converter.load_model = lambda *_, **__: model
    converter.load_tokenizer = lambda *_, **__: tokenizer
    try:
        with quiet(), _as_the_converter_reads(model.config):
            converter.convert(str(folder), quantization=quantization, force=True)
    except (ValueError, NotImplementedError, AttributeError, KeyError) as error:
        kind = model.config.model_type
        raise ModelError(
            f"CTranslate2 cannot convert this {kind} model ({str(error).splitlines()[0][:120]}); "
            "use predict.engine: transformers"
        ) from None
    _name_missing_tokens(folder / "config.json")


def _name_missing_tokens(path: Path) -> None:
    """Put the end token where a tokenizer has no start token: the library reads no null there, and never uses it."""
    config = read_json(path)
    missing = {key: config["eos_token"] for key, value in config.items() if key.endswith("_token") and value is None}
    _write(path, json.dumps(config | missing, indent=2) + "\n")


@contextmanager
def _as_the_converter_reads(config: Any) -> Iterator[None]:
    """The configuration in the words of transformers 4, which CTranslate2's converter (4.8) still expects.

    transformers 5 calls every T5 'tied'; the converter takes that for the old meaning and would scale the outputs of a
    model with a head of its own: greedy text stays, beams and log-probabilities are wrong. And it no longer says of
    BART-like models whether they normalise before a layer or after it.
    """
    before = dict(vars(config))
    if getattr(config, "scale_decoder_outputs", None) is False:
        config.tie_word_embeddings = False
    if not hasattr(config, "normalize_before"):
        config.normalize_before = config.model_type != "bart"
    try:
        yield
    finally:
        vars(config).clear()
        vars(config).update(before)


def built_in(settings: PromptSettings, tokenizer: Tokenizer, count: int) -> list[Encoded]:
    """Built-in conversations in the arm's prompt with a person's summary as labels: what both sides are asked."""
    splits = load_splits(DataSettings(source="builtin"), seed=0).splits
    held_out = [(item.id, item.text, item.references[0]) for item in (*splits.test, *splits.validation)]
    asked = [*held_out, *((row.id, row.dialogue, row.summary or "") for row in splits.train)][:count]
    prompts = [prompt(name, text, settings) for name, text, _ in asked]
    sources = encode_prompts(prompts, tokenizer, max_source_tokens=settings.max_source_tokens)
    learned = [(name, wording(text, settings).learned(summary)) for name, text, summary in asked]
    return with_summaries(sources, learned, tokenizer)


def check_parity(
    translator: Any, tokenizer: Tokenizer, rated: Sequence[Encoded], wanted: Sequence[float], *, bound: float
) -> Parity:
    """How far the exported model's mean log-probabilities of `rated` are from `wanted`, those of its source.

    Raises:
        ModelError: one of them is further away than `bound`.
    """
    sources = pieces((item.input_ids for item in rated), tokenizer)
    targets = pieces((item.labels[:-1] for item in rated), tokenizer)  # the library adds the end itself
    found = mean_logprobs(translator, sources, targets, max_tokens=LONGEST_SUMMARY)
    parity = _parity(wanted, found)
    if not parity.max <= bound:
        raise ModelError(
            f"the exported model is not the one it was made of: the log-probability of a summary differs by up to "
            f"{parity.max:.3g} a token, and {bound:g} is the limit; nothing was kept"
        )
    return parity


def _reads_alike(folder: Path, tokenizer: Tokenizer, asked: Sequence[Encoded]) -> bool:
    """Whether the tokenizer that needs no transformers gives the same ids and texts: else it is not used."""
    plain = plain_tokenizer(folder)
    if plain is None:
        return False
    ids = [item.input_ids for item in asked]
    texts = decode(ids, tokenizer)
    return decode(ids, plain) == texts and token_ids(texts, plain) == token_ids(texts, tokenizer)


def _decodings(arm: Exported) -> tuple[GenerationSettings, GenerationSettings]:
    """Greedy, and with beams: the arm's own number of them, else 4."""
    limit = arm.generation.max_new_tokens
    return (
        GenerationSettings(max_new_tokens=limit),
        GenerationSettings(max_new_tokens=limit, beams=arm.generation.beams if arm.generation.beams > 1 else 4),
    )


def _texts_of(model: Any, tokenizer: Tokenizer, asked: Sequence[Encoded], settings: GenerationSettings) -> list[str]:
    made = {item.id: item for batch in generate(model, tokenizer, asked, settings=settings, seed=0) for item in batch}
    return [made[item.id].prediction for item in asked]


def _same_texts(
    translator: Any, tokenizer: Tokenizer, asked: Sequence[Encoded], said: Sequence[Sequence[str]], arm: Exported
) -> dict[str, int]:
    """Of how many conversations both engines write the same summary, greedy and with beams."""
    same = []
    for settings, theirs in zip(_decodings(arm), said, strict=True):
        ours = translate(translator, tokenizer, asked, settings=settings)
        same.append(sum(item.prediction == text for item, text in zip(ours, theirs, strict=True)))
    return {"dialogues": len(asked), "greedy": same[0], "beams": same[1]}


def _parity(wanted: Sequence[float], found: Sequence[float]) -> Parity:
    apart = [abs(a - b) for a, b in zip(wanted, found, strict=True)]
    return Parity(len(apart), round(sum(apart) / len(apart), 8), round(max(apart), 8))


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
